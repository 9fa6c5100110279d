/* Frames whose buffers, layouts and boxes are what anyone says.
 * SPDX-License-Identifier: MIT
 *
 * An input is a row of numbers: what caps say of a frame, the size of its buffer,
 * a GstVideoMeta that agrees with neither, and boxes. What is read beyond the
 * buffer is not there.
 */
#include "cropper.h"
#include "frame-access.h"
#include "frame-picture.h"
#include "fuzzer.h"
#include "guarded.h"
#include "init.h"
#include "fuzz-input.h"

#define MAX_BUFFER (1u << 20)
#define MAX_SIDE 400

int
LLVMFuzzerInitialize (int *argc, char ***argv)
{
  /* libFuzzer's options are none of GStreamer's */
  test_init_gstreamer (NULL, NULL);
  return 0;
}

static gboolean
take_info (FuzzInput *input, GstVideoInfo *info)
{
  guint n_formats;
  const GstVideoFormat *formats = gst_video_formats_raw (&n_formats);
  const GstVideoFormat format = formats[fuzz_take (input, 1) % n_formats];
  const guint flags = (guint) fuzz_take (input, 1);
  const guint width = (guint) fuzz_take (input, 2) % MAX_SIDE;
  const guint height = (guint) fuzz_take (input, 2) % MAX_SIDE;

  if (!gst_video_info_set_interlaced_format (info, format,
          flags & 1 ? GST_VIDEO_INTERLACE_MODE_INTERLEAVED
                    : GST_VIDEO_INTERLACE_MODE_PROGRESSIVE,
          width, height))
    return FALSE;
  info->colorimetry.range =
      flags & 2 ? GST_VIDEO_COLOR_RANGE_16_235 : GST_VIDEO_COLOR_RANGE_0_255;
  info->colorimetry.matrix = (GstVideoColorMatrix) (flags >> 2 & 7);
  return frame_picture_supports (info);
}

/* Near what the caps say, or far from it. */
static guint64
near (FuzzInput *input, guint64 usual)
{
  switch (fuzz_take (input, 1) & 3) {
    case 0:
      return usual;
    case 1:
      return usual + (guint64) (gint8) fuzz_take (input, 1);
    case 2:
      return -usual;
    default:
      return fuzz_take (input, 4);
  }
}

static void
add_meta (GstBuffer *buffer, const GstVideoInfo *info, FuzzInput *input)
{
  gsize offset[GST_VIDEO_MAX_PLANES];
  gint stride[GST_VIDEO_MAX_PLANES];
  const guint width = (guint) near (input, (guint) info->width);
  const guint height = (guint) near (input, (guint) info->height);

  for (guint p = 0; p < GST_VIDEO_MAX_PLANES; p++) {
    offset[p] = near (input, info->offset[p]);
    stride[p] = (gint) near (input, (guint64) info->stride[p]);
  }
  gst_buffer_add_video_meta_full (buffer, GST_VIDEO_FRAME_FLAG_NONE,
      info->finfo->format, width, height, info->finfo->n_planes, offset,
      stride);
}

static void
crop (FramePicture *fp, FuzzInput *input)
{
  g_autoptr (RenCropper) cropper = ren_cropper_new ();
  guint8 face[REN_FACE_BYTES];

  for (guint i = 0; i < 2; i++) {
    RenRect rect;

    rect.x = (gint16) fuzz_take (input, 2);
    rect.y = (gint16) fuzz_take (input, 2);
    rect.w = (guint16) fuzz_take (input, 2);
    rect.h = (guint16) fuzz_take (input, 2);
    ren_cropper_crop (
        cropper, frame_picture_rows (fp, rect.y, rect.y + rect.h), &rect, face);
  }
}

/* Rows out of a frame and back into it, as of a drawing. */
static void
rewrite (GstBuffer *buffer, const GstVideoInfo *info)
{
  static guint64 line[FRAME_LINE_SLACK + MAX_SIDE + 256];
  FrameUnpack u = { 0 };
  GstVideoFrame frame;

  if (!frame_format_is_unpackable (info->finfo) || !info->finfo->pack_func ||
      !frame_map_writable (&frame, buffer, info))
    return;
  if (GST_VIDEO_FRAME_WIDTH (&frame) < MAX_SIDE + 256 &&
      frame_unpack_begin (&u, &frame)) {
    const GstVideoPackFlags flags = frame_unpack_flags (&frame);

    for (gint y = 0; y < GST_VIDEO_FRAME_HEIGHT (&frame); y++) {
      frame_unpack_row (&u, &frame, y, flags, line);
      frame_pack_row (&u, &frame, y, flags, line);
    }
    frame_pack_end (&u, &frame);
  }
  frame_unpack_clear (&u);
  gst_video_frame_unmap (&frame);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  FuzzInput input = { data, size };
  FramePicture fp = { 0 };
  GstVideoInfo info;
  GstBuffer *buffer;
  guint flags;

  if (!take_info (&input, &info))
    return 0;
  buffer = guarded_buffer (
      1 + near (&input, GST_VIDEO_INFO_SIZE (&info)) % MAX_BUFFER);
  flags = (guint) fuzz_take (&input, 1);
  if (flags & 1)
    add_meta (buffer, &info, &input);
  if (info.interlace_mode == GST_VIDEO_INTERLACE_MODE_INTERLEAVED)
    GST_BUFFER_FLAG_SET (buffer, GST_VIDEO_BUFFER_FLAG_INTERLACED);
  if (frame_picture_open (&fp, buffer, &info)) {
    crop (&fp, &input);
    frame_picture_close (&fp);
  }
  frame_picture_clear (&fp);
  if (flags & 2)
    rewrite (buffer, &info);
  gst_buffer_unref (buffer);
  return 0;
}

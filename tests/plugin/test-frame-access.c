/* Frames of every format, and of layouts that lie, are read in their memory
 * SPDX-License-Identifier: MIT
 *
 * What is read beyond a frame is not there: the program ends.
 */
#include "frame-access.h"
#include "frame-unpack.h"
#include "guarded.h"
#include "init.h"

/* Whether the frame was taken; then all of its rows are read. */
static gboolean
read_frame (GstBuffer *buffer, const GstVideoInfo *info, FrameUnpack *u)
{
  static guint64 line[FRAME_LINE_SLACK + 200];
  GstVideoFrame frame;

  if (!frame_map (&frame, buffer, info))
    return FALSE;
  g_assert_true (frame_unpack_begin (u, &frame));
  for (gint y = 0; y < GST_VIDEO_FRAME_HEIGHT (&frame); y++)
    frame_unpack_row (u, &frame, y, GST_VIDEO_PACK_FLAG_NONE, line);
  gst_video_frame_unmap (&frame);
  return TRUE;
}

static void
test_every_size (void)
{
  static const gint heights[] = { 1, 2, 3, 4, 6, 70 };
  FrameUnpack u = { 0 };
  guint n_formats, n_read = 0;
  const GstVideoFormat *formats = gst_video_formats_raw (&n_formats);

  for (guint f = 0; f < n_formats; f++) {
    if (!frame_format_is_unpackable (gst_video_format_get_info (formats[f])))
      continue;
    for (guint h = 0; h < G_N_ELEMENTS (heights); h++)
      for (gint width = 1; width < 36; width++) {
        GuardedFrame frame = { formats[f], width, heights[h], FALSE };
        GstVideoInfo info;
        GstBuffer *buffer = guarded_frame (&frame, &info);

        g_assert_true (read_frame (buffer, &info, &u));
        n_read++;
        gst_buffer_unref (buffer);
      }
  }
  frame_unpack_clear (&u);
  g_assert_cmpuint (n_read, >, 10000);
}

/* A layout that is near the usual one, or far from it. */
static void
add_random_meta (GstBuffer *buffer, const GstVideoInfo *info)
{
  gsize offset[GST_VIDEO_MAX_PLANES];
  gint stride[GST_VIDEO_MAX_PLANES];

  for (guint p = 0; p < GST_VIDEO_MAX_PLANES; p++) {
    offset[p] = g_test_rand_int_range (0, 4)
                    ? info->offset[p]
                    : (gsize) g_test_rand_int_range (
                          0, (gint32) gst_buffer_get_size (buffer));
    stride[p] = info->stride[p];
    switch (g_test_rand_int_range (0, 6)) {
      case 0:
        offset[p] += (gsize) stride[p] * (info->height - 1);
        stride[p] = -stride[p];
        break;
      case 1:
        stride[p] += g_test_rand_int_range (-32, 32);
        break;
      case 2:
        stride[p] = g_test_rand_int_range (-5, 200);
        break;
      case 3:
        stride[p] = g_test_rand_int ();
        break;
      default:
        break;
    }
  }
  gst_buffer_add_video_meta_full (buffer, GST_VIDEO_FRAME_FLAG_NONE,
      info->finfo->format, info->width + g_test_rand_int_range (0, 3),
      info->height + g_test_rand_int_range (0, 3), info->finfo->n_planes,
      offset, stride);
}

static void
test_random_layouts (void)
{
  FrameUnpack u = { 0 };
  guint n_formats, n_read = 0, n_refused = 0;
  const GstVideoFormat *formats = gst_video_formats_raw (&n_formats);

  for (guint i = 0; i < 20000; i++) {
    GstVideoFormat format =
        formats[g_test_rand_int_range (0, (gint32) n_formats)];
    GstVideoInfo info;
    GstBuffer *buffer;
    gsize size;

    if (!frame_format_is_unpackable (gst_video_format_get_info (format)))
      continue;
    gst_video_info_set_format (&info, format, g_test_rand_int_range (1, 90),
        g_test_rand_int_range (1, 90));
    size = 1 + GST_VIDEO_INFO_SIZE (&info) *
                   (gsize) g_test_rand_int_range (5, 20) / 10;
    buffer = guarded_buffer (size);
    add_random_meta (buffer, &info);
    if (read_frame (buffer, &info, &u))
      n_read++;
    else
      n_refused++;
    gst_buffer_unref (buffer);
  }
  frame_unpack_clear (&u);
  g_test_message ("%u read, %u refused", n_read, n_refused);
  /* about a tenth is read */
  g_assert_cmpuint (n_read, >, 1000);
  g_assert_cmpuint (n_refused, >, 1000);
}

int
main (int argc, char **argv)
{
  test_init_gstreamer (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/frame-access/every-size", test_every_size);
  g_test_add_func ("/frame-access/random-layouts", test_random_layouts);
  return g_test_run ();
}

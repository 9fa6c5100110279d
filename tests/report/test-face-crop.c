/* Faces of frames as JPEG: formats, sizes, boxes at the edge and beyond
 * SPDX-License-Identifier: MIT
 */
#include "face-crop.h"

#include <stdio.h>

#include <jpeglib.h>

#include "../plugin/guarded.h"
#include "frame-access.h"
#include "jpeg-encode.h"

/* Colours of the four quarters of the picture. */
static const guint8 quarters[4][3] = { { 220, 40, 40 }, { 40, 200, 60 },
  { 50, 60, 210 }, { 200, 200, 200 } };

typedef struct
{
  guint width, height;
  guint8 pixels[FACE_CROP_MAX_SIDE * FACE_CROP_MAX_SIDE * 3];
} Decoded;

static void
decode (GBytes *jpeg, Decoded *out)
{
  struct jpeg_decompress_struct info;
  struct jpeg_error_mgr errors;
  gsize n_bytes;
  const guint8 *data = g_bytes_get_data (jpeg, &n_bytes);

  info.err = jpeg_std_error (&errors);
  jpeg_create_decompress (&info);
  jpeg_mem_src (&info, data, n_bytes);
  g_assert_cmpint (jpeg_read_header (&info, TRUE), ==, JPEG_HEADER_OK);
  jpeg_start_decompress (&info);
  g_assert_cmpint (info.output_components, ==, 3);
  out->width = info.output_width;
  out->height = info.output_height;
  g_assert_cmpuint (out->width, <=, FACE_CROP_MAX_SIDE);
  g_assert_cmpuint (out->height, <=, FACE_CROP_MAX_SIDE);
  while (info.output_scanline < info.output_height) {
    JSAMPROW row = out->pixels + info.output_scanline * 3 * out->width;

    jpeg_read_scanlines (&info, &row, 1);
  }
  jpeg_finish_decompress (&info);
  jpeg_destroy_decompress (&info);
}

/* A picture of four colours in any format. */
static GstBuffer *
make_frame (GstVideoInfo *info)
{
  GstVideoInfo rgb_info;
  GstVideoFrame rgb, frame;
  GstVideoConverter *converter;
  g_autoptr (GstBuffer) from = NULL;
  GstBuffer *buffer;

  gst_video_info_set_format (&rgb_info, GST_VIDEO_FORMAT_RGB,
      GST_VIDEO_INFO_WIDTH (info), GST_VIDEO_INFO_HEIGHT (info));
  from = gst_buffer_new_allocate (NULL, rgb_info.size, NULL);
  buffer = gst_buffer_new_allocate (NULL, info->size, NULL);
  g_assert_true (
      gst_video_frame_map (&rgb, &rgb_info, from, GST_MAP_READWRITE));
  g_assert_true (gst_video_frame_map (&frame, info, buffer, GST_MAP_READWRITE));
  for (gint y = 0; y < rgb_info.height; y++)
    for (gint x = 0; x < rgb_info.width; x++) {
      guint8 *p = GST_VIDEO_FRAME_PLANE_DATA (&rgb, 0);

      memcpy (p + y * rgb_info.stride[0] + 3 * x,
          quarters[(y >= rgb_info.height / 2) * 2 + (x >= rgb_info.width / 2)],
          3);
    }
  converter = gst_video_converter_new (&rgb_info, info, NULL);
  g_assert_nonnull (converter);
  gst_video_converter_frame (converter, &rgb, &frame);
  gst_video_converter_free (converter);
  gst_video_frame_unmap (&rgb);
  gst_video_frame_unmap (&frame);
  return buffer;
}

/* Mean of the inner part of a picture's quarter, or of all of it (4). */
static void
mean_of (const Decoded *d, guint quarter, gint mean[3])
{
  const guint half = quarter < 4 ? 2 : 1;
  const guint w = d->width / half, h = d->height / half;
  const guint x0 = (quarter & 1) * w, y0 = (quarter >> 1 & 1) * h;
  guint n = 0;

  mean[0] = mean[1] = mean[2] = 0;
  for (guint y = y0 + h / 4; y < y0 + h - h / 4; y++)
    for (guint x = x0 + w / 4; x < x0 + w - w / 4; x++, n++)
      for (guint k = 0; k < 3; k++)
        mean[k] += d->pixels[(y * d->width + x) * 3 + k];
  g_assert_cmpuint (n, >, 0);
  for (guint k = 0; k < 3; k++)
    mean[k] /= (gint) n;
}

static void
assert_near (const gint got[3], const gint wanted[3], gint tolerance)
{
  for (guint k = 0; k < 3; k++) {
    g_assert_cmpint (got[k], >=, wanted[k] - tolerance);
    g_assert_cmpint (got[k], <=, wanted[k] + tolerance);
  }
}

/* What a quarter looks like in a format, by GStreamer's own conversion. */
static void
expected (GstBuffer *buffer, GstVideoInfo *info, guint quarter, gint rgb[3])
{
  GstVideoInfo to;
  GstVideoFrame from_frame, to_frame;
  GstVideoConverter *converter;
  g_autoptr (GstBuffer) out = NULL;
  const gint x = info->width / 4 + (quarter & 1) * info->width / 2;
  const gint y = info->height / 4 + (quarter >> 1) * info->height / 2;

  gst_video_info_set_format (
      &to, GST_VIDEO_FORMAT_RGB, info->width, info->height);
  out = gst_buffer_new_allocate (NULL, to.size, NULL);
  g_assert_true (gst_video_frame_map (&from_frame, info, buffer, GST_MAP_READ));
  g_assert_true (gst_video_frame_map (&to_frame, &to, out, GST_MAP_READWRITE));
  converter = gst_video_converter_new (info, &to, NULL);
  gst_video_converter_frame (converter, &from_frame, &to_frame);
  gst_video_converter_free (converter);
  for (guint k = 0; k < 3; k++)
    rgb[k] = ((guint8 *) to_frame.data[0])[y * to.stride[0] + 3 * x + (gint) k];
  gst_video_frame_unmap (&from_frame);
  gst_video_frame_unmap (&to_frame);
}

static void
check_format (FaceCropper *c, GstVideoFormat format, gint width, gint height)
{
  GstVideoInfo info;
  g_autoptr (GstBuffer) buffer = NULL;
  g_autoptr (GBytes) jpeg = NULL;
  static Decoded d;

  g_assert_true (gst_video_info_set_format (&info, format, width, height));
  buffer = make_frame (&info);
  /* the middle: a corner of each colour is in it */
  jpeg = face_cropper_crop (
      c, buffer, &info, width / 4, height / 4, width / 2, height / 2, 128);
  g_assert_nonnull (jpeg);
  decode (jpeg, &d);
  g_assert_cmpuint (d.width, ==, d.height);
  for (guint i = 0; i < 4; i++) {
    gint got[3], wanted[3];

    mean_of (&d, i, got);
    expected (buffer, &info, i, wanted);
    /* a palette is dithered: right as a mean only */
    for (guint k = 0; k < 3 && GST_VIDEO_FORMAT_INFO_HAS_PALETTE (info.finfo);
         k++)
      wanted[k] = quarters[i][k];
    /* JPEG's losses, and those of 5 bits a colour */
    assert_near (
        got, wanted, GST_VIDEO_FORMAT_INFO_HAS_PALETTE (info.finfo) ? 12 : 6);
  }
}

static void
test_formats (void)
{
  guint n_formats, n_checked = 0;
  const GstVideoFormat *formats = gst_video_formats_raw (&n_formats);
  g_autoptr (FaceCropper) c = face_cropper_new ();

  for (guint f = 0; f < n_formats; f++) {
    if (!frame_format_is_unpackable (gst_video_format_get_info (formats[f])))
      continue;
    check_format (c, formats[f], 128, 128);
    check_format (c, formats[f], 127, 129);
    n_checked++;
  }
  g_assert_cmpuint (n_checked, >, 80);
}

/* Boxes of every place: those whose middle is in the frame give a picture, of
 * which what is outside repeats the edge. */
static void
test_places (void)
{
  static const struct
  {
    gint x, y, w, h;
    gint quarter; /* that alone is seen; -1: refused, 4: several */
  } cases[] = {
    { 10, 10, 40, 40, 0 },
    { -20, -20, 50, 50, 0 },
    { 250, 5, 100, 60, 1 },
    { 200, 150, 30, 40, 3 },
    { 5, 200, 60, 70, 2 },
    { -100, -100, 520, 440, 4 },
    { -1000000, -1000000, 2000100, 2000100, 4 },
    { 0, 0, 1, 1, 0 },
    { 319, 239, 1, 1, 3 },
    { -100, 10, 50, 50, -1 },
    { 10, 300, 50, 50, -1 },
    { 320, 10, 50, 50, -1 },
    { G_MAXINT - 10, 0, 100, 100, -1 },
    { G_MININT, 0, 100, 100, -1 },
    { 10, 10, 0, 10, -1 },
    { 10, 10, 10, -5, -1 },
  };
  g_autoptr (FaceCropper) c = face_cropper_new ();
  GstVideoInfo info;
  g_autoptr (GstBuffer) buffer = NULL;
  static Decoded d;

  gst_video_info_set_format (&info, GST_VIDEO_FORMAT_I420, 320, 240);
  buffer = make_frame (&info);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GBytes) jpeg = face_cropper_crop (
        c, buffer, &info, cases[i].x, cases[i].y, cases[i].w, cases[i].h, 96);
    gint got[3], wanted[3];

    g_assert_cmpint (jpeg != NULL, ==, cases[i].quarter >= 0);
    if (!jpeg)
      continue;
    decode (jpeg, &d);
    g_assert_cmpuint (d.width, ==, d.height);
    if (cases[i].quarter == 4)
      continue;
    for (guint q = 0; q < 5; q++) {
      mean_of (&d, q, got);
      expected (buffer, &info, (guint) cases[i].quarter, wanted);
      assert_near (got, wanted, 8);
    }
  }
}

static void
test_sizes (void)
{
  static const guint sizes[][3] = { { 200, 96, 96 }, { 50, 96, 65 },
    { 4, 96, 16 }, { 200, 10000, 260 }, { 200, 1, 16 } };
  g_autoptr (FaceCropper) c = face_cropper_new ();
  GstVideoInfo info;
  g_autoptr (GstBuffer) buffer = NULL;
  static Decoded d;

  gst_video_info_set_format (&info, GST_VIDEO_FORMAT_NV12, 640, 480);
  buffer = make_frame (&info);
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    const gint side = (gint) sizes[i][0];
    g_autoptr (GBytes) jpeg =
        face_cropper_crop (c, buffer, &info, 100, 100, side, side, sizes[i][1]);

    decode (jpeg, &d);
    g_assert_cmpuint (d.width, ==, sizes[i][2]);
  }
}

/* Pixels twice as wide as high: a box that is square on the screen is not in
 * pixels. */
static void
test_pixel_aspect (void)
{
  g_autoptr (FaceCropper) c = face_cropper_new ();
  GstVideoInfo info;
  g_autoptr (GstBuffer) buffer = NULL;
  g_autoptr (GBytes) jpeg = NULL;
  static Decoded d;
  gint got[3], wanted[3];

  gst_video_info_set_format (&info, GST_VIDEO_FORMAT_RGB, 160, 240);
  info.par_n = 2;
  buffer = make_frame (&info);
  /* 40 × 80 pixels, with its room 52 × 104: in the first quarter of 80 × 120 */
  jpeg = face_cropper_crop (c, buffer, &info, 20, 20, 40, 80, 96);
  decode (jpeg, &d);
  g_assert_cmpuint (d.width, ==, 96);
  expected (buffer, &info, 0, wanted);
  for (guint q = 0; q < 4; q++) {
    mean_of (&d, q, got);
    assert_near (got, wanted, 6);
  }
}

/* A buffer that is not what its caps say is refused; what ends with its memory is
 * not read beyond. */
static void
test_guarded (void)
{
  g_autoptr (FaceCropper) c = face_cropper_new ();
  GstVideoInfo info;
  g_autoptr (GstBuffer) small = gst_buffer_new_allocate (NULL, 100, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (guarded_frames); i++) {
    GuardedFrame frame = guarded_frames[i];
    g_autoptr (GstBuffer) buffer = guarded_frame (&frame, &info);
    g_autoptr (GBytes) jpeg = face_cropper_crop (
        c, buffer, &info, 0, 0, frame.width, frame.height, 96);

    g_assert_nonnull (jpeg);
  }
  gst_video_info_set_format (&info, GST_VIDEO_FORMAT_RGB, 320, 240);
  g_assert_null (face_cropper_crop (c, small, &info, 0, 0, 50, 50, 96));
}

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/face-crop/formats", test_formats);
  g_test_add_func ("/face-crop/places", test_places);
  g_test_add_func ("/face-crop/sizes", test_sizes);
  g_test_add_func ("/face-crop/pixel-aspect", test_pixel_aspect);
  g_test_add_func ("/face-crop/guarded", test_guarded);
  return g_test_run ();
}

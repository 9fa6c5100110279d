/* The same picture in any format, range and matrix gives the same scores
 * SPDX-License-Identifier: MIT
 */
#include "harness.h"

#include <math.h>
#include <string.h>

#include "../memory/sanitized.h"

typedef struct
{
  const gchar *model;
  GstElement *keeper;   /* started: the others share its prepared weights */
  GstBuffer *reference; /* RGB, classified */
} Fixture;

static GstBuffer *
classify (const gchar *model, GstCaps *caps, GstBuffer *buffer)
{
  gchar *line = g_strdup_printf ("resemotenet model=%s", model);
  GstHarness *h = gst_harness_new_parse (line);
  GstBuffer *out;

  gst_harness_set_src_caps (h, gst_caps_ref (caps));
  out = gst_harness_push_and_pull (h, buffer);
  g_assert_nonnull (out);
  gst_harness_teardown (h);
  g_free (line);
  return out;
}

static GstBuffer *
classify_picture (const gchar *model, const GstVideoInfo *info)
{
  GstCaps *caps = gst_video_info_to_caps (info);
  GstBuffer *buffer = test_picture (info), *out;

  test_add_face (buffer, BOX_A);
  test_add_face (buffer, BOX_B);
  out = classify (model, caps, buffer);
  gst_caps_unref (caps);
  return out;
}

static void
set_up (Fixture *f, gconstpointer model)
{
  GstVideoInfo info;

  gst_video_info_set_format (
      &info, GST_VIDEO_FORMAT_RGB, PICTURE_WIDTH, PICTURE_HEIGHT);
  f->model = model;
  f->keeper = test_keep (model);
  f->reference = classify_picture (model, &info);
  g_assert_cmpuint (gst_buffer_get_n_emotion_meta (f->reference), ==, 2);
}

static void
tear_down (Fixture *f, gconstpointer model)
{
  gst_buffer_unref (f->reference);
  test_release (f->keeper);
}

/* Differences from the reference, the larger of both boxes. */
static gdouble
compare (const Fixture *f, GstBuffer *buffer)
{
  gdouble worst = 0;

  for (guint i = 0; i < 2; i++)
    worst = MAX (worst, test_score_difference (test_nth_emotion (buffer, i),
                            test_nth_emotion (f->reference, i)));
  return worst;
}

/* The comparisons below mean something only if scores depend on the picture. */
static void
test_can_fail (Fixture *f, gconstpointer model)
{
  GstVideoInfo info;
  GstBuffer *buffer, *out;
  GstCaps *caps;

  g_assert_cmpfloat (test_score_difference (test_nth_emotion (f->reference, 0),
                         test_nth_emotion (f->reference, 1)),
      >, 5 * SCORE_TOLERANCE);

  /* limited range that is taken for full range */
  gst_video_info_set_format (
      &info, GST_VIDEO_FORMAT_I420, PICTURE_WIDTH, PICTURE_HEIGHT);
  g_assert_true (
      gst_video_colorimetry_from_string (&info.colorimetry, "bt601"));
  buffer = test_picture (&info);
  test_add_face (buffer, BOX_A);
  test_add_face (buffer, BOX_B);
  g_assert_true (
      gst_video_colorimetry_from_string (&info.colorimetry, "1:4:0:0"));
  caps = gst_video_info_to_caps (&info);
  out = classify (model, caps, buffer);
  g_assert_cmpfloat (compare (f, out), >, SCORE_TOLERANCE);
  gst_caps_unref (caps);
  gst_buffer_unref (out);
}

/* Formats with so few bits that the picture itself is another. */
static gboolean
is_coarse (const GstVideoFormatInfo *finfo)
{
  return GST_VIDEO_FORMAT_INFO_HAS_PALETTE (finfo) ||
         GST_VIDEO_FORMAT_INFO_DEPTH (finfo, 0) < 8;
}

static void
test_every_format (Fixture *f, gconstpointer model)
{
  guint n, n_compared = 0;
  const GstVideoFormat *formats = gst_video_formats_raw (&n);

  for (guint i = 0; i < n; i++) {
    const GstVideoFormatInfo *finfo = gst_video_format_get_info (formats[i]);
    GstVideoInfo info;
    GstBuffer *out;
    gdouble difference;

    if (!finfo->unpack_func || !finfo->pack_func)
      continue;
    gst_video_info_set_format (
        &info, formats[i], PICTURE_WIDTH, PICTURE_HEIGHT);
    out = classify_picture (model, &info);
    difference = compare (f, out);
    g_test_message ("%s: %.4f", GST_VIDEO_FORMAT_INFO_NAME (finfo), difference);
    if (is_coarse (finfo)) {
      gst_buffer_unref (out);
      continue;
    }
    if (difference > SCORE_TOLERANCE) {
      g_test_message ("%s differs", GST_VIDEO_FORMAT_INFO_NAME (finfo));
      g_test_fail ();
    }
    n_compared++;
    gst_buffer_unref (out);
  }
  /* 1.22 has over a hundred */
  g_assert_cmpuint (n_compared, >, 80);
}

static void
test_colorimetry (Fixture *f, gconstpointer model)
{
  /* range:matrix:transfer:primaries; range 1 is full, 2 limited */
  static const gchar *const colours[] = { "2:4:0:0", "1:4:0:0", "2:3:0:0",
    "1:3:0:0", "2:6:0:0", "1:6:0:0", "2:2:0:0", "2:5:0:0" };
  static const GstVideoFormat formats[] = { GST_VIDEO_FORMAT_NV12,
    GST_VIDEO_FORMAT_I420, GST_VIDEO_FORMAT_YUY2, GST_VIDEO_FORMAT_Y444,
    GST_VIDEO_FORMAT_P010_10LE, GST_VIDEO_FORMAT_I420_10LE };

  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    for (guint j = 0; j < G_N_ELEMENTS (colours); j++) {
      GstVideoInfo info;
      GstBuffer *out;

      gst_video_info_set_format (
          &info, formats[i], PICTURE_WIDTH, PICTURE_HEIGHT);
      g_assert_true (
          gst_video_colorimetry_from_string (&info.colorimetry, colours[j]));
      out = classify_picture (model, &info);
      g_test_message ("%s %s: %.4f", gst_video_format_to_string (formats[i]),
          colours[j], compare (f, out));
      g_assert_cmpfloat (compare (f, out), <, SCORE_TOLERANCE);
      gst_buffer_unref (out);
    }
}

/* Whether GStreamer's converter changes the range of RGB depends on the formats
 * and its version, so this squeezes the picture itself. */
static void
test_limited_rgb (Fixture *f, gconstpointer model)
{
  static const GstVideoFormat formats[] = { GST_VIDEO_FORMAT_RGB,
    GST_VIDEO_FORMAT_BGRx, GST_VIDEO_FORMAT_GBR, GST_VIDEO_FORMAT_ARGB64,
    GST_VIDEO_FORMAT_GBR_10LE };

  for (guint i = 0; i < G_N_ELEMENTS (formats); i++) {
    GstVideoInfo info;
    GstBuffer *buffer, *out;
    GstVideoFrame frame;
    GstCaps *caps;
    guint depth;

    gst_video_info_set_format (
        &info, formats[i], PICTURE_WIDTH, PICTURE_HEIGHT);
    buffer = test_picture (&info);
    depth = GST_VIDEO_INFO_COMP_DEPTH (&info, 0);
    g_assert_true (
        gst_video_frame_map (&frame, &info, buffer, GST_MAP_READWRITE));
    for (guint c = 0; c < 3; c++)
      for (gint y = 0; y < PICTURE_HEIGHT; y++)
        for (gint x = 0; x < PICTURE_WIDTH; x++) {
          guint8 *p = (guint8 *) GST_VIDEO_FRAME_COMP_DATA (&frame, c) +
                      y * GST_VIDEO_FRAME_COMP_STRIDE (&frame, c) +
                      x * GST_VIDEO_FRAME_COMP_PSTRIDE (&frame, c);
          gdouble full = depth == 8 ? *p : *(guint16 *) p;

          full /= (1 << depth) - 1;
          full = (16 + 219 * full) * (1 << (depth - 8));
          if (depth == 8)
            *p = (guint8) lrint (full);
          else
            *(guint16 *) p = (guint16) lrint (full);
        }
    gst_video_frame_unmap (&frame);

    test_add_face (buffer, BOX_A);
    test_add_face (buffer, BOX_B);
    info.colorimetry.range = GST_VIDEO_COLOR_RANGE_16_235;
    caps = gst_video_info_to_caps (&info);
    out = classify (model, caps, buffer);
    g_test_message (
        "%s: %.4f", gst_video_format_to_string (formats[i]), compare (f, out));
    g_assert_cmpfloat (compare (f, out), <, SCORE_TOLERANCE);
    gst_caps_unref (caps);
    gst_buffer_unref (out);
  }
}

static void
test_odd_size (Fixture *f, gconstpointer model)
{
  static const GstVideoFormat formats[] = { GST_VIDEO_FORMAT_RGB,
    GST_VIDEO_FORMAT_I420, GST_VIDEO_FORMAT_NV12, GST_VIDEO_FORMAT_YUY2,
    GST_VIDEO_FORMAT_UYVY, GST_VIDEO_FORMAT_v210, GST_VIDEO_FORMAT_P010_10LE,
    GST_VIDEO_FORMAT_GRAY8 };

  for (guint i = 0; i < G_N_ELEMENTS (formats); i++) {
    GstVideoInfo info;
    GstBuffer *out;

    gst_video_info_set_format (
        &info, formats[i], PICTURE_WIDTH + 1, PICTURE_HEIGHT + 1);
    out = classify_picture (model, &info);
    g_assert_cmpfloat (compare (f, out), <, SCORE_TOLERANCE);
    gst_buffer_unref (out);
  }
}

/* Copies planes to another layout; stride < 0 stores rows bottom-up. */
static GstBuffer *
with_strides (const GstVideoInfo *info, gboolean bottom_up)
{
  GstBuffer *from = test_picture (info), *to;
  GstVideoFrame frame;
  gsize offset[GST_VIDEO_MAX_PLANES] = { 0 }, total = 7;
  gint stride[GST_VIDEO_MAX_PLANES] = { 0 };
  guint8 *data;

  g_assert_true (gst_video_frame_map (&frame, info, from, GST_MAP_READ));
  for (guint p = 0; p < GST_VIDEO_INFO_N_PLANES (info); p++) {
    gint rows = GST_VIDEO_FRAME_COMP_HEIGHT (&frame, p);

    stride[p] = GST_VIDEO_FRAME_PLANE_STRIDE (&frame, p) + 52;
    offset[p] = total;
    total += (gsize) stride[p] * rows;
    if (bottom_up) {
      offset[p] += (gsize) stride[p] * (rows - 1);
      stride[p] = -stride[p];
    }
  }
  data = g_malloc (total);
  memset (data, 0x55, total);
  for (guint p = 0; p < GST_VIDEO_INFO_N_PLANES (info); p++)
    for (gint y = 0; y < GST_VIDEO_FRAME_COMP_HEIGHT (&frame, p); y++)
      memcpy (data + offset[p] + (gssize) y * stride[p],
          (guint8 *) GST_VIDEO_FRAME_PLANE_DATA (&frame, p) +
              y * GST_VIDEO_FRAME_PLANE_STRIDE (&frame, p),
          ABS (stride[p]) - 52);
  gst_video_frame_unmap (&frame);
  gst_buffer_unref (from);

  to = gst_buffer_new_wrapped (data, total);
  gst_buffer_add_video_meta_full (to, GST_VIDEO_FRAME_FLAG_NONE,
      GST_VIDEO_INFO_FORMAT (info), GST_VIDEO_INFO_WIDTH (info),
      GST_VIDEO_INFO_HEIGHT (info), GST_VIDEO_INFO_N_PLANES (info), offset,
      stride);
  return to;
}

static void
test_strides (Fixture *f, gconstpointer model)
{
  static const GstVideoFormat formats[] = { GST_VIDEO_FORMAT_RGB,
    GST_VIDEO_FORMAT_I420, GST_VIDEO_FORMAT_NV12, GST_VIDEO_FORMAT_YUY2,
    GST_VIDEO_FORMAT_P010_10LE };

  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    for (guint bottom_up = 0; bottom_up < 2; bottom_up++) {
      GstVideoInfo info;
      GstCaps *caps;
      GstBuffer *buffer, *out;

      gst_video_info_set_format (
          &info, formats[i], PICTURE_WIDTH, PICTURE_HEIGHT);
      caps = gst_video_info_to_caps (&info);
      buffer = with_strides (&info, bottom_up);
      test_add_face (buffer, BOX_A);
      test_add_face (buffer, BOX_B);
      out = classify (model, caps, buffer);
      g_assert_cmpfloat (compare (f, out), <, SCORE_TOLERANCE);
      gst_caps_unref (caps);
      gst_buffer_unref (out);
    }
}

/* A frame of which a part is shown: regions are relative to the whole. */
static void
test_crop_meta (Fixture *f, gconstpointer model)
{
  GstVideoInfo whole, shown;
  GstBuffer *buffer, *out;
  GstVideoCropMeta *crop;
  GstCaps *caps;

  gst_video_info_set_format (
      &whole, GST_VIDEO_FORMAT_I420, PICTURE_WIDTH, PICTURE_HEIGHT);
  gst_video_info_set_format (&shown, GST_VIDEO_FORMAT_I420, 250, 200);
  buffer = test_picture (&whole);
  gst_buffer_add_video_meta (buffer, GST_VIDEO_FRAME_FLAG_NONE,
      GST_VIDEO_FORMAT_I420, PICTURE_WIDTH, PICTURE_HEIGHT);
  crop = gst_buffer_add_video_crop_meta (buffer);
  crop->x = 10;
  crop->y = 5;
  crop->width = 250;
  crop->height = 200;
  test_add_face (buffer, BOX_A);
  test_add_face (buffer, BOX_B);
  test_add_face (buffer, 270, 100, 40, 40); /* cropped away */
  caps = gst_video_info_to_caps (&shown);
  out = classify (model, caps, buffer);
  g_assert_cmpuint (gst_buffer_get_n_emotion_meta (out), ==, 2);
  g_assert_cmpfloat (compare (f, out), <, SCORE_TOLERANCE);
  gst_caps_unref (caps);
  gst_buffer_unref (out);
}

static void
add_tests (const gchar *prefix, const gchar *model)
{
  static const struct
  {
    const gchar *name;
    void (*func) (Fixture *, gconstpointer);
  } tests[] = {
    { "can-fail", test_can_fail },
    { "every-format", test_every_format },
    { "colorimetry", test_colorimetry },
    { "limited-rgb", test_limited_rgb },
    { "odd-size", test_odd_size },
    { "strides", test_strides },
    { "crop-meta", test_crop_meta },
  };

  for (guint i = 0; i < G_N_ELEMENTS (tests); i++) {
    gchar *path = g_strdup_printf ("/formats/%s/%s", prefix, tests[i].name);

    g_test_add (path, Fixture, model, set_up, tests[i].func, tear_down);
    g_free (path);
  }
}

static void
no_checkpoint (void)
{
  g_test_skip ("no trained checkpoint (REN_CHECKPOINT)");
}

int
main (int argc, char **argv)
{
  test_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  add_tests ("random", test_random_model ());
  /* sanitizers see with one model what they would with the other */
  if (SANITIZED && !g_getenv ("REN_LONG"))
    return g_test_run ();
  if (test_checkpoint ())
    add_tests ("trained", test_checkpoint ());
  else
    g_test_add_func ("/formats/trained", no_checkpoint);
  return g_test_run ();
}

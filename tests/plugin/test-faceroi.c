/* faceroi by itself: formats, sizes, properties, events, metadata
 * SPDX-License-Identifier: MIT
 */
#include "face-picture.h"
#include "guarded.h"

#include <gst/check/gstharness.h>

#include <math.h>

#ifdef HAVE_ANALYTICS
#include <gst/analytics/analytics.h>
#endif

#define FRAME (GST_SECOND / 25)

static GstHarness *
harness (const gchar *format, gint width, gint height, GstVideoInfo *info)
{
  GstHarness *h = gst_harness_new ("faceroi");
  g_autoptr (GstCaps) caps = gst_caps_new_simple ("video/x-raw", "format",
      G_TYPE_STRING, format, "width", G_TYPE_INT, width, "height", G_TYPE_INT,
      height, "framerate", GST_TYPE_FRACTION, 25, 1, NULL);

  g_assert_true (gst_video_info_from_caps (info, caps));
  gst_harness_set_src_caps (h, g_steal_pointer (&caps));
  return h;
}

/* Pushes a copy of the frame as the n-th of the stream. */
static GstBuffer *
push_nth (GstHarness *h, GstBuffer *frame, guint n)
{
  GstBuffer *buffer = gst_buffer_copy_deep (frame);

  GST_BUFFER_PTS (buffer) = n * FRAME;
  GST_BUFFER_DURATION (buffer) = FRAME;
  return gst_harness_push_and_pull (h, buffer);
}

static guint64
stat_of (GstHarness *h, const gchar *name)
{
  g_autoptr (GstStructure) stats = NULL;
  guint64 value = 0;

  gst_harness_get (h, "faceroi", "stats", &stats, NULL);
  g_assert_true (gst_structure_get_uint64 (stats, name, &value));
  return value;
}

/* One frame through a new element; the face in it. */
static GstVideoRectangle
face_in (GstSample *picture, const gchar *format, gint size, gint padding)
{
  GstVideoInfo info;
  GstHarness *h = harness (format, size, size, &info);
  g_autoptr (GstBuffer) frame = picture_frame (picture, &info, padding);
  g_autoptr (GstBuffer) out = push_nth (h, frame, 0);
  GstVideoRegionOfInterestMeta *r = nth_region (out, 0);
  GstVideoRectangle face;

  g_test_message ("%s %d+%d", format, size, padding);
  g_assert_nonnull (r);
  g_test_message ("%u %u %u %u", r->x, r->y, r->w, r->h);
  g_assert_null (nth_region (out, 1));
  g_assert_true (FACE_CONTAINS (r));
  g_assert_true (FACE_WITHIN (r));
  face.x = r->x;
  face.y = r->y;
  face.w = r->w;
  face.h = r->h;
  gst_harness_teardown (h);
  return face;
}

/* The detector works on a grid of a tenth of a face, 9 pixels here, and takes
 * the mean of several passes: what differs by rounding of the format may shift
 * the weights of the mean, never a whole step of the grid. */
static void
assert_same_face (GstVideoRectangle a, GstVideoRectangle b)
{
  g_assert_cmpint (ABS (a.x - b.x), <=, 2);
  g_assert_cmpint (ABS (a.y - b.y), <=, 2);
  g_assert_cmpint (ABS (a.w - b.w), <=, 2);
  g_assert_cmpint (ABS (a.h - b.h), <=, 2);
}

static void
test_formats (void)
{
  static const gchar *const formats[] = { "NV12", "NV21", "YV12", "YUY2",
    "UYVY", "YVYU", "Y444", "Y42B", "AYUV", "VUYA", "A420", "GRAY8",
    "GRAY16_LE", "RGB", "BGR", "RGBA", "BGRx", "xRGB", "RGB16", "GBR", "RGBP",
    "P010_10LE", "I420_10LE", "Y444_10LE", "v210", "r210", "ARGB64", "NV12_4L4",
    "IYU1" };
  g_autoptr (GstSample) picture = picture_load ();
  GstVideoRectangle face;

  if (!picture)
    return;
  face = face_in (picture, "I420", PICTURE_SIZE, 0);
  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    assert_same_face (face, face_in (picture, formats[i], PICTURE_SIZE, 0));
}

static void
test_strides (void)
{
  static const gchar *const formats[] = { "I420", "NV12", "YUY2", "GRAY8",
    "RGB", "BGRx", "P010_10LE" };
  g_autoptr (GstSample) picture = picture_load ();

  if (!picture)
    return;
  for (guint i = 0; i < G_N_ELEMENTS (formats); i++) {
    GstVideoRectangle even = face_in (picture, formats[i], PICTURE_SIZE, 0);
    GstVideoRectangle odd = face_in (picture, formats[i], 509, 0);

    assert_same_face (even, face_in (picture, formats[i], PICTURE_SIZE, 32));
    assert_same_face (odd, face_in (picture, formats[i], 509, 48));
  }
}

static void
test_other_sizes (void)
{
  static const struct
  {
    gint width, height;
  } sizes[] = { { 1, 1 }, { 16, 16 }, { 1, 3000 }, { 3000, 1 }, { 70, 70 },
    { 2, 2 }, { 15, 400 } };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    GstVideoInfo info;
    GstHarness *h = harness ("I420", sizes[i].width, sizes[i].height, &info);
    g_autoptr (GstBuffer) frame =
        gst_buffer_new_allocate (NULL, GST_VIDEO_INFO_SIZE (&info), NULL);

    gst_buffer_memset (frame, 0, 90, GST_VIDEO_INFO_SIZE (&info));
    for (guint n = 0; n < 7; n++) {
      g_autoptr (GstBuffer) out = push_nth (h, frame, n);

      g_assert_null (nth_region (out, 0));
    }
    gst_harness_teardown (h);
  }
}

/* Frames that end where memory does, of kinds whose unpackers read on. */
static void
test_ends_of_frames (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (guarded_frames); i++) {
    GstHarness *h = gst_harness_new ("faceroi");
    GstVideoInfo info;
    GstBuffer *buffer = guarded_frame (&guarded_frames[i], &info);

    gst_harness_set_src_caps (h, gst_video_info_to_caps (&info));
    gst_buffer_unref (gst_harness_push_and_pull (h, buffer));
    g_assert_cmpuint (stat_of (h, "searched"), ==, 1);
    g_assert_cmpuint (stat_of (h, "bad-frames"), ==, 0);
    gst_harness_teardown (h);
  }
}

static void
test_pixels (void)
{
  g_autoptr (GstSample) picture = picture_load ();
  g_autoptr (GstBuffer) frame = NULL;
  GstVideoInfo info;
  GstHarness *h;
  GstMapInfo before, after;
  GstBuffer *buffer, *out;
  gconstpointer data;

  if (!picture)
    return;
  h = harness ("NV12", PICTURE_SIZE, PICTURE_SIZE, &info);
  frame = picture_frame (picture, &info, 0);

  /* writable: the same memory comes out, unchanged */
  buffer = gst_buffer_copy_deep (frame);
  g_assert_true (gst_buffer_map (buffer, &before, GST_MAP_READ));
  data = before.data;
  gst_buffer_unmap (buffer, &before);
  out = gst_harness_push_and_pull (h, buffer);
  g_assert_nonnull (nth_region (out, 0));
  g_assert_true (gst_buffer_map (out, &after, GST_MAP_READ));
  g_assert_true (gst_buffer_map (frame, &before, GST_MAP_READ));
  g_assert_true (after.data == data);
  g_assert_cmpmem (after.data, after.size, before.data, before.size);
  gst_buffer_unmap (out, &after);
  gst_buffer_unmap (frame, &before);
  gst_buffer_unref (out);

  /* somebody else's: gets no metadata of ours, and is not copied */
  out = gst_harness_push_and_pull (h, gst_buffer_ref (frame));
  g_assert_nonnull (nth_region (out, 0));
  g_assert_null (nth_region (frame, 0));
  g_assert_true (
      gst_buffer_peek_memory (out, 0) == gst_buffer_peek_memory (frame, 0));
  gst_buffer_unref (out);
  gst_harness_teardown (h);
}

static void
assert_field (const GstStructure *s, const gchar *name, GType type)
{
  g_assert_true (gst_structure_has_field_typed (s, name, type));
}

static void
test_metadata (void)
{
  g_autoptr (GstSample) picture = picture_load ();
  g_autoptr (GstBuffer) frame = NULL, out = NULL;
  GstVideoInfo info;
  GstHarness *h;
  GstVideoRegionOfInterestMeta *r;
  GstStructure *detection, *object;
  gdouble x_min, x_max, y_min, y_max, confidence;

  if (!picture)
    return;
  h = harness ("I420", PICTURE_SIZE, PICTURE_SIZE, &info);
  frame = picture_frame (picture, &info, 0);
  out = push_nth (h, frame, 0);
  r = nth_region (out, 0);
  g_assert_nonnull (r);
  g_assert_cmpstr (g_quark_to_string (r->roi_type), ==, "face");

  /* types as DL Streamer's readers want them */
  g_assert_cmpuint (g_list_length (r->params), ==, 2);
  detection = gst_video_region_of_interest_meta_get_param (r, "detection");
  g_assert_nonnull (detection);
  g_assert_cmpint (gst_structure_n_fields (detection), ==, 8);
  assert_field (detection, "x_min", G_TYPE_DOUBLE);
  assert_field (detection, "x_max", G_TYPE_DOUBLE);
  assert_field (detection, "y_min", G_TYPE_DOUBLE);
  assert_field (detection, "y_max", G_TYPE_DOUBLE);
  assert_field (detection, "confidence", G_TYPE_DOUBLE);
  assert_field (detection, "label_id", G_TYPE_INT);
  assert_field (detection, "model_name", G_TYPE_STRING);
  assert_field (detection, "layer_name", G_TYPE_STRING);
  g_assert_true (gst_structure_get (detection, "x_min", G_TYPE_DOUBLE, &x_min,
      "x_max", G_TYPE_DOUBLE, &x_max, "y_min", G_TYPE_DOUBLE, &y_min, "y_max",
      G_TYPE_DOUBLE, &y_max, "confidence", G_TYPE_DOUBLE, &confidence, NULL));
  g_assert_cmpfloat_with_epsilon (x_min * PICTURE_SIZE, r->x, 1e-6);
  g_assert_cmpfloat_with_epsilon (y_min * PICTURE_SIZE, r->y, 1e-6);
  g_assert_cmpfloat_with_epsilon (x_max * PICTURE_SIZE, r->x + r->w, 1e-6);
  g_assert_cmpfloat_with_epsilon (y_max * PICTURE_SIZE, r->y + r->h, 1e-6);
  g_assert_cmpfloat (confidence, >, 0.9);
  g_assert_cmpfloat (confidence, <=, 1);

  object = gst_video_region_of_interest_meta_get_param (r, "object_id");
  g_assert_nonnull (object);
  g_assert_cmpint (gst_structure_n_fields (object), ==, 1);
  assert_field (object, "id", G_TYPE_INT);
  g_assert_cmpint (region_object_id (r), ==, 1);

#ifdef HAVE_ANALYTICS
  {
    GstAnalyticsRelationMeta *meta =
        gst_buffer_get_analytics_relation_meta (out);
    GstAnalyticsODMtd od;
    GstAnalyticsTrackingMtd tracking;
    gpointer state = NULL;
    gint x, y, w, height;
    gfloat score;

    g_assert_nonnull (meta);
    g_assert_cmpuint (gst_analytics_relation_get_length (meta), ==, 2);
    g_assert_true (gst_analytics_relation_meta_get_od_mtd (meta, r->id, &od));
    g_assert_cmpstr (
        g_quark_to_string (gst_analytics_od_mtd_get_obj_type (&od)), ==,
        "face");
    g_assert_true (
        gst_analytics_od_mtd_get_location (&od, &x, &y, &w, &height, &score));
    g_assert_cmpint (x, ==, r->x);
    g_assert_cmpint (y, ==, r->y);
    g_assert_cmpint (w, ==, r->w);
    g_assert_cmpint (height, ==, r->h);
    g_assert_cmpfloat_with_epsilon (score, confidence, 1e-6);
    g_assert_true (gst_analytics_relation_meta_get_direct_related (meta, od.id,
        GST_ANALYTICS_REL_TYPE_RELATE_TO,
        gst_analytics_tracking_mtd_get_mtd_type (), &state,
        (GstAnalyticsMtd *) &tracking));
    {
      guint64 id;
      GstClockTime first, last;
      gboolean lost;

      g_assert_true (gst_analytics_tracking_mtd_get_info (
          &tracking, &id, &first, &last, &lost));
      g_assert_cmpuint (id, ==, 1);
      g_assert_false (lost);
    }
  }
#else
  g_assert_cmpint (r->id, ==, 1);
#endif
  gst_harness_teardown (h);
}

static void
test_interval (void)
{
  g_autoptr (GstSample) picture = picture_load ();
  g_autoptr (GstBuffer) frame = NULL;
  GstVideoInfo info;
  GstHarness *h;

  if (!picture)
    return;
  h = harness ("I420", PICTURE_SIZE, PICTURE_SIZE, &info);
  frame = picture_frame (picture, &info, 0);
  gst_harness_set (h, "faceroi", "interval", 3, "tilted", FALSE, NULL);
  for (guint n = 0; n < 7; n++) {
    g_autoptr (GstBuffer) out = push_nth (h, frame, n);
    GstVideoRegionOfInterestMeta *r = nth_region (out, 0);

    g_assert_nonnull (r);
    g_assert_cmpint (region_object_id (r), ==, 1);
    g_assert_true (FACE_CONTAINS (r));
  }
  g_assert_cmpuint (stat_of (h, "searched"), ==, 3);
  g_assert_cmpuint (stat_of (h, "frames"), ==, 7);
  g_assert_cmpuint (stat_of (h, "faces"), ==, 7);
  g_assert_cmpuint (stat_of (h, "detections"), ==, 3);
  g_assert_cmpuint (stat_of (h, "bridged"), ==, 0);
  gst_harness_teardown (h);
}

static guint
faces_with (GstSample *picture, const gchar *name, const gchar *value)
{
  GstVideoInfo info;
  GstHarness *h = harness ("I420", PICTURE_SIZE, PICTURE_SIZE, &info);
  g_autoptr (GstBuffer) frame = picture_frame (picture, &info, 0), out = NULL;
  g_autoptr (GstElement) element = gst_harness_find_element (h, "faceroi");
  guint n = 0;

  gst_util_set_object_arg (G_OBJECT (element), name, value);
  out = push_nth (h, frame, 0);
  while (nth_region (out, n))
    n++;
  gst_harness_teardown (h);
  return n;
}

static void
test_properties (void)
{
  g_autoptr (GstSample) picture = picture_load ();

  if (!picture)
    return;
  g_assert_cmpuint (faces_with (picture, "min-size", "80"), ==, 1);
  g_assert_cmpuint (faces_with (picture, "min-size", "160"), ==, 0);
  g_assert_cmpuint (faces_with (picture, "detect-width", "480"), ==, 1);
  /* the face has 37 pixels there, the detector wants 75 */
  g_assert_cmpuint (faces_with (picture, "detect-width", "200"), ==, 0);
  g_assert_cmpuint (faces_with (picture, "threshold", "3"), ==, 0);
  g_assert_cmpuint (faces_with (picture, "tilted", "false"), ==, 1);
  g_assert_cmpuint (faces_with (picture, "max-faces", "1"), ==, 1);
}

/* The picture, grey, turned clockwise around its middle. */
static GstBuffer *
turned (GstBuffer *grey, gdouble degrees)
{
  const gint n = PICTURE_SIZE;
  const gdouble c = cos (degrees * G_PI / 180), s = sin (degrees * G_PI / 180);
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, n * n, NULL);
  GstMapInfo in, out;

  g_assert_true (gst_buffer_map (grey, &in, GST_MAP_READ));
  g_assert_true (gst_buffer_map (buffer, &out, GST_MAP_WRITE));
  for (gint y = 0; y < n; y++) {
    for (gint x = 0; x < n; x++) {
      gdouble u = x - n / 2, v = y - n / 2;
      gdouble fx = CLAMP (c * u + s * v + n / 2, 0, n - 2);
      gdouble fy = CLAMP (c * v - s * u + n / 2, 0, n - 2);
      const guint8 *p = in.data + (gint) fy * n + (gint) fx;
      gdouble wx = fx - (gint) fx, wy = fy - (gint) fy;

      out.data[y * n + x] = (1 - wy) * ((1 - wx) * p[0] + wx * p[1]) +
                            wy * ((1 - wx) * p[n] + wx * p[n + 1]);
    }
  }
  gst_buffer_unmap (buffer, &out);
  gst_buffer_unmap (grey, &in);
  return buffer;
}

static void
test_leaning (void)
{
  g_autoptr (GstSample) picture = picture_load ();
  GstVideoInfo info;

  if (!picture)
    return;
  for (gint degrees = -45; degrees <= 45; degrees += 15) {
    for (gint tilted = 0; tilted <= 1; tilted++) {
      GstHarness *h = harness ("GRAY8", PICTURE_SIZE, PICTURE_SIZE, &info);
      g_autoptr (GstBuffer) grey = picture_frame (picture, &info, 0);
      g_autoptr (GstBuffer) leaning = turned (grey, degrees), out = NULL;
      GstVideoRegionOfInterestMeta *r;
      gdouble a = degrees * G_PI / 180, x = 226 - 256, y = 126 - 256;

      gst_harness_set (h, "faceroi", "tilted", tilted, NULL);
      out = push_nth (h, leaning, 0);
      r = nth_region (out, 0);
      g_test_message ("%d degrees, tilted %d: %d", degrees, tilted, r != NULL);
      /* 45° is out of the upright search's reach; up to where it reaches is
       * its own affair */
      if (tilted || degrees == 0)
        g_assert_nonnull (r);
      else if (ABS (degrees) == 45)
        g_assert_null (r);
      if (r) {
        /* the middle of the face, within a sixth of its size */
        g_assert_cmpfloat_with_epsilon (
            r->x + r->w / 2., 256 + cos (a) * x - sin (a) * y, 16);
        g_assert_cmpfloat_with_epsilon (
            r->y + r->h / 2., 256 + sin (a) * x + cos (a) * y, 16);
      }
      g_assert_true (!r || !nth_region (out, 1));
      gst_harness_teardown (h);
    }
  }
}

static void
test_flush (void)
{
  g_autoptr (GstSample) picture = picture_load ();
  g_autoptr (GstBuffer) frame = NULL;
  GstVideoInfo info;
  GstSegment segment;
  GstHarness *h;
  GstBuffer *out;

  if (!picture)
    return;
  h = harness ("I420", PICTURE_SIZE, PICTURE_SIZE, &info);
  frame = picture_frame (picture, &info, 0);
  for (guint n = 100; n < 102; n++) {
    out = push_nth (h, frame, n);
    g_assert_cmpint (region_object_id (nth_region (out, 0)), ==, 1);
    gst_buffer_unref (out);
  }

  /* a face after a flush is another one, even at a time that would follow */
  g_assert_true (gst_harness_push_event (h, gst_event_new_flush_start ()));
  g_assert_true (gst_harness_push_event (h, gst_event_new_flush_stop (TRUE)));
  gst_segment_init (&segment, GST_FORMAT_TIME);
  g_assert_true (gst_harness_push_event (h, gst_event_new_segment (&segment)));
  out = push_nth (h, frame, 102);
  g_assert_cmpint (region_object_id (nth_region (out, 0)), ==, 2);
  gst_buffer_unref (out);

  /* so is one after a jump in time, either way; a small gap is none */
  out = push_nth (h, frame, 112);
  g_assert_cmpint (region_object_id (nth_region (out, 0)), ==, 2);
  gst_buffer_unref (out);
  out = push_nth (h, frame, 200);
  g_assert_cmpint (region_object_id (nth_region (out, 0)), ==, 3);
  gst_buffer_unref (out);
  out = push_nth (h, frame, 0);
  g_assert_cmpint (region_object_id (nth_region (out, 0)), ==, 4);
  gst_buffer_unref (out);

  g_assert_true (gst_harness_push_event (h, gst_event_new_eos ()));
  for (;;) {
    g_autoptr (GstEvent) event = gst_harness_pull_event (h);

    g_assert_nonnull (event);
    if (GST_EVENT_TYPE (event) == GST_EVENT_EOS)
      break;
  }
  gst_harness_teardown (h);
}

/* Timestamps that jitter, and those of a stream played backwards. */
static void
test_back_steps (void)
{
  g_autoptr (GstSample) picture = picture_load ();

  if (!picture)
    return;
  for (guint reverse = 0; reverse < 2; reverse++) {
    GstVideoInfo info;
    GstHarness *h = harness ("I420", PICTURE_SIZE, PICTURE_SIZE, &info);
    g_autoptr (GstBuffer) frame = picture_frame (picture, &info, 0);
    GstClockTime last = 0;

    for (guint n = 0; n < 21; n++) {
      GstBuffer *buffer = gst_buffer_copy_deep (frame), *out;
      gboolean back = n > 0 && n % 10 == 0;

      GST_BUFFER_PTS (buffer) = reverse ? (30 - n) * FRAME
                                : back  ? last - GST_MSECOND
                                        : n * FRAME;
      last = GST_BUFFER_PTS (buffer);
      out = gst_harness_push_and_pull (h, buffer);
      g_assert_cmpint (region_object_id (nth_region (out, 0)), ==, 1);
      gst_buffer_unref (out);
    }
    gst_harness_teardown (h);
  }
}

static void
test_no_timestamps (void)
{
  g_autoptr (GstSample) picture = picture_load ();
  g_autoptr (GstBuffer) frame = NULL;
  GstVideoInfo info;
  GstHarness *h;

  if (!picture)
    return;
  h = harness ("I420", PICTURE_SIZE, PICTURE_SIZE, &info);
  frame = picture_frame (picture, &info, 0);
  for (guint n = 0; n < 3; n++) {
    g_autoptr (GstBuffer) out =
        gst_harness_push_and_pull (h, gst_buffer_copy_deep (frame));

    g_assert_cmpint (region_object_id (nth_region (out, 0)), ==, 1);
  }
  gst_harness_teardown (h);
}

static void
test_renegotiation (void)
{
  static const struct
  {
    const gchar *format;
    gint size;
  } caps[] = { { "NV12", 512 }, { "RGB", 509 }, { "GRAY8", 300 },
    { "I420_10LE", 511 } };
  g_autoptr (GstSample) picture = picture_load ();
  GstHarness *h;

  if (!picture)
    return;
  h = gst_harness_new ("faceroi");
  for (guint i = 0; i < G_N_ELEMENTS (caps); i++) {
    GstVideoInfo info;
    g_autoptr (GstBuffer) frame = NULL, out = NULL;
    GstVideoRegionOfInterestMeta *r;

    gst_video_info_set_format (&info,
        gst_video_format_from_string (caps[i].format), caps[i].size,
        caps[i].size);
    gst_harness_set_src_caps (h, gst_video_info_to_caps (&info));
    frame = picture_frame (picture, &info, 0);
    out = push_nth (h, frame, i);
    r = nth_region (out, 0);
    g_assert_nonnull (r);
    g_assert_true (FACE_CONTAINS (r));
    g_assert_cmpint (region_object_id (r), ==, i + 1);
  }
  gst_harness_teardown (h);
}

static void
test_allocation (void)
{
  GstVideoInfo info;
  GstHarness *h = harness ("I420", 320, 240, &info);
  g_autoptr (GstCaps) caps = gst_video_info_to_caps (&info);
  g_autoptr (GstQuery) query = gst_query_new_allocation (caps, TRUE);

  gst_harness_add_propose_allocation_meta (
      h, GST_VIDEO_CROP_META_API_TYPE, NULL);
  gst_harness_add_propose_allocation_meta (h, GST_VIDEO_META_API_TYPE, NULL);
  g_assert_true (gst_pad_peer_query (h->srcpad, query));
  g_assert_false (gst_query_find_allocation_meta (
      query, GST_VIDEO_CROP_META_API_TYPE, NULL));
  g_assert_true (
      gst_query_find_allocation_meta (query, GST_VIDEO_META_API_TYPE, NULL));
  gst_harness_teardown (h);
}

int
main (int argc, char **argv)
{
  static const gchar *const plugins[] = { "coreelements", "videoconvertscale",
    "jpeg", NULL };

  picture_init (&argc, &argv, plugins);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/faceroi/formats", test_formats);
  g_test_add_func ("/faceroi/strides", test_strides);
  g_test_add_func ("/faceroi/other-sizes", test_other_sizes);
  g_test_add_func ("/faceroi/ends-of-frames", test_ends_of_frames);
  g_test_add_func ("/faceroi/pixels", test_pixels);
  g_test_add_func ("/faceroi/metadata", test_metadata);
  g_test_add_func ("/faceroi/interval", test_interval);
  g_test_add_func ("/faceroi/properties", test_properties);
  g_test_add_func ("/faceroi/leaning", test_leaning);
  g_test_add_func ("/faceroi/flush", test_flush);
  g_test_add_func ("/faceroi/back-steps", test_back_steps);
  g_test_add_func ("/faceroi/no-timestamps", test_no_timestamps);
  g_test_add_func ("/faceroi/renegotiation", test_renegotiation);
  g_test_add_func ("/faceroi/allocation", test_allocation);
  return g_test_run ();
}

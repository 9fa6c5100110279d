/* What resemotenet does from frame to frame, and tells the application
 * SPDX-License-Identifier: MIT
 */
#include "harness.h"

#include <string.h>

/* ---- interval ---------------------------------------------------------- */

static void
test_interval_ages (void)
{
  GstHarness *h = test_started_harness ("inference-interval=3");
  gfloat first[7];

  for (guint i = 0; i < 7; i++) {
    GstBuffer *buffer = test_frame (i), *out;
    GstEmotionMeta *meta;

    /* moves, so a new classification would give another score */
    test_add_face (buffer, 20 + 10 * i, 30, 100, 100);
    out = test_push (h, buffer);
    meta = test_nth_emotion (out, 0);
    g_assert_nonnull (meta); /* no blinking */
    g_assert_cmpuint (meta->age, ==, i % 3);
    g_assert_cmpint (meta->x, ==, 20 + 10 * i);
    if (meta->age == 0)
      memcpy (first, meta->scores, sizeof first);
    g_assert_cmpmem (meta->scores, sizeof first, first, sizeof first);
    gst_buffer_unref (out);
  }
  g_assert_cmpuint (test_stat (h, "classified"), ==, 3);
  g_assert_cmpuint (test_stat (h, "reused"), ==, 4);
  g_assert_cmpuint (test_stat (h, "faces"), ==, 7);
  gst_harness_teardown (h);
}

/* Two faces that trade places: ids tell them apart, boxes would not. */
static void
test_interval_follows_ids (gconstpointer by_track)
{
  GstHarness *h = test_started_harness ("inference-interval=10");
  GstBuffer *out[2];

  for (guint i = 0; i < 2; i++) {
    GstBuffer *buffer = test_frame (i);
    GstVideoRegionOfInterestMeta *a = test_add_face (buffer, BOX_A), *b;

    b = test_add_face (buffer, BOX_B);
    if (by_track) {
      test_add_track (i ? b : a, 1);
      test_add_track (i ? a : b, 2);
    } else {
      (i ? b : a)->id = 5;
      (i ? a : b)->id = 6;
    }
    out[i] = test_push (h, buffer);
  }
  g_assert_cmpuint (test_nth_emotion (out[1], 0)->age, ==, 1);
  g_assert_cmpfloat (test_score_difference (test_nth_emotion (out[0], 0),
                         test_nth_emotion (out[1], 1)),
      ==, 0);
  g_assert_cmpfloat (test_score_difference (test_nth_emotion (out[0], 1),
                         test_nth_emotion (out[1], 0)),
      ==, 0);
  gst_buffer_unref (out[0]);
  gst_buffer_unref (out[1]);
  gst_harness_teardown (h);
}

/* A face that appears between two turns is classified at once. */
static void
test_interval_new_face (void)
{
  GstHarness *h = test_started_harness ("inference-interval=10");
  GstBuffer *buffer = test_frame (0), *out;

  test_add_face (buffer, BOX_A);
  gst_buffer_unref (test_push (h, buffer));
  buffer = test_frame (1);
  test_add_face (buffer, BOX_A);
  test_add_face (buffer, BOX_B);
  out = test_push (h, buffer);
  g_assert_cmpuint (test_nth_emotion (out, 0)->age, ==, 1);
  g_assert_cmpuint (test_nth_emotion (out, 1)->age, ==, 0);
  gst_buffer_unref (out);
  gst_harness_teardown (h);
}

static void
test_flush_forgets (void)
{
  GstHarness *h = test_started_harness ("inference-interval=10");
  GstBuffer *buffer = test_frame (0), *out;
  GstSegment segment;

  test_add_face (buffer, BOX_A);
  gst_buffer_unref (test_push (h, buffer));
  g_assert_true (gst_harness_push_event (h, gst_event_new_flush_start ()));
  g_assert_true (gst_harness_push_event (h, gst_event_new_flush_stop (TRUE)));
  gst_segment_init (&segment, GST_FORMAT_TIME);
  g_assert_true (gst_harness_push_event (h, gst_event_new_segment (&segment)));
  buffer = test_frame (0);
  test_add_face (buffer, BOX_A);
  out = test_push (h, buffer);
  g_assert_cmpuint (test_nth_emotion (out, 0)->age, ==, 0);
  g_assert_cmpuint (test_stat (h, "classified"), ==, 2);
  gst_buffer_unref (out);
  gst_harness_teardown (h);
}

/* ---- frames that cannot be read ---------------------------------------- */

static GstBuffer *
push_numbered (GstHarness *h, guint index, gboolean bad, gboolean both)
{
  GstBuffer *buffer = test_frame (index);

  if (bad)
    gst_buffer_resize (buffer, 0, 100);
  test_add_face (buffer, BOX_A);
  if (both)
    test_add_face (buffer, BOX_B);
  return test_push (h, buffer);
}

/* Known faces keep their result, and the next frame takes the turn. */
static void
test_bad_at_turn (void)
{
  static const guint ages[] = { 0, 1, 2, 3, 0, 1, 2, 0 };
  GstHarness *h = test_started_harness ("inference-interval=3");
  guint n_regions = 0;

  for (guint i = 0; i < G_N_ELEMENTS (ages); i++) {
    gboolean both = i >= 3 && i <= 5; /* the second face comes with frame 3 */
    GstBuffer *out = push_numbered (h, i, i == 3, both);

    g_assert_cmpuint (
        gst_buffer_get_n_emotion_meta (out), ==, both && i != 3 ? 2 : 1);
    g_assert_cmpuint (test_nth_emotion (out, 0)->age, ==, ages[i]);
    gst_buffer_unref (out);
    n_regions += both ? 2 : 1;
  }
  g_assert_cmpuint (test_stat (h, "bad-frames"), ==, 1);
  g_assert_cmpuint (test_stat (h, "skipped-bad-frame"), ==, 1);
  g_assert_cmpuint (test_stat (h, "classified"), ==, 4);
  g_assert_cmpuint (
      test_stat (h, "faces") + test_stat (h, "skipped"), ==, n_regions);
  gst_harness_teardown (h);
}

/* ---- streams without time ---------------------------------------------- */

/* Criticals are fatal in GLib's tests. */
static void
test_bytes (void)
{
  GstHarness *h = test_started_harness ("post-messages=true");
  GstBus *bus = gst_bus_new ();
  GstElement *element = gst_harness_find_element (h, "resemotenet");
  GstBuffer *out;
  GstMessage *message;
  GstSegment segment;
  guint64 t;

  gst_element_set_bus (element, bus);
  gst_segment_init (&segment, GST_FORMAT_BYTES);
  g_assert_true (gst_harness_push_event (h, gst_event_new_segment (&segment)));
  gst_harness_push_upstream_event (
      h, gst_event_new_qos (GST_QOS_TYPE_UNDERFLOW, 2., GST_SECOND, 0));
  for (guint i = 0; i < 2; i++) {
    out = push_numbered (h, i, FALSE, FALSE);
    g_assert_cmpuint (test_nth_emotion (out, 0)->age, ==, 0);
    gst_buffer_unref (out);
  }
  message = gst_bus_pop_filtered (bus, GST_MESSAGE_ELEMENT);
  g_assert_nonnull (message);
  g_assert_true (gst_structure_get_uint64 (
      gst_message_get_structure (message), "running-time", &t));
  g_assert_cmpuint (t, ==, GST_CLOCK_TIME_NONE);
  gst_message_unref (message);

  gst_element_set_bus (element, NULL);
  gst_object_unref (bus);
  gst_object_unref (element);
  gst_harness_teardown (h);
}

/* ---- late frames ------------------------------------------------------- */

static GstBuffer *
push_late (GstHarness *h, guint index, GstClockTime late_until)
{
  GstBuffer *buffer = test_frame (index);

  /* the frame of time 0 was late by so much */
  gst_harness_push_upstream_event (
      h, gst_event_new_qos (GST_QOS_TYPE_UNDERFLOW, 2., late_until, 0));
  test_add_face (buffer, BOX_A);
  return test_push (h, buffer);
}

static void
test_late (void)
{
  GstHarness *h = test_started_harness (NULL);
  GstBus *bus = gst_bus_new ();
  GstElement *element = gst_harness_find_element (h, "resemotenet");
  GstBuffer *buffer = test_frame (0), *out;
  GstMessage *message;
  guint n_qos = 0;

  gst_element_set_bus (element, bus);
  test_add_face (buffer, BOX_A);
  gst_buffer_unref (test_push (h, buffer));

  /* late: passes, and keeps its label */
  out = push_late (h, 1, GST_SECOND / 2);
  g_assert_cmpuint (test_nth_emotion (out, 0)->age, ==, 1);
  gst_buffer_unref (out);
  /* a face that is not known cannot have one */
  buffer = test_frame (2);
  test_add_face (buffer, BOX_B);
  out = test_push (h, buffer);
  g_assert_cmpuint (gst_buffer_get_n_emotion_meta (out), ==, 0);
  gst_buffer_unref (out);
  g_assert_cmpuint (test_stat (h, "late-frames"), ==, 2);
  g_assert_cmpuint (test_stat (h, "skipped-late"), ==, 1);
  while ((message = gst_bus_pop (bus))) {
    n_qos += GST_MESSAGE_TYPE (message) == GST_MESSAGE_QOS;
    gst_message_unref (message);
  }
  g_assert_cmpuint (n_qos, ==, 2);

  /* caught up */
  out = push_late (h, 15, GST_SECOND / 2);
  g_assert_cmpuint (test_nth_emotion (out, 0)->age, ==, 0);
  gst_buffer_unref (out);

  /* however late, once a second, or once in ten times as long as a face takes,
   * which may be long on a busy machine */
  out = push_late (h, 16, 100 * GST_SECOND);
  g_assert_cmpuint (test_nth_emotion (out, 0)->age, ==, 1);
  gst_buffer_unref (out);
  out = push_late (h, 15 + 250, 100 * GST_SECOND);
  g_assert_cmpuint (test_nth_emotion (out, 0)->age, ==, 0);
  gst_buffer_unref (out);

  /* unless it is not wanted */
  g_object_set (element, "skip-late", FALSE, NULL);
  out = push_late (h, 15 + 251, 100 * GST_SECOND);
  g_assert_cmpuint (test_nth_emotion (out, 0)->age, ==, 0);
  gst_buffer_unref (out);

  gst_element_set_bus (element, NULL);
  gst_object_unref (bus);
  gst_object_unref (element);
  gst_harness_teardown (h);
}

/* ---- messages and stats ------------------------------------------------ */

static void
test_messages (void)
{
  GstHarness *h = test_started_harness ("post-messages=true");
  GstBus *bus = gst_bus_new ();
  GstElement *element = gst_harness_find_element (h, "resemotenet");
  GstBuffer *buffer = test_frame (5), *out;
  GstMessage *message;
  const GstStructure *s, *face;
  const GValue *faces, *scores;
  GstEmotionMeta *meta;
  guint64 t;
  gint n;
  gchar *text;

  gst_element_set_bus (element, bus);
  test_add_track (test_add_face (buffer, BOX_A), 3);
  test_add_face (buffer, BOX_B);
  out = test_push (h, buffer);
  meta = test_nth_emotion (out, 0);

  message = gst_bus_pop_filtered (bus, GST_MESSAGE_ELEMENT);
  g_assert_nonnull (message);
  s = gst_message_get_structure (message);
  g_assert_true (gst_structure_has_name (s, "emotion"));
  g_assert_true (gst_structure_get_uint64 (s, "timestamp", &t));
  g_assert_cmpuint (t, ==, GST_SECOND / 5);
  g_assert_true (gst_structure_get_uint64 (s, "running-time", &t));
  g_assert_cmpuint (t, ==, GST_SECOND / 5);
  g_assert_true (gst_structure_get_uint64 (s, "stream-time", &t));
  g_assert_cmpuint (t, ==, GST_SECOND / 5);
  faces = gst_structure_get_value (s, "faces");
  g_assert_cmpuint (gst_value_array_get_size (faces), ==, 2);
  face = gst_value_get_structure (gst_value_array_get_value (faces, 0));
  g_assert_cmpstr (gst_structure_get_string (face, "label"), ==,
      gst_emotion_meta_get_label (meta));
  g_assert_true (gst_structure_get_int (face, "x", &n));
  g_assert_cmpint (n, ==, 20);
  scores = gst_structure_get_value (face, "scores");
  g_assert_cmpuint (gst_value_array_get_size (scores), ==, 7);
  g_assert_cmpfloat (g_value_get_double (gst_value_array_get_value (scores, 2)),
      ==, meta->scores[2]);
  g_assert_cmpuint (
      gst_value_array_get_size (gst_structure_get_value (s, "labels")), ==, 7);
  /* what gst-launch-1.0 -m prints */
  text = gst_structure_to_string (s);
  g_assert_nonnull (strstr (text, gst_emotion_meta_get_label (meta)));
  g_test_message ("%s", text);
  g_free (text);
  gst_message_unref (message);
  gst_buffer_unref (out);

  /* gone: one message says so */
  for (guint i = 0; i < 3; i++)
    gst_buffer_unref (test_push (h, test_frame (6 + i)));
  message = gst_bus_pop_filtered (bus, GST_MESSAGE_ELEMENT);
  g_assert_nonnull (message);
  g_assert_cmpuint (gst_value_array_get_size (gst_structure_get_value (
                        gst_message_get_structure (message), "faces")),
      ==, 0);
  gst_message_unref (message);
  g_assert_null (gst_bus_pop_filtered (bus, GST_MESSAGE_ELEMENT));

  gst_element_set_bus (element, NULL);
  gst_object_unref (bus);
  gst_object_unref (element);
  gst_harness_teardown (h);
}

static void
test_stats (void)
{
  GstHarness *h = test_started_harness (NULL);
  GstStructure *stats;
  gdouble median, p99;

  for (guint i = 0; i < 5; i++) {
    GstBuffer *buffer = test_frame (i);

    test_add_face (buffer, BOX_A);
    gst_buffer_unref (test_push (h, buffer));
  }
  gst_buffer_unref (test_push (h, test_frame (5)));
  g_assert_cmpuint (test_stat (h, "frames"), ==, 6);
  g_assert_cmpuint (test_stat (h, "classified"), ==, 5);
  stats = test_get_stats (h);
  g_assert_true (gst_structure_get_double (stats, "ms-median", &median));
  g_assert_true (gst_structure_get_double (stats, "ms-p99", &p99));
  g_assert_cmpfloat (median, >, 0);
  g_assert_cmpfloat (p99, >=, median);
  gst_structure_free (stats);
  gst_harness_teardown (h);
}

/* In nanoseconds, parts that follow each other; repeated results are written
 * but not made. */
static void
test_stage_times (void)
{
  GstHarness *h = test_started_harness ("inference-interval=10");
  GstClockTime begin = gst_util_get_timestamp (), all;
  guint64 crop, network, metadata;
  GstBuffer *buffer = test_frame (0);

  test_add_face (buffer, BOX_A);
  gst_buffer_unref (test_push (h, buffer));
  all = gst_util_get_timestamp () - begin;
  crop = test_stat (h, "crop-time");
  network = test_stat (h, "network-time");
  metadata = test_stat (h, "metadata-time");
  g_assert_cmpuint (crop, >, 0);
  g_assert_cmpuint (metadata, >, 0);
  g_assert_cmpuint (crop + network + metadata, <, all);
  /* 242 million multiply-adds cannot be had for less */
  g_assert_cmpuint (network, >, 100 * GST_USECOND);

  buffer = test_frame (1);
  test_add_face (buffer, BOX_A);
  gst_buffer_unref (test_push (h, buffer));
  g_assert_cmpuint (test_stat (h, "reused"), ==, 1);
  g_assert_cmpuint (test_stat (h, "crop-time"), ==, crop);
  g_assert_cmpuint (test_stat (h, "network-time"), ==, network);
  g_assert_cmpuint (test_stat (h, "metadata-time"), >, metadata);
  gst_harness_teardown (h);
}

/* ---- through other elements -------------------------------------------- */

static void
test_downstream (gconstpointer conversion)
{
  gchar *line = g_strdup_printf ("resemotenet model=%s ! %s",
      test_random_model (), (const gchar *) conversion);
  GstHarness *h = gst_harness_new_parse (line);
  GstBuffer *buffer = test_rgb_picture (), *out;
  gboolean smaller = strstr (conversion, "scale") != NULL;
  GstEmotionMeta *meta;

  gst_harness_set_src_caps (h, test_rgb_caps ());
  gst_harness_set_sink_caps_str (
      h, smaller ? "video/x-raw,format=RGB,width=160,height=120"
         : strstr (conversion, "convert")
             ? "video/x-raw,format=NV12,width=320,height=240"
             : "video/x-raw,format=RGB,width=320,height=240");
  test_add_face (buffer, BOX_A);
  out = test_push (h, buffer);
  meta = test_nth_emotion (out, 0);
  g_assert_nonnull (meta);
  g_assert_cmpint (meta->x, ==, smaller ? 10 : 20);
  g_assert_cmpint (meta->h, ==, smaller ? 50 : 100);
  g_assert_cmpstr (gst_emotion_meta_get_model_id (meta), ==, "random");
  gst_buffer_unref (out);
  gst_harness_teardown (h);
  g_free (line);
}

/* The same face, though a tracker stands between two elements. */
static void
test_track_in_between (void)
{
  GstHarness *first = test_started_harness (NULL);
  GstHarness *second = test_started_harness (NULL);
  GstBuffer *buffer = test_frame (0);
  GstVideoRegionOfInterestMeta *roi;

  test_add_face (buffer, BOX_A);
  buffer = gst_buffer_make_writable (test_push (first, buffer));
  roi = gst_buffer_get_video_region_of_interest_meta_id (
      buffer, test_nth_emotion (buffer, 0)->face_id);
  test_add_track (roi, 5);
  buffer = test_push (second, buffer);
  g_assert_cmpuint (gst_buffer_get_n_emotion_meta (buffer), ==, 1);
  g_assert_cmpint (test_nth_emotion (buffer, 0)->track_id, ==, 5);
  gst_buffer_unref (buffer);
  gst_harness_teardown (first);
  gst_harness_teardown (second);
}

static GstBuffer *
push_through_two (const gchar *properties)
{
  gchar *line = g_strdup_printf ("resemotenet model=%s ! resemotenet model=%s "
                                 "%s",
      test_random_model (), test_random_model (), properties);
  GstHarness *h = gst_harness_new_parse (line);
  GstBuffer *buffer = test_frame (0), *out;

  gst_harness_set_src_caps (h, test_rgb_caps ());
  test_add_face (buffer, BOX_A);
  test_add_face (buffer, BOX_B);
  /* found twice: two faces as far as anybody knows */
  test_add_face (buffer, BOX_B);
  out = test_push (h, buffer);
  gst_harness_teardown (h);
  g_free (line);
  return out;
}

/* One emotion a face and model, however many elements there are. */
static void
test_two_in_series (void)
{
  GstBuffer *out = push_through_two ("threshold=1");

  g_assert_cmpuint (gst_buffer_get_n_emotion_meta (out), ==, 3);
  /* the later one's */
  g_assert_cmpint (test_nth_emotion (out, 0)->label_id, ==, -1);
  g_assert_cmpint (test_nth_emotion (out, 0)->x, ==, 20);
  gst_buffer_unref (out);

  /* faces that the second leaves alone keep what they have */
  out = push_through_two ("max-faces=1 threshold=1");
  g_assert_cmpuint (gst_buffer_get_n_emotion_meta (out), >=, 2);
  g_assert_cmpint (test_nth_emotion (out, 0)->label_id, >=, 0);
  gst_buffer_unref (out);
}

int
main (int argc, char **argv)
{
  test_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/stream/interval/ages", test_interval_ages);
  g_test_add_data_func (
      "/stream/interval/tracks", "tracks", test_interval_follows_ids);
  g_test_add_data_func (
      "/stream/interval/ids", NULL, test_interval_follows_ids);
  g_test_add_func ("/stream/interval/new-face", test_interval_new_face);
  g_test_add_func ("/stream/interval/flush", test_flush_forgets);
  g_test_add_func ("/stream/bad-at-turn", test_bad_at_turn);
  g_test_add_func ("/stream/bytes", test_bytes);
  g_test_add_func ("/stream/late", test_late);
  g_test_add_func ("/stream/messages", test_messages);
  g_test_add_func ("/stream/stats", test_stats);
  g_test_add_func ("/stream/stage-times", test_stage_times);
  g_test_add_func ("/stream/two-in-series", test_two_in_series);
  g_test_add_func ("/stream/track-in-between", test_track_in_between);
  g_test_add_data_func (
      "/stream/downstream/videoconvert", "videoconvert", test_downstream);
  g_test_add_data_func ("/stream/downstream/videoscale",
      "videoscale add-borders=false", test_downstream);
  g_test_add_data_func ("/stream/downstream/queue", "queue", test_downstream);

  return test_run_kept ();
}

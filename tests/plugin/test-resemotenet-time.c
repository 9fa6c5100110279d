/* Results over time: smoothing, hysteresis, reclassification
 * SPDX-License-Identifier: MIT
 */
#include "harness.h"

#include <math.h>
#include <string.h>

#include "network-stub.h"
#ifdef HAVE_ANALYTICS
#include <gst/analytics/analytics.h>
#endif

#define N_CLASSES 7
#define FRAME (GST_SECOND / 25) /* test_frame()'s */
#define TAU (500 * GST_MSECOND)
#define MAX_FACES 10

/* What a chain of float operations loses. */
#define ROUNDING 1e-5

/* ---- a network that says what it is told -------------------------------------- */

/* Scores of the faces that are seen on a frame, in their order: of class 0, of
 * class 1; what is left is that of class 2. */
static gdouble told[MAX_FACES][2];
static guint n_seen;

static void
say (guint face, gdouble first, gdouble second)
{
  told[face][0] = first;
  told[face][1] = second;
}

static void
obey (RenPlan *plan, const guint8 *faces, guint n_faces, float *logits)
{
  for (guint i = 0; i < n_faces; i++, n_seen++) {
    const gdouble *t = told[n_seen % MAX_FACES];
    float *l = logits + i * N_CLASSES;

    for (guint c = 3; c < N_CLASSES; c++)
      l[c] = -100;
    l[0] = (float) log (t[0]);
    l[1] = (float) log (t[1]);
    l[2] = (float) log (MAX (1 - t[0] - t[1], 1e-9));
  }
}

/* Pushes a frame at a time with faces of the tracks 0 to n_faces - 1. */
static GstBuffer *
push_at (GstHarness *h, GstClockTime time, guint n_faces)
{
  GstBuffer *buffer = test_frame (0);

  GST_BUFFER_PTS (buffer) = time;
  GST_BUFFER_DURATION (buffer) = GST_CLOCK_TIME_NONE;
  for (guint i = 0; i < n_faces; i++)
    test_add_track (
        test_add_face (buffer, 5 + 30 * (gint) i, 20, 28, 28), (gint) i);
  n_seen = 0;
  return test_push (h, buffer);
}

static gfloat
push_score (GstHarness *h, GstClockTime time)
{
  GstBuffer *out = push_at (h, time, 1);
  gfloat score = test_nth_emotion (out, 0)->scores[0];

  gst_buffer_unref (out);
  return score;
}

static guint
push_age (GstHarness *h, GstClockTime time)
{
  GstBuffer *out = push_at (h, time, 1);
  guint age = test_nth_emotion (out, 0)->age;

  gst_buffer_unref (out);
  return age;
}

static void
set (GstHarness *h, const gchar *property, const gchar *value)
{
  GstElement *element = gst_harness_find_element (h, "resemotenet");

  gst_util_set_object_arg (G_OBJECT (element), property, value);
  gst_object_unref (element);
}

/* ---- smoothing ------------------------------------------------------------------ */

/* What a score is that was 1 and has been told to be 0 for a time. */
static gdouble
left (GstClockTime time)
{
  return exp (-(gdouble) time / (gdouble) TAU);
}

/* The time between frames counts, whatever it is; the first is as it is. */
static void
test_smoothing (void)
{
  static const GstClockTime steps[] = { FRAME, 3 * FRAME, 1, FRAME / 3, 0,
    10 * FRAME, FRAME };
  GstHarness *h = test_started_harness ("smoothing=500000000");
  GstClockTime time = 10 * GST_SECOND;

  say (0, 1, 1e-9);
  g_assert_cmpfloat_with_epsilon (push_score (h, time), 1, ROUNDING);
  say (0, 1e-9, 1);
  for (guint i = 0; i < G_N_ELEMENTS (steps); i++) {
    time += steps[i];
    /* what stands still passes by the frame */
    g_assert_cmpfloat_with_epsilon (push_score (h, time),
        left (time - 10 * GST_SECOND + (i >= 4 ? FRAME : 0)), ROUNDING);
  }
  /* a gap */
  g_assert_cmpfloat (push_score (h, time + GST_SECOND * 3600), <, ROUNDING);
  gst_harness_teardown (h);
}

/* Off, results are the frame's own. */
static void
test_off (void)
{
  GstHarness *h = test_started_harness (NULL);

  for (guint i = 0; i < 6; i++) {
    say (0, i % 2 ? .5 : .25, .4);
    g_assert_cmpfloat_with_epsilon (
        push_score (h, i * FRAME), i % 2 ? .5 : .25, ROUNDING);
  }
  gst_harness_teardown (h);
}

/* Each track has its past, wherever it is and whichever is written first. */
static void
test_tracks (void)
{
  GstHarness *h = test_started_harness ("smoothing=500000000");
  GstBuffer *buffer, *out;

  say (0, 1, 1e-9);
  say (1, 1e-9, 1);
  gst_buffer_unref (push_at (h, 0, 2));
  buffer = test_frame (1);
  for (gint i = 0; i < 2; i++)
    test_add_track (test_add_face (buffer, 5 + 30 * i, 20, 28, 28), 1 - i);
  say (0, .5, .5);
  say (1, .5, .5);
  n_seen = 0;
  out = test_push (h, buffer);
  for (guint i = 0; i < 2; i++) {
    const GstEmotionMeta *meta = test_nth_emotion (out, i);

    g_assert_cmpint (meta->track_id, ==, 1 - (gint64) i);
    g_assert_cmpfloat_with_epsilon (meta->scores[meta->track_id],
        left (FRAME) + .5 * (1 - left (FRAME)), ROUNDING);
  }
  gst_buffer_unref (out);
  gst_harness_teardown (h);
}

/* A frame lasts as long as the caps say where its time makes no sense. */
static void
test_wrong_times (void)
{
  static const GstClockTime times[] = { GST_CLOCK_TIME_NONE,
    GST_CLOCK_TIME_NONE, 6 * GST_SECOND, 5 * GST_SECOND, GST_CLOCK_TIME_NONE };
  GstHarness *h = test_started_harness ("smoothing=500000000");
  GstClockTime passed = 0;

  say (0, 1, 1e-9);
  push_score (h, 6 * GST_SECOND);
  say (0, 1e-9, 1);
  for (guint i = 0; i < G_N_ELEMENTS (times); i++) {
    passed += FRAME;
    g_assert_cmpfloat_with_epsilon (
        push_score (h, times[i]), left (passed), ROUNDING);
  }
  gst_harness_teardown (h);
}

static void
push_segment (GstHarness *h, GstClockTime start, GstClockTime base)
{
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  segment.start = segment.time = start;
  segment.base = base;
  g_assert_true (gst_harness_push_event (h, gst_event_new_segment (&segment)));
}

/* What counts is running time: a segment does not end anything, a flush does. */
static void
test_segments (void)
{
  GstHarness *h =
      test_started_harness ("smoothing=500000000 reclassify-interval=1000000");

  say (0, 1, 1e-9);
  push_score (h, 0);
  say (0, 1e-9, 1);
  push_segment (h, 100 * GST_SECOND, FRAME);
  g_assert_cmpfloat_with_epsilon (
      push_score (h, 100 * GST_SECOND), left (FRAME), ROUNDING);
  /* running time begins anew: nobody waits until it is where it was */
  push_segment (h, 200 * GST_SECOND, 0);
  g_assert_cmpfloat_with_epsilon (
      push_score (h, 200 * GST_SECOND), left (2 * FRAME), ROUNDING);

  g_assert_true (gst_harness_push_event (h, gst_event_new_flush_start ()));
  g_assert_true (gst_harness_push_event (h, gst_event_new_flush_stop (TRUE)));
  push_segment (h, 0, 0);
  g_assert_cmpfloat (push_score (h, FRAME), <, ROUNDING);
  gst_harness_teardown (h);
}

/* ---- hysteresis -------------------------------------------------------------------- */

static gint
push_label (GstHarness *h, guint index, gdouble first, gdouble second)
{
  GstBuffer *out;
  gint label;

  say (0, first, second);
  out = push_at (h, index * FRAME, 1);
  label = test_nth_emotion (out, 0)->label_id;
  g_assert_cmpfloat_with_epsilon (test_nth_emotion (out, 0)->confidence,
      label == 0 ? first : second, ROUNDING);
  gst_buffer_unref (out);
  return label;
}

/* Of two scores that are near each other now this one leads and now that. */
static guint
count_changes (const gchar *properties)
{
  GstHarness *h = test_started_harness (properties);
  guint n_changes = 0;
  gint label = 0;

  for (guint i = 0; i < 40; i++) {
    const gdouble lead = .04 * sin (i * 1.9);
    const gint next = push_label (h, i, .45 + lead, .45 - lead);

    n_changes += i && next != label;
    label = next;
  }
  gst_harness_teardown (h);
  return n_changes;
}

static void
test_flicker (void)
{
  GstHarness *h;

  g_assert_cmpuint (count_changes (NULL), >, 20);
  g_assert_cmpuint (count_changes ("hysteresis=0.1"), ==, 0);

  h = test_started_harness ("hysteresis=0.1");
  g_assert_cmpint (push_label (h, 0, .5, .4), ==, 0);
  g_assert_cmpint (push_label (h, 1, .42, .5), ==, 0);
  g_assert_cmpint (push_label (h, 2, .38, .5), ==, 1);
  g_assert_cmpint (push_label (h, 3, .5, .42), ==, 1);
  /* while frames flow */
  set (h, "hysteresis", "0");
  g_assert_cmpint (push_label (h, 4, .5, .42), ==, 0);
  gst_harness_teardown (h);
}

static gdouble
double_of (const GstStructure *s, const gchar *field)
{
  gdouble v = -1;

  g_assert_true (gst_structure_get_double (s, field, &v));
  return v;
}

static gint
int_of (const GstStructure *s, const gchar *field)
{
  gint v = -2;

  g_assert_true (gst_structure_get_int (s, field, &v));
  return v;
}

/* What overlays print. */
static void
check_analytics (GstBuffer *buffer, const GstEmotionMeta *emotion)
{
#ifdef HAVE_ANALYTICS
  GstAnalyticsRelationMeta *meta =
      gst_buffer_get_analytics_relation_meta (buffer);
  GstAnalyticsODMtd od;
  GstAnalyticsClsMtd cls;
  gpointer state = NULL;

  g_assert_true (gst_analytics_relation_meta_iterate (
      meta, &state, gst_analytics_od_mtd_get_mtd_type (), &od));
  g_assert_true (gst_analytics_relation_meta_get_direct_related (meta, od.id,
      GST_ANALYTICS_REL_TYPE_RELATE_TO, gst_analytics_cls_mtd_get_mtd_type (),
      NULL, &cls));
  g_assert_cmpfloat (
      gst_analytics_cls_mtd_get_level (&cls, 0), ==, emotion->confidence);
  g_assert_cmpstr (
      g_quark_to_string (gst_analytics_cls_mtd_get_quark (&cls, 0)), ==,
      gst_emotion_meta_get_label (emotion));
#endif
}

/* All that is told of a face is the same, below a threshold as well. */
static void
check_consistent (const gchar *threshold, gint label_id)
{
  GstHarness *h = test_started_harness ("hysteresis=0.2 post-messages=true");
  GstElement *element = gst_harness_find_element (h, "resemotenet");
  GstBus *bus = gst_bus_new ();
  const GstVideoRegionOfInterestMeta *roi;
  const GstStructure *param, *face;
  const GstEmotionMeta *meta;
  GstMessage *message;
  GstBuffer *out;
  guint64 age_ns;

  say (0, .5, .4);
  gst_buffer_unref (push_at (h, 0, 1));
  gst_element_set_bus (element, bus);
  set (h, "threshold", threshold);
  say (0, .4, .5);
  out = push_at (h, FRAME, 1);

  meta = test_nth_emotion (out, 0);
  g_assert_cmpint (meta->label_id, ==, label_id);
  g_assert_cmpfloat_with_epsilon (meta->confidence, .4, ROUNDING);
  g_assert_cmpfloat_with_epsilon (meta->scores[1], .5, ROUNDING);
  g_assert_cmpuint (meta->age_ns, ==, 0);

  roi = (const GstVideoRegionOfInterestMeta *) gst_buffer_get_meta (
      out, GST_VIDEO_REGION_OF_INTEREST_META_API_TYPE);
  param = gst_video_region_of_interest_meta_get_param (
      (GstVideoRegionOfInterestMeta *) roi, "emotion");
  message = gst_bus_pop_filtered (bus, GST_MESSAGE_ELEMENT);
  g_assert_nonnull (message);
  face = gst_value_get_structure (gst_value_array_get_value (
      gst_structure_get_value (gst_message_get_structure (message), "faces"),
      0));
  g_assert_cmpint (int_of (param, "label_id"), ==, label_id);
  g_assert_cmpint (int_of (face, "label-id"), ==, label_id);
  g_assert_cmpfloat (double_of (param, "confidence"), ==, meta->confidence);
  g_assert_cmpfloat (double_of (face, "confidence"), ==, meta->confidence);
  g_assert_cmpstr (gst_structure_get_string (param, "label"), ==,
      gst_emotion_meta_get_label (meta));
  g_assert_true (gst_structure_get_uint64 (face, "age-ns", &age_ns));
  g_assert_cmpuint (age_ns, ==, 0);

  check_analytics (out, meta);

  gst_message_unref (message);
  gst_buffer_unref (out);
  gst_element_set_bus (element, NULL);
  gst_object_unref (bus);
  gst_object_unref (element);
  gst_harness_teardown (h);
}

static void
test_consistent (void)
{
  check_consistent ("0.35", 0);
  check_consistent ("0.45", -1);
}

/* ---- reclassification ----------------------------------------------------------------- */

/* In time, not in frames; never without a result. */
static void
test_reclassify (void)
{
  GstHarness *h = test_started_harness ("reclassify-interval=200000000");
  GstClockTime time = 0, classified = 0;
  gfloat score = 0;

  for (guint i = 0; i < 60; i++) {
    const gboolean expected = i == 0 || time - classified >= 200 * GST_MSECOND;
    const GstEmotionMeta *meta;
    GstBuffer *out;

    say (0, .3 + i * .01, 1e-9);
    out = push_at (h, time, 1);
    meta = test_nth_emotion (out, 0);
    g_assert_nonnull (meta);
    g_assert_cmpuint (n_seen, ==, expected);
    if (expected) {
      classified = time;
      score = meta->scores[0];
      g_assert_cmpfloat_with_epsilon (score, .3 + i * .01, ROUNDING);
    }
    g_assert_cmpfloat (meta->scores[0], ==, score);
    g_assert_cmpuint (meta->age_ns, ==, time - classified);
    g_assert_true ((meta->age == 0) == expected);
    gst_buffer_unref (out);
    time += (i % 3) * 20 * GST_MSECOND + GST_MSECOND;
  }
  g_assert_cmpuint (test_stat (h, "faces"), ==, 60);
  g_assert_cmpuint (test_stat (h, "skipped"), ==, 0);
  gst_harness_teardown (h);
}

/* New ones at once, however many; of the others as many as a pass takes. */
static void
test_spread (void)
{
  GstHarness *h =
      test_started_harness ("reclassify-interval=400000000 batch-size=2");
  guint n_classified[30];

  for (guint i = 0; i < 30; i++) {
    GstBuffer *out = push_at (h, i * FRAME, i < 5 ? 6 : 7);

    n_classified[i] = n_seen;
    g_assert_cmpuint (gst_buffer_get_n_emotion_meta (out), ==, i < 5 ? 6 : 7);
    for (guint f = 0; f < 6; f++)
      g_assert_cmpuint (test_nth_emotion (out, f)->age, <=, 10 + 2);
    gst_buffer_unref (out);
  }
  for (guint i = 0; i < 30; i++)
    /* all at first, then the seventh; from 400 ms on by twos */
    g_assert_cmpuint (n_classified[i], ==,
        i == 0               ? 6
        : i == 5             ? 1
        : i >= 10 && i <= 12 ? 2
        : i == 15            ? 1
        : i >= 20 && i <= 22 ? 2
        : i == 25            ? 1
                             : 0);
  gst_harness_teardown (h);
}

/* Every third frame on which the result is old enough: after 120 ms, 240 ms … */
static void
test_both_intervals (void)
{
  GstHarness *h = test_started_harness (
      "reclassify-interval=200000000 inference-interval=3");

  for (guint i = 0; i < 20; i++)
    g_assert_cmpuint (push_age (h, i * FRAME), ==, i % 6);
  gst_harness_teardown (h);
}

static void
test_change (void)
{
  GstHarness *h = test_started_harness ("reclassify-interval=10000000000");

  for (guint i = 0; i < 5; i++)
    g_assert_cmpuint (push_age (h, i * FRAME), ==, i);
  set (h, "reclassify-interval", "0");
  g_assert_cmpuint (push_age (h, 5 * FRAME), ==, 0);
  g_assert_cmpuint (push_age (h, 6 * FRAME), ==, 0);

  say (0, 1, 1e-9);
  push_score (h, 7 * FRAME);
  set (h, "smoothing", "500000000");
  say (0, 1e-9, 1);
  g_assert_cmpfloat_with_epsilon (
      push_score (h, 8 * FRAME), left (FRAME), ROUNDING);
  set (h, "smoothing", "0");
  g_assert_cmpfloat (push_score (h, 9 * FRAME), <, ROUNDING);
  gst_harness_teardown (h);
}

/* A face that is away for a while, as its track says, is known still. */
static void
test_away (void)
{
  GstHarness *h = test_started_harness ("reclassify-interval=10000000000");
  guint i = 0;

  g_assert_cmpuint (push_age (h, FRAME * i++), ==, 0);
  while (i < 40)
    gst_buffer_unref (push_at (h, FRAME * i++, 0));
  g_assert_cmpuint (push_age (h, FRAME * i++), ==, 40);
  while (i < 100)
    gst_buffer_unref (push_at (h, FRAME * i++, 0));
  g_assert_cmpuint (push_age (h, FRAME * i++), ==, 0);
  gst_harness_teardown (h);
}

int
main (int argc, char **argv)
{
  test_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  network_stub_set (obey);
  for (guint i = 0; i < MAX_FACES; i++)
    say (i, .5, .4);
  g_test_add_func ("/time/smoothing", test_smoothing);
  g_test_add_func ("/time/smoothing/off", test_off);
  g_test_add_func ("/time/smoothing/tracks", test_tracks);
  g_test_add_func ("/time/smoothing/wrong-times", test_wrong_times);
  g_test_add_func ("/time/smoothing/segments", test_segments);
  g_test_add_func ("/time/hysteresis", test_flicker);
  g_test_add_func ("/time/hysteresis/consistent", test_consistent);
  g_test_add_func ("/time/reclassify", test_reclassify);
  g_test_add_func ("/time/reclassify/spread", test_spread);
  g_test_add_func ("/time/reclassify/both-intervals", test_both_intervals);
  g_test_add_func ("/time/reclassify/change", test_change);
  g_test_add_func ("/time/reclassify/away", test_away);
  return test_run_kept ();
}

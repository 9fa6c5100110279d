/* Passes that elements share: the property batch-window
 * SPDX-License-Identifier: MIT
 */
#include "harness.h"

#include <string.h>

#include "../memory/sanitized.h"

#if SANITIZED
#define N_STREAMS 8
#else
#define N_STREAMS 16
#endif
#define N_FRAMES 5
#define N_CLASSES 7

/* In microseconds, as the property has them: all that it takes, and one that
 * does not show. */
#define LONG "batch-window=1000000"
#define LONG_MS 1000
#define SHORT "batch-window=20000"

/* What a face's score may differ by between passes of less than three faces and
 * others: the order of sums of floats. */
#define ROUNDING 1e-5

static gdouble
stat_double (GstHarness *h, const gchar *field)
{
  GstStructure *stats = test_get_stats (h);
  gdouble v = 0;

  g_assert_true (gst_structure_get_double (stats, field, &v));
  gst_structure_free (stats);
  return v;
}

static void
set_window (GstHarness *h, guint microseconds)
{
  GstElement *element = gst_harness_find_element (h, "resemotenet");

  g_object_set (element, "batch-window", microseconds, NULL);
  gst_object_unref (element);
}

static GstHarness *
new_harness (const gchar *model, const gchar *properties)
{
  gchar *line = g_strdup_printf (
      "resemotenet model=\"%s\" threads=1 %s", model, properties);
  GstHarness *h = gst_harness_new_parse (line);

  g_assert_nonnull (h);
  gst_harness_set_src_caps (h, test_rgb_caps ());
  g_free (line);
  return h;
}

static void
push_face (GstHarness *h, guint index)
{
  GstBuffer *buffer = test_frame (index);

  test_add_face (buffer, BOX_A);
  gst_buffer_unref (test_push (h, buffer));
}

/* ---- a stream on a thread ---------------------------------------------- */

typedef struct
{
  GstHarness *h;
  guint index, n_faces;
  GThread *thread;
  gfloat scores[N_FRAMES][2][N_CLASSES];
} Stream;

/* One face or two, other ones in each stream and frame. */
static void
stream_run (Stream *s)
{
  for (guint i = 0; i < N_FRAMES; i++) {
    GstBuffer *buffer = test_frame (i), *out;

    for (guint face = 0; face < s->n_faces; face++)
      test_add_face (buffer, 10 + 8 * (gint) s->index, 10 + 9 * (gint) i,
          90 + 60 * (gint) face, 100);
    out = test_push (s->h, buffer);
    for (guint face = 0; face < s->n_faces; face++) {
      const GstEmotionMeta *meta = test_nth_emotion (out, face);

      g_assert_cmpuint (meta->n_scores, ==, N_CLASSES);
      memcpy (s->scores[i][face], meta->scores, sizeof s->scores[i][face]);
    }
    gst_buffer_unref (out);
  }
  /* else the others would wait for it */
  gst_harness_push_event (s->h, gst_event_new_eos ());
}

static gpointer
stream_main (gpointer data)
{
  stream_run (data);
  return NULL;
}

static gdouble
difference (const Stream *a, const Stream *b)
{
  gdouble worst = 0;

  for (guint i = 0; i < N_FRAMES; i++)
    for (guint face = 0; face < a->n_faces; face++)
      for (guint c = 0; c < N_CLASSES; c++)
        worst =
            MAX (worst, ABS (a->scores[i][face][c] - b->scores[i][face][c]));
  return worst;
}

/* ---- sharing ----------------------------------------------------------- */

static void
check_streams (const gchar *model, guint n_faces, gdouble tolerance)
{
  Stream alone = { .n_faces = n_faces }, *streams = g_new0 (Stream, N_STREAMS);
  guint64 classified = 0, passes = 0;

  for (guint i = 0; i < N_STREAMS; i++) {
    streams[i].h = new_harness (model, SHORT " batch-size=5");
    streams[i].index = i;
    streams[i].n_faces = n_faces;
    /* from now on the others wait for it */
    push_face (streams[i].h, 0);
  }
  for (guint i = 0; i < N_STREAMS; i++) {
    set_window (streams[i].h, 1000 * LONG_MS);
    streams[i].thread = g_thread_new ("stream", stream_main, &streams[i]);
  }
  for (guint i = 0; i < N_STREAMS; i++)
    g_thread_join (streams[i].thread);

  for (guint i = 0; i < N_STREAMS; i++) {
    alone.h = new_harness (model, "");
    alone.index = i;
    stream_run (&alone);
    g_assert_cmpfloat (difference (&alone, &streams[i]), <=, tolerance);
    g_assert_cmpuint (test_stat (alone.h, "passes"), ==, N_FRAMES);
    g_assert_cmpfloat (stat_double (alone.h, "faces-per-pass"), ==, n_faces);
    gst_harness_teardown (alone.h);

    classified += test_stat (streams[i].h, "classified");
    passes += test_stat (streams[i].h, "passes");
    g_assert_cmpfloat (stat_double (streams[i].h, "faces-per-pass"), >=, 1);
    gst_harness_teardown (streams[i].h);
  }
  g_test_message ("%.2f faces a pass", (gdouble) classified / (gdouble) passes);
  g_assert_cmpuint (classified, ==, N_STREAMS * (N_FRAMES * n_faces + 1));
  /* of the 4 or 5 that fit, and with those that were alone at first */
  g_assert_cmpuint (classified, >, 2 * passes);
  g_free (streams);
}

static void
test_streams (void)
{
  check_streams (test_random_model (), 1, ROUNDING);
}

static void
test_streams_of_two (void)
{
  check_streams (test_random_model (), 2, ROUNDING);
}

static void
test_streams_int8 (void)
{
  if (test_int8_model ())
    check_streams (test_int8_model (), 1, 0);
  else
    g_test_skip ("there is no models/resemotenet.safetensors");
}

/* A frame of more faces than a pass takes waits for one window, not for one a
 * pass. */
static void
test_many_faces (void)
{
  GstHarness *h = test_started_harness (LONG " batch-size=2");
  GstHarness *silent = test_started_harness (LONG " batch-size=2");
  GstBuffer *buffer = test_frame (0), *out;
  gint64 begin;

  push_face (silent, 0);
  for (gint i = 0; i < 5; i++)
    test_add_face (buffer, 10 + 40 * i, 20, 80, 100);
  begin = g_get_monotonic_time ();
  out = test_push (h, buffer);
  g_assert_cmpint (
      g_get_monotonic_time () - begin, >=, LONG_MS * 1000); /* the fifth */
  g_assert_cmpuint (gst_buffer_get_n_emotion_meta (out), ==, 5);
  g_assert_cmpuint (test_stat (h, "passes"), ==, 3);
  g_assert_cmpfloat_with_epsilon (
      stat_double (h, "faces-per-pass"), 5 / 3., 1e-9);
  g_assert_cmpfloat (stat_double (h, "ms-waited"), <, 2 * LONG_MS / 3.);
  gst_buffer_unref (out);
  gst_harness_teardown (h);
  gst_harness_teardown (silent);
}

/* ---- who is waited for ------------------------------------------------- */

/* Whether a face waited for those of another element, which is silent. The
 * window begins before the face is cropped, so it is not waited for wholly. */
static gboolean
waits (GstHarness *h)
{
  push_face (h, 1);
  return stat_double (h, "ms-waited") > LONG_MS / 2.;
}

static void
check_waits (const gchar *properties, gboolean expected)
{
  GstHarness *h = test_started_harness (LONG), *other;

  other = test_started_harness (properties);
  push_face (other, 0);
  g_assert_cmpint (waits (h), ==, expected);
  gst_harness_teardown (h);
  gst_harness_teardown (other);
}

static void
test_alone (void)
{
  GstHarness *h = test_started_harness (LONG);

  for (guint i = 0; i < 3; i++)
    g_assert_false (waits (h));
  gst_harness_teardown (h);
}

static void
test_kinds (void)
{
  check_waits (LONG, TRUE);
  check_waits (LONG " precision=fp32", TRUE); /* which auto is here */
  check_waits (LONG " labels=a,b,c,d,e,f,g", TRUE);
  check_waits (SHORT, TRUE);
  check_waits ("batch-window=0", FALSE);
  check_waits (LONG " precision=fp16", FALSE);
  check_waits (LONG " batch-size=9", FALSE);
  check_waits (LONG " threads=3", FALSE);
}

static void
test_other_model (void)
{
  GstHarness *h = test_started_harness (LONG), *other;

  if (!test_int8_model ()) {
    g_test_skip ("there is no models/resemotenet.safetensors");
    gst_harness_teardown (h);
    return;
  }
  other = new_harness (test_int8_model (), LONG " threads=0 precision=fp32");
  push_face (other, 0);
  g_assert_false (waits (h));
  gst_harness_teardown (h);
  gst_harness_teardown (other);
}

/* ---- ways to end waiting ------------------------------------------------ */

typedef void (*Action) (GstHarness *waiting, GstHarness *silent);

static void
end_stream (GstHarness *waiting, GstHarness *silent)
{
  gst_harness_push_event (silent, gst_event_new_eos ());
}

static void
flush_silent (GstHarness *waiting, GstHarness *silent)
{
  gst_harness_push_event (silent, gst_event_new_flush_start ());
}

static void
flush_waiting (GstHarness *waiting, GstHarness *silent)
{
  gst_harness_push_event (waiting, gst_event_new_flush_start ());
}

static void
set_state (GstHarness *h, GstState state)
{
  GstElement *element = gst_harness_find_element (h, "resemotenet");

  g_assert_cmpint (
      gst_element_set_state (element, state), ==, GST_STATE_CHANGE_SUCCESS);
  gst_object_unref (element);
}

static void
pause_silent (GstHarness *waiting, GstHarness *silent)
{
  set_state (silent, GST_STATE_PAUSED);
}

static void
stop_silent (GstHarness *waiting, GstHarness *silent)
{
  set_state (silent, GST_STATE_NULL);
}

static void
stop_waiting (GstHarness *waiting, GstHarness *silent)
{
  set_state (waiting, GST_STATE_NULL);
}

static gpointer
push_main (gpointer h)
{
  GstBuffer *buffer = test_frame (1);

  test_add_face (buffer, BOX_A);
  gst_harness_push (h, buffer);
  return NULL;
}

/* None of it may take the rest of the window, and none may never end. */
static void
test_end (gconstpointer data)
{
  const Action *action = data;
  GstHarness *waiting = test_started_harness (LONG);
  GstHarness *silent = test_started_harness (LONG);
  GThread *thread;
  gdouble waited;

  push_face (silent, 0);
  thread = g_thread_new ("push", push_main, waiting);
  g_usleep (200 * 1000);
  (*action) (waiting, silent);
  g_thread_join (thread);
  waited = stat_double (waiting, "ms-waited");
  g_test_message ("%.0f ms", waited);
  g_assert_cmpfloat (waited, >, 0);
  g_assert_cmpfloat (waited, <, LONG_MS);
  g_assert_cmpuint (test_stat (waiting, "classified"), ==, 1);
  gst_harness_teardown (waiting);
  gst_harness_teardown (silent);
}

/* ---- the property ------------------------------------------------------ */

static void
test_property (void)
{
  GstElement *element = gst_element_factory_make ("resemotenet", NULL);
  GParamSpec *spec = g_object_class_find_property (
      G_OBJECT_GET_CLASS (element), "batch-window");
  guint window;

  g_assert_true (G_IS_PARAM_SPEC_UINT (spec));
  g_assert_cmpuint (G_PARAM_SPEC_UINT (spec)->minimum, ==, 0);
  g_assert_cmpuint (G_PARAM_SPEC_UINT (spec)->maximum, ==, 1000000);
  g_assert_true (spec->flags & GST_PARAM_MUTABLE_PLAYING);
  g_object_get (element, "batch-window", &window, NULL);
  g_assert_cmpuint (window, ==, 0);
  g_object_set (element, "batch-window", 2500, NULL);
  g_object_get (element, "batch-window", &window, NULL);
  g_assert_cmpuint (window, ==, 2500);
  gst_object_unref (element);
}

/* Sharing begins and ends while frames flow. */
static void
test_change (void)
{
  GstHarness *h = test_started_harness (NULL);
  GstHarness *silent = test_started_harness (LONG);

  push_face (silent, 0);
  push_face (h, 0);
  g_assert_cmpfloat (stat_double (h, "ms-waited"), <, LONG_MS / 2.);
  set_window (h, 1000 * LONG_MS);
  push_face (h, 1);
  /* the mean of two passes, one of which waited */
  g_assert_cmpfloat (stat_double (h, "ms-waited"), >, LONG_MS / 4.);
  set_window (h, 0);
  set_window (silent, 0);
  push_face (silent, 1);
  push_face (h, 2);
  set_window (h, 1000 * LONG_MS);
  push_face (h, 3); /* nobody else shares */
  /* of four passes one waited, still */
  g_assert_cmpfloat (stat_double (h, "ms-waited"), <, LONG_MS * 3 / 8.);
  g_assert_cmpuint (test_stat (h, "passes"), ==, 4);
  gst_harness_teardown (h);
  gst_harness_teardown (silent);
}

static void
test_latency (gconstpointer live)
{
  GstHarness *h = test_started_harness (NULL);
  GstBus *bus = gst_bus_new ();
  GstElement *element = gst_harness_find_element (h, "resemotenet");
  GstMessage *message;

  gst_element_set_bus (element, bus);
  gst_harness_set_live (h, live != NULL);
  gst_harness_set_upstream_latency (h, 10 * GST_MSECOND);
  g_assert_cmpuint (
      gst_harness_query_latency (h), ==, live ? 10 * GST_MSECOND : 0);
  g_assert_null (gst_bus_pop_filtered (bus, GST_MESSAGE_LATENCY));

  set_window (h, 5000);
  g_assert_cmpuint (
      gst_harness_query_latency (h), ==, live ? 15 * GST_MSECOND : 0);
  message = gst_bus_pop_filtered (bus, GST_MESSAGE_LATENCY);
  g_assert_nonnull (message);
  gst_message_unref (message);
  /* nothing new */
  set_window (h, 5000);
  g_object_set (element, "threshold", .5f, NULL);
  g_assert_null (gst_bus_pop_filtered (bus, GST_MESSAGE_LATENCY));

  gst_element_set_bus (element, NULL);
  gst_object_unref (bus);
  gst_object_unref (element);
  gst_harness_teardown (h);
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const gchar *name;
    Action action;
  } ends[] = { { "/window/end/eos", end_stream },
    { "/window/end/flush-silent", flush_silent },
    { "/window/end/flush-waiting", flush_waiting },
    { "/window/end/pause-silent", pause_silent },
    { "/window/end/stop-silent", stop_silent },
    { "/window/end/stop-waiting", stop_waiting } };

  test_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/window/streams", test_streams);
  g_test_add_func ("/window/streams/two-faces", test_streams_of_two);
  g_test_add_func ("/window/streams/int8", test_streams_int8);
  g_test_add_func ("/window/many-faces", test_many_faces);
  g_test_add_func ("/window/alone", test_alone);
  g_test_add_func ("/window/kinds", test_kinds);
  g_test_add_func ("/window/other-model", test_other_model);
  for (guint i = 0; i < G_N_ELEMENTS (ends); i++)
    g_test_add_data_func (ends[i].name, &ends[i].action, test_end);
  g_test_add_func ("/window/property", test_property);
  g_test_add_func ("/window/change", test_change);
  g_test_add_data_func ("/window/latency/live", "live", test_latency);
  g_test_add_data_func ("/window/latency/not-live", NULL, test_latency);
  return test_run_kept ();
}

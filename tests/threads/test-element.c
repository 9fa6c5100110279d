/* Elements in several threads: models shared through them, and properties that
 * change while frames flow. SPDX-License-Identifier: MIT */
#include "harness.h"

#include <string.h>

#define N_THREADS 4
#define N_SCORES 7

/* The default model's, two of whose threads run each frame. */
static GstHarness *
new_harness (void)
{
  gchar *line = g_strdup_printf (
      "resemotenet model=\"%s\" threads=2 batch-size=2", test_int8_model ());
  GstHarness *h = gst_harness_new_parse (line);

  g_assert_nonnull (h);
  gst_harness_set_src_caps (h, test_rgb_caps ());
  g_free (line);
  return h;
}

/* Painted once: a stream is to spend its time in the element. */
static GstBuffer *picture;

static GstBuffer *
push_faces (GstHarness *h, guint index)
{
  GstBuffer *buffer = gst_buffer_copy_deep (picture);

  GST_BUFFER_PTS (buffer) = index * GST_SECOND / 25;
  test_add_face (buffer, BOX_A);
  test_add_face (buffer, BOX_B);
  return test_push (h, buffer);
}

static void
push_and_compare (GstHarness *h, guint index, const gfloat *expected)
{
  GstBuffer *out = push_faces (h, index);

  g_assert_cmpuint (gst_buffer_get_n_emotion_meta (out), ==, 2);
  for (guint i = 0; i < 2; i++) {
    const GstEmotionMeta *meta = test_nth_emotion (out, i);

    g_assert_cmpmem (meta->scores, N_SCORES * sizeof *meta->scores,
        expected + i * N_SCORES, N_SCORES * sizeof *expected);
  }
  gst_buffer_unref (out);
}

static void
get_expected (gfloat expected[2 * N_SCORES])
{
  GstHarness *h = new_harness ();
  GstBuffer *out = push_faces (h, 0);

  for (guint i = 0; i < 2; i++) {
    const GstEmotionMeta *meta = test_nth_emotion (out, i);

    g_assert_cmpuint (meta->n_scores, ==, N_SCORES);
    memcpy (
        expected + i * N_SCORES, meta->scores, N_SCORES * sizeof *meta->scores);
  }
  gst_buffer_unref (out);
  gst_harness_teardown (h);
}

static gboolean
has_model (void)
{
  if (test_int8_model ())
    return TRUE;
  g_test_skip ("there is no models/resemotenet.safetensors");
  return FALSE;
}

/* ---- the model is shared ------------------------------------------------------ */

/* Nobody keeps it: some of the elements load it, the others share it. */
static gpointer
start_and_stop (gpointer expected)
{
  for (guint round = 0; round < 5; round++) {
    GstHarness *h = new_harness ();

    push_and_compare (h, 0, expected);
    push_and_compare (h, 1, expected);
    gst_harness_teardown (h);
  }
  return NULL;
}

static void
test_sharing (void)
{
  GThread *threads[N_THREADS];
  gfloat expected[2 * N_SCORES];

  if (!has_model ())
    return;
  get_expected (expected);
  for (guint i = 0; i < N_THREADS; i++)
    threads[i] = g_thread_new ("element", start_and_stop, expected);
  for (guint i = 0; i < N_THREADS; i++)
    g_thread_join (threads[i]);
}

/* ---- properties change -------------------------------------------------------- */

#define N_FRAMES 60

typedef struct
{
  GstHarness *harness;
  GstBuffer *out[N_FRAMES]; /* the first n_out of them are another thread's */
  gint n_out;               /* atomic */
} Stream;

static gpointer
stream (gpointer data)
{
  Stream *s = data;

  for (guint i = 0; i < N_FRAMES; i++) {
    s->out[i] = push_faces (s->harness, i);
    g_atomic_int_inc (&s->n_out);
  }
  return NULL;
}

/* Values in turn, as gst-launch-1.0 reads them; all leave two faces to see. */
static const struct
{
  const gchar *name, *values[2];
} properties[] = {
  { "model", { "elsewhere.safetensors", "nowhere.safetensors" } },
  { "labels", { "a,b,c,d,e,f,g", "" } },
  { "threads", { "1", "2" } },
  { "batch-size", { "1", "2" } },
  { "batch-window", { "1000", "0" } },
  { "precision", { "fp32", "auto" } },
  { "roi-type", { "", "face" } },
  { "roi-scale", { "1.5", "1" } },
  { "min-size", { "1", "16" } },
  { "max-faces", { "2", "0" } },
  { "threshold", { "0.9", "0" } },
  { "inference-interval", { "3", "1" } },
  { "reclassify-interval", { "100000000", "0" } },
  { "smoothing", { "500000000", "0" } },
  { "hysteresis", { "0.2", "0" } },
  { "meta-mode", { "emotion", "all" } },
  { "post-messages", { "true", "false" } },
  { "skip-late", { "false", "true" } },
};

static void
test_properties (void)
{
  Stream s = { 0 };
  gint n_done = 0;
  GstElement *element;
  GThread *thread;

  if (!has_model ())
    return;
  s.harness = new_harness ();
  element = gst_harness_find_element (s.harness, "resemotenet");
  thread = g_thread_new ("stream", stream, &s);
  for (guint turn = 0; n_done < N_FRAMES; turn++) {
    gchar *model;

    /* each is the first in its turn: after it, locks of GStreamer's own order
     * this thread and the stream */
    g_usleep (1000);
    for (guint i = 0; i < G_N_ELEMENTS (properties); i++) {
      const guint p = (turn + i) % G_N_ELEMENTS (properties);

      gst_util_set_object_arg (G_OBJECT (element), properties[p].name,
          properties[p].values[turn / 2 % 2]);
    }
    g_object_get (element, "model", &model, NULL);
    g_assert_true (g_str_has_suffix (model, ".safetensors"));
    g_free (model);
    /* as a sink's thread does */
    gst_harness_query_latency (s.harness);
    gst_harness_push_upstream_event (
        s.harness, gst_event_new_latency (turn * GST_MSECOND));
    gst_harness_push_upstream_event (
        s.harness, gst_event_new_qos (GST_QOS_TYPE_UNDERFLOW, 1., 0, 0));
    g_assert_cmpuint (test_stat (s.harness, "faces"), <=, 2 * N_FRAMES);
    while (n_done < g_atomic_int_get (&s.n_out))
      gst_buffer_unref (s.out[n_done++]);
  }
  g_thread_join (thread);
  /* what only counts from the next start on has changed nothing */
  g_assert_cmpuint (test_stat (s.harness, "frames"), ==, N_FRAMES);
  g_assert_cmpuint (test_stat (s.harness, "faces"), ==, 2 * N_FRAMES);
  gst_object_unref (element);
  gst_harness_teardown (s.harness);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  test_init (&argc, &argv);
  picture = test_frame (0);
  g_test_add_func ("/threads/element/sharing", test_sharing);
  g_test_add_func ("/threads/element/properties", test_properties);
  status = g_test_run ();
  gst_buffer_unref (picture);
  return status;
}

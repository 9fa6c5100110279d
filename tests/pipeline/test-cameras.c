/* Many live streams in one pipeline that share passes over the weights.
 * SPDX-License-Identifier: MIT */
#include <gst/gst.h>
#include <gst/video/video.h>

#include "gstemotionmeta.h"

#define N_CAMERAS 8
#define N_FRAMES 25 /* of the first; each has some more than the one before */
#define MORE_FRAMES 3
#define WINDOW_US 10000

typedef struct
{
  GstElement *bin, *classifier;
  gint n_frames, n_with_emotion; /* atomic */
} Camera;

static GstPadProbeReturn
add_face (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  GstBuffer *buffer =
      gst_buffer_make_writable (GST_PAD_PROBE_INFO_BUFFER (info));

  gst_buffer_add_video_region_of_interest_meta (
      buffer, "face", 40, 30, 100, 120);
  info->data = buffer;
  return GST_PAD_PROBE_OK;
}

static GstPadProbeReturn
count (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  Camera *camera = user_data;

  g_atomic_int_inc (&camera->n_frames);
  if (gst_buffer_get_n_emotion_meta (GST_PAD_PROBE_INFO_BUFFER (info)) == 1)
    g_atomic_int_inc (&camera->n_with_emotion);
  return GST_PAD_PROBE_OK;
}

static void
add_probe (GstElement *element, const gchar *name, GstPadProbeCallback probe,
    Camera *camera)
{
  GstPad *pad = gst_element_get_static_pad (element, name);

  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, probe, camera, NULL);
  gst_object_unref (pad);
}

static void
camera_init (Camera *camera, gint index, GstElement *pipeline)
{
  g_autofree gchar *launch = g_strdup_printf (
      "videotestsrc is-live=true num-buffers=%d ! "
      "video/x-raw,format=I420,width=320,height=240,framerate=25/1 ! "
      "resemotenet name=classifier batch-window=%u skip-late=false ! "
      "fakesink sync=true",
      N_FRAMES + MORE_FRAMES * index, WINDOW_US);
  GError *error = NULL;

  *camera =
      (Camera){ .bin = gst_parse_bin_from_description (launch, FALSE, &error) };
  g_assert_no_error (error);
  camera->classifier =
      gst_bin_get_by_name (GST_BIN (camera->bin), "classifier");
  add_probe (camera->classifier, "sink", add_face, camera);
  add_probe (camera->classifier, "src", count, camera);
  gst_bin_add (GST_BIN (pipeline), camera->bin);
}

static void
assert_latency (GstElement *pipeline)
{
  g_autoptr (GstQuery) query = gst_query_new_latency ();
  GstClockTime min;
  gboolean live;

  g_assert_true (gst_element_query (pipeline, query));
  gst_query_parse_latency (query, &live, &min, NULL);
  g_assert_true (live);
  g_assert_cmpuint (min, >=, WINDOW_US * GST_USECOND);
}

/* Cameras end one after another, and one is unplugged while the others run. */
static void
test_cameras (void)
{
  g_autoptr (GstElement) pipeline = gst_pipeline_new (NULL);
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  Camera cameras[N_CAMERAS], *unplugged = &cameras[N_CAMERAS - 1];
  guint64 classified = 0, passes = 0;
  GstMessage *message;

  for (gint i = 0; i < N_CAMERAS; i++)
    camera_init (&cameras[i], i, pipeline);
  g_assert_cmpint (gst_element_set_state (pipeline, GST_STATE_PLAYING), !=,
      GST_STATE_CHANGE_FAILURE);
  while (g_atomic_int_get (&unplugged->n_frames) < N_FRAMES / 2)
    g_usleep (10000);
  assert_latency (pipeline);

  gst_object_ref (unplugged->bin);
  gst_bin_remove (GST_BIN (pipeline), unplugged->bin);
  gst_element_set_state (unplugged->bin, GST_STATE_NULL);
  gst_object_unref (unplugged->bin);

  message = gst_bus_timed_pop_filtered (
      bus, 60 * GST_SECOND, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  g_assert_nonnull (message);
  g_assert_cmpint (GST_MESSAGE_TYPE (message), ==, GST_MESSAGE_EOS);
  gst_message_unref (message);

  for (gint i = 0; i < N_CAMERAS; i++) {
    Camera *camera = &cameras[i];
    GstStructure *stats;
    guint64 n;

    if (camera != unplugged)
      g_assert_cmpint (camera->n_frames, ==, N_FRAMES + MORE_FRAMES * i);
    g_assert_cmpint (camera->n_with_emotion, ==, camera->n_frames);
    g_object_get (camera->classifier, "stats", &stats, NULL);
    g_assert_true (gst_structure_get_uint64 (stats, "classified", &n));
    classified += n;
    g_assert_true (gst_structure_get_uint64 (stats, "passes", &n));
    passes += n;
    gst_structure_free (stats);
    gst_object_unref (camera->classifier);
  }
  gst_element_set_state (pipeline, GST_STATE_NULL);
  g_test_message ("%.2f faces a pass", (gdouble) classified / (gdouble) passes);
  /* they tick together, so most are there in a window */
  g_assert_cmpuint (classified, >, 2 * passes);
}

int
main (int argc, char **argv)
{
  const gchar *model = g_getenv ("RESEMOTENET_MODEL");

  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  if (model && g_file_test (model, G_FILE_TEST_EXISTS)) {
    g_test_add_func ("/pipeline/cameras", test_cameras);
    return g_test_run ();
  }
  g_print ("1..0 # SKIP there is no models/resemotenet.safetensors\n");
  return 0;
}

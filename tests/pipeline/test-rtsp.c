/* A real RTSP server on loopback → rtspsrc → decode → faceroi → resemotenet.
 * SPDX-License-Identifier: MIT */
#include <gst/gst.h>
#include <gst/video/video.h>
#include <stdlib.h>

#include "camera.h"
#include "gstemotionmeta.h"

typedef struct
{
  GMainLoop *loop;
  guint seconds; /* from the first frame on */
  gboolean failed;
  gint n_frames, n_with_emotion; /* atomic */
  gint64 longest_gap_us, last_us;
} Run;

static gboolean
on_timeout (gpointer user_data)
{
  g_main_loop_quit (((Run *) user_data)->loop);
  return G_SOURCE_REMOVE;
}

static GstPadProbeReturn
on_buffer (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  Run *run = user_data;
  gint64 now = g_get_monotonic_time ();

  if (run->last_us)
    run->longest_gap_us = MAX (run->longest_gap_us, now - run->last_us);
  else
    g_timeout_add_seconds (run->seconds, on_timeout, run);
  run->last_us = now;
  g_atomic_int_inc (&run->n_frames);
  if (gst_buffer_get_n_emotion_meta (GST_PAD_PROBE_INFO_BUFFER (info)) == 1)
    g_atomic_int_inc (&run->n_with_emotion);
  return GST_PAD_PROBE_OK;
}

static gboolean
on_message (GstBus *bus, GstMessage *message, gpointer user_data)
{
  Run *run = user_data;

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR) {
    g_autoptr (GError) error = NULL;
    g_autofree gchar *debug = NULL;

    gst_message_parse_error (message, &error, &debug);
    g_test_message (
        "%s: %s (%s)", GST_MESSAGE_SRC_NAME (message), error->message, debug);
    run->failed = TRUE;
    g_main_loop_quit (run->loop);
  }
  return G_SOURCE_CONTINUE;
}

static void
test_rtsp (void)
{
  const gchar *model = g_getenv ("REN_CHECKPOINT");
  g_autofree gchar *uri = NULL, *launch = NULL;
  const gchar *missing = camera_find_missing ();
  Camera *camera;
  g_autoptr (GstElement) pipeline = NULL, sink = NULL;
  g_autoptr (GstBus) bus = NULL;
  g_autoptr (GstPad) pad = NULL;
  g_autoptr (GError) error = NULL;
  Run run = { .seconds = g_getenv ("REN_LONG") ? 60 : 5 };

  if (!model || !g_file_test (model, G_FILE_TEST_EXISTS)) {
    g_test_skip ("no checkpoint to run with");
    return;
  }
  if (missing) {
    g_autofree gchar *why = g_strdup_printf ("no element %s", missing);

    g_test_skip (why);
    return;
  }

  camera = camera_new (NULL);
  camera_switch_on (camera, "vp8", 512);
  uri = camera_get_uri (camera, NULL);
  launch = g_strdup_printf (
      "rtspsrc location=%s latency=100 protocols=tcp ! decodebin ! "
      "queue leaky=downstream max-size-buffers=1 max-size-bytes=0 "
      "max-size-time=0 ! faceroi ! resemotenet model=\"%s\" ! "
      "fakesink name=sink sync=true",
      uri, model);
  pipeline = gst_parse_launch (launch, &error);
  g_assert_no_error (error);
  bus = gst_element_get_bus (pipeline);
  gst_bus_add_watch (bus, on_message, &run);
  sink = gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  pad = gst_element_get_static_pad (sink, "sink");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, on_buffer, &run, NULL);

  run.loop = g_main_loop_new (NULL, FALSE);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  g_main_loop_run (run.loop);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_bus_remove_watch (bus);
  g_main_loop_unref (run.loop);
  camera_free (camera);

  g_test_message ("%d frames, %d with the face's emotion, longest gap %d ms",
      run.n_frames, run.n_with_emotion, (gint) (run.longest_gap_us / 1000));
  g_assert_false (run.failed);
  /* 15 frames a second are sent; a slow machine may skip most, but never
   * stalls */
  g_assert_cmpint (run.n_frames, >=, 2 * (gint) run.seconds);
  g_assert_cmpint (run.n_with_emotion, >=, run.n_frames * 9 / 10);
  g_assert_cmpint (run.longest_gap_us, <, 5 * G_USEC_PER_SEC);
}

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/pipeline/rtsp", test_rtsp);
  return g_test_run ();
}

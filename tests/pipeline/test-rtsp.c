/* A real RTSP server on loopback → rtspsrc → decode → faceroi → resemotenet.
 * SPDX-License-Identifier: MIT */
#include <gst/gst.h>
#include <gst/rtsp-server/rtsp-server.h>
#include <gst/video/video.h>
#include <stdlib.h>

#include "gstemotionmeta.h"

#define SECONDS 20

typedef struct
{
  GMainLoop *loop;
  gboolean failed;
  gint n_frames, n_with_emotion; /* atomic */
  gint64 longest_gap_us, last_us;
} Run;

/* The sample picture, 15 times a second for ever, as a camera would send it. */
static GstRTSPServer *
start_server (const gchar *picture, gchar **uri)
{
  GstRTSPServer *server = gst_rtsp_server_new ();
  GstRTSPMountPoints *mounts = gst_rtsp_server_get_mount_points (server);
  GstRTSPMediaFactory *factory = gst_rtsp_media_factory_new ();
  g_autofree gchar *launch = g_strdup_printf (
      "( multifilesrc location=\"%s\" loop=true caps=image/jpeg,framerate=15/1 "
      "! jpegdec ! videoconvert ! video/x-raw,format=I420 ! identity sync=true "
      "! vp8enc deadline=1 cpu-used=8 keyframe-max-dist=15 ! "
      "rtpvp8pay name=pay0 pt=96 )",
      picture);

  gst_rtsp_media_factory_set_launch (factory, launch);
  gst_rtsp_media_factory_set_shared (factory, TRUE);
  gst_rtsp_mount_points_add_factory (mounts, "/camera", factory);
  gst_rtsp_server_set_address (server, "127.0.0.1");
  gst_rtsp_server_set_service (server, "0"); /* any free port */
  g_object_unref (mounts);
  if (gst_rtsp_server_attach (server, NULL) == 0)
    g_error ("cannot listen on loopback");
  *uri = g_strdup_printf (
      "rtsp://127.0.0.1:%d/camera", gst_rtsp_server_get_bound_port (server));
  return server;
}

static GstPadProbeReturn
on_buffer (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  Run *run = user_data;
  gint64 now = g_get_monotonic_time ();

  if (run->last_us)
    run->longest_gap_us = MAX (run->longest_gap_us, now - run->last_us);
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

static gboolean
on_timeout (gpointer user_data)
{
  g_main_loop_quit (((Run *) user_data)->loop);
  return G_SOURCE_REMOVE;
}

static gboolean
have_elements (void)
{
  static const gchar *const names[] = { "multifilesrc", "jpegdec", "vp8enc",
    "vp8dec", "rtpvp8pay", "rtpvp8depay", "rtspsrc", "faceroi" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autoptr (GstElementFactory) f = gst_element_factory_find (names[i]);

    if (!f) {
      g_autofree gchar *why = g_strdup_printf ("no element %s", names[i]);

      g_test_skip (why);
      return FALSE;
    }
  }
  return TRUE;
}

static void
test_rtsp (void)
{
  const gchar *model = g_getenv ("REN_CHECKPOINT");
  g_autofree gchar *picture = g_build_filename (
      g_getenv ("REN_SOURCE_ROOT"), "pipelines/sample/astronaut.jpg", NULL);
  g_autofree gchar *uri = NULL, *launch = NULL;
  g_autoptr (GstRTSPServer) server = NULL;
  g_autoptr (GstElement) pipeline = NULL, sink = NULL;
  g_autoptr (GstBus) bus = NULL;
  g_autoptr (GstPad) pad = NULL;
  g_autoptr (GError) error = NULL;
  Run run = { .failed = FALSE };

  if (!model || !g_file_test (model, G_FILE_TEST_EXISTS)) {
    g_test_skip ("no checkpoint to run with");
    return;
  }
  if (!have_elements ())
    return;

  server = start_server (picture, &uri);
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
  g_timeout_add_seconds (SECONDS, on_timeout, &run);
  g_main_loop_run (run.loop);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_bus_remove_watch (bus);
  g_main_loop_unref (run.loop);

  g_test_message ("%d frames, %d with the face's emotion, longest gap %d ms",
      run.n_frames, run.n_with_emotion, (gint) (run.longest_gap_us / 1000));
  g_assert_false (run.failed);
  /* 300 frames are sent; a slow machine may skip most, but never stalls */
  g_assert_cmpint (run.n_frames, >=, SECONDS * 2);
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

/* Emotions in an app: a line for each face of a video
 * SPDX-License-Identifier: MIT
 *
 * Shows a pipeline from a description, an appsink, and reading GstEmotionMeta.
 *
 * Build and run:
 *   cc -o appsink appsink.c $(pkg-config --cflags --libs gstresemotenet-1.0 gstreamer-app-1.0)
 *   ./appsink talk.mp4
 *
 * Takes a file or an address; without any, sample.webm, which
 * `pipelines/make-sample sample.webm` makes.
 */
#include <gst/app/gstappsink.h>
#include <gst/gst.h>
#include <gst/resemotenet/gstemotionmeta.h>

/* Called in the pipeline's own thread, once for each frame. */
static GstFlowReturn
on_frame (GstAppSink *sink, gpointer data)
{
  GstSample *sample = gst_app_sink_pull_sample (sink);
  GstBuffer *buffer = gst_sample_get_buffer (sample);
  gpointer state = NULL;
  GstEmotionMeta *face;

  while ((face = gst_buffer_iterate_emotion_meta (buffer, &state)))
    g_print ("%6.2f s  person %" G_GINT64_FORMAT
             "  %-8s %3.0f %%  at %d,%d  %dx%d\n",
        (double) GST_BUFFER_PTS (buffer) / GST_SECOND, face->track_id,
        gst_emotion_meta_get_label (face), 100 * face->confidence, face->x,
        face->y, face->w, face->h);
  gst_sample_unref (sample);
  return GST_FLOW_OK;
}

/* FALSE where the stream ended with an error, which is printed. */
static gboolean
wait_for_end (GstElement *pipeline)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GstMessage) message = gst_bus_timed_pop_filtered (
      bus, GST_CLOCK_TIME_NONE, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  g_autoptr (GError) error = NULL;

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS)
    return TRUE;
  gst_message_parse_error (message, &error, NULL);
  g_printerr ("appsink: %s\n", error->message);
  return FALSE;
}

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);

  const char *file = argc > 1 ? argv[1] : "sample.webm";
  g_autoptr (GError) error = NULL;
  g_autofree char *uri = gst_uri_is_valid (file)
                             ? g_strdup (file)
                             : gst_filename_to_uri (file, NULL);
  /* only the video is decoded; without sync, as fast as it can be */
  g_autoptr (GstElement) pipeline = gst_parse_launch (
      "uridecodebin name=source caps=video/x-raw expose-all-streams=false"
      " ! faceroi ! resemotenet ! appsink name=sink sync=false max-buffers=4",
      &error);

  if (error) {
    g_printerr ("appsink: %s\n", error->message);
    return 1;
  }
  g_autoptr (GstElement) source =
      gst_bin_get_by_name (GST_BIN (pipeline), "source");
  g_autoptr (GstElement) sink =
      gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  GstAppSinkCallbacks callbacks = { .new_sample = on_frame };

  g_object_set (source, "uri", uri, NULL);
  gst_app_sink_set_callbacks (GST_APP_SINK (sink), &callbacks, NULL, NULL);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  gboolean ok = wait_for_end (pipeline);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  return ok ? 0 : 1;
}

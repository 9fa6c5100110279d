/* SPDX-License-Identifier: MIT
 *
 *   video-source → detector → classifier ─(results)→ publisher → tee
 *     tee → overlay → tee → encoder, muxer, file
 *                         → window
 *     tee → page
 *
 * of which only what the options ask for is there.
 */
#include "pipeline.h"

#include "have-element.h"
#include "secret-file.h"
#include "static-plugin.h"
#include "terminal.h"

/* Scores of two emotions that are as near as this are not told apart. */
#define HYSTERESIS 0.1

#define ENDLESS_QUEUE "max-size-time=0 max-size-bytes=0"

/* An element that is not there gets an answer that says where to find it. */
static gboolean
check_element (const gchar *name, const gchar *advice)
{
  const gboolean ok = have_element (name);

  if (!ok)
    say ("there is no element %s: %s", name, advice);
  return ok;
}

static gboolean
wants_picture (const Options *options)
{
  return options->annotate || options->display;
}

static gboolean
wants_publisher (const Options *options)
{
  return options->mqtt || options->kafka;
}

gboolean
pipeline_check (const Options *options)
{
  static_plugin_register ();
  if (!check_element ("resemotenet",
          "install the plugin, or set GST_PLUGIN_PATH to the directory of "
          "libgstresemotenet.so"))
    return FALSE;
  if (g_str_equal (options->detector, "facedetect") &&
      !check_element (
          "facedetect", "install gstreamer1.0-opencv and opencv-data"))
    return FALSE;
  if (g_str_equal (options->detector, "faceroi") &&
      !check_element ("faceroi",
          "the plugin was built without dlib; build it with libdlib-dev, or "
          "try --detector facedetect"))
    return FALSE;
  if (wants_publisher (options) &&
      !check_element ("emotionpublish", "the plugin is older than this app"))
    return FALSE;
  if (options->display &&
      !check_element ("autovideosink", "install gstreamer1.0-plugins-good"))
    return FALSE;
  if (wants_picture (options) && !have_element ("emotionoverlay"))
    say ("the plugin was built without emotionoverlay: pictures go without "
         "boxes and labels");
  return TRUE;
}

/* Detectors by name. OpenCV's reads RGB and wants a width it does not skew. */
static const gchar *
detector_launch (const gchar *name)
{
  if (g_str_equal (name, "facedetect"))
    return "videoconvert ! videoscale ! video/x-raw,format=RGB,width=640,"
           "pixel-aspect-ratio=1/1 ! facedetect display=false";
  return "faceroi";
}

/* The file is to have every frame that was classified, so it is waited for; a
 * window of a live stream is let go instead. */
static void
append_pictures (GString *launch, const Options *options, gboolean live,
    Recording *recording)
{
  g_string_append_printf (launch,
      "results. ! queue max-size-buffers=2 " ENDLESS_QUEUE
      " ! %s ! tee name=pictures ",
      have_element ("emotionoverlay") ? "emotionoverlay name=overlay"
                                      : "identity");
  if (recording) {
    g_autofree gchar *record = recording_get_launch (recording);

    g_string_append_printf (launch,
        "pictures. ! queue max-size-buffers=2 " ENDLESS_QUEUE " ! %s ", record);
  }
  if (options->display)
    g_string_append_printf (launch,
        "pictures. ! queue max-size-buffers=2 " ENDLESS_QUEUE " leaky=%s ! "
        "videoconvert ! videoscale ! autovideosink name=window sync=%s",
        live ? "downstream" : "no", live ? "false" : "true");
}

/* A file is shown at its own pace, as in a window. */
static gboolean
add_page (GstElement *pipeline, gboolean live, Page *page, GError **error)
{
  GstElement *pace = gst_bin_get_by_name (GST_BIN (pipeline), "pace");
  GstElement *sink = page_new_sink (page, error);
  gboolean ok = sink != NULL;

  if (sink) {
    gst_bin_add (GST_BIN (pipeline), sink);
    g_object_set (pace, "sync", !live, NULL);
    ok = gst_element_link (pace, sink);
    if (!ok)
      g_set_error (error, GST_CORE_ERROR, GST_CORE_ERROR_NEGOTIATION,
          "cannot link what encodes pictures for --http");
  }
  gst_object_unref (pace);
  return ok;
}

static void
set_publisher (GstElement *pipeline, const Options *options, const gchar *name)
{
  g_autoptr (GstElement) publisher =
      gst_bin_get_by_name (GST_BIN (pipeline), "publisher");
  g_autofree gchar *mqtt = secret_file_of_service ("mqtt");
  g_autofree gchar *kafka = secret_file_of_service ("kafka");

  g_object_set (publisher, "mqtt", options->mqtt, "mqtt-credentials", mqtt,
      "kafka", options->kafka, "kafka-config", kafka, "spool", options->spool,
      "source", name, NULL);
}

static void
set_properties (GstElement *pipeline, const Options *options)
{
  g_autoptr (GstElement) classifier =
      gst_bin_get_by_name (GST_BIN (pipeline), "classifier");
  g_autoptr (GstElement) overlay =
      gst_bin_get_by_name (GST_BIN (pipeline), "overlay");

  g_object_set (
      classifier, "threads", options->threads, "model", options->model, NULL);
  if (options->precision)
    gst_util_set_object_arg (
        G_OBJECT (classifier), "precision", options->precision);
  if (options->smoothing > 0)
    g_object_set (classifier, "smoothing",
        (guint64) (options->smoothing * GST_SECOND), "hysteresis", HYSTERESIS,
        NULL);
  if (overlay && options->overlay_style)
    gst_util_set_object_arg (
        G_OBJECT (overlay), "style", options->overlay_style);
}

gboolean
pipeline_init (Pipeline *pipeline, const Options *options, gboolean live,
    const gchar *name, Recording *recording, gboolean has_audio, Page *page,
    GError **error)
{
  g_autoptr (GString) launch = g_string_new (NULL);
  g_autoptr (GstElement) classifier = NULL;
  GstBin *bin;

  *pipeline = (Pipeline){ 0 };
  if (has_audio)
    g_string_append (launch, "appsrc name=audio-source ");
  g_string_append_printf (launch,
      "appsrc name=video-source ! %s ! resemotenet name=classifier ! %s "
      "tee name=results ",
      detector_launch (options->detector),
      wants_publisher (options) ? "emotionpublish name=publisher !" : "");
  if (wants_picture (options))
    append_pictures (launch, options, live, recording);
  if (page)
    g_string_append (launch, "results. ! clocksync name=pace ");
  if (!wants_picture (options) && !page)
    g_string_append (launch, "results. ! fakesink sync=false async=false");
  GST_INFO ("%s", launch->str);
  pipeline->pipeline = gst_parse_launch (launch->str, error);
  if (!pipeline->pipeline || *error)
    return FALSE;

  bin = GST_BIN (pipeline->pipeline);
  pipeline->video = GST_APP_SRC (gst_bin_get_by_name (bin, "video-source"));
  if (has_audio)
    pipeline->audio = GST_APP_SRC (gst_bin_get_by_name (bin, "audio-source"));
  classifier = gst_bin_get_by_name (bin, "classifier");
  pipeline->results = gst_element_get_static_pad (classifier, "src");
  if (recording)
    recording_attach (recording, bin);
  set_properties (pipeline->pipeline, options);
  if (wants_publisher (options))
    set_publisher (pipeline->pipeline, options, name);
  return !page || add_page (pipeline->pipeline, live, page, error);
}

void
pipeline_clear (Pipeline *pipeline)
{
  if (pipeline->pipeline)
    gst_element_set_state (pipeline->pipeline, GST_STATE_NULL);
  gst_clear_object (&pipeline->video);
  gst_clear_object (&pipeline->audio);
  gst_clear_object (&pipeline->results);
  gst_clear_object (&pipeline->pipeline);
}

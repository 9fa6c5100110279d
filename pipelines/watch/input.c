/* SPDX-License-Identifier: MIT */
#include "input.h"

#include <gst/app/gstappsink.h>

#include "connections.h"
#include "log.h"

/* What a network may delay packets against each other. */
#define JITTER_MS 200
#define CONNECT_TIMEOUT_US (10 * G_USEC_PER_SEC)
/* To take leave of a server; then it is broken off. */
#define STOP_LIMIT_US (1 * G_USEC_PER_SEC)

struct _Input
{
  InputCallbacks callbacks;
  gpointer user_data;
  const Credentials *credentials;
  RtspTransport transport;
  gboolean live, wants_audio;

  GstElement *pipeline;
  GstElement *video, *audio; /* what decoded streams go into; audio: or NULL */
  guint watch;
  gboolean is_ready;
};

/* ---- decoded streams ------------------------------------------------------ */

static GstFlowReturn
on_video (GstAppSink *sink, gpointer user_data)
{
  Input *input = user_data;
  g_autoptr (GstSample) sample = gst_app_sink_pull_sample (sink);

  return sample ? input->callbacks.video (input->user_data, sample)
                : GST_FLOW_EOS;
}

static GstFlowReturn
on_audio (GstAppSink *sink, gpointer user_data)
{
  Input *input = user_data;
  g_autoptr (GstSample) sample = gst_app_sink_pull_sample (sink);

  return sample ? input->callbacks.audio (input->user_data, sample)
                : GST_FLOW_EOS;
}

static void
on_video_end (GstAppSink *sink, gpointer user_data)
{
  Input *input = user_data;

  input->callbacks.video_end (input->user_data);
}

static void
on_audio_end (GstAppSink *sink, gpointer user_data)
{
  Input *input = user_data;

  input->callbacks.audio_end (input->user_data);
}

static void
set_sink (Input *input, const gchar *name, GstAppSinkCallbacks callbacks)
{
  g_autoptr (GstElement) sink =
      gst_bin_get_by_name (GST_BIN (input->pipeline), name);

  gst_app_sink_set_callbacks (GST_APP_SINK (sink), &callbacks, input, NULL);
}

/* Made when there is such a stream, since a sink without data would keep the
 * pipeline from being ready. */
static GstElement *
add_branch (Input *input, const gchar *launch, const gchar *sink_name,
    GstAppSinkCallbacks callbacks)
{
  g_autoptr (GError) error = NULL;
  GstElement *bin = gst_parse_bin_from_description (launch, TRUE, &error);

  if (!bin) {
    GST_ELEMENT_ERROR (
        input->pipeline, CORE, MISSING_PLUGIN, ("%s", error->message), (NULL));
    return NULL;
  }
  gst_bin_add (GST_BIN (input->pipeline), bin);
  set_sink (input, sink_name, callbacks);
  gst_element_sync_state_with_parent (bin);
  return bin;
}

static void
link_pad (Input *input, GstPad *pad, GstElement *branch)
{
  g_autoptr (GstPad) sink = NULL;

  if (!branch)
    return;
  sink = gst_element_get_static_pad (branch, "sink");
  if (GST_PAD_LINK_FAILED (gst_pad_link (pad, sink)))
    GST_ELEMENT_ERROR (input->pipeline, STREAM, FORMAT,
        ("cannot use the format that it decodes to"), (NULL));
}

static void
on_pad_added (GstElement *decoder, GstPad *pad, gpointer user_data)
{
  Input *input = user_data;
  g_autoptr (GstCaps) caps = gst_pad_query_caps (pad, NULL);
  const gchar *name =
      gst_caps_is_empty (caps)
          ? ""
          : gst_structure_get_name (gst_caps_get_structure (caps, 0));

  if (g_str_has_prefix (name, "video/") && !input->video) {
    input->video = add_branch (input,
        "appsink name=video-out caps=video/x-raw sync=false max-buffers=2",
        "video-out",
        (GstAppSinkCallbacks){ .new_sample = on_video, .eos = on_video_end });
    link_pad (input, pad, input->video);
  } else if (g_str_has_prefix (name, "audio/x-raw") && input->wants_audio &&
             !input->audio) {
    input->audio = add_branch (input,
        "audioconvert ! audioresample ! appsink name=audio-out sync=false "
        "max-buffers=2 caps=" INPUT_AUDIO_CAPS,
        "audio-out",
        (GstAppSinkCallbacks){ .new_sample = on_audio, .eos = on_audio_end });
    link_pad (input, pad, input->audio);
  }
}

static void
on_no_more_pads (GstElement *decoder, gpointer user_data)
{
  Input *input = user_data;

  if (!input->video)
    GST_ELEMENT_ERROR (input->pipeline, STREAM, WRONG_TYPE,
        ("there is no video in it"), (NULL));
}

/* ---- the source ----------------------------------------------------------- */

static gboolean
on_select_stream (
    GstElement *source, guint stream, GstCaps *caps, gpointer user_data)
{
  const gchar *media =
      gst_structure_get_string (gst_caps_get_structure (caps, 0), "media");

  return g_strcmp0 (media, "video") == 0;
}

static gboolean
has_property (GstElement *element, const gchar *name)
{
  return g_object_class_find_property (G_OBJECT_GET_CLASS (element), name) !=
         NULL;
}

static void
on_source_setup (GstElement *decoder, GstElement *source, gpointer user_data)
{
  static const gchar *const protocols[] = {
    [RTSP_TRANSPORT_AUTO] = "udp+udp-mcast+tcp",
    [RTSP_TRANSPORT_UDP] = "udp+udp-mcast",
    [RTSP_TRANSPORT_TCP] = "tcp",
  };
  const Input *input = user_data;

  if (has_property (source, "user-id") && input->credentials->user)
    g_object_set (source, "user-id", input->credentials->user, "user-pw",
        input->credentials->password ? input->credentials->password : "", NULL);
  if (has_property (source, "protocols")) {
    gst_util_set_object_arg (
        G_OBJECT (source), "protocols", protocols[input->transport]);
    g_object_set (source, "latency", JITTER_MS, "drop-on-latency", TRUE,
        "tcp-timeout", (guint64) CONNECT_TIMEOUT_US, NULL);
    g_signal_connect (
        source, "select-stream", G_CALLBACK (on_select_stream), NULL);
  }
}

/* "Unhandled error" tells nobody anything. What is an error of its own is told in
 * words of its own. */
static void
tell_status (GstMessage *message, GError *error)
{
  const GstStructure *details = NULL;
  guint status;

  gst_message_parse_error_details (message, &details);
  if (!details ||
      !gst_structure_get_uint (details, "rtsp-status-code", &status) ||
      !g_error_matches (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ))
    return;
  error->domain = GST_RESOURCE_ERROR;
  error->code = GST_RESOURCE_ERROR_FAILED;
  g_free (error->message);
  error->message = g_strdup_printf ("it answers with status %u", status);
}

static gboolean
on_message (GstBus *bus, GstMessage *message, gpointer user_data)
{
  Input *input = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *debug = NULL;

  switch (GST_MESSAGE_TYPE (message)) {
    case GST_MESSAGE_ERROR:
      gst_message_parse_error (message, &error, &debug);
      tell_status (message, error);
      log_details (debug);
      input->watch = 0;
      input->callbacks.end (input->user_data, error);
      return G_SOURCE_REMOVE;
    case GST_MESSAGE_EOS:
      input->watch = 0;
      input->callbacks.end (input->user_data, NULL);
      return G_SOURCE_REMOVE;
    case GST_MESSAGE_ASYNC_DONE:
      if (!input->live && !input->is_ready) {
        input->is_ready = TRUE;
        input->callbacks.ready (input->user_data, input->audio != NULL);
      }
      break;
    default:
      break;
  }
  return G_SOURCE_CONTINUE;
}

Input *
input_new (const InputSettings *settings, const InputCallbacks *callbacks,
    gpointer user_data)
{
  Input *input = g_new0 (Input, 1);
  GstElement *decoder = gst_element_factory_make ("uridecodebin", NULL);
  g_autoptr (GstBus) bus = NULL;

  if (settings->live)
    connections_begin ();
  input->callbacks = *callbacks;
  input->user_data = user_data;
  input->credentials = settings->credentials;
  input->transport = settings->transport;
  input->live = settings->live;
  input->wants_audio = settings->wants_audio;
  input->pipeline = gst_pipeline_new (NULL);
  g_object_set (decoder, "uri", settings->uri, NULL);
  g_signal_connect (
      decoder, "source-setup", G_CALLBACK (on_source_setup), input);
  g_signal_connect (decoder, "pad-added", G_CALLBACK (on_pad_added), input);
  g_signal_connect (
      decoder, "no-more-pads", G_CALLBACK (on_no_more_pads), input);
  gst_bin_add (GST_BIN (input->pipeline), decoder);
  bus = gst_element_get_bus (input->pipeline);
  input->watch = gst_bus_add_watch (bus, on_message, input);
  return input;
}

void
input_start (Input *input)
{
  /* a failure is on the bus as well, with its reason */
  gst_element_set_state (
      input->pipeline, input->live ? GST_STATE_PLAYING : GST_STATE_PAUSED);
}

void
input_play (Input *input)
{
  gst_element_set_state (input->pipeline, GST_STATE_PLAYING);
}

GstClockTime
input_get_duration (Input *input)
{
  gint64 duration;

  if (!gst_element_query_duration (
          input->pipeline, GST_FORMAT_TIME, &duration) ||
      duration <= 0)
    return GST_CLOCK_TIME_NONE;
  return (GstClockTime) duration;
}

typedef struct
{
  GstElement *pipeline;
  GMutex lock;
  GCond cond;
  gboolean done;
} Stop;

static gpointer
stop (gpointer user_data)
{
  Stop *s = user_data;

  gst_element_set_state (s->pipeline, GST_STATE_NULL);
  g_mutex_lock (&s->lock);
  s->done = TRUE;
  g_cond_signal (&s->cond);
  g_mutex_unlock (&s->lock);
  return NULL;
}

/* Returns when it has stopped, whatever a server does to prevent that. */
static void
stop_live (GstElement *pipeline)
{
  gint64 limit_us = g_get_monotonic_time () + STOP_LIMIT_US;
  Stop s = { .pipeline = pipeline };
  GThread *thread;

  g_mutex_init (&s.lock);
  g_cond_init (&s.cond);
  thread = g_thread_new ("stop", stop, &s);
  g_mutex_lock (&s.lock);
  while (!s.done) {
    if (g_cond_wait_until (&s.cond, &s.lock, limit_us))
      continue;
    connections_break_off ();
    limit_us += STOP_LIMIT_US;
  }
  g_mutex_unlock (&s.lock);
  g_thread_join (thread);
  g_cond_clear (&s.cond);
  g_mutex_clear (&s.lock);
}

void
input_free (Input *input)
{
  if (!input)
    return;
  if (input->watch)
    g_source_remove (input->watch);
  if (input->live)
    stop_live (input->pipeline);
  else
    gst_element_set_state (input->pipeline, GST_STATE_NULL);
  gst_object_unref (input->pipeline);
  g_free (input);
}

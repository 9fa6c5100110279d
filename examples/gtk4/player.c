/* SPDX-License-Identifier: MIT
 *
 * Two threads meet here: GStreamer's, in which frames come, and that of GTK's
 * main loop. What the first has to say to the other goes over the pipeline's
 * bus, which drops what is left when the pipeline is stopped.
 */
#include "player.h"

#include <gst/app/gstappsink.h>
#include <gst/video/video.h>

struct _Player
{
  GstElement *pipeline;
  GstAppSink *appsink; /* where there is no gtk4paintablesink */
  const PlayerEvents *events;
  gpointer data;
};

/* ---- in GStreamer's threads -------------------------------------------- */

static void
post (Player *player, GstStructure *structure)
{
  gst_element_post_message (player->pipeline,
      gst_message_new_application (GST_OBJECT (player->pipeline), structure));
}

/* A frame is about to be shown. Metadata only, so that no pixels are held. */
static GstPadProbeReturn
on_frame (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  g_autoptr (GstBuffer) frame = gst_buffer_new ();

  gst_buffer_copy_into (frame, GST_PAD_PROBE_INFO_BUFFER (info),
      GST_BUFFER_COPY_TIMESTAMPS | GST_BUFFER_COPY_META, 0, -1);
  post (
      data, gst_structure_new ("faces", "frame", GST_TYPE_BUFFER, frame, NULL));
  return GST_PAD_PROBE_OK;
}

/* The sample stays in the appsink until the main loop has time for it, and is
 * dropped there when the next one comes first. */
static GstFlowReturn
on_new_sample (GstAppSink *appsink, gpointer data)
{
  post (data, gst_structure_new_empty ("sample"));
  return GST_FLOW_OK;
}

/* ---- in the main loop -------------------------------------------------- */

static void
unmap (gpointer data)
{
  gst_video_frame_unmap (data);
  g_free (data);
}

/* The sample's own memory, mapped as long as GTK needs it; NULL where it cannot
 * be mapped. */
static GdkTexture *
texture_from_sample (GstSample *sample)
{
  GstVideoInfo info;
  GstVideoFrame *frame = g_new0 (GstVideoFrame, 1);

  if (!gst_video_info_from_caps (&info, gst_sample_get_caps (sample)) ||
      !gst_video_frame_map (
          frame, &info, gst_sample_get_buffer (sample), GST_MAP_READ)) {
    g_free (frame);
    return NULL;
  }
  const int width = GST_VIDEO_FRAME_WIDTH (frame);
  const int height = GST_VIDEO_FRAME_HEIGHT (frame);
  const int stride = GST_VIDEO_FRAME_PLANE_STRIDE (frame, 0);
  g_autoptr (GBytes) bytes =
      g_bytes_new_with_free_func (GST_VIDEO_FRAME_PLANE_DATA (frame, 0),
          (gsize) stride * (height - 1) + (gsize) width * 4, unmap, frame);

  return gdk_memory_texture_new (
      width, height, GDK_MEMORY_R8G8B8A8, bytes, (gsize) stride);
}

static void
show_sample (Player *player)
{
  GstSample *sample = gst_app_sink_try_pull_sample (player->appsink, 0);

  if (!sample)
    return;
  g_autoptr (GdkTexture) texture = texture_from_sample (sample);
  if (texture)
    player->events->picture (GDK_PAINTABLE (texture), player->data);
  gst_sample_unref (sample);
}

static void
on_application_message (Player *player, const GstStructure *structure)
{
  g_autoptr (GstBuffer) frame = NULL;

  if (gst_structure_get (structure, "frame", GST_TYPE_BUFFER, &frame, NULL))
    player->events->faces (frame, player->data);
  else
    show_sample (player);
}

static gboolean
on_message (GstBus *bus, GstMessage *message, gpointer data)
{
  Player *player = data;
  g_autoptr (GError) error = NULL;

  switch (GST_MESSAGE_TYPE (message)) {
    case GST_MESSAGE_APPLICATION:
      on_application_message (player, gst_message_get_structure (message));
      break;
    case GST_MESSAGE_EOS:
      player->events->ended (player->data);
      break;
    case GST_MESSAGE_ERROR:
      gst_message_parse_error (message, &error, NULL);
      /* one error often brings others about; the first says what is wrong */
      gst_element_set_state (player->pipeline, GST_STATE_READY);
      gst_bus_set_flushing (bus, TRUE);
      player->events->failed (error->message, player->data);
      break;
    default:
      break;
  }
  return G_SOURCE_CONTINUE;
}

/* ---- pipeline ---------------------------------------------------------- */

/* GTK's own sink makes a GdkPaintable that shows the video, with OpenGL where
 * it can. Where it is not packaged, each frame becomes a texture. There is no
 * sound to keep up with, so that no frame is left out for being late. */
static char *
sink_description (void)
{
  g_autoptr (GstElementFactory) factory =
      gst_element_factory_find ("gtk4paintablesink");

  if (factory)
    return g_strdup ("gtk4paintablesink name=sink qos=false max-lateness=-1");
  return g_strdup ("videoscale ! video/x-raw,format=RGBA,pixel-aspect-ratio=1/1"
                   " ! appsink name=sink max-buffers=1 drop=true");
}

static void
connect_sink (Player *player)
{
  g_autoptr (GstElement) sink =
      gst_bin_get_by_name (GST_BIN (player->pipeline), "sink");
  g_autoptr (GstPad) pad = gst_element_get_static_pad (sink, "sink");

  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, on_frame, player, NULL);
  if (GST_IS_APP_SINK (sink)) {
    GstAppSinkCallbacks callbacks = { .new_preroll = NULL,
      .new_sample = on_new_sample };

    player->appsink = GST_APP_SINK (gst_object_ref (sink));
    gst_app_sink_set_callbacks (player->appsink, &callbacks, player, NULL);
  } else {
    g_autoptr (GdkPaintable) picture = NULL;

    g_object_get (sink, "paintable", &picture, NULL);
    player->events->picture (picture, player->data);
  }
}

Player *
player_new (
    const char *uri, const PlayerEvents *events, gpointer data, GError **error)
{
  /* a camera goes on whether or not this machine is as fast: the oldest frames
   * are let go */
  const char *queue = g_str_has_prefix (uri, "file:")
                          ? "queue"
                          : "queue leaky=downstream max-size-buffers=1"
                            " max-size-bytes=0 max-size-time=0";
  g_autofree char *sink = sink_description ();
  g_autofree char *description = g_strdup_printf (
      "uridecodebin name=source caps=video/x-raw expose-all-streams=false"
      " ! %s ! faceroi ! resemotenet ! emotionoverlay ! videoconvert ! %s",
      queue, sink);
  GError *problem = NULL;
  GstElement *pipeline = gst_parse_launch (description, &problem);

  if (problem) {
    gst_clear_object (&pipeline);
    g_propagate_error (error, problem);
    return NULL;
  }
  Player *player = g_new0 (Player, 1);
  player->pipeline = gst_object_ref_sink (pipeline);
  player->events = events;
  player->data = data;

  g_autoptr (GstElement) source =
      gst_bin_get_by_name (GST_BIN (pipeline), "source");
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_object_set (source, "uri", uri, NULL);
  gst_bus_add_watch (bus, on_message, player);
  connect_sink (player);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  return player;
}

void
player_free (Player *player)
{
  if (!player)
    return;
  g_autoptr (GstBus) bus = gst_element_get_bus (player->pipeline);

  gst_element_set_state (player->pipeline, GST_STATE_NULL);
  gst_bus_remove_watch (bus);
  gst_clear_object (&player->appsink);
  gst_object_unref (player->pipeline);
  g_free (player);
}

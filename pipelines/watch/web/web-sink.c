/* SPDX-License-Identifier: MIT */
#include "web-sink.h"

#include <gst/app/gstappsink.h>

#include "../have-element.h"

static GstPadProbeReturn
on_frame (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  return web_wants_jpeg (user_data) ? GST_PAD_PROBE_OK : GST_PAD_PROBE_DROP;
}

static GstFlowReturn
on_jpeg (GstAppSink *sink, gpointer user_data)
{
  g_autoptr (GstSample) sample = gst_app_sink_pull_sample (sink);
  GstBuffer *buffer = sample ? gst_sample_get_buffer (sample) : NULL;
  GstMapInfo map;

  if (buffer && gst_buffer_map (buffer, &map, GST_MAP_READ)) {
    g_autoptr (GBytes) jpeg = g_bytes_new (map.data, map.size);

    gst_buffer_unmap (buffer, &map);
    web_push_jpeg (user_data, jpeg);
  }
  return GST_FLOW_OK;
}

GstElement *
web_sink_new (Web *web, GError **error)
{
  GstAppSinkCallbacks callbacks = { .new_sample = on_jpeg };
  g_autoptr (GstElement) sink = NULL;
  g_autoptr (GstPad) pad = NULL;
  g_autofree gchar *launch = NULL;
  GstElement *bin;

  /* not async: it may never see a frame. Scaled first: what is drawn stays sharp. */
  launch = g_strdup_printf (
      "queue leaky=downstream max-size-buffers=1 max-size-bytes=0 "
      "max-size-time=0 ! videoscale ! "
      "video/x-raw,width=[1,1280],height=[1,1280],pixel-aspect-ratio=1/1 ! "
      "videoconvert ! %s jpegenc quality=80 ! "
      "appsink name=sink sync=false async=false max-buffers=1 drop=true",
      have_element ("emotionoverlay") ? "emotionoverlay ! videoconvert !" : "");
  bin = gst_parse_bin_from_description (launch, TRUE, error);
  if (!bin)
    return NULL;
  pad = gst_element_get_static_pad (bin, "sink");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, on_frame, web, NULL);
  sink = gst_bin_get_by_name (GST_BIN (bin), "sink");
  gst_app_sink_set_callbacks (GST_APP_SINK (sink), &callbacks, web, NULL);
  return bin;
}

/* SPDX-License-Identifier: MIT */
#include "stream-facts.h"

#include "user-info.h"

/* NTP counts from 1900, Unix from 1970. */
#define NTP_TO_UNIX_S G_GUINT64_CONSTANT (2208988800)

/* ---- where from ------------------------------------------------------------------ */

gchar *
stream_source (GstPad *sink_pad)
{
  GstQuery *query = gst_query_new_uri ();
  g_autofree gchar *uri = NULL;

  if (gst_pad_peer_query (sink_pad, query))
    gst_query_parse_uri (query, &uri);
  gst_query_unref (query);
  return uri ? uri_without_credentials (uri) : gst_pad_get_stream_id (sink_pad);
}

/* ---- when ------------------------------------------------------------------------ */

gboolean
stream_is_live (GstPad *sink_pad)
{
  GstQuery *query = gst_query_new_latency ();
  gboolean live = FALSE;

  if (gst_pad_peer_query (sink_pad, query))
    gst_query_parse_latency (query, &live, NULL, NULL);
  gst_query_unref (query);
  return live;
}

static GDateTime *
from_unix_us (gint64 us)
{
  g_autoptr (GDateTime) seconds =
      g_date_time_new_from_unix_utc (us / G_USEC_PER_SEC);

  return seconds ? g_date_time_add (seconds, us % G_USEC_PER_SEC) : NULL;
}

/* Nanoseconds since 1970 of the clock that the sender has, or none. */
static GstClockTime
reference_time (GstBuffer *buffer)
{
  GstReferenceTimestampMeta *meta;
  gpointer state = NULL;

  while (
      (meta = (GstReferenceTimestampMeta *) gst_buffer_iterate_meta_filtered (
           buffer, &state, GST_REFERENCE_TIMESTAMP_META_API_TYPE))) {
    const GstStructure *clock;

    if (gst_caps_get_size (meta->reference) == 0)
      continue;
    clock = gst_caps_get_structure (meta->reference, 0);
    if (gst_structure_has_name (clock, "timestamp/x-unix"))
      return meta->timestamp;
    if (gst_structure_has_name (clock, "timestamp/x-ntp") &&
        meta->timestamp >= NTP_TO_UNIX_S * GST_SECOND)
      return meta->timestamp - NTP_TO_UNIX_S * GST_SECOND;
  }
  return GST_CLOCK_TIME_NONE;
}

GDateTime *
frame_time (GstElement *element, GstBuffer *buffer, GstClockTime running_time,
    gboolean live)
{
  const GstClockTime reference = reference_time (buffer);
  GstClock *clock;
  gint64 age_us;

  if (GST_CLOCK_TIME_IS_VALID (reference))
    return from_unix_us ((gint64) (reference / GST_USECOND));
  if (!live || !GST_CLOCK_TIME_IS_VALID (running_time) ||
      !(clock = gst_element_get_clock (element)))
    return NULL;
  age_us = GST_CLOCK_DIFF (gst_element_get_base_time (element) + running_time,
               gst_clock_get_time (clock)) /
           (gint64) GST_USECOND;
  gst_object_unref (clock);
  return from_unix_us (g_get_real_time () - age_us);
}

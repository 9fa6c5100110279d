/* resemotenet: whether frames come too late
 * SPDX-License-Identifier: MIT
 */
#include "lateness.h"

/* Results get no older than this where the sink says that frames are late. */
#define MAX_SKIP_TIME GST_SECOND

/* How far behind the clock a live stream may be. Detectors, and a queue of one
 * frame, take some time that no latency query knows of. */
#define MAX_OVERDUE (100 * GST_MSECOND)

/* The part of the time that the network may take of a late stream. Below that,
 * something else is slow, and to spare the network would help little; and with
 * that, the stream catches up however long the network takes. */
#define TIME_SHARE 10

void
lateness_init (Lateness *lateness)
{
  *lateness = (Lateness){ 0 };
  lateness_flush (lateness);
}

void
lateness_flush (Lateness *lateness)
{
  lateness->earliest = GST_CLOCK_TIME_NONE;
  lateness->jitter = 0;
  lateness->proportion = 0.5;
}

static void
take_qos (Lateness *lateness, GstEvent *event)
{
  GstQOSType type;
  gdouble proportion;
  GstClockTimeDiff diff;
  GstClockTime timestamp;

  gst_event_parse_qos (event, &type, &proportion, &diff, &timestamp);
  /* throttling is about wanting fewer frames, not about being late */
  if (type == GST_QOS_TYPE_THROTTLE)
    return;

  lateness->proportion = proportion;
  lateness->jitter = diff;
  lateness->earliest = GST_CLOCK_TIME_NONE;
  if (GST_CLOCK_TIME_IS_VALID (timestamp) &&
      (diff >= 0 || timestamp > (GstClockTime) -diff))
    lateness->earliest = timestamp + diff;
}

void
lateness_take_event (Lateness *lateness, GstEvent *event)
{
  if (GST_EVENT_TYPE (event) == GST_EVENT_QOS)
    take_qos (lateness, event);
  else if (GST_EVENT_TYPE (event) == GST_EVENT_LATENCY)
    gst_event_parse_latency (event, &lateness->pipeline);
}

void
lateness_take_query (Lateness *lateness, GstQuery *query)
{
  gst_query_parse_latency (query, &lateness->live, &lateness->upstream, NULL);
}

GstClockTimeDiff
lateness_overdue (
    const Lateness *lateness, GstElement *element, GstClockTime time)
{
  const GstClockTime latency = MAX (lateness->upstream, lateness->pipeline);
  GstClockTime base, now;
  GstClock *clock;

  if (!lateness->live || !GST_CLOCK_TIME_IS_VALID (time) ||
      !GST_CLOCK_TIME_IS_VALID (latency) ||
      !(clock = gst_element_get_clock (element)))
    return GST_CLOCK_STIME_NONE;
  base = gst_element_get_base_time (element);
  now = gst_clock_get_time (clock);
  gst_object_unref (clock);
  return GST_CLOCK_TIME_IS_VALID (base)
             ? GST_CLOCK_DIFF (base + time + latency, now)
             : GST_CLOCK_STIME_NONE;
}

static gboolean
is_overdue (GstClockTimeDiff overdue)
{
  return GST_CLOCK_STIME_IS_VALID (overdue) &&
         overdue > (GstClockTimeDiff) MAX_OVERDUE;
}

gboolean
lateness_check (const Lateness *lateness, const FrameTimes *frame)
{
  const gboolean reported = GST_CLOCK_TIME_IS_VALID (lateness->earliest) &&
                            frame->time < lateness->earliest;
  GstClockTime spare = TIME_SHARE * frame->cost;

  if (!GST_CLOCK_TIME_IS_VALID (frame->time) ||
      !(reported || is_overdue (frame->overdue)))
    return FALSE;
  if (reported)
    spare = MAX (spare, MAX_SKIP_TIME);
  /* time that ran backwards says nothing */
  return GST_CLOCK_TIME_IS_VALID (frame->last_turn) &&
         frame->time >= frame->last_turn &&
         frame->time - frame->last_turn < spare;
}

gint64
lateness_give_up (GstClockTimeDiff overdue)
{
  if (!GST_CLOCK_STIME_IS_VALID (overdue))
    return G_MAXINT64;
  return g_get_monotonic_time () +
         ((GstClockTimeDiff) MAX_OVERDUE - overdue) / 1000;
}

GstMessage *
lateness_message (const Lateness *lateness, GstObject *element,
    GstClockTimeDiff overdue, GstClockTime running_time,
    GstClockTime stream_time, GstBuffer *buffer, guint64 n_processed,
    guint64 n_skipped)
{
  GstMessage *message = gst_message_new_qos (element,
      GST_CLOCK_STIME_IS_VALID (overdue), running_time, stream_time,
      GST_BUFFER_PTS (buffer), GST_BUFFER_DURATION (buffer));

  gst_message_set_qos_values (message,
      GST_CLOCK_STIME_IS_VALID (overdue) ? overdue : lateness->jitter,
      lateness->proportion, 1000000);
  gst_message_set_qos_stats (
      message, GST_FORMAT_BUFFERS, n_processed, n_skipped);
  return message;
}

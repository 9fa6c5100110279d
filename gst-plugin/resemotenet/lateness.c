/* resemotenet: whether the sink is waiting for us
 * SPDX-License-Identifier: MIT
 */
#include "lateness.h"

#define MAX_SKIP_TIME GST_SECOND

void
lateness_reset (Lateness *lateness)
{
  *lateness = (Lateness){
    .earliest = GST_CLOCK_TIME_NONE,
    .proportion = 0.5,
  };
}

void
lateness_update (Lateness *lateness, GstEvent *event)
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

gboolean
lateness_check (
    const Lateness *lateness, GstClockTime time, GstClockTime last_turn)
{
  if (!GST_CLOCK_TIME_IS_VALID (time) ||
      !GST_CLOCK_TIME_IS_VALID (lateness->earliest) ||
      time >= lateness->earliest)
    return FALSE;
  return GST_CLOCK_TIME_IS_VALID (last_turn) &&
         time < last_turn + MAX_SKIP_TIME;
}

GstMessage *
lateness_message (const Lateness *lateness, GstObject *element,
    GstClockTime running_time, GstClockTime stream_time, GstBuffer *buffer,
    guint64 n_processed, guint64 n_skipped)
{
  GstMessage *message = gst_message_new_qos (element, FALSE, running_time,
      stream_time, GST_BUFFER_PTS (buffer), GST_BUFFER_DURATION (buffer));

  gst_message_set_qos_values (
      message, lateness->jitter, lateness->proportion, 1000000);
  gst_message_set_qos_stats (
      message, GST_FORMAT_BUFFERS, n_processed, n_skipped);
  return message;
}

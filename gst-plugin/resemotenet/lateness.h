/* resemotenet: whether frames come too late
 * SPDX-License-Identifier: MIT
 *
 * Two tell: a sink that synchronises reports how late frames are; and in a live
 * pipeline, whatever its sink does, the clock runs on while frames wait. A frame
 * is due there when its running time and the latency that the pipeline reckons
 * with have passed on the clock.
 */
#pragma once

#include <gst/gst.h>

typedef struct
{
  /* the sink's last report */
  GstClockTime earliest; /* running time before which frames are late */
  GstClockTimeDiff jitter;
  gdouble proportion;

  /* what latency queries and events told */
  gboolean live;
  GstClockTime upstream; /* latency of the elements before */
  GstClockTime pipeline; /* of all */
} Lateness;

/* One frame. */
typedef struct
{
  GstClockTime time;        /* running time */
  GstClockTimeDiff overdue; /* GST_CLOCK_STIME_NONE in a pipeline that has all
                               the time it takes */
  GstClockTime last_turn; /* running time of the last frame that was not late */
  GstClockTime cost;      /* time that the network last took for a frame */
} FrameTimes;

/* Forgets all, or only what the sink said. */
void lateness_init (Lateness *lateness);
void lateness_flush (Lateness *lateness);

/* Takes a QoS or latency event from downstream; ignores others. */
void lateness_take_event (Lateness *lateness, GstEvent *event);
/* Takes what the elements before answered to a latency query. */
void lateness_take_query (Lateness *lateness, GstQuery *query);

/* By how much a frame of a live pipeline is overdue now, on the clock of a
 * playing element; negative where there is time left. */
GstClockTimeDiff lateness_overdue (
    const Lateness *lateness, GstElement *element, GstClockTime time);

/* Whether the network is to be spared a frame. */
gboolean lateness_check (const Lateness *lateness, const FrameTimes *frame);

/* Monotonic time, in microseconds, from which on a frame is too late for another
 * pass; G_MAXINT64 = never. */
gint64 lateness_give_up (GstClockTimeDiff overdue);

/* Returns: (transfer full): the message that tells the application of a frame
 * that was not processed, with counts of frames that were and were not. */
GstMessage *lateness_message (const Lateness *lateness, GstObject *element,
    GstClockTimeDiff overdue, GstClockTime running_time,
    GstClockTime stream_time, GstBuffer *buffer, guint64 n_processed,
    guint64 n_skipped);

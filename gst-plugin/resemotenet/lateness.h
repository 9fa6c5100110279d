/* resemotenet: whether the sink is waiting for us
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include <gst/gst.h>

/* The sink's last report on quality of service. */
typedef struct
{
  GstClockTime earliest; /* running time before which frames are late */
  GstClockTimeDiff jitter;
  gdouble proportion;
} Lateness;

void lateness_reset (Lateness *lateness);

/* Takes a QoS event. */
void lateness_update (Lateness *lateness, GstEvent *event);

/* Whether a frame would come too late. Never, for at least one frame a second
 * after last_turn: results do not get older than that. Times are running
 * times. */
gboolean lateness_check (
    const Lateness *lateness, GstClockTime time, GstClockTime last_turn);

/* Returns: (transfer full): the message that tells the application of a frame
 * that was not processed, with counts of frames that were and were not. */
GstMessage *lateness_message (const Lateness *lateness, GstObject *element,
    GstClockTime running_time, GstClockTime stream_time, GstBuffer *buffer,
    guint64 n_processed, guint64 n_skipped);

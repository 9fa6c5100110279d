/* resemotenet: how much time passes from frame to frame
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include <gst/video/video.h>

typedef struct
{
  GstClockTime last; /* running time of the last frame, or none yet */
} Timeline;

/* Nothing is known of the frame before. */
void timeline_reset (Timeline *timeline);

/* How long a frame is usually shown: what the buffer says, else the caps. Always
 * above 0. */
GstClockTime timeline_frame_time (GstBuffer *buffer, const GstVideoInfo *info);

/* Takes the running time of the next frame, or GST_CLOCK_TIME_NONE. Returns the
 * time since the last one. Where there is none that makes sense, because a
 * timestamp is missing or time stands still or runs backwards, one frame_time has
 * passed. */
GstClockTime timeline_step (
    Timeline *timeline, GstClockTime time, GstClockTime frame_time);

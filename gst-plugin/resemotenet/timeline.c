/* resemotenet: how much time passes from frame to frame
 * SPDX-License-Identifier: MIT
 */
#include "timeline.h"

/* Where nobody says. */
#define USUAL_FRAME_TIME (40 * GST_MSECOND)

void
timeline_reset (Timeline *timeline)
{
  timeline->last = GST_CLOCK_TIME_NONE;
}

GstClockTime
timeline_frame_time (GstBuffer *buffer, const GstVideoInfo *info)
{
  GstClockTime time = GST_BUFFER_DURATION (buffer);

  if (GST_CLOCK_TIME_IS_VALID (time) && time > 0)
    return time;
  if (GST_VIDEO_INFO_FPS_N (info) <= 0 || GST_VIDEO_INFO_FPS_D (info) <= 0)
    return USUAL_FRAME_TIME;
  time = gst_util_uint64_scale_int (
      GST_SECOND, GST_VIDEO_INFO_FPS_D (info), GST_VIDEO_INFO_FPS_N (info));
  return MAX (time, 1);
}

GstClockTime
timeline_step (Timeline *timeline, GstClockTime time, GstClockTime frame_time)
{
  const GstClockTime last = timeline->last;
  const gboolean known = GST_CLOCK_TIME_IS_VALID (last);

  if (!GST_CLOCK_TIME_IS_VALID (time)) {
    /* what comes next is compared with where this one should be */
    if (known)
      timeline->last += frame_time;
    return frame_time;
  }
  timeline->last = time;
  return known && time > last ? time - last : frame_time;
}

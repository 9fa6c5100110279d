/* Which frames are worth an object. SPDX-License-Identifier: MIT */
#pragma once

#include <gst/gst.h>

typedef struct
{
  GstClockTime interval; /* at most one object in this time; 0 = no limit */
  gboolean only_changes; /* who is there, or with which label */
  gboolean add_empty;    /* frames without faces */
} FrameFilterConfig;

/* All zero is valid. */
typedef struct
{
  GstClockTime last; /* time of the last object; valid with written */
  gchar *faces;      /* what it said; NULL = nothing yet */
  gboolean written;
} FrameFilter;

/* Is the frame to be written? If so, it is remembered as the last one. @time is
 * that of the stream, or GST_CLOCK_TIME_NONE, which no interval holds back.
 * @faces are of EmotionFace. */
gboolean frame_filter_accepts (FrameFilter *filter,
    const FrameFilterConfig *config, GstClockTime time, const GArray *faces);

void frame_filter_reset (FrameFilter *filter);

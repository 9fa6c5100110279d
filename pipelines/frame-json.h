/* One JSON object for the faces of a frame. SPDX-License-Identifier: MIT */
#pragma once

#include <gst/gst.h>
#include <gst/video/video.h>

/**
 * frame_to_json:
 * @buffer: a buffer that passed through `resemotenet`
 * @info: its video format
 * @source: what the frame came from, such as a file name or an address without
 *   credentials
 * @stream_time: in nanoseconds, or %GST_CLOCK_TIME_NONE
 *
 * Writes the frame as users of DL Streamer's gvametaconvert know it, with all
 * scores, track id and age of each emotion added.
 *
 * Returns: (transfer full): one line without its line end
 */
gchar *frame_to_json (GstBuffer *buffer, const GstVideoInfo *info,
    const gchar *source, GstClockTime stream_time);

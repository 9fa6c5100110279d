/* Where a stream comes from, and when its frames were taken
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include <gst/gst.h>

/* What @sink_pad gets: the address that elements before it name, without
 * credentials; else the id of the stream, or NULL. Returns: (transfer full) */
gchar *stream_source (GstPad *sink_pad);

/* Is it live, so that a frame's running time tells when it was taken? */
gboolean stream_is_live (GstPad *sink_pad);

/* When a frame was taken: what its reference timestamp says, of NTP's or Unix'
 * clock; else, if @live, what the pipeline's clock makes of its running time.
 * Returns: (transfer full) (nullable): in UTC */
GDateTime *frame_time (GstElement *element, GstBuffer *buffer,
    GstClockTime running_time, gboolean live);

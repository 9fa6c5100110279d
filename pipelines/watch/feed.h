/* One timeline out of many inputs. SPDX-License-Identifier: MIT
 *
 * What inputs decode goes into the pipeline here, with timestamps that go on
 * from one input to the next: those of files one after another, those of a live
 * stream by the clock, so that a break in it is as long as it was.
 */
#pragma once

#include <gst/app/gstappsrc.h>
#include <gst/gst.h>

typedef struct _Feed Feed;

/**
 * feed_new:
 * @live: keep what waits short by letting go the oldest; else it is the input
 *   that waits
 */
Feed *feed_new (gboolean live);
void feed_free (Feed *feed);

/**
 * feed_connect:
 * @video: where video goes
 * @audio: (nullable): where audio goes; where an input has none, silence
 *
 * Once, before the first frame.
 */
void feed_connect (Feed *feed, GstAppSrc *video, GstAppSrc *audio);

/**
 * feed_begin:
 * @uri: of the input that comes next, without credentials
 * @has_audio: whether it has audio, too
 *
 * While no input runs.
 */
void feed_begin (Feed *feed, const gchar *uri, gboolean has_audio);

/* From an input's streaming threads. */
GstFlowReturn feed_video (Feed *feed, GstSample *sample);
GstFlowReturn feed_audio (Feed *feed, GstSample *sample);
void feed_video_end (Feed *feed);
void feed_audio_end (Feed *feed);

/* There will be no more: the pipeline comes to its end. */
void feed_finish (Feed *feed);

/**
 * feed_find_uri:
 * @time: of a frame on the timeline
 *
 * Returns: (transfer none): which input it was of; valid as long as @feed
 */
const gchar *feed_find_uri (Feed *feed, GstClockTime time);

/* Where this input begins on the timeline. */
GstClockTime feed_get_start (Feed *feed);

/* Frames that came in; and when the last one did, by g_get_monotonic_time(),
 * 0 before the first of this input. */
guint64 feed_get_n_frames (Feed *feed);
gint64 feed_get_last_us (Feed *feed);

/* Returns: microseconds since @buffer came in, -1 where that is not known. */
gint64 feed_get_age_us (GstBuffer *buffer);

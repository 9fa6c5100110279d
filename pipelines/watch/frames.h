/* Where classified frames are handed out. SPDX-License-Identifier: MIT */
#pragma once

#include <gst/gst.h>
#include <gst/video/video.h>

#include "feed.h"

/* Lent for the time of a call. */
typedef struct
{
  GstBuffer *buffer; /* its GstEmotionMeta are the faces */
  const GstVideoInfo *info;
  const gchar *uri;    /* of the input that it is from, without credentials;
                          the same pointer as long as that goes on */
  GstClockTime time;   /* nanoseconds on the timeline of all inputs */
  const GArray *faces; /* of EmotionFace, see emotion-reader.h */
} Frame;

/* Returns: (transfer full): the frame as a line of JSON, without its end */
gchar *frame_get_json (const Frame *frame);

/* In the streaming thread of the classifier: what takes long delays it. */
typedef void (*FrameConsumer) (gpointer self, const Frame *frame);

typedef struct
{
  guint64 n_frames, n_faces;
  guint64 n_skipped; /* that came too fast for the network */
  guint n_faces_now; /* in the last frame */
  GstClockTime time; /* of the last frame */
  gint64 latency_us; /* of the last frame, from its decoding on */
  gint64 latency_sum_us, latency_most_us;
} FrameCounts;

typedef struct _Frames Frames;

/**
 * frames_new:
 * @end: frames from here on count no more, nanoseconds; 0: none
 * @on_end: (nullable): called in the main thread at the first of these
 */
Frames *frames_new (
    Feed *feed, GstClockTime end, GSourceFunc on_end, gpointer user_data);
void frames_free (Frames *frames);

/* Before frames_attach(). Consumers are called in the order of their adding. */
void frames_add_consumer (Frames *frames, FrameConsumer take, gpointer self);

/* @results: a pad that classified frames leave through */
void frames_attach (Frames *frames, GstPad *results);

FrameCounts frames_get_counts (Frames *frames);

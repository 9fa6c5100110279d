/* SPDX-License-Identifier: MIT */
#include "frames.h"

#include "emotion-reader.h"
#include "frame-json.h"

typedef struct
{
  FrameConsumer take;
  gpointer self;
} Entry;

struct _Frames
{
  Feed *feed;
  GstClockTime end;
  GSourceFunc on_end;
  gpointer user_data;
  GArray *consumers; /* of Entry */

  /* streaming thread only */
  GstVideoInfo info;
  GArray *faces; /* of the frame at hand */
  gboolean past_end;

  GMutex lock;
  FrameCounts counts;
};

Frames *
frames_new (
    Feed *feed, GstClockTime end, GSourceFunc on_end, gpointer user_data)
{
  Frames *frames = g_new0 (Frames, 1);

  frames->feed = feed;
  frames->end = end;
  frames->on_end = on_end;
  frames->user_data = user_data;
  frames->consumers = g_array_new (FALSE, FALSE, sizeof (Entry));
  frames->faces = emotion_faces_new ();
  gst_video_info_init (&frames->info);
  g_mutex_init (&frames->lock);
  return frames;
}

void
frames_free (Frames *frames)
{
  if (!frames)
    return;
  g_array_unref (frames->consumers);
  g_array_unref (frames->faces);
  g_mutex_clear (&frames->lock);
  g_free (frames);
}

void
frames_add_consumer (Frames *frames, FrameConsumer take, gpointer self)
{
  const Entry entry = { take, self };

  g_array_append_val (frames->consumers, entry);
}

static void
count (Frames *frames, const Frame *frame)
{
  FrameCounts *counts = &frames->counts;

  g_mutex_lock (&frames->lock);
  counts->n_frames++;
  counts->n_faces += frame->faces->len;
  counts->n_faces_now = frame->faces->len;
  counts->time = frame->time;
  counts->latency_us = feed_get_age_us (frame->buffer);
  counts->latency_sum_us += counts->latency_us;
  counts->latency_most_us = MAX (counts->latency_most_us, counts->latency_us);
  g_mutex_unlock (&frames->lock);
}

gchar *
frame_get_json (const Frame *frame)
{
  return frame_to_json (
      &(FrameInfo){ .width = GST_VIDEO_INFO_WIDTH (frame->info),
          .height = GST_VIDEO_INFO_HEIGHT (frame->info),
          .source = frame->uri,
          .timestamp = frame->time,
          .sequence = FRAME_JSON_NO_SEQUENCE },
      frame->faces);
}

static GstPadProbeReturn
take_buffer (Frames *frames, GstBuffer *buffer)
{
  const Frame frame = {
    .buffer = buffer,
    .info = &frames->info,
    .time = GST_BUFFER_PTS (buffer),
    .uri = feed_find_uri (frames->feed, GST_BUFFER_PTS (buffer)),
    .faces = frames->faces,
  };

  if (frames->end && frame.time >= frames->end) {
    if (!frames->past_end)
      g_idle_add (frames->on_end, frames->user_data);
    frames->past_end = TRUE;
    return GST_PAD_PROBE_DROP;
  }
  emotion_faces_read (frames->faces, buffer);
  count (frames, &frame);
  for (guint i = 0; i < frames->consumers->len; i++) {
    const Entry *entry = &g_array_index (frames->consumers, Entry, i);

    entry->take (entry->self, &frame);
  }
  return GST_PAD_PROBE_OK;
}

static GstPadProbeReturn
on_result (GstPad *pad, GstPadProbeInfo *probe, gpointer user_data)
{
  Frames *frames = user_data;
  GstEvent *event;
  GstCaps *caps;

  if (probe->type & GST_PAD_PROBE_TYPE_BUFFER)
    return take_buffer (frames, GST_PAD_PROBE_INFO_BUFFER (probe));
  event = GST_PAD_PROBE_INFO_EVENT (probe);
  if (GST_EVENT_TYPE (event) == GST_EVENT_CAPS) {
    gst_event_parse_caps (event, &caps);
    gst_video_info_from_caps (&frames->info, caps);
  }
  return GST_PAD_PROBE_OK;
}

void
frames_attach (Frames *frames, GstPad *results)
{
  gst_pad_add_probe (results,
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM,
      on_result, frames, NULL);
}

FrameCounts
frames_get_counts (Frames *frames)
{
  FrameCounts counts;
  guint64 n_came;

  g_mutex_lock (&frames->lock);
  counts = frames->counts;
  g_mutex_unlock (&frames->lock);
  n_came = feed_get_n_frames (frames->feed);
  counts.n_skipped = n_came > counts.n_frames ? n_came - counts.n_frames : 0;
  return counts;
}

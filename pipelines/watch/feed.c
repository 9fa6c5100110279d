/* SPDX-License-Identifier: MIT */
#include "feed.h"

#include <gst/video/video.h>
#include <string.h>

#include "input.h"
#include "user-info.h"

/* What waits of a live stream: as many frames as packets bring in a burst, and
 * where these wait for more than that, only the latest. */
#define LIVE_FRAMES 4
#define LIVE_WAIT_US (100 * 1000)
#define FILE_FRAMES 4
/* Timestamps of a live stream that are further from the clock are not of it. */
#define MAX_OFF_CLOCK (2 * GST_SECOND)
#define USUAL_FRAME_TIME (40 * GST_MSECOND)

typedef struct
{
  GstClockTime start;
  gchar *uri;
} Part;

struct _Feed
{
  gboolean live;
  GstAppSrc *video, *audio; /* audio: or NULL */

  GMutex lock;
  GArray *parts; /* of Part, one for each input that gave a frame */
  gchar *uri;    /* of the input that runs */
  guint64 n_frames;
  gint64 first_us, last_us; /* of all; of this input */
  GstClockTime start;       /* of this input */

  gboolean finished;

  /* this input; in streaming threads, under the lock */
  gboolean begun; /* a frame came */
  gboolean video_ended, audio_ended;
  GstClockTimeDiff offset; /* from its stream time to the timeline */
  GstClockTime frame_time; /* between its frames */
  /* the timeline */
  GstClockTime video_end, audio_end;
  GstClockTime last; /* of the latest frame; NONE before the first */
  GstCaps *in_caps, *out_caps;
  gint rate_n, rate_d; /* 0/0: not known yet */
};

/* Names the clock of frames' arrival. */
static GstCaps *
arrival_caps (void)
{
  static GstCaps *caps;

  if (g_once_init_enter (&caps))
    g_once_init_leave (
        &caps, gst_caps_new_empty_simple ("timestamp/x-resemotenet-arrival"));
  return caps;
}

Feed *
feed_new (gboolean live)
{
  Feed *feed = g_new0 (Feed, 1);

  g_mutex_init (&feed->lock);
  feed->live = live;
  feed->parts = g_array_new (FALSE, FALSE, sizeof (Part));
  feed->last = GST_CLOCK_TIME_NONE;
  return feed;
}

void
feed_free (Feed *feed)
{
  if (!feed)
    return;
  for (guint i = 0; i < feed->parts->len; i++)
    g_free (g_array_index (feed->parts, Part, i).uri);
  g_array_unref (feed->parts);
  gst_clear_object (&feed->video);
  gst_clear_object (&feed->audio);
  gst_clear_caps (&feed->in_caps);
  gst_clear_caps (&feed->out_caps);
  g_free (feed->uri);
  g_mutex_clear (&feed->lock);
  g_free (feed);
}

gint64
feed_get_age_us (GstBuffer *buffer)
{
  GstReferenceTimestampMeta *meta =
      gst_buffer_get_reference_timestamp_meta (buffer, arrival_caps ());

  return meta ? g_get_monotonic_time () -
                    (gint64) (meta->timestamp / GST_USECOND)
              : -1;
}

static GstPadProbeReturn
on_waited (GstPad *pad, GstPadProbeInfo *info, gpointer video)
{
  const gint64 age_us = feed_get_age_us (GST_PAD_PROBE_INFO_BUFFER (info));

  return age_us > LIVE_WAIT_US &&
                 gst_app_src_get_current_level_buffers (video) > 0
             ? GST_PAD_PROBE_DROP
             : GST_PAD_PROBE_OK;
}

/* Audio is ahead of the pictures on their way through the network. */
static GstPadProbeReturn
on_audio_out (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  Feed *feed = user_data;
  gboolean past_end;

  g_mutex_lock (&feed->lock);
  past_end = feed->finished && GST_BUFFER_PTS (GST_PAD_PROBE_INFO_BUFFER (
                                   info)) >= feed->video_end;
  g_mutex_unlock (&feed->lock);
  return past_end ? GST_PAD_PROBE_DROP : GST_PAD_PROBE_OK;
}

static void
add_probe (GstAppSrc *source, GstPadProbeCallback probe, gpointer user_data)
{
  g_autoptr (GstPad) pad =
      gst_element_get_static_pad (GST_ELEMENT (source), "src");

  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, probe, user_data, NULL);
}

void
feed_connect (Feed *feed, GstAppSrc *video, GstAppSrc *audio)
{
  g_autoptr (GstCaps) caps = NULL;

  feed->video = gst_object_ref (video);
  g_object_set (video, "format", GST_FORMAT_TIME, "max-bytes", (guint64) 0,
      "max-buffers", (guint64) (feed->live ? LIVE_FRAMES : FILE_FRAMES), NULL);
  if (feed->live) {
    add_probe (video, on_waited, video);
    g_object_set (video, "leaky-type", GST_APP_LEAKY_TYPE_DOWNSTREAM, NULL);
  } else {
    g_object_set (video, "block", TRUE, NULL);
  }
  if (!audio)
    return;
  /* bounded by the video that it lies beside in the file */
  feed->audio = gst_object_ref (audio);
  caps = gst_caps_from_string (INPUT_AUDIO_CAPS);
  g_object_set (audio, "format", GST_FORMAT_TIME, "max-bytes", (guint64) 0,
      "caps", caps, NULL);
  add_probe (audio, on_audio_out, feed);
}

void
feed_begin (Feed *feed, const gchar *uri, gboolean has_audio)
{
  g_mutex_lock (&feed->lock);
  g_free (feed->uri);
  feed->uri = uri_without_credentials (uri);
  feed->begun = FALSE;
  feed->video_ended = FALSE;
  feed->audio_ended = !has_audio;
  feed->last_us = 0;
  feed->frame_time = USUAL_FRAME_TIME;
  feed->start = MAX (feed->video_end, feed->audio_end);
  feed->offset = (GstClockTimeDiff) feed->start;
  g_mutex_unlock (&feed->lock);
}

/* ---- timestamps ----------------------------------------------------------- */

static GstClockTime
stream_time (GstSample *sample)
{
  GstBuffer *buffer = gst_sample_get_buffer (sample);
  const GstSegment *segment = gst_sample_get_segment (sample);

  if (segment->format != GST_FORMAT_TIME || !GST_BUFFER_PTS_IS_VALID (buffer))
    return GST_CLOCK_TIME_NONE;
  return gst_segment_to_stream_time (
      segment, GST_FORMAT_TIME, GST_BUFFER_PTS (buffer));
}

/* The first frame of a live input is where the clock is, the others follow it
 * in their own steps, which are more even than their arrival. */
static void
set_live_offset (Feed *feed, GstClockTime time, gint64 now_us)
{
  GstClockTimeDiff clock = (now_us - feed->first_us) * GST_USECOND;
  GstClockTimeDiff off = (GstClockTimeDiff) time + feed->offset - clock;

  if (!feed->begun || ABS (off) > (GstClockTimeDiff) MAX_OFF_CLOCK)
    feed->offset = clock - (GstClockTimeDiff) time;
}

/* Times rise, whatever an input says: muxers rely on it. */
static GstClockTime
place_frame (Feed *feed, GstSample *sample, gint64 now_us)
{
  GstClockTime time = stream_time (sample);
  GstClockTimeDiff placed;
  GstClockTime before = feed->last;

  if (!GST_CLOCK_TIME_IS_VALID (time) && !feed->live)
    placed = (GstClockTimeDiff) feed->video_end;
  else {
    if (!GST_CLOCK_TIME_IS_VALID (time))
      time = (GstClockTime) (now_us - feed->first_us) * GST_USECOND;
    if (feed->live)
      set_live_offset (feed, time, now_us);
    placed = (GstClockTimeDiff) time + feed->offset;
  }
  placed = MAX (placed, 0);
  if (GST_CLOCK_TIME_IS_VALID (before) && placed <= (GstClockTimeDiff) before)
    placed = (GstClockTimeDiff) (before + GST_MSECOND);
  if (feed->begun)
    feed->frame_time = (GstClockTime) placed - before;
  feed->last = (GstClockTime) placed;
  return feed->last;
}

static void
begin_part (Feed *feed, GstClockTime start)
{
  Part part = { .start = start, .uri = g_strdup (feed->uri) };

  /* reconnected: the same part goes on */
  if (feed->parts->len > 0 &&
      g_str_equal (g_array_index (feed->parts, Part, feed->parts->len - 1).uri,
          feed->uri)) {
    g_free (part.uri);
    return;
  }
  g_array_append_val (feed->parts, part);
}

/* ---- format --------------------------------------------------------------- */

/* Encoders begin anew, and muxers refuse to go on, when the frame rate changes;
 * since frames have times it is no more than a hint, and stays the first. */
static GstCaps *
get_caps (Feed *feed, GstCaps *caps)
{
  GstStructure *s;

  if (feed->in_caps && gst_caps_is_equal (feed->in_caps, caps))
    return feed->out_caps;
  gst_caps_replace (&feed->in_caps, caps);
  gst_clear_caps (&feed->out_caps);
  feed->out_caps = gst_caps_copy (caps);
  s = gst_caps_get_structure (feed->out_caps, 0);
  if (feed->rate_d == 0 && (!gst_structure_get_fraction (
                                s, "framerate", &feed->rate_n, &feed->rate_d) ||
                               feed->rate_n == 0)) {
    feed->rate_n = 25;
    feed->rate_d = 1;
  }
  gst_structure_set (
      s, "framerate", GST_TYPE_FRACTION, feed->rate_n, feed->rate_d, NULL);
  gst_structure_remove_field (s, "max-framerate");
  return feed->out_caps;
}

static GstFlowReturn
push_video (Feed *feed, GstBuffer *buffer, GstCaps *caps)
{
  g_autoptr (GstSample) sample = gst_sample_new (buffer, caps, NULL, NULL);

  return gst_app_src_push_sample (feed->video, sample);
}

/* ---- audio ---------------------------------------------------------------- */

/* A muxer waits for what a track lacks. Under the lock. */
static void
fill_with_silence (Feed *feed, GstClockTime end)
{
  const gsize frame_bytes = 2 * INPUT_AUDIO_CHANNELS;

  while (feed->audio && feed->audio_end < end) {
    GstClockTime length = MIN (end - feed->audio_end, GST_SECOND);
    gsize n = (gsize) gst_util_uint64_scale_ceil (
        length, INPUT_AUDIO_RATE, GST_SECOND);
    GstBuffer *buffer = gst_buffer_new_allocate (NULL, n * frame_bytes, NULL);

    gst_buffer_memset (buffer, 0, 0, n * frame_bytes);
    GST_BUFFER_PTS (buffer) = feed->audio_end;
    GST_BUFFER_DURATION (buffer) =
        gst_util_uint64_scale (n, GST_SECOND, INPUT_AUDIO_RATE);
    feed->audio_end += GST_BUFFER_DURATION (buffer);
    gst_app_src_push_buffer (feed->audio, buffer);
  }
}

GstFlowReturn
feed_audio (Feed *feed, GstSample *sample)
{
  GstClockTime time = stream_time (sample);
  GstBuffer *buffer;
  GstFlowReturn flow = GST_FLOW_OK;
  GstClockTimeDiff placed;

  g_mutex_lock (&feed->lock);
  placed = (GstClockTimeDiff) time + feed->offset;
  /* what is longer than the pictures has none to go with */
  if (!feed->audio || !GST_CLOCK_TIME_IS_VALID (time) || placed < 0 ||
      (feed->video_ended && placed > (GstClockTimeDiff) feed->video_end))
    goto out;
  buffer = gst_buffer_copy (gst_sample_get_buffer (sample));
  GST_BUFFER_PTS (buffer) = (GstClockTime) placed;
  GST_BUFFER_DTS (buffer) = GST_CLOCK_TIME_NONE;
  GST_BUFFER_DURATION (buffer) =
      gst_util_uint64_scale (gst_buffer_get_size (buffer), GST_SECOND,
          INPUT_AUDIO_RATE * 2 * INPUT_AUDIO_CHANNELS);
  feed->audio_end = (GstClockTime) placed + GST_BUFFER_DURATION (buffer);
  flow = gst_app_src_push_buffer (feed->audio, buffer);
out:
  g_mutex_unlock (&feed->lock);
  return flow;
}

void
feed_audio_end (Feed *feed)
{
  g_mutex_lock (&feed->lock);
  feed->audio_ended = TRUE;
  g_mutex_unlock (&feed->lock);
}

/* ---- video ---------------------------------------------------------------- */

GstFlowReturn
feed_video (Feed *feed, GstSample *sample)
{
  GstBuffer *buffer = gst_buffer_copy (gst_sample_get_buffer (sample));
  gint64 now_us = g_get_monotonic_time ();
  GstFlowReturn flow;
  GstCaps *caps;

  g_mutex_lock (&feed->lock);
  if (feed->finished) {
    g_mutex_unlock (&feed->lock);
    gst_buffer_unref (buffer);
    return GST_FLOW_EOS;
  }
  if (feed->n_frames == 0)
    feed->first_us = now_us;
  GST_BUFFER_PTS (buffer) = place_frame (feed, sample, now_us);
  GST_BUFFER_DTS (buffer) = GST_CLOCK_TIME_NONE;
  if (!feed->begun)
    begin_part (feed, GST_BUFFER_PTS (buffer));
  if (GST_BUFFER_DURATION_IS_VALID (buffer) && GST_BUFFER_DURATION (buffer) > 0)
    feed->frame_time = GST_BUFFER_DURATION (buffer);
  feed->video_end = GST_BUFFER_PTS (buffer) + feed->frame_time;
  feed->n_frames++;
  feed->last_us = now_us;
  feed->begun = TRUE;
  caps = gst_caps_ref (get_caps (feed, gst_sample_get_caps (sample)));
  if (feed->audio_ended)
    fill_with_silence (feed, feed->video_end);
  g_mutex_unlock (&feed->lock);

  gst_buffer_add_reference_timestamp_meta (buffer, arrival_caps (),
      (GstClockTime) now_us * GST_USECOND, GST_CLOCK_TIME_NONE);
  /* may wait for room: not under the lock */
  flow = push_video (feed, buffer, caps);
  gst_caps_unref (caps);
  gst_buffer_unref (buffer);
  return flow;
}

void
feed_video_end (Feed *feed)
{
  g_mutex_lock (&feed->lock);
  feed->video_ended = TRUE;
  g_mutex_unlock (&feed->lock);
}

void
feed_finish (Feed *feed)
{
  g_mutex_lock (&feed->lock);
  feed->finished = TRUE;
  g_mutex_unlock (&feed->lock);
  if (feed->video)
    gst_app_src_end_of_stream (feed->video);
  if (feed->audio)
    gst_app_src_end_of_stream (feed->audio);
}

/* ---- questions ------------------------------------------------------------ */

const gchar *
feed_find_uri (Feed *feed, GstClockTime time)
{
  const gchar *uri = NULL;

  g_mutex_lock (&feed->lock);
  for (guint i = feed->parts->len; i-- > 0 && !uri;) {
    const Part *part = &g_array_index (feed->parts, Part, i);

    if (time >= part->start || i == 0)
      uri = part->uri;
  }
  g_mutex_unlock (&feed->lock);
  return uri;
}

GstClockTime
feed_get_start (Feed *feed)
{
  GstClockTime start;

  g_mutex_lock (&feed->lock);
  start = feed->start;
  g_mutex_unlock (&feed->lock);
  return start;
}

guint64
feed_get_n_frames (Feed *feed)
{
  guint64 n;

  g_mutex_lock (&feed->lock);
  n = feed->n_frames;
  g_mutex_unlock (&feed->lock);
  return n;
}

gint64
feed_get_last_us (Feed *feed)
{
  gint64 last_us;

  g_mutex_lock (&feed->lock);
  last_us = feed->last_us;
  g_mutex_unlock (&feed->lock);
  return last_us;
}

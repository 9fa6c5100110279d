/* One file, stream or device, decoded. SPDX-License-Identifier: MIT
 *
 * A pipeline of its own, apart from what works on the frames: it may fail, hang
 * or be thrown away and made anew while the other goes on.
 */
#pragma once

#include <gst/gst.h>

#include "credentials.h"

typedef enum
{
  RTSP_TRANSPORT_AUTO, /* UDP, and TCP where nothing comes */
  RTSP_TRANSPORT_UDP,
  RTSP_TRANSPORT_TCP,
} RtspTransport;

typedef struct
{
  const gchar *uri; /* without credentials */
  const Credentials *credentials;
  RtspTransport transport;
  gboolean live;
  gboolean wants_audio;
} InputSettings;

/* In streaming threads: video, audio, video_end, audio_end. In the main thread:
 * ready and end, after which the input does no more. */
typedef struct
{
  /* decoded: video/x-raw of any kind, audio as INPUT_AUDIO_CAPS */
  GstFlowReturn (*video) (gpointer user_data, GstSample *sample);
  GstFlowReturn (*audio) (gpointer user_data, GstSample *sample);
  void (*video_end) (gpointer user_data);
  void (*audio_end) (gpointer user_data);
  /* what is in it is known; of a live source never called */
  void (*ready) (gpointer user_data, gboolean has_audio);
  /* @error is NULL at its regular end */
  void (*end) (gpointer user_data, const GError *error);
} InputCallbacks;

#define INPUT_AUDIO_RATE 48000
#define INPUT_AUDIO_CHANNELS 2
#define INPUT_AUDIO_CAPS                                                       \
  "audio/x-raw,format=S16LE,layout=interleaved,rate=48000,channels=2"

typedef struct _Input Input;

/**
 * input_new:
 * @settings: read, not kept, save for `credentials`, which outlive the input
 *
 * Returns: (transfer full): an input that does nothing yet
 */
Input *input_new (const InputSettings *settings,
    const InputCallbacks *callbacks, gpointer user_data);

/* A live one runs; another one finds out what there is, and waits. */
void input_start (Input *input);

/* Lets one that is ready run. */
void input_play (Input *input);

/* Returns: its length in nanoseconds, or GST_CLOCK_TIME_NONE */
GstClockTime input_get_duration (Input *input);

/* Stops it: no callback runs then or later. Not from one of the streaming
 * threads. */
void input_free (Input *input);

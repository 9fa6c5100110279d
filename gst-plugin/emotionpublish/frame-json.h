/* One JSON object for the faces of a frame. SPDX-License-Identifier: MIT */
#pragma once

#include <gst/gst.h>
#include <json-glib/json-glib.h>

#define FRAME_JSON_NO_SEQUENCE G_MAXUINT64

/* What is known of a frame beside its faces. Borrowed. */
typedef struct
{
  gint width, height;     /* pixels */
  const gchar *source;    /* where it came from, without credentials, or NULL */
  JsonNode *tags;         /* an object that goes along, or NULL */
  GstClockTime timestamp; /* stream time, or GST_CLOCK_TIME_NONE */
  GDateTime *time;        /* when it was taken, or NULL */
  guint64 sequence;       /* FRAME_JSON_NO_SEQUENCE to leave it out */
} FrameInfo;

/**
 * frame_to_json:
 * @info: what is known of the frame
 * @faces: (element-type EmotionFace): its faces, see emotion-reader.h
 *
 * Writes the frame as users of DL Streamer's gvametaconvert know it, with all
 * scores and the age of each emotion added. emotion-frame.schema.json describes
 * it.
 *
 * Returns: (transfer full): one line without its line end
 */
gchar *frame_to_json (const FrameInfo *info, const GArray *faces);

/* The emotions on a buffer, whichever metadata they are in
 * SPDX-License-Identifier: MIT
 *
 * For elements downstream of one that classifies: `resemotenet`, DL Streamer's
 * gvaclassify with an attribute `emotion`, or one that writes classes into
 * GStreamer's analytics metadata. The first kind that a buffer has is taken,
 * because elements write the same faces in several.
 */
#pragma once

#include <gst/video/video.h>

#include "gstemotionmeta.h"

/* One face with its emotion. Strings belong to the buffer's metadata, or are
 * never freed; they are valid as long as the metadata is. They come from files
 * or other elements: they may be of any length and hold anything, but are UTF-8.
 * Scores and confidences are finite and 0 to 1. */
typedef struct
{
  /* pixels of the frame; may be outside of it, w and h > 0; x + w and y + h do
   * not overflow */
  gint x, y, w, h;
  gint region_id;
  gint64 track_id;              /* -1 = not tracked */
  gdouble detection_confidence; /* of the detector, 0 to 1; -1 = not known */

  const gchar *label;
  gint label_id; /* -1 = unknown */
  gfloat confidence;
  gint64 age;              /* frames since it was classified; -1 = not known */
  const gchar *model_name; /* or NULL */

  /* 0 where only the label is known; not sorted */
  guint n_scores;
  gfloat scores[GST_EMOTION_MAX_CLASSES];
  const gchar *score_labels[GST_EMOTION_MAX_CLASSES];
} EmotionFace;

/* Returns: (transfer full): an empty array of EmotionFace, to be used again
 * and again */
GArray *emotion_faces_new (void);

/* Reads the faces of @buffer into @faces, in place of what was there, in the
 * order of the metadata. What makes no sense is left out. */
void emotion_faces_read (GArray *faces, GstBuffer *buffer);

/* resemotenet: one face of a frame, on its way from region to metadata
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include <gst/video/video.h>

#include "gstemotionmeta.h"
#include "rect.h"
#include "resemotenet.h"

G_STATIC_ASSERT (GST_EMOTION_MAX_CLASSES == REN_MAX_CLASSES);

/* Which metadata to write; values of the property meta-mode. */
typedef enum
{
  GST_RESEMOTENET_META_EMOTION = 1 << 0,
  GST_RESEMOTENET_META_ROI_PARAM = 1 << 1,
  GST_RESEMOTENET_META_ANALYTICS = 1 << 2,
} GstResemotenetMetaMode;

/* The properties that may change while frames flow. The element copies them
 * once per frame, so that one frame is handled by one set of values. */
typedef struct
{
  gchar *roi_type; /* GRefString; "" = any type */
  gdouble roi_scale;
  guint min_size; /* pixels */
  guint max_faces;
  gfloat threshold;
  guint interval; /* frames */
  GstClockTime reclassify_interval;
  GstClockTime smoothing; /* time constant; 0 = none */
  gfloat hysteresis;
  guint batch_window; /* microseconds; 0 = share no passes */
  GstResemotenetMetaMode meta_mode;
  gboolean post_messages;
  gboolean skip_late;
} Settings;

/* What the network said about a face. */
typedef struct
{
  guint label;         /* class to show; the highest score, or near it */
  guint age;           /* frames ago */
  GstClockTime age_ns; /* and the time since */
  gfloat logits[REN_MAX_CLASSES]; /* of that frame alone */
  gfloat scores[REN_MAX_CLASSES]; /* smoothed */
} Result;

typedef struct
{
  /* where it came from; a face may be in both kinds of metadata */
  GstVideoRegionOfInterestMeta *roi; /* or NULL */
  gboolean has_detection;
  guint detection_id; /* of a GstAnalyticsODMtd on the same buffer */

  gint region_id;  /* of the region or, without one, of the detection */
  gint64 track_id; /* -1 = not tracked */
  RenRect box;     /* as the metadata has it */
  RenRect crop;    /* with the margin, inside of the visible picture */

  gint known;          /* index of the same face in the history, or -1 */
  gboolean has_result; /* of this frame or an earlier one */
  Result result;
} Face;

/* The region_id says which face it is in the next frame as well. Ids of
 * analytics metadata only count what is on one buffer. */
static inline gboolean
face_has_lasting_id (const Face *face)
{
  return face->roi && !face->has_detection && face->region_id != 0;
}

/* FALSE if nothing is left. */
gboolean rect_clip (RenRect *rect, const RenRect *to);

/* The score of the class to show. */
gfloat result_confidence (const Result *result);
/* Its id: -1 where that is below the threshold. */
gint result_label_id (const Result *result, const Settings *settings);

/* The emotions on a buffer, whichever metadata they are in
 * SPDX-License-Identifier: MIT
 */
#include "emotion-reader.h"

#include <math.h>

#include "track-id.h"

/* What DL Streamer's readers name the classification by. */
#define ATTRIBUTE "emotion"
/* Sums of two are far from overflowing, frames far from as large. */
#define MAX_POSITION (1 << 24)
/* What floats that ought to be 1 in all may be more than that. */
#define MAX_ROUNDING 1e-3

GArray *
emotion_faces_new (void)
{
  return g_array_new (FALSE, FALSE, sizeof (EmotionFace));
}

/* Metadata comes from any element. */
static gboolean
is_score (gdouble score)
{
  return isfinite (score) && score >= 0 && score <= 1 + MAX_ROUNDING;
}

static gboolean
is_position (gint v)
{
  return v >= -MAX_POSITION && v <= MAX_POSITION;
}

static gboolean
is_text (const gchar *text)
{
  return text && g_utf8_validate (text, -1, NULL);
}

static void
add_face (GArray *faces, EmotionFace *face)
{
  if (!is_position (face->x) || !is_position (face->y) || face->w <= 0 ||
      !is_position (face->w) || face->h <= 0 || !is_position (face->h) ||
      !is_score (face->confidence) || !is_text (face->label))
    return;
  face->confidence = MIN (face->confidence, 1);
  if (!is_text (face->model_name))
    face->model_name = NULL;
  for (guint i = 0; i < face->n_scores; i++) {
    face->scores[i] = is_score (face->scores[i]) ? MIN (face->scores[i], 1) : 0;
    if (!is_text (face->score_labels[i]))
      face->score_labels[i] = "?";
  }
  g_array_append_vals (faces, face, 1);
}

/* ---- our own ------------------------------------------------------------- */

static gdouble
region_confidence (GstVideoRegionOfInterestMeta *roi)
{
  const GstStructure *detection =
      gst_video_region_of_interest_meta_get_param (roi, "detection");
  gdouble confidence;

  return detection &&
                 gst_structure_get_double (
                     detection, "confidence", &confidence) &&
                 is_score (confidence)
             ? MIN (confidence, 1)
             : -1;
}

static GstVideoRegionOfInterestMeta *
next_region (GstBuffer *buffer, gpointer *state)
{
  return (GstVideoRegionOfInterestMeta *) gst_buffer_iterate_meta_filtered (
      buffer, state, GST_VIDEO_REGION_OF_INTEREST_META_API_TYPE);
}

/* Confidence of the detector for the region that the face came from. */
static gdouble
find_confidence (GstBuffer *buffer, const GstEmotionMeta *m)
{
  GstVideoRegionOfInterestMeta *roi;
  gpointer state = NULL;

  while ((roi = next_region (buffer, &state)))
    if (roi->id == m->face_id && (gint) roi->x == m->x && (gint) roi->y == m->y)
      return region_confidence (roi);
  return -1;
}

static void
read_emotion_meta (GArray *faces, GstBuffer *buffer)
{
  GstEmotionMeta *m;
  gpointer state = NULL;

  while ((m = gst_buffer_iterate_emotion_meta (buffer, &state))) {
    EmotionFace face = {
      .x = m->x,
      .y = m->y,
      .w = m->w,
      .h = m->h,
      .region_id = m->face_id,
      .track_id = m->track_id,
      .detection_confidence = find_confidence (buffer, m),
      .label = gst_emotion_meta_get_label (m),
      .label_id = m->label_id,
      .confidence = m->confidence,
      .age = m->age,
      .model_name = gst_emotion_meta_get_model_id (m),
      .n_scores = MIN (m->n_scores, GST_EMOTION_MAX_CLASSES),
    };

    for (guint i = 0; i < face.n_scores; i++) {
      face.scores[i] = m->scores[i];
      face.score_labels[i] =
          gst_emotion_classes_get_label (m->classes, (gint) i);
    }
    add_face (faces, &face);
  }
}

/* ---- DL Streamer's --------------------------------------------------------- */

static void
read_regions (GArray *faces, GstBuffer *buffer)
{
  GstVideoRegionOfInterestMeta *roi;
  gpointer state = NULL;

  while ((roi = next_region (buffer, &state))) {
    const GstStructure *param =
        gst_video_region_of_interest_meta_get_param (roi, ATTRIBUTE);
    gdouble confidence;
    EmotionFace face;

    if (!param || !gst_structure_get_double (param, "confidence", &confidence))
      continue;
    face = (EmotionFace){
      /* detectors store what is left of the frame as wrapped negative numbers */
      .x = (gint) roi->x,
      .y = (gint) roi->y,
      .w = (gint) roi->w,
      .h = (gint) roi->h,
      .region_id = roi->id,
      .track_id = region_track_id (roi),
      .detection_confidence = region_confidence (roi),
      .label = gst_structure_get_string (param, "label"),
      .label_id = -1,
      .confidence = (gfloat) confidence,
      .age = -1,
      .model_name = gst_structure_get_string (param, "model_name"),
    };
    gst_structure_get_int (param, "label_id", &face.label_id);
    add_face (faces, &face);
  }
}

/* ---- GStreamer's analytics ---------------------------------------------------- */

#ifdef HAVE_ANALYTICS
/* All scores of a detection are in the class metadata that are a part of it;
 * the longest of these has them. */
static void
read_scores (
    EmotionFace *face, GstAnalyticsRelationMeta *meta, guint detection_id)
{
  GstAnalyticsClsMtd cls;
  gpointer state = NULL;

  while (gst_analytics_relation_meta_iterate (
      meta, &state, gst_analytics_cls_mtd_get_mtd_type (), &cls)) {
    const gsize n = gst_analytics_cls_mtd_get_length (&cls);

    if (n <= face->n_scores || n > GST_EMOTION_MAX_CLASSES ||
        !(gst_analytics_relation_meta_get_relation (
              meta, cls.id, detection_id) &
            GST_ANALYTICS_REL_TYPE_IS_PART_OF))
      continue;
    face->n_scores = (guint) n;
    for (gsize i = 0; i < n; i++) {
      const GQuark quark = gst_analytics_cls_mtd_get_quark (&cls, i);

      face->scores[i] = gst_analytics_cls_mtd_get_level (&cls, i);
      face->score_labels[i] = quark ? g_quark_to_string (quark) : "";
    }
  }
}

/* What a detection contains are results; DL Streamer relates it to the names
 * of all that its detector could have found, too. */
static gboolean
find_top (
    GstAnalyticsRelationMeta *meta, guint detection_id, GstAnalyticsClsMtd *cls)
{
  const GstAnalyticsMtdType type = gst_analytics_cls_mtd_get_mtd_type ();

  return gst_analytics_relation_meta_get_direct_related (meta, detection_id,
             GST_ANALYTICS_REL_TYPE_CONTAIN, type, NULL, cls) ||
         gst_analytics_relation_meta_get_direct_related (meta, detection_id,
             GST_ANALYTICS_REL_TYPE_RELATE_TO, type, NULL, cls);
}

static gboolean
read_top (EmotionFace *face, GstAnalyticsRelationMeta *meta, guint detection_id)
{
  GstAnalyticsClsMtd cls;

  if (!find_top (meta, detection_id, &cls) ||
      gst_analytics_cls_mtd_get_length (&cls) == 0)
    return FALSE;
  face->label = g_quark_to_string (gst_analytics_cls_mtd_get_quark (&cls, 0));
  face->confidence = gst_analytics_cls_mtd_get_level (&cls, 0);
  /* no results, but names that results could have */
  return face->confidence > 0;
}

static void
read_analytics (GArray *faces, GstBuffer *buffer)
{
  GstAnalyticsRelationMeta *meta =
      gst_buffer_get_analytics_relation_meta (buffer);
  GstAnalyticsODMtd od;
  gpointer state = NULL;

  while (meta && gst_analytics_relation_meta_iterate (
                     meta, &state, gst_analytics_od_mtd_get_mtd_type (), &od)) {
    EmotionFace face = { .label_id = -1, .age = -1 };
    gfloat confidence;

    /* other things have classes, too */
    if (gst_analytics_od_mtd_get_obj_type (&od) !=
            g_quark_from_static_string ("face") ||
        !gst_analytics_od_mtd_get_location (
            &od, &face.x, &face.y, &face.w, &face.h, &confidence) ||
        !read_top (&face, meta, od.id))
      continue;
    face.region_id = (gint) od.id;
    face.track_id = detection_track_id (meta, od.id);
    face.detection_confidence =
        is_score (confidence) ? MIN (confidence, 1) : -1;
    read_scores (&face, meta, od.id);
    add_face (faces, &face);
  }
}
#endif

void
emotion_faces_read (GArray *faces, GstBuffer *buffer)
{
  g_array_set_size (faces, 0);
  read_emotion_meta (faces, buffer);
  if (faces->len == 0)
    read_regions (faces, buffer);
#ifdef HAVE_ANALYTICS
  if (faces->len == 0)
    read_analytics (faces, buffer);
#endif
}

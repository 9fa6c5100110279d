/* resemotenet: detections and classes as GStreamer's analytics metadata
 * SPDX-License-Identifier: MIT
 *
 * Per face three classifications are added:
 *
 *   detection --CONTAIN--> the emotion, alone --IS_PART_OF--> detection
 *   detection --RELATE_TO--> the emotion, then the detection's own type
 *   all scores, sorted --IS_PART_OF--> detection
 *
 * because GStreamer's overlay prints index 0 of the first class that a
 * detection is related to, where DL Streamer before 2026.1 looks for the
 * detection's type and gives up if it is not among them; what a detection
 * contains DL Streamer takes for results.
 */
#include "analytics.h"

#ifdef HAVE_ANALYTICS

#include "track-id.h"

/* Boxes that overlap as much as this are the same face, found twice. */
#define SAME_BOX 0.9
/* With the same id a rounding or a scaling in between may be larger. */
#define SAME_ID_BOX 0.5

static Face *
find_region (GArray *faces, guint n_regions, guint id, const RenRect *box)
{
  for (guint i = 0; i < n_regions; i++) {
    Face *face = &g_array_index (faces, Face, i);

    if (face->has_detection)
      continue;
    if (rect_overlap (&face->box, box) >=
        (face->region_id == (gint) id ? SAME_ID_BOX : SAME_BOX))
      return face;
  }
  return NULL;
}

void
analytics_collect (GArray *faces, GstBuffer *buffer, const Settings *settings)
{
  GstAnalyticsRelationMeta *meta =
      gst_buffer_get_analytics_relation_meta (buffer);
  GstAnalyticsODMtd od;
  gpointer state = NULL;
  guint n_regions = faces->len;

  if (!meta)
    return;

  while (gst_analytics_relation_meta_iterate (
      meta, &state, gst_analytics_od_mtd_get_mtd_type (), &od)) {
    Face face = { .has_detection = TRUE, .known = -1 }, *region;
    gint x, y, w, h;
    gfloat confidence;

    if (!gst_analytics_od_mtd_get_location (&od, &x, &y, &w, &h, &confidence))
      continue;

    face.box = (RenRect){ x, y, w, h };
    face.detection_id = od.id;
    face.region_id = (gint) od.id;
    face.track_id = detection_track_id (meta, od.id);

    region = find_region (faces, n_regions, od.id, &face.box);
    if (region) {
      region->has_detection = TRUE;
      region->detection_id = od.id;
      if (region->track_id < 0)
        region->track_id = face.track_id;
      continue;
    }

    if (*settings->roi_type &&
        g_strcmp0 (g_quark_to_string (gst_analytics_od_mtd_get_obj_type (&od)),
            settings->roi_type))
      continue;
    g_array_append_val (faces, face);
  }
}

/* A region from a detector that knows nothing of analytics. */
static gboolean
add_detection (GstAnalyticsRelationMeta *meta, Face *face, gfloat confidence)
{
  GstVideoRegionOfInterestMeta *roi = face->roi;
  GstAnalyticsODMtd od;

  if (!gst_analytics_relation_meta_add_od_mtd (meta, roi->roi_type,
          (gint) face->box.x, (gint) face->box.y, (gint) face->box.w,
          (gint) face->box.h, confidence, &od))
    return FALSE;

  face->has_detection = TRUE;
  face->detection_id = od.id;
  /* Readers join the two kinds of metadata by id; 0 is what detectors that
   * give no ids leave there. */
  if (roi->id == 0)
    roi->id = face->region_id = (gint) od.id;
  return TRUE;
}

/* What the detector said: its type, and how sure it is. */
static GQuark
detected_type (
    GstAnalyticsRelationMeta *meta, const Face *face, gfloat *confidence)
{
  const GstStructure *param;
  GstAnalyticsODMtd od;
  gdouble value = 1;

  if (face->has_detection) {
    *confidence = 1;
    if (!gst_analytics_relation_meta_get_od_mtd (meta, face->detection_id, &od))
      return 0;
    gst_analytics_od_mtd_get_confidence_lvl (&od, confidence);
    return gst_analytics_od_mtd_get_obj_type (&od);
  }
  param = gst_video_region_of_interest_meta_get_param (face->roi, "detection");
  if (param)
    gst_structure_get_double (param, "confidence", &value);
  *confidence = (gfloat) CLAMP (value, 0, 1);
  return face->roi->roi_type;
}

static gboolean
add_scores (GstAnalyticsRelationMeta *meta, const Result *r,
    const GQuark *label_quarks, guint n_classes, GstAnalyticsClsMtd *all)
{
  gfloat scores[REN_MAX_CLASSES];
  GQuark quarks[REN_MAX_CLASSES];

  /* insertion sort, descending */
  for (guint i = 0; i < n_classes; i++) {
    guint at = i;

    for (; at > 0 && scores[at - 1] < r->scores[i]; at--) {
      scores[at] = scores[at - 1];
      quarks[at] = quarks[at - 1];
    }
    scores[at] = r->scores[i];
    quarks[at] = label_quarks[i];
  }
  return gst_analytics_relation_meta_add_cls_mtd (
      meta, n_classes, scores, quarks, all);
}

static void
write_face (GstAnalyticsRelationMeta *meta, Face *face,
    const Settings *settings, const GQuark *label_quarks, guint n_classes)
{
  const Result *r = &face->result;
  const gint label_id = result_label_id (r, settings);
  const GQuark label = label_id >= 0 ? label_quarks[label_id]
                                     : g_quark_from_static_string ("unknown");
  gfloat levels[2] = { result_confidence (r), 0 };
  const GQuark type = detected_type (meta, face, &levels[1]);
  GQuark shown_quarks[2] = { label, type };
  GstAnalyticsClsMtd top, shown, all;

  /* Before a detection, so that its id, which the region gets, is not 0: that
   * is the id of regions without one. */
  if (!gst_analytics_relation_meta_add_one_cls_mtd (
          meta, levels[0], label, &top) ||
      !gst_analytics_relation_meta_add_cls_mtd (
          meta, type ? 2 : 1, levels, shown_quarks, &shown) ||
      !add_scores (meta, r, label_quarks, n_classes, &all) ||
      (!face->has_detection && !add_detection (meta, face, levels[1])))
    return;

  gst_analytics_relation_meta_set_relation (
      meta, GST_ANALYTICS_REL_TYPE_CONTAIN, face->detection_id, top.id);
  gst_analytics_relation_meta_set_relation (
      meta, GST_ANALYTICS_REL_TYPE_IS_PART_OF, top.id, face->detection_id);
  gst_analytics_relation_meta_set_relation (
      meta, GST_ANALYTICS_REL_TYPE_RELATE_TO, face->detection_id, shown.id);
  gst_analytics_relation_meta_set_relation (
      meta, GST_ANALYTICS_REL_TYPE_IS_PART_OF, all.id, face->detection_id);
}

void
analytics_write (GstBuffer *buffer, GArray *faces, const Settings *settings,
    const GQuark *label_quarks, guint n_classes)
{
  GstAnalyticsRelationMeta *meta =
      gst_buffer_add_analytics_relation_meta (buffer);

  if (!meta)
    return;

  for (guint i = 0; i < faces->len; i++) {
    Face *face = &g_array_index (faces, Face, i);

    if (face->has_result)
      write_face (meta, face, settings, label_quarks, n_classes);
  }
}

#endif

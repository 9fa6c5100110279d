/* faceroi: metadata of a face on a buffer
 * SPDX-License-Identifier: MIT
 *
 * Field names and types are those that DL Streamer's readers expect; a field
 * of another type is as good as missing to them.
 */
#include "face-meta.h"

#include <math.h>

#ifdef HAVE_ANALYTICS
#include <gst/analytics/analytics.h>
#endif

gdouble
face_meta_confidence (gdouble score)
{
  return 1 / (1 + exp (-3 * score));
}

#ifdef HAVE_ANALYTICS
/* Returns the id of the detection, or -1 where the metadata is full. */
static gint
add_analytics (GstBuffer *buffer, const FaceTrack *track, gint x, gint y,
    gint w, gint h, gdouble confidence)
{
  GstAnalyticsRelationMeta *meta =
      gst_buffer_get_analytics_relation_meta (buffer);
  GstAnalyticsODMtd detection;
  GstAnalyticsTrackingMtd tracking;

  if (!meta)
    meta = gst_buffer_add_analytics_relation_meta (buffer);
  /* The track first: the detection's id, which the region gets, is not to be
   * 0, which is the id of regions without one. */
  if (!meta ||
      !gst_analytics_relation_meta_add_tracking_mtd (
          meta, track->id, track->first_seen_ns, &tracking) ||
      !gst_analytics_relation_meta_add_od_mtd (meta,
          g_quark_from_static_string ("face"), x, y, w, h, confidence,
          &detection))
    return -1;
  gst_analytics_tracking_mtd_update_last_seen (&tracking, track->last_seen_ns);
  gst_analytics_relation_meta_set_relation (
      meta, GST_ANALYTICS_REL_TYPE_RELATE_TO, detection.id, tracking.id);
  return (gint) detection.id;
}
#endif

gboolean
face_meta_add (
    GstBuffer *buffer, const FaceTrack *track, gint width, gint height)
{
  gdouble confidence = face_meta_confidence (track->box.score);
  gint x0 = lroundf (track->box.x), y0 = lroundf (track->box.y);
  gint x1 = lroundf (track->box.x + track->box.w);
  gint y1 = lroundf (track->box.y + track->box.h);
  gdouble area = track->box.w * track->box.h;
  GstVideoRegionOfInterestMeta *roi;
  gint id = track->id;

  x0 = CLAMP (x0, 0, width);
  y0 = CLAMP (y0, 0, height);
  x1 = CLAMP (x1, 0, width);
  y1 = CLAMP (y1, 0, height);
  if (x1 <= x0 || y1 <= y0 || (gdouble) (x1 - x0) * (y1 - y0) < area / 2)
    return FALSE;

#ifdef HAVE_ANALYTICS
  {
    /* readers pair region and detection by their ids */
    gint od_id =
        add_analytics (buffer, track, x0, y0, x1 - x0, y1 - y0, confidence);

    if (od_id >= 0)
      id = od_id;
  }
#endif

  roi = gst_buffer_add_video_region_of_interest_meta (
      buffer, "face", x0, y0, x1 - x0, y1 - y0);
  roi->id = id;
  gst_video_region_of_interest_meta_add_param (
      roi, gst_structure_new ("detection",                    /**/
               "x_min", G_TYPE_DOUBLE, (gdouble) x0 / width,  /**/
               "x_max", G_TYPE_DOUBLE, (gdouble) x1 / width,  /**/
               "y_min", G_TYPE_DOUBLE, (gdouble) y0 / height, /**/
               "y_max", G_TYPE_DOUBLE, (gdouble) y1 / height, /**/
               "confidence", G_TYPE_DOUBLE, confidence,       /**/
               "label_id", G_TYPE_INT, 0,                     /**/
               "model_name", G_TYPE_STRING, FACE_META_MODEL,  /**/
               "layer_name", G_TYPE_STRING, "fhog", NULL));
  gst_video_region_of_interest_meta_add_param (
      roi, gst_structure_new ("object_id", "id", G_TYPE_INT, track->id, NULL));
  return TRUE;
}

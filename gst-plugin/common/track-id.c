/* Which track a face belongs to, as other elements wrote it
 * SPDX-License-Identifier: MIT
 */
#include "track-id.h"

gint64
region_track_id (GstVideoRegionOfInterestMeta *roi)
{
  const GstStructure *param =
      gst_video_region_of_interest_meta_get_param (roi, "object_id");
  gint id;

  if (param && gst_structure_get_int (param, "id", &id) && id >= 0)
    return id;
  return -1;
}

#ifdef HAVE_ANALYTICS
gint64
detection_track_id (GstAnalyticsRelationMeta *meta, guint detection_id)
{
  GstAnalyticsTrackingMtd track;
  gpointer state = NULL;
  guint64 id;
  GstClockTime first_seen, last_seen;
  gboolean lost;

  if (gst_analytics_relation_meta_get_direct_related (meta, detection_id,
          GST_ANALYTICS_REL_TYPE_ANY,
          gst_analytics_tracking_mtd_get_mtd_type (), &state, &track) &&
      gst_analytics_tracking_mtd_get_info (
          &track, &id, &first_seen, &last_seen, &lost) &&
      id <= G_MAXINT64)
    return (gint64) id;
  return -1;
}
#endif

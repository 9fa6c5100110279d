/* Which track a face belongs to, as other elements wrote it
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include <gst/video/video.h>

#ifdef HAVE_ANALYTICS
#include <gst/analytics/analytics.h>
#endif

/* The track of a region: its param `object_id{id int}`, as DL Streamer's
 * trackers write it. -1 without one. */
gint64 region_track_id (GstVideoRegionOfInterestMeta *roi);

#ifdef HAVE_ANALYTICS
/* The track that a detection is related to, or -1. */
gint64 detection_track_id (GstAnalyticsRelationMeta *meta, guint detection_id);
#endif

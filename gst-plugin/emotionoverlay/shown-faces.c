/* SPDX-License-Identifier: MIT */
#include "shown-faces.h"

#include "rect.h"
#include "track-id.h"

/* Two boxes are of one face when they share as much of what they cover. Boxes
 * that were scaled on different ways differ by a pixel. */
#define SAME 0.9

/* Far outside of any frame, with sums that do not overflow. */
#define LIMIT (1 << 24)

static gboolean
is_same (const EmotionFace *a, const EmotionFace *b)
{
  return rect_overlap (&(RenRect){ a->x, a->y, a->w, a->h },
             &(RenRect){ b->x, b->y, b->w, b->h }) >= SAME;
}

static void
add_box (GArray *faces, gint64 x, gint64 y, gint64 w, gint64 h, gint64 track_id)
{
  const gint64 x0 = CLAMP (x, -LIMIT, LIMIT), x1 = CLAMP (x + w, -LIMIT, LIMIT);
  const gint64 y0 = CLAMP (y, -LIMIT, LIMIT), y1 = CLAMP (y + h, -LIMIT, LIMIT);
  EmotionFace face = {
    .x = (gint) x0,
    .y = (gint) y0,
    .w = (gint) MIN (x1 - x0, LIMIT),
    .h = (gint) MIN (y1 - y0, LIMIT),
    .track_id = track_id,
  };

  if (face.w <= 0 || face.h <= 0)
    return;
  for (guint i = 0; i < faces->len; i++)
    if (is_same (&face, &g_array_index (faces, EmotionFace, i)))
      return;
  g_array_append_val (faces, face);
}

static void
add_regions (GArray *faces, GstBuffer *buffer, const gchar *roi_type)
{
  const GstMeta *meta;
  gpointer state = NULL;

  while ((meta = gst_buffer_iterate_meta_filtered (
              buffer, &state, GST_VIDEO_REGION_OF_INTEREST_META_API_TYPE))) {
    GstVideoRegionOfInterestMeta *roi = (GstVideoRegionOfInterestMeta *) meta;
    const gchar *type = g_quark_to_string (roi->roi_type);

    /* what is left of or above the frame is stored as a wrapped number */
    if (!*roi_type || g_strcmp0 (type, roi_type) == 0)
      add_box (faces, (gint) roi->x, (gint) roi->y, roi->w, roi->h,
          region_track_id (roi));
  }
}

#ifdef HAVE_ANALYTICS
static void
add_detections (GArray *faces, GstBuffer *buffer, const gchar *roi_type)
{
  GstAnalyticsRelationMeta *meta =
      gst_buffer_get_analytics_relation_meta (buffer);
  GstAnalyticsODMtd od;
  gpointer state = NULL;

  while (meta && gst_analytics_relation_meta_iterate (
                     meta, &state, gst_analytics_od_mtd_get_mtd_type (), &od)) {
    const gchar *type =
        g_quark_to_string (gst_analytics_od_mtd_get_obj_type (&od));
    gint x, y, w, h;
    gfloat confidence;

    if ((!*roi_type || g_strcmp0 (type, roi_type) == 0) &&
        gst_analytics_od_mtd_get_location (&od, &x, &y, &w, &h, &confidence))
      add_box (faces, x, y, w, h, detection_track_id (meta, od.id));
  }
}
#endif

void
shown_faces_read (GArray *faces, GstBuffer *buffer, const gchar *roi_type)
{
  GstEmotionMeta *m;
  gpointer state = NULL;

  emotion_faces_read (faces, buffer);
  while ((m = gst_buffer_iterate_emotion_meta (buffer, &state)))
    add_box (faces, m->x, m->y, m->w, m->h, m->track_id);
  add_regions (faces, buffer, roi_type);
#ifdef HAVE_ANALYTICS
  add_detections (faces, buffer, roi_type);
#endif
}

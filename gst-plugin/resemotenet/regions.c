/* resemotenet: finds the faces that other elements marked on a frame
 * SPDX-License-Identifier: MIT
 *
 * Region metadata comes from anywhere, so nothing in it is trusted: corners
 * are unsigned in the structure but detectors store what is left of the frame
 * as a wrapped negative number; sizes may be absurd.
 */
#include "regions.h"

#include "analytics.h"
#include "track-id.h"

#include <math.h>

static RenRect
rect_scale (const RenRect *rect, gdouble scale)
{
  gdouble w = rect->w * scale, h = rect->h * scale;
  gdouble x = rect->x + (rect->w - w) / 2, y = rect->y + (rect->h - h) / 2;

  if (scale == 1)
    return *rect;
  return (RenRect){ llrint (x), llrint (y), MAX (llrint (w), 1),
    MAX (llrint (h), 1) };
}

static void
collect_regions (GArray *faces, GstBuffer *buffer, const Settings *settings)
{
  gpointer state = NULL;
  GstMeta *meta;

  while ((meta = gst_buffer_iterate_meta_filtered (
              buffer, &state, GST_VIDEO_REGION_OF_INTEREST_META_API_TYPE))) {
    GstVideoRegionOfInterestMeta *roi = (GstVideoRegionOfInterestMeta *) meta;
    Face face = { .roi = roi, .region_id = roi->id, .known = -1 };

    if (*settings->roi_type &&
        g_strcmp0 (g_quark_to_string (roi->roi_type), settings->roi_type))
      continue;

    face.box = (RenRect){ (gint32) roi->x, (gint32) roi->y, (gint32) roi->w,
      (gint32) roi->h };
    face.track_id = region_track_id (roi);
    g_array_append_val (faces, face);
  }
}

static gint
compare_area (gconstpointer a, gconstpointer b)
{
  const RenRect *r = &((const Face *) a)->box, *s = &((const Face *) b)->box;
  gint64 area_r = r->w * r->h, area_s = s->w * s->h;

  return (area_r < area_s) - (area_r > area_s);
}

/* FALSE with the reason if a region is not to be classified. */
static gboolean
check_face (Face *face, const RenRect *visible, const Settings *settings,
    SkipReason *why)
{
  RenRect inside = face->box;

  *why = SKIP_EMPTY;
  if (face->box.w <= 0 || face->box.h <= 0)
    return FALSE;

  *why = SKIP_OUTSIDE;
  if (!rect_clip (&inside, visible))
    return FALSE;

  *why = SKIP_TOO_SMALL;
  if (MIN (inside.w, inside.h) < settings->min_size)
    return FALSE;

  /* a margin below 1 may leave only what is outside */
  *why = SKIP_OUTSIDE;
  face->crop = rect_scale (&face->box, settings->roi_scale);
  return rect_clip (&face->crop, visible);
}

RenRect
regions_visible (GstBuffer *buffer, const GstVideoInfo *info)
{
  const GstVideoMeta *video = gst_buffer_get_video_meta (buffer);
  const GstVideoCropMeta *crop = gst_buffer_get_video_crop_meta (buffer);
  RenRect all = { 0, 0, GST_VIDEO_INFO_WIDTH (info),
    GST_VIDEO_INFO_HEIGHT (info) };
  RenRect seen;

  if (video) {
    all.w = video->width;
    all.h = video->height;
  }
  if (!crop)
    return all;
  seen = (RenRect){ crop->x, crop->y, crop->width, crop->height };
  return rect_clip (&seen, &all) ? seen : all;
}

void
regions_collect (GArray *faces, GstBuffer *buffer, const RenRect *visible,
    const Settings *settings, guint skipped[N_SKIP_REASONS])
{
  guint kept = 0;

  g_array_set_size (faces, 0);
  collect_regions (faces, buffer, settings);
  analytics_collect (faces, buffer, settings);

  for (guint i = 0; i < faces->len; i++) {
    Face *face = &g_array_index (faces, Face, i);
    SkipReason why;

    if (!check_face (face, visible, settings, &why)) {
      skipped[why]++;
      continue;
    }
    if (kept != i)
      g_array_index (faces, Face, kept) = *face;
    kept++;
  }
  g_array_set_size (faces, kept);

  if (settings->max_faces && kept > settings->max_faces) {
    g_array_sort (faces, compare_area);
    skipped[SKIP_MAX_FACES] += kept - settings->max_faces;
    g_array_set_size (faces, settings->max_faces);
  }
}

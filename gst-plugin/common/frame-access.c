/* SPDX-License-Identifier: MIT */
#include "frame-access.h"

gboolean
frame_format_is_direct (const GstVideoFormatInfo *finfo)
{
  if (GST_VIDEO_FORMAT_INFO_IS_COMPLEX (finfo) ||
      GST_VIDEO_FORMAT_INFO_IS_TILED (finfo) ||
      GST_VIDEO_FORMAT_INFO_HAS_PALETTE (finfo))
    return FALSE;
  if (!GST_VIDEO_FORMAT_INFO_IS_RGB (finfo) &&
      !GST_VIDEO_FORMAT_INFO_IS_YUV (finfo) &&
      !GST_VIDEO_FORMAT_INFO_IS_GRAY (finfo))
    return FALSE;
  for (guint c = 0; c < GST_VIDEO_FORMAT_INFO_N_COMPONENTS (finfo); c++)
    if (GST_VIDEO_FORMAT_INFO_DEPTH (finfo, c) != 8 ||
        GST_VIDEO_FORMAT_INFO_SHIFT (finfo, c) != 0 ||
        GST_VIDEO_FORMAT_INFO_PSTRIDE (finfo, c) < 1)
      return FALSE;
  return TRUE;
}

gboolean
frame_format_is_unpackable (const GstVideoFormatInfo *finfo)
{
  const GstVideoFormatInfo *to =
      gst_video_format_get_info (finfo->unpack_format);

  return finfo->unpack_func && to && GST_VIDEO_FORMAT_INFO_PSTRIDE (to, 0) > 0;
}

gboolean
frame_format_unpacks_to_16_bits (const GstVideoFormatInfo *finfo)
{
  return GST_VIDEO_FORMAT_INFO_DEPTH (
             gst_video_format_get_info (finfo->unpack_format), 0) == 16;
}

/* gst_video_frame_map() takes a GstVideoMeta that contradicts the caps for a
 * programming error, and says so as loudly. */
static gboolean
meta_agrees (GstBuffer *buffer, const GstVideoInfo *info)
{
  const GstVideoMeta *meta = gst_buffer_get_video_meta (buffer);

  return !meta || (meta->format == GST_VIDEO_INFO_FORMAT (info) &&
                      meta->width >= (guint) GST_VIDEO_INFO_WIDTH (info) &&
                      meta->height >= (guint) GST_VIDEO_INFO_HEIGHT (info) &&
                      meta->n_planes == GST_VIDEO_INFO_N_PLANES (info));
}

/* Bytes from the first to the last one of a component's plane, relative to its
 * data. FALSE if the stride is none that can hold the rows. */
static gboolean
plane_extent (
    const GstVideoFrame *f, guint component, gssize *first, gssize *last)
{
  const GstVideoFormatInfo *finfo = f->info.finfo;
  guint plane = GST_VIDEO_FORMAT_INFO_PLANE (finfo, component);
  gssize stride = GST_VIDEO_FRAME_PLANE_STRIDE (f, plane);
  gssize rows = GST_VIDEO_FRAME_COMP_HEIGHT (f, component);
  gssize columns = GST_VIDEO_FRAME_COMP_WIDTH (f, component);
  gssize row = columns * GST_VIDEO_FRAME_COMP_PSTRIDE (f, component);

  *first = *last = 0;
  if (GST_VIDEO_FORMAT_INFO_IS_TILED (finfo)) {
    gssize nx = GST_VIDEO_TILE_X_TILES (stride);
    gssize ny = GST_VIDEO_TILE_Y_TILES (stride);

    *last = nx * ny * GST_VIDEO_FORMAT_INFO_TILE_SIZE (finfo, plane);
    /* where a tile is not a whole number of pixels wide, its width is 0 */
    return ny * GST_VIDEO_FORMAT_INFO_TILE_HEIGHT (finfo, plane) >= rows &&
           (GST_VIDEO_FORMAT_INFO_TILE_WIDTH (finfo, plane) == 0 ||
               nx * GST_VIDEO_FORMAT_INFO_TILE_WIDTH (finfo, plane) >= columns);
  }
  if (GST_VIDEO_FORMAT_INFO_HAS_PALETTE (finfo) && component == 1) {
    *last = 256 * 4;
    return TRUE;
  }
  /* what a row takes is not told by the pixel's size there */
  if (GST_VIDEO_FORMAT_INFO_IS_COMPLEX (finfo))
    row = ABS (stride);
  *first = MIN (0, stride * (rows - 1));
  *last = MAX (0, stride * (rows - 1)) + row;
  return TRUE;
}

/* gst_video_frame_map() believes the sizes that a GstVideoMeta claims. */
static gboolean
planes_fit (const GstVideoFrame *f)
{
  const GstVideoFormatInfo *finfo = f->info.finfo;

  for (guint c = 0; c < GST_VIDEO_FORMAT_INFO_N_COMPONENTS (finfo); c++) {
    guint plane = GST_VIDEO_FORMAT_INFO_PLANE (finfo, c);
    const GstMapInfo *map = &f->map[f->meta ? plane : 0];
    const guint8 *data = f->data[plane];
    gssize first, last;

    if (!data || !plane_extent (f, c, &first, &last))
      return FALSE;
    /* memory that is mapped in a way of its own says nothing here */
    if (!map->data || map->size == 0)
      continue;
    if (data - map->data + first < 0 ||
        data - map->data + last > (gssize) map->size)
      return FALSE;
  }
  return TRUE;
}

gboolean
frame_map (GstVideoFrame *f, GstBuffer *buffer, const GstVideoInfo *info)
{
  /* NO_REF: a second reference would make the buffer read-only */
  if (!meta_agrees (buffer, info) ||
      !gst_video_frame_map (
          f, info, buffer, GST_MAP_READ | GST_VIDEO_FRAME_MAP_FLAG_NO_REF))
    return FALSE;
  if (GST_VIDEO_FRAME_WIDTH (f) >= 1 &&
      GST_VIDEO_FRAME_WIDTH (f) <= FRAME_MAX_SIDE &&
      GST_VIDEO_FRAME_HEIGHT (f) >= 1 &&
      GST_VIDEO_FRAME_HEIGHT (f) <= FRAME_MAX_SIDE && planes_fit (f))
    return TRUE;
  gst_video_frame_unmap (f);
  return FALSE;
}

/* SPDX-License-Identifier: MIT */
#include "frame-access.h"

gboolean
frame_check_size (GstElement *element, const GstVideoInfo *info)
{
  gint width = GST_VIDEO_INFO_WIDTH (info);
  gint height = GST_VIDEO_INFO_HEIGHT (info);

  if (MAX (width, height) <= FRAME_MAX_SIDE)
    return TRUE;
  GST_ELEMENT_ERROR (element, STREAM, FORMAT,
      ("Frames of %d×%d pixels are too large: at most %d a side can be read.",
          width, height, FRAME_MAX_SIDE),
      (NULL));
  return FALSE;
}

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

gboolean
frame_plane_layout (const GstVideoFrame *f, guint plane, FramePlane *layout)
{
  const GstVideoFormatInfo *finfo = f->info.finfo;
  gssize stride = GST_VIDEO_FRAME_PLANE_STRIDE (f, plane);
  gssize row_bytes = 0, rows = 0;
  gboolean told = !GST_VIDEO_FORMAT_INFO_IS_COMPLEX (finfo);
  GstVideoInfo usual;

  if (GST_VIDEO_FORMAT_INFO_HAS_PALETTE (finfo) && plane == 1) {
    *layout = (FramePlane){ .last = 256 * 4 };
    return TRUE;
  }
  if (!gst_video_info_set_format (&usual, GST_VIDEO_FRAME_FORMAT (f),
          GST_VIDEO_FRAME_WIDTH (f), GST_VIDEO_FRAME_HEIGHT (f)))
    return FALSE;

  if (GST_VIDEO_FORMAT_INFO_IS_TILED (finfo)) {
    gint least = GST_VIDEO_INFO_PLANE_STRIDE (&usual, plane);
    gssize nx = GST_VIDEO_TILE_X_TILES (stride);
    gssize ny = GST_VIDEO_TILE_Y_TILES (stride);
    gsize tile = GST_VIDEO_FORMAT_INFO_TILE_SIZE (finfo, plane);

    /* a row of tiles more for the unpacker to stray into */
    *layout = (FramePlane){ .last = nx * ny * tile, .slack = (nx + 1) * tile };
    return stride > 0 && nx >= GST_VIDEO_TILE_X_TILES (least) &&
           ny >= GST_VIDEO_TILE_Y_TILES (least);
  }

  for (guint c = 0; c < GST_VIDEO_FORMAT_INFO_N_COMPONENTS (finfo); c++) {
    gssize columns = GST_VIDEO_FRAME_COMP_WIDTH (f, c);

    if (GST_VIDEO_FORMAT_INFO_PLANE (finfo, c) != plane)
      continue;
    rows = MAX (rows, GST_VIDEO_FRAME_COMP_HEIGHT (f, c));
    row_bytes = MAX (row_bytes, columns * GST_VIDEO_FRAME_COMP_PSTRIDE (f, c));
    told = told && GST_VIDEO_FRAME_COMP_PSTRIDE (f, c) > 0;
  }
  /* what a row takes is not told by the pixel's size */
  if (!told)
    row_bytes = GST_VIDEO_INFO_PLANE_STRIDE (&usual, plane);
  if (rows > 1 && ABS (stride) < row_bytes)
    return FALSE;

  *layout = (FramePlane){
    .rows = rows,
    .stride = stride,
    .first = MIN (0, stride * (rows - 1)),
    .last = MAX (0, stride * (rows - 1)) + row_bytes,
    .slack = row_bytes + FRAME_LINE_SLACK,
  };
  return TRUE;
}

/* gst_video_frame_map() believes the sizes that a GstVideoMeta claims. */
static gboolean
planes_fit (const GstVideoFrame *f)
{
  for (guint plane = 0; plane < GST_VIDEO_FRAME_N_PLANES (f); plane++) {
    const GstMapInfo *map = &f->map[f->meta ? plane : 0];
    const guint8 *data = f->data[plane];
    FramePlane layout;

    if (!data || !frame_plane_layout (f, plane, &layout))
      return FALSE;
    /* memory that is mapped in a way of its own says nothing here */
    if (!map->data || map->size == 0)
      continue;
    if (data - map->data + layout.first < 0 ||
        data - map->data + layout.last > (gssize) map->size)
      return FALSE;
  }
  return TRUE;
}

static gboolean
map (GstVideoFrame *f, GstBuffer *buffer, const GstVideoInfo *info, gint flags)
{
  /* NO_REF: a second reference would make the buffer read-only */
  if (!meta_agrees (buffer, info) ||
      !gst_video_frame_map (f, info, buffer,
          (GstMapFlags) (flags | GST_VIDEO_FRAME_MAP_FLAG_NO_REF)))
    return FALSE;
  if (GST_VIDEO_FRAME_WIDTH (f) >= 1 &&
      GST_VIDEO_FRAME_WIDTH (f) <= FRAME_MAX_SIDE &&
      GST_VIDEO_FRAME_HEIGHT (f) >= 1 &&
      GST_VIDEO_FRAME_HEIGHT (f) <= FRAME_MAX_SIDE && planes_fit (f))
    return TRUE;
  gst_video_frame_unmap (f);
  return FALSE;
}

gboolean
frame_map (GstVideoFrame *f, GstBuffer *buffer, const GstVideoInfo *info)
{
  return map (f, buffer, info, GST_MAP_READ);
}

gboolean
frame_map_writable (
    GstVideoFrame *f, GstBuffer *buffer, const GstVideoInfo *info)
{
  return map (f, buffer, info, GST_MAP_READWRITE);
}

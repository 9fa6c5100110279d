/* resemotenet: a video frame as a picture that faces can be cut out of
 * SPDX-License-Identifier: MIT
 */
#include "frame-picture.h"

#include <string.h>

/* Largest side that a RenPicture may have. */
#define MAX_SIDE 32767

/* Unpackers may write whole groups of pixels (6 in v210, 8 in IYU1). */
#define LINE_SLACK 64

/* Whether each component of a pixel is a byte of its own. */
static gboolean
is_direct (const GstVideoFormatInfo *finfo)
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

static gboolean
is_unpackable (const GstVideoFormatInfo *finfo)
{
  const GstVideoFormatInfo *to =
      gst_video_format_get_info (finfo->unpack_format);

  return finfo->unpack_func && to && GST_VIDEO_FORMAT_INFO_PSTRIDE (to, 0) > 0;
}

gboolean
frame_picture_supports (const GstVideoInfo *info)
{
  return is_direct (info->finfo) || is_unpackable (info->finfo);
}

/* ---- colours ----------------------------------------------------------- */

static void
set_colours (RenPicture *picture, const GstVideoInfo *info)
{
  const GstVideoColorimetry *c = &info->colorimetry;
  gboolean limited = c->range == GST_VIDEO_COLOR_RANGE_16_235;
  gdouble kr, kb;

  if (!GST_VIDEO_INFO_IS_RGB (info)) {
    /* a decoder that knows no better than RGB or unknown: as GStreamer's
     * converter does, take the matrix of standard definition */
    if (!gst_video_color_matrix_get_Kr_Kb (c->matrix, &kr, &kb))
      gst_video_color_matrix_get_Kr_Kb (GST_VIDEO_COLOR_MATRIX_BT601, &kr, &kb);
    ren_picture_set_yuv (picture, limited, kr, kb);
    return;
  }

  if (limited)
    for (guint i = 0; i < picture->n_planes; i++) {
      gint32 weight = picture->planes[i].weight * 255 / 219;

      picture->planes[i].weight = weight;
      picture->offset -= 16 * weight;
    }
}

/* ---- read in place ----------------------------------------------------- */

static void
describe_frame (FramePicture *fp)
{
  const GstVideoFrame *f = &fp->frame;
  const GstVideoFormatInfo *finfo = f->info.finfo;
  RenPicture *p = &fp->picture;

  if (GST_VIDEO_FORMAT_INFO_IS_RGB (finfo)) {
    ren_picture_init_rgb (p, GST_VIDEO_FRAME_COMP_DATA (f, 0),
        GST_VIDEO_FRAME_COMP_DATA (f, 1), GST_VIDEO_FRAME_COMP_DATA (f, 2),
        GST_VIDEO_FRAME_COMP_PSTRIDE (f, 0), GST_VIDEO_FRAME_COMP_STRIDE (f, 0),
        GST_VIDEO_FRAME_WIDTH (f), GST_VIDEO_FRAME_HEIGHT (f));
    /* planar RGB (GBR) may have planes of different strides */
    for (guint i = 0; i < p->n_planes; i++)
      p->planes[i].stride_bytes = GST_VIDEO_FRAME_COMP_STRIDE (f, i);
    return;
  }

  memset (p, 0, sizeof *p);
  p->width = GST_VIDEO_FRAME_WIDTH (f);
  p->height = GST_VIDEO_FRAME_HEIGHT (f);
  p->n_planes = GST_VIDEO_FORMAT_INFO_IS_GRAY (finfo) ? 1 : 3;
  for (guint i = 0; i < p->n_planes; i++) {
    p->planes[i].data = GST_VIDEO_FRAME_COMP_DATA (f, i);
    p->planes[i].stride_bytes = GST_VIDEO_FRAME_COMP_STRIDE (f, i);
    p->planes[i].pixel_stride = GST_VIDEO_FRAME_COMP_PSTRIDE (f, i);
    p->planes[i].w_sub = GST_VIDEO_FORMAT_INFO_W_SUB (finfo, i);
    p->planes[i].h_sub = GST_VIDEO_FORMAT_INFO_H_SUB (finfo, i);
  }
}

/* ---- read through the unpacker ----------------------------------------- */

/* Memory of at least so many bytes, in *block. Contents do not matter. */
static gboolean
ensure (gpointer block, gsize *have, gsize need)
{
  gpointer *p = block;

  if (*p && *have >= need)
    return TRUE;
  g_free (*p);
  *p = g_try_malloc (need);
  *have = *p ? need : 0;
  return *p != NULL;
}

static gboolean
unpacks_to_16_bits (const GstVideoFormatInfo *finfo)
{
  return GST_VIDEO_FORMAT_INFO_DEPTH (
             gst_video_format_get_info (finfo->unpack_format), 0) == 16;
}

static gboolean
describe_scratch (FramePicture *fp)
{
  const GstVideoFrame *f = &fp->frame;
  gsize width = GST_VIDEO_FRAME_WIDTH (f), height = GST_VIDEO_FRAME_HEIGHT (f);
  gssize stride = (gssize) width * 4;
  guint8 *data;
  RenPicture *p = &fp->picture;

  /* no overflow: both sides are at most MAX_SIDE */
  if (!ensure (&fp->scratch, &fp->scratch_bytes,
          (width * height + LINE_SLACK) * 4) ||
      !ensure (&fp->row_done, &fp->row_done_bytes, height))
    return FALSE;
  if (unpacks_to_16_bits (f->info.finfo) &&
      !ensure (&fp->line, &fp->line_bytes, (width + LINE_SLACK) * 8))
    return FALSE;
  memset (fp->row_done, 0, height);

  data = fp->scratch;
  if (GST_VIDEO_INFO_IS_RGB (&f->info)) {
    ren_picture_init_rgb (p, data + 1, data + 2, data + 3, 4, stride,
        (gint) width, (gint) height);
    return TRUE;
  }

  memset (p, 0, sizeof *p);
  p->width = (gint) width;
  p->height = (gint) height;
  p->n_planes = GST_VIDEO_INFO_IS_GRAY (&f->info) ? 1 : 3;
  for (guint i = 0; i < p->n_planes; i++) {
    p->planes[i].data = data + 1 + i;
    p->planes[i].stride_bytes = stride;
    p->planes[i].pixel_stride = 4;
  }
  return TRUE;
}

static void
unpack_row (FramePicture *fp, gint y)
{
  GstVideoFrame *f = &fp->frame;
  const GstVideoFormatInfo *finfo = f->info.finfo;
  gint width = GST_VIDEO_FRAME_WIDTH (f);
  gboolean limited = f->info.colorimetry.range == GST_VIDEO_COLOR_RANGE_16_235;
  guint8 *out = fp->scratch + (gsize) y * width * 4;
  GstVideoPackFlags flags = GST_VIDEO_FRAME_IS_INTERLACED (f)
                                ? GST_VIDEO_PACK_FLAG_INTERLACED
                                : GST_VIDEO_PACK_FLAG_NONE;

  /* always from column 0: not every unpacker heeds another start */
  if (!unpacks_to_16_bits (finfo)) {
    finfo->unpack_func (
        finfo, flags, out, (gpointer *) f->data, f->info.stride, 0, y, width);
    return;
  }

  /* Limited range is defined by shifting (16 is 64 in 10 bits), full range by
   * the largest value; rounded either way. */
  if (limited)
    flags |= GST_VIDEO_PACK_FLAG_TRUNCATE_RANGE;
  finfo->unpack_func (finfo, flags, fp->line, (gpointer *) f->data,
      f->info.stride, 0, y, width);
  for (gint i = 0; i < width * 4; i++) {
    guint32 v = fp->line[i];

    out[i] = (guint8) (limited ? MIN ((v + 128) >> 8, 255)
                               : (v * 255 + 32895) >> 16);
  }
}

/* ---- frame ------------------------------------------------------------- */

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
frame_picture_open (
    FramePicture *fp, GstBuffer *buffer, const GstVideoInfo *info)
{
  GstVideoFrame *f = &fp->frame;

  /* NO_REF: a second reference would make the buffer read-only */
  if (!meta_agrees (buffer, info) ||
      !gst_video_frame_map (
          f, info, buffer, GST_MAP_READ | GST_VIDEO_FRAME_MAP_FLAG_NO_REF))
    return FALSE;

  if (GST_VIDEO_FRAME_WIDTH (f) < 1 || GST_VIDEO_FRAME_WIDTH (f) > MAX_SIDE ||
      GST_VIDEO_FRAME_HEIGHT (f) < 1 || GST_VIDEO_FRAME_HEIGHT (f) > MAX_SIDE ||
      !planes_fit (f))
    goto unusable;

  fp->unpacked = !is_direct (f->info.finfo);
  if (!fp->unpacked)
    describe_frame (fp);
  else if (!is_unpackable (f->info.finfo) || !describe_scratch (fp))
    goto unusable;
  set_colours (&fp->picture, &f->info);
  return TRUE;

unusable:
  gst_video_frame_unmap (f);
  return FALSE;
}

const RenPicture *
frame_picture_rows (FramePicture *fp, gint64 y0, gint64 y1)
{
  if (fp->unpacked)
    for (gint64 y = MAX (y0, 0); y < MIN (y1, fp->picture.height); y++)
      if (!fp->row_done[y]) {
        unpack_row (fp, (gint) y);
        fp->row_done[y] = TRUE;
      }
  return &fp->picture;
}

void
frame_picture_close (FramePicture *fp)
{
  gst_video_frame_unmap (&fp->frame);
}

void
frame_picture_clear (FramePicture *fp)
{
  g_clear_pointer (&fp->scratch, g_free);
  g_clear_pointer (&fp->line, g_free);
  g_clear_pointer (&fp->row_done, g_free);
  fp->scratch_bytes = fp->line_bytes = fp->row_done_bytes = 0;
}

/* resemotenet: a video frame as a picture that faces can be cut out of
 * SPDX-License-Identifier: MIT
 */
#include "frame-picture.h"

#include <string.h>

#include "frame-access.h"

gboolean
frame_picture_supports (const GstVideoInfo *info)
{
  return frame_format_is_direct (info->finfo) ||
         frame_format_is_unpackable (info->finfo);
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
describe_scratch (FramePicture *fp)
{
  const GstVideoFrame *f = &fp->frame;
  gsize width = GST_VIDEO_FRAME_WIDTH (f), height = GST_VIDEO_FRAME_HEIGHT (f);
  gssize stride = (gssize) width * 4;
  guint8 *data;
  RenPicture *p = &fp->picture;

  /* no overflow: both sides are at most FRAME_MAX_SIDE */
  if (!ensure (&fp->scratch, &fp->scratch_bytes,
          (width * height + FRAME_LINE_SLACK) * 4) ||
      !ensure (&fp->row_done, &fp->row_done_bytes, height) ||
      !frame_unpack_begin (&fp->unpack, f))
    return FALSE;
  if (frame_format_unpacks_to_16_bits (f->info.finfo) &&
      !ensure (&fp->line, &fp->line_bytes, (width + FRAME_LINE_SLACK) * 8))
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
  GstVideoPackFlags flags = frame_unpack_flags (f);

  if (!frame_format_unpacks_to_16_bits (finfo)) {
    frame_unpack_row (&fp->unpack, f, y, flags, out);
    return;
  }

  /* Limited range is defined by shifting (16 is 64 in 10 bits), full range by
   * the largest value; rounded either way. */
  if (limited)
    flags |= GST_VIDEO_PACK_FLAG_TRUNCATE_RANGE;
  frame_unpack_row (&fp->unpack, f, y, flags, fp->line);
  for (gint i = 0; i < width * 4; i++) {
    guint32 v = fp->line[i];

    out[i] = (guint8) (limited ? MIN ((v + 128) >> 8, 255)
                               : (v * 255 + 32895) >> 16);
  }
}

/* ---- frame ------------------------------------------------------------- */

gboolean
frame_picture_open (
    FramePicture *fp, GstBuffer *buffer, const GstVideoInfo *info)
{
  GstVideoFrame *f = &fp->frame;

  if (!frame_map (f, buffer, info))
    return FALSE;

  fp->unpacked = !frame_format_is_direct (f->info.finfo);
  if (!fp->unpacked) {
    describe_frame (fp);
  } else if (!frame_format_is_unpackable (f->info.finfo) ||
             !describe_scratch (fp)) {
    gst_video_frame_unmap (f);
    return FALSE;
  }
  set_colours (&fp->picture, &f->info);
  return TRUE;
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
  frame_unpack_clear (&fp->unpack);
  fp->scratch_bytes = fp->line_bytes = fp->row_done_bytes = 0;
}

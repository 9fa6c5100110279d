/* SPDX-License-Identifier: MIT */
#include "planes.h"

#include "frame-access.h"
#include "frame-unpack.h"

/* Offset of a component in bytes: of P010 and its like, GStreamer 1.22 gives it
 * in words. */
static gint
comp_offset (const GstVideoFormatInfo *finfo, guint c)
{
  gint offset = GST_VIDEO_FORMAT_INFO_POFFSET (finfo, c);

  if (GST_VIDEO_FORMAT_INFO_DEPTH (finfo, c) > 8 && offset % 2)
    return offset * 2;
  return offset;
}

/* The flag is missing of AV12. */
static gboolean
has_alpha (const GstVideoFormatInfo *finfo)
{
  return GST_VIDEO_FORMAT_INFO_N_COMPONENTS (finfo) > 3;
}

/* Formats of which GStreamer 1.22 has wrong entries in its table: the byte order,
 * and blue and red. */
static gboolean
is_mistaken (const GstVideoFormatInfo *finfo)
{
  return GST_VIDEO_FORMAT_INFO_FORMAT (finfo) == GST_VIDEO_FORMAT_v216 ||
         GST_VIDEO_FORMAT_INFO_FORMAT (finfo) == GST_VIDEO_FORMAT_VYUY;
}

/* Whether each component is a byte or a word of its own. The table of formats
 * also says so, wrongly, of some that have several in a word: these give all of
 * them the same place. */
static gboolean
is_direct (const GstVideoFormatInfo *finfo)
{
  const guint n = GST_VIDEO_FORMAT_INFO_N_COMPONENTS (finfo);

  if (GST_VIDEO_FORMAT_INFO_IS_COMPLEX (finfo) ||
      GST_VIDEO_FORMAT_INFO_IS_TILED (finfo) ||
      GST_VIDEO_FORMAT_INFO_HAS_PALETTE (finfo) || is_mistaken (finfo))
    return FALSE;
  for (guint c = 0; c < n; c++) {
    const guint depth = GST_VIDEO_FORMAT_INFO_DEPTH (finfo, c);
    const guint shift = GST_VIDEO_FORMAT_INFO_SHIFT (finfo, c);

    if (depth < 8 || depth + shift > 16 || (depth == 8 && shift) ||
        GST_VIDEO_FORMAT_INFO_PSTRIDE (finfo, c) < (depth > 8 ? 2 : 1))
      return FALSE;
    /* blending with alpha takes pixels that are whole */
    if (has_alpha (finfo) && (GST_VIDEO_FORMAT_INFO_W_SUB (finfo, c) ||
                                 GST_VIDEO_FORMAT_INFO_H_SUB (finfo, c)))
      return FALSE;
    for (guint other = 0; other < c; other++)
      if (GST_VIDEO_FORMAT_INFO_PLANE (finfo, c) ==
              GST_VIDEO_FORMAT_INFO_PLANE (finfo, other) &&
          comp_offset (finfo, c) == comp_offset (finfo, other))
        return FALSE;
  }
  return n >= 1;
}

gboolean
planes_format_is_editable (const GstVideoFormatInfo *finfo)
{
  if (!GST_VIDEO_FORMAT_INFO_IS_RGB (finfo) &&
      !GST_VIDEO_FORMAT_INFO_IS_YUV (finfo) &&
      !GST_VIDEO_FORMAT_INFO_IS_GRAY (finfo))
    return FALSE;
  /* colours that a palette does not have cannot be drawn */
  if (GST_VIDEO_FORMAT_INFO_HAS_PALETTE (finfo))
    return FALSE;
  return is_direct (finfo) ||
         (frame_format_is_unpackable (finfo) && finfo->pack_func);
}

static void
set_comp (PlanesComp *comp, const GstVideoFormatInfo *finfo, guint c,
    guint8 *data, gssize stride, gint width, gint height)
{
  const gboolean is_le = GST_VIDEO_FORMAT_INFO_IS_LE (finfo);

  *comp = (PlanesComp){
    .data = data + comp_offset (finfo, c),
    .stride = stride,
    .pstride = GST_VIDEO_FORMAT_INFO_PSTRIDE (finfo, c),
    .width = GST_VIDEO_FORMAT_INFO_SCALE_WIDTH (finfo, c, width),
    .height = GST_VIDEO_FORMAT_INFO_SCALE_HEIGHT (finfo, c, height),
    .w_sub = GST_VIDEO_FORMAT_INFO_W_SUB (finfo, c),
    .h_sub = GST_VIDEO_FORMAT_INFO_H_SUB (finfo, c),
    .n_bytes = GST_VIDEO_FORMAT_INFO_DEPTH (finfo, c) > 8 ? 2 : 1,
    .depth = GST_VIDEO_FORMAT_INFO_DEPTH (finfo, c),
    .shift = GST_VIDEO_FORMAT_INFO_SHIFT (finfo, c),
    .swap = is_le != (G_BYTE_ORDER == G_LITTLE_ENDIAN),
  };
}

static gboolean
is_packed (const GstVideoFormatInfo *finfo)
{
  for (guint c = 0; c < GST_VIDEO_FORMAT_INFO_N_COMPONENTS (finfo); c++)
    if (GST_VIDEO_FORMAT_INFO_PLANE (finfo, c) ||
        GST_VIDEO_FORMAT_INFO_DEPTH (finfo, c) != 8 ||
        GST_VIDEO_FORMAT_INFO_PSTRIDE (finfo, c) != 4 ||
        GST_VIDEO_FORMAT_INFO_W_SUB (finfo, c))
      return FALSE;
  return GST_VIDEO_FORMAT_INFO_N_COMPONENTS (finfo) >= 3;
}

/* The planes of a format where data[] and stride[] are, in rows y0 and on. */
static void
set_planes (Planes *planes, const GstVideoInfo *info,
    const GstVideoFormatInfo *finfo, gpointer const *data, const gint *stride,
    gint y0, gint height)
{
  *planes = (Planes){
    .width = GST_VIDEO_INFO_WIDTH (info),
    .height = height,
    .n_comps = MIN (GST_VIDEO_FORMAT_INFO_N_COMPONENTS (finfo), 3),
    .is_yuv = !GST_VIDEO_FORMAT_INFO_IS_RGB (finfo),
    .premultiplied =
        (GST_VIDEO_INFO_FLAGS (info) & GST_VIDEO_FLAG_PREMULTIPLIED_ALPHA) != 0,
  };
  if (is_packed (finfo))
    planes->packed = (guint8 *) data[0] + (gssize) stride[0] * y0;
  for (guint c = 0; c < GST_VIDEO_FORMAT_INFO_N_COMPONENTS (finfo); c++) {
    const guint p = GST_VIDEO_FORMAT_INFO_PLANE (finfo, c);
    const gint row = y0 >> GST_VIDEO_FORMAT_INFO_H_SUB (finfo, c);

    set_comp (c < 3 ? &planes->comp[c] : &planes->alpha, finfo, c,
        (guint8 *) data[p] + (gssize) stride[p] * row, stride[p], planes->width,
        height);
  }
}

static void
take_field (PlanesComp *comp, gint field)
{
  comp->data += field * comp->stride;
  comp->stride *= 2;
  comp->height = (comp->height + 1 - field) / 2;
}

static void
call (const Planes *planes, gboolean interlaced, gint y0, PlanesFunc func,
    gpointer user_data)
{
  if (!interlaced) {
    func (planes, y0, 1, user_data);
    return;
  }
  for (gint field = 0; field < 2; field++) {
    Planes half = *planes;

    half.height = (planes->height + 1 - field) / 2;
    if (half.packed)
      half.packed += field * planes->comp[0].stride;
    for (guint c = 0; c < half.n_comps; c++)
      take_field (&half.comp[c], field);
    if (half.alpha.data)
      take_field (&half.alpha, field);
    if (half.height > 0)
      func (&half, y0 + field, 2, user_data);
  }
}

/* Chroma of MediaTek's 10 bits is of the frame in GStreamer's functions, which
 * leave every second row of it as it was when they are told of fields. */
static gboolean
has_fields (const GstVideoFrame *frame)
{
#if GST_CHECK_VERSION(1, 24, 0)
  const GstVideoFormat format = GST_VIDEO_FRAME_FORMAT (frame);

  if (format == GST_VIDEO_FORMAT_MT2110T || format == GST_VIDEO_FORMAT_MT2110R)
    return FALSE;
#endif
  return GST_VIDEO_FRAME_IS_INTERLACED (frame);
}

static gboolean
edit_unpacked (
    GstVideoFrame *frame, gint y0, gint y1, PlanesFunc func, gpointer user_data)
{
  const GstVideoFormatInfo *finfo = frame->info.finfo;
  const GstVideoFormatInfo *unpacked =
      gst_video_format_get_info (finfo->unpack_format);
  const gboolean interlaced = has_fields (frame);
  const GstVideoPackFlags flags =
      interlaced ? GST_VIDEO_PACK_FLAG_INTERLACED : GST_VIDEO_PACK_FLAG_NONE;
  gint stride = (GST_VIDEO_FRAME_WIDTH (frame) + FRAME_LINE_SLACK) *
                GST_VIDEO_FORMAT_INFO_PSTRIDE (unpacked, 0);
  guint8 *lines = g_try_malloc_n ((gsize) (y1 - y0), (gsize) stride);
  FrameUnpack u = { 0 };
  gpointer data[] = { lines };
  Planes planes;

  if (!lines || !frame_unpack_begin (&u, frame)) {
    g_free (lines);
    return FALSE;
  }
  for (gint y = y0; y < y1; y++)
    frame_unpack_row (&u, frame, y, flags, lines + (gsize) (y - y0) * stride);

  set_planes (&planes, &frame->info, unpacked, data, &stride, 0, y1 - y0);
  if (!has_alpha (finfo))
    planes.alpha.data = NULL;
  call (&planes, interlaced, y0, func, user_data);

  for (gint y = y0; y < y1; y++)
    frame_pack_row (&u, frame, y, flags, lines + (gsize) (y - y0) * stride);
  frame_pack_end (&u, frame);
  frame_unpack_clear (&u);
  g_free (lines);
  return TRUE;
}

gboolean
planes_edit (
    GstVideoFrame *frame, gint y0, gint y1, PlanesFunc func, gpointer user_data)
{
  Planes planes;

  y0 = MAX (y0, 0) & ~(PLANES_ALIGN - 1);
  y1 = MIN (GST_ROUND_UP_N (MAX (y1, 0), PLANES_ALIGN),
      GST_VIDEO_FRAME_HEIGHT (frame));
  if (y0 >= y1)
    return TRUE;
  if (!is_direct (frame->info.finfo))
    return edit_unpacked (frame, y0, y1, func, user_data);
  set_planes (&planes, &frame->info, frame->info.finfo, frame->data,
      frame->info.stride, y0, y1 - y0);
  call (&planes, GST_VIDEO_FRAME_IS_INTERLACED (frame), y0, func, user_data);
  return TRUE;
}

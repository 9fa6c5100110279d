/* SPDX-License-Identifier: MIT */
#include "frame-unpack.h"

#include <string.h>

#include "frame-access.h"

/* Rows that lie so far from the end that what is read beyond them is in the
 * frame: 4 bytes a row and half as many rows of chroma are 128 bytes, far more
 * than any group of pixels. */
#define TAIL_ROWS 64

/* Of a plane whose rows lie upside down, the first is at its end. */
static gboolean
is_upside_down (const GstVideoFrame *f)
{
  for (guint p = 0; p < GST_VIDEO_FRAME_N_PLANES (f); p++)
    if (GST_VIDEO_FRAME_PLANE_STRIDE (f, p) < 0)
      return TRUE;
  return FALSE;
}

static gint
tail_start (const GstVideoFrame *f)
{
  if (GST_VIDEO_FORMAT_INFO_IS_TILED (f->info.finfo) || is_upside_down (f))
    return 0;
  /* four rows of interlaced video share two of chroma */
  return MAX (GST_VIDEO_FRAME_HEIGHT (f) - TAIL_ROWS, 0) & ~3;
}

/* Cuts the rows off that are not needed of it. */
static void
cut_plane (const GstVideoFrame *f, guint plane, gint y, FramePlane *layout)
{
  const GstVideoFormatInfo *finfo = f->info.finfo;

  for (guint c = 0; c < GST_VIDEO_FORMAT_INFO_N_COMPONENTS (finfo); c++) {
    gssize skipped;

    if (layout->rows == 0 || GST_VIDEO_FORMAT_INFO_PLANE (finfo, c) != plane)
      continue;
    skipped = y >> GST_VIDEO_FORMAT_INFO_H_SUB (finfo, c);
    /* of those that lie upside down none is cut off: y is 0 */
    if (layout->stride > 0)
      layout->first = skipped * layout->stride;
    return;
  }
}

gboolean
frame_unpack_begin (FrameUnpack *u, const GstVideoFrame *f)
{
  guint n_planes = GST_VIDEO_FRAME_N_PLANES (f);
  FramePlane planes[GST_VIDEO_MAX_PLANES];
  gsize need = 0, at = 0;

  u->first = tail_start (f);
  for (guint p = 0; p < n_planes; p++) {
    if (!frame_plane_layout (f, p, &planes[p]))
      return FALSE;
    cut_plane (f, p, u->first, &planes[p]);
    need += planes[p].last - planes[p].first + 2 * planes[p].slack;
  }

  if (!u->copy || u->copy_bytes < need) {
    g_free (u->copy);
    u->copy = g_try_malloc0 (need);
    u->copy_bytes = u->copy ? need : 0;
    if (!u->copy)
      return FALSE;
  }

  for (guint p = 0; p < n_planes; p++) {
    const guint8 *from = f->data[p];
    gsize n_bytes = planes[p].last - planes[p].first;

    at += planes[p].slack;
    memcpy (u->copy + at, from + planes[p].first, n_bytes);
    u->data[p] = u->copy + at - planes[p].first;
    at += n_bytes + planes[p].slack;
  }
  return TRUE;
}

/* Of a height that leaves 2, the last row of one field has no chroma of its own:
 * it would be read from behind the frame. */
GstVideoPackFlags
frame_unpack_flags (const GstVideoFrame *f)
{
  return GST_VIDEO_FRAME_IS_INTERLACED (f) &&
                 GST_VIDEO_FRAME_HEIGHT (f) % 4 != 2
             ? GST_VIDEO_PACK_FLAG_INTERLACED
             : GST_VIDEO_PACK_FLAG_NONE;
}

void
frame_unpack_row (const FrameUnpack *u, const GstVideoFrame *f, gint y,
    GstVideoPackFlags flags, gpointer line)
{
  const GstVideoFormatInfo *finfo = f->info.finfo;

  /* always from column 0: not every unpacker heeds another start */
  finfo->unpack_func (finfo, flags, line,
      (gpointer *) (y < u->first ? f->data : u->data), f->info.stride, 0, y,
      GST_VIDEO_FRAME_WIDTH (f));
}

void
frame_pack_row (const FrameUnpack *u, const GstVideoFrame *f, gint y,
    GstVideoPackFlags flags, gpointer line)
{
  const GstVideoFormatInfo *finfo = f->info.finfo;

  finfo->pack_func (finfo, flags, line, 0,
      (gpointer *) (y < u->first ? f->data : u->data), f->info.stride,
      f->info.chroma_site, y, GST_VIDEO_FRAME_WIDTH (f));
}

void
frame_pack_end (const FrameUnpack *u, const GstVideoFrame *f)
{
  for (guint p = 0; p < GST_VIDEO_FRAME_N_PLANES (f); p++) {
    FramePlane plane;

    if (!frame_plane_layout (f, p, &plane))
      continue;
    cut_plane (f, p, u->first, &plane);
    memcpy ((guint8 *) f->data[p] + plane.first,
        (const guint8 *) u->data[p] + plane.first, plane.last - plane.first);
  }
}

void
frame_unpack_clear (FrameUnpack *u)
{
  g_clear_pointer (&u->copy, g_free);
  u->copy_bytes = 0;
}

/* faceroi: a small grey copy of a video frame
 * SPDX-License-Identifier: MIT
 */
#include "face-luma.h"

#include <math.h>
#include <string.h>

#include "frame-access.h"

void
face_luma_clear (FaceLuma *luma)
{
  g_free (luma->sums);
  g_free (luma->rows[0]);
  g_free (luma->rows[1]);
  g_free (luma->unpacked);
  frame_unpack_clear (&luma->unpack);
  memset (luma, 0, sizeof *luma);
}

static void
set_width (FaceLuma *luma, gint width)
{
  if (luma->width == width)
    return;
  face_luma_clear (luma);
  luma->sums = g_new (gfloat, width);
  luma->rows[0] = g_new (guint8, width);
  luma->rows[1] = g_new (guint8, width);
  luma->unpacked = g_new (guint64, width + FRAME_LINE_SLACK);
  luma->width = width;
}

gboolean
face_luma_supports (const GstVideoFormatInfo *finfo)
{
  if (!frame_format_is_unpackable (finfo))
    return FALSE;
  switch (finfo->unpack_format) {
    case GST_VIDEO_FORMAT_AYUV:
    case GST_VIDEO_FORMAT_AYUV64:
    case GST_VIDEO_FORMAT_ARGB:
    case GST_VIDEO_FORMAT_ARGB64:
      return TRUE;
    default:
      return FALSE;
  }
}

/* Whether the first component is brightness in bytes of its own. */
static gboolean
has_luma_bytes (const GstVideoFormatInfo *finfo)
{
  return frame_format_is_direct (finfo) &&
         !GST_VIDEO_FORMAT_INFO_IS_RGB (finfo) &&
         GST_VIDEO_FORMAT_INFO_W_SUB (finfo, 0) == 0 &&
         GST_VIDEO_FORMAT_INFO_H_SUB (finfo, 0) == 0;
}

/* BT.601's weights, in 1/65536: what is grey enough for finding faces does not
 * hang on the primaries. */
static inline guint8
grey (guint r, guint g, guint b)
{
  return (19595 * r + 38470 * g + 7471 * b + 32768) >> 16;
}

static const guint8 *
unpack_row (FaceLuma *luma, const GstVideoFrame *frame, gint y, guint8 *out)
{
  const GstVideoFormatInfo *finfo = frame->info.finfo;
  const guint8 *p8 = luma->unpacked;
  const guint16 *p16 = luma->unpacked;
  gint width = luma->width;

  /* TRUNCATE_RANGE: white of 10 bits is 235 << 2, not a little more */
  frame_unpack_row (&luma->unpack, frame, y, GST_VIDEO_PACK_FLAG_TRUNCATE_RANGE,
      luma->unpacked);
  switch (finfo->unpack_format) {
    case GST_VIDEO_FORMAT_AYUV:
      for (gint x = 0; x < width; x++)
        out[x] = p8[4 * x + 1];
      break;
    case GST_VIDEO_FORMAT_AYUV64:
      for (gint x = 0; x < width; x++)
        out[x] = p16[4 * x + 1] >> 8;
      break;
    case GST_VIDEO_FORMAT_ARGB:
      for (gint x = 0; x < width; x++)
        out[x] = grey (p8[4 * x + 1], p8[4 * x + 2], p8[4 * x + 3]);
      break;
    default: /* ARGB64 */
      for (gint x = 0; x < width; x++)
        out[x] = grey (
            p16[4 * x + 1] >> 8, p16[4 * x + 2] >> 8, p16[4 * x + 3] >> 8);
      break;
  }
  return out;
}

/* One row of the frame as grey bytes: in the frame itself or in `out`. */
static const guint8 *
read_row (FaceLuma *luma, const GstVideoFrame *frame, gint y, guint8 *out)
{
  const guint8 *row;
  gint step;

  if (!has_luma_bytes (frame->info.finfo))
    return unpack_row (luma, frame, y, out);
  row = (const guint8 *) GST_VIDEO_FRAME_COMP_DATA (frame, 0) +
        (gssize) y * GST_VIDEO_FRAME_COMP_STRIDE (frame, 0);
  step = GST_VIDEO_FRAME_COMP_PSTRIDE (frame, 0);
  if (step == 1)
    return row;
  for (gint x = 0; x < luma->width; x++)
    out[x] = row[x * step];
  return out;
}

static void
set_range (FaceLuma *luma, const GstVideoInfo *info)
{
  gboolean limited = info->colorimetry.range == GST_VIDEO_COLOR_RANGE_16_235;

  for (gint v = 0; v < 256; v++) {
    gint full = limited ? ((v - 16) * 255 + 109) / 219 : v;
    luma->expand[v] = CLAMP (full, 0, 255);
  }
}

/* Mean of the columns that each pixel covers, of summed rows. */
static void
shrink_row (const FaceLuma *luma, guint8 *out, gint width)
{
  gdouble ratio = (gdouble) luma->width / width;
  gfloat norm = 1 / ratio;

  for (gint x = 0; x < width; x++) {
    gdouble left = x * ratio, right = MIN ((x + 1) * ratio, luma->width);
    gint first = (gint) left, last = MIN ((gint) right, luma->width - 1);
    gfloat sum;

    if (first == last) {
      sum = luma->sums[first] * (gfloat) (right - left);
    } else {
      sum = luma->sums[first] * (gfloat) (first + 1 - left) +
            luma->sums[last] * (gfloat) (right - last);
      for (gint i = first + 1; i < last; i++)
        sum += luma->sums[i];
    }
    out[x] = luma->expand[CLAMP ((gint) (sum * norm + 0.5f), 0, 255)];
  }
}

static void
shrink (FaceLuma *luma, const GstVideoFrame *frame, FaceImage *image)
{
  gint height = GST_VIDEO_FRAME_HEIGHT (frame);
  gdouble ratio = (gdouble) height / image->height;

  for (gint y = 0; y < image->height; y++) {
    gdouble top = y * ratio, bottom = MIN ((y + 1) * ratio, height);
    gint first = (gint) top, last = MIN ((gint) ceil (bottom), height);

    memset (luma->sums, 0, luma->width * sizeof *luma->sums);
    for (gint r = first; r < last; r++) {
      gdouble covered = MIN (r + 1, bottom) - MAX (r, top);
      gfloat weight = covered / ratio;
      const guint8 *row = read_row (luma, frame, r, luma->rows[0]);
      gfloat *sums = luma->sums;

      for (gint x = 0; x < luma->width; x++)
        sums[x] += weight * row[x];
    }
    shrink_row (luma, image->data + (gsize) y * image->width, image->width);
  }
}

static void
enlarge (FaceLuma *luma, const GstVideoFrame *frame, FaceImage *image)
{
  gint height = GST_VIDEO_FRAME_HEIGHT (frame), width = luma->width;
  gdouble ratio_y = (gdouble) height / image->height;
  gdouble ratio_x = (gdouble) width / image->width;
  gint at = -1; /* rows[] hold this row and the next */

  for (gint y = 0; y < image->height; y++) {
    gdouble sy = CLAMP ((y + 0.5) * ratio_y - 0.5, 0, height - 1);
    gint top = (gint) sy;
    gfloat wy = sy - top;
    guint8 *out = image->data + (gsize) y * image->width;

    if (top != at) {
      for (gint k = 0; k < 2; k++) {
        gint r = MIN (top + k, height - 1);
        const guint8 *row = read_row (luma, frame, r, luma->rows[k]);

        if (row != luma->rows[k])
          memcpy (luma->rows[k], row, width);
      }
      at = top;
    }
    for (gint x = 0; x < width; x++)
      luma->sums[x] =
          luma->rows[0][x] + wy * (luma->rows[1][x] - luma->rows[0][x]);
    for (gint x = 0; x < image->width; x++) {
      gdouble sx = CLAMP ((x + 0.5) * ratio_x - 0.5, 0, width - 1);
      gint left = (gint) sx, right = MIN (left + 1, width - 1);
      gfloat wx = sx - left;
      gfloat v = luma->sums[left] + wx * (luma->sums[right] - luma->sums[left]);

      out[x] = luma->expand[(gint) (v + 0.5f)];
    }
  }
}

gboolean
face_luma_read (FaceLuma *luma, const GstVideoFrame *frame, FaceImage *image)
{
  set_width (luma, GST_VIDEO_FRAME_WIDTH (frame));
  if (!has_luma_bytes (frame->info.finfo) &&
      !frame_unpack_begin (&luma->unpack, frame))
    return FALSE;
  set_range (luma, &frame->info);
  if (image->width <= luma->width &&
      image->height <= GST_VIDEO_FRAME_HEIGHT (frame))
    shrink (luma, frame, image);
  else
    enlarge (luma, frame, image);
  return TRUE;
}

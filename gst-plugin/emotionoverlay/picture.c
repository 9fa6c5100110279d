/* SPDX-License-Identifier: MIT */
#include "picture.h"

#include <math.h>
#include <string.h>

#include "planes.h"

Picture *
picture_new (gint width, gint height)
{
  Picture *p = g_new0 (Picture, 1);
  const gsize n_bytes = (gsize) width * 4 * (gsize) height;

  p->ref_count = 1;
  p->width = width;
  p->height = height;
  p->stride = 4 * width;
  p->data = g_malloc0 (n_bytes);
  p->buffer = gst_buffer_new_wrapped (p->data, n_bytes);
  gst_buffer_add_video_meta (p->buffer, GST_VIDEO_FRAME_FLAG_NONE,
      GST_VIDEO_OVERLAY_COMPOSITION_FORMAT_RGB, (guint) width, (guint) height);
  return p;
}

Picture *
picture_ref (Picture *p)
{
  p->ref_count++;
  return p;
}

void
picture_unref (Picture *p)
{
  if (--p->ref_count > 0)
    return;
  gst_buffer_unref (p->buffer);
  g_free (p->colors);
  g_free (p);
}

gsize
picture_bytes (const Picture *p)
{
  /* the colours as well */
  return sizeof *p + 2 * (gsize) p->stride * (gsize) p->height;
}

/* ---- colours ------------------------------------------------------------- */

static void
set_row (gint32 row[4], gdouble r, gdouble g, gdouble b, gdouble scale,
    gdouble offset)
{
  row[0] = (gint32) lrint (65536 * r * scale);
  row[1] = (gint32) lrint (65536 * g * scale);
  row[2] = (gint32) lrint (65536 * b * scale);
  /* premultiplied: there is as much of the offset as there is of the colour */
  row[3] = (gint32) lrint (65536 * offset / 255);
}

void
picture_colors_init (PictureColors *colors, const GstVideoInfo *info)
{
  const gboolean full = info->colorimetry.range == GST_VIDEO_COLOR_RANGE_0_255;
  const gdouble y_scale = full ? 1 : 219. / 255;
  const gdouble c_scale = full ? 1 : 224. / 255;
  gdouble kr, kb, kg;

  if (GST_VIDEO_FORMAT_INFO_IS_RGB (info->finfo)) {
    *colors = (PictureColors){ .is_rgb = TRUE };
    return;
  }
  if (!gst_video_color_matrix_get_Kr_Kb (info->colorimetry.matrix, &kr, &kb)) {
    kr = .2126;
    kb = .0722;
  }
  kg = 1 - kr - kb;
  colors->is_rgb = FALSE;
  set_row (colors->m[0], kr, kg, kb, y_scale, full ? 0 : 16);
  set_row (
      colors->m[1], -kr / 2 / (1 - kb), -kg / 2 / (1 - kb), .5, c_scale, 128);
  set_row (
      colors->m[2], .5, -kg / 2 / (1 - kr), -kb / 2 / (1 - kr), c_scale, 128);
}

static inline guint32
convert_pixel (guint32 argb, const PictureColors *colors)
{
  const gint32 a = (gint32) (argb >> 24);
  const gint32 rgba[] = { argb >> 16 & 0xff, argb >> 8 & 0xff, argb & 0xff, a };
  guint32 out = argb & 0xff000000u;

  for (guint c = 0; c < 3; c++) {
    gint32 v = 1 << 15;

    for (guint k = 0; k < 4; k++)
      v += colors->m[c][k] * rgba[k];
    out |= (guint32) CLAMP (v >> 16, 0, a) << (16 - 8 * c);
  }
  return out;
}

/* In the frame's colours, once for as long as these stay. */
static void
convert (Picture *p, const PictureColors *colors)
{
  const guint32 *in = (const guint32 *) (const void *) p->data;
  const gsize n = (gsize) p->width * (gsize) p->height;

  if (p->colors && memcmp (&p->made_with, colors, sizeof *colors) == 0)
    return;
  p->made_with = *colors;
  if (!p->colors)
    p->colors = g_new (guint32, n);
  for (gsize i = 0; i < n; i++) {
    /* most pixels are like the one before */
    p->colors[i] = i && in[i] == in[i - 1] ? p->colors[i - 1]
                                           : convert_pixel (in[i], colors);
  }
}

const guint32 *
picture_get_colors (Picture *p, const PictureColors *colors)
{
  if (colors->is_rgb)
    return (const guint32 *) (const void *) p->data;
  convert (p, colors);
  return p->colors;
}

/* SPDX-License-Identifier: MIT */
#include "mosaic.h"

#include "planes.h"

/* Of the box, on each side: detectors cut off ears, hair and chin. */
#define MARGIN_NUM 3
#define MARGIN_DEN 20

typedef struct
{
  gint x0, y0, x1, y1; /* pixels of the frame */
  gint size;           /* of a square */
} Mosaic;

static guint64
sum_row (const PlanesComp *comp, const guint8 *at, gint n)
{
  guint64 sum = 0;

  if (comp->n_bytes == 1)
    for (gint i = 0; i < n; i++, at += comp->pstride)
      sum += *at;
  else
    for (gint i = 0; i < n; i++, at += comp->pstride)
      sum += planes_load (comp, at);
  return sum;
}

static void
fill_row (const PlanesComp *comp, guint8 *at, gint n, guint value)
{
  if (comp->n_bytes == 1)
    for (gint i = 0; i < n; i++, at += comp->pstride)
      *at = (guint8) value;
  else
    for (gint i = 0; i < n; i++, at += comp->pstride)
      planes_store (comp, at, value);
}

/* One square of a component, in samples. */
static void
flatten (const PlanesComp *comp, gint x0, gint y0, gint x1, gint y1)
{
  guint8 *start = comp->data + (gssize) x0 * comp->pstride;
  const guint64 n = (guint64) (x1 - x0) * (guint64) (y1 - y0);
  guint64 sum = n / 2;

  for (gint y = y0; y < y1; y++)
    sum += sum_row (comp, start + y * comp->stride, x1 - x0);
  for (gint y = y0; y < y1; y++)
    fill_row (comp, start + y * comp->stride, x1 - x0, (guint) (sum / n));
}

/* The number of samples that cover so many pixels. */
static gint
samples (gint pixels, guint sub)
{
  return (pixels + (1 << sub) - 1) >> sub;
}

static void
mosaic_planes (const Planes *planes, gint first, gint step, gpointer user_data)
{
  const Mosaic *m = user_data;
  const gint size = MAX (m->size / step, 1);

  for (guint c = 0; c < planes->n_comps; c++) {
    const PlanesComp *comp = &planes->comp[c];
    const gint x_end = MIN (samples (m->x1, comp->w_sub), comp->width);
    const gint columns = MAX (m->size >> comp->w_sub, 1);
    const gint rows = MAX (size >> comp->h_sub, 1);

    for (gint y = 0; y < comp->height; y += rows)
      for (gint x = m->x0 >> comp->w_sub; x < x_end; x += columns)
        flatten (
            comp, x, y, MIN (x + columns, x_end), MIN (y + rows, comp->height));
  }
}

gboolean
mosaic_box (GstVideoFrame *frame, gint x, gint y, gint w, gint h)
{
  const gint dx = w * MARGIN_NUM / MARGIN_DEN;
  const gint dy = h * MARGIN_NUM / MARGIN_DEN;
  Mosaic m = {
    .x0 = MAX (x - dx, 0) & ~(PLANES_ALIGN - 1),
    .y0 = MAX (y - dy, 0) & ~(PLANES_ALIGN - 1),
    .x1 = MIN (GST_ROUND_UP_N (MAX (x + w + dx, 0), PLANES_ALIGN),
        GST_VIDEO_FRAME_WIDTH (frame)),
    .y1 = MIN (GST_ROUND_UP_N (MAX (y + h + dy, 0), PLANES_ALIGN),
        GST_VIDEO_FRAME_HEIGHT (frame)),
  };

  /* of the whole face, also where most of it is outside of the frame; in
   * interlaced video a square of a field is half as high */
  m.size = GST_ROUND_UP_N (
      (MAX (w + 2 * dx, h + 2 * dy) + MOSAIC_SQUARES - 1) / MOSAIC_SQUARES,
      2 * PLANES_ALIGN);
  if (m.x0 >= m.x1 || m.y0 >= m.y1)
    return TRUE;
  return planes_edit (frame, m.y0, m.y1, mosaic_planes, &m);
}

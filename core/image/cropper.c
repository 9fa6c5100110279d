/* From a picture and a box to the grey face that the network reads.
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "resample.h"

/* A picture's width and height may not exceed this: positions are kept exact
 * in gint, and scratch memory stays small. */
#define MAX_SIDE 32767

struct _RenCropper
{
  RenTaps across, down;
  guint8 *row;  /* samples of one input row, side by side */
  guint8 *rows; /* [input row][REN_FACE_SIZE]: after the horizontal pass */
  gsize row_size, rows_size;
  guint8 component[3][REN_FACE_BYTES];
};

RenCropper *
ren_cropper_new (void)
{
  return g_new0 (RenCropper, 1);
}

void
ren_cropper_free (RenCropper *cropper)
{
  if (!cropper)
    return;
  ren_taps_clear (&cropper->across);
  ren_taps_clear (&cropper->down);
  g_free (cropper->row);
  g_free (cropper->rows);
  g_free (cropper);
}

static guint8 *
grow (guint8 **buffer, gsize *size, gsize needed)
{
  if (needed > *size) {
    g_free (*buffer);
    *buffer = g_malloc (needed);
    *size = needed;
  }
  return *buffer;
}

static inline guint8
clamp_grey (gint64 sum)
{
  sum = (sum + 32768) >> 16;
  return (guint8) CLAMP (sum, 0, 255);
}

/* The samples that the outputs are made of, along one axis. */
static void
set_taps (RenTaps *taps, gint begin, gint length, guint sub, gint size)
{
  const double step = 1 << sub;
  /* a plane holds ceil (size / step) samples */
  const gint samples = (size + (1 << sub) - 1) >> sub;
  const gint end = begin + length;

  ren_taps_set (taps, begin / step, end / step, begin >> sub,
      MIN ((end + (1 << sub) - 1) >> sub, samples));
}

/* Copies n samples side by side, through a table where there is one. */
static const guint8 *
gather (const guint8 *src, gint pixel_stride, gint n, const guint8 *table,
    guint8 *row)
{
  if (!table && pixel_stride == 1)
    return src;
  if (table)
    for (gint i = 0; i < n; i++)
      row[i] = table[src[(gssize) i * pixel_stride]];
  else
    for (gint i = 0; i < n; i++)
      row[i] = src[(gssize) i * pixel_stride];
  return row;
}

static void
resample_plane (RenCropper *cropper, const RenPicture *picture,
    const RenPlane *plane, const RenRect *rect, const guint8 *table,
    guint8 *out)
{
  const RenTaps *across = &cropper->across, *down = &cropper->down;
  gint n_samples, n_rows;
  const guint8 *src;
  guint8 *row, *rows;

  set_taps (&cropper->across, (gint) rect->x, (gint) rect->w, plane->w_sub,
      picture->width);
  set_taps (&cropper->down, (gint) rect->y, (gint) rect->h, plane->h_sub,
      picture->height);
  n_samples = across->hi - across->lo;
  n_rows = down->hi - down->lo;
  row = grow (&cropper->row, &cropper->row_size, n_samples);
  rows = grow (
      &cropper->rows, &cropper->rows_size, (gsize) n_rows * REN_FACE_SIZE);

  src = plane->data + (gssize) down->lo * plane->stride_bytes +
        (gssize) across->lo * plane->pixel_stride;
  for (gint y = 0; y < n_rows; y++, src += plane->stride_bytes)
    ren_resample_row (across,
        gather (src, plane->pixel_stride, n_samples, table, row),
        rows + (gsize) y * REN_FACE_SIZE);
  ren_resample_columns (down, rows, out);
}

/* Grey from one component: made before resampling, so that the result is
 * Pillow's own for the grey picture. */
static void
crop_one_plane (RenCropper *cropper, const RenPicture *picture,
    const RenRect *rect, guint8 *face)
{
  const gint32 weight = picture->planes[0].weight;
  guint8 table[256];

  for (gint i = 0; i < 256; i++)
    table[i] = clamp_grey (picture->offset + (gint64) weight * i);
  resample_plane (cropper, picture, &picture->planes[0], rect,
      weight == 65536 && picture->offset == 0 ? NULL : table, face);
}

/* Grey after resampling each component, the original's order of things. */
static void
crop_planes (RenCropper *cropper, const RenPicture *picture,
    const RenRect *rect, guint8 *face)
{
  for (guint i = 0; i < picture->n_planes; i++)
    resample_plane (cropper, picture, &picture->planes[i], rect, NULL,
        cropper->component[i]);
  for (guint p = 0; p < REN_FACE_BYTES; p++) {
    gint64 sum = picture->offset;

    for (guint i = 0; i < picture->n_planes; i++)
      sum += (gint64) picture->planes[i].weight * cropper->component[i][p];
    face[p] = clamp_grey (sum);
  }
}

/* The part of @rect that lies inside; FALSE if there is none. Saturates, so
 * that no rectangle whatsoever overflows. */
static gboolean
clip (const RenRect *rect, gint width, gint height, RenRect *inside)
{
  gint64 x1, y1;

  if (rect->w <= 0 || rect->h <= 0)
    return FALSE;
  if (__builtin_add_overflow (rect->x, rect->w, &x1))
    x1 = G_MAXINT64;
  if (__builtin_add_overflow (rect->y, rect->h, &y1))
    y1 = G_MAXINT64;
  inside->x = CLAMP (rect->x, 0, width);
  inside->y = CLAMP (rect->y, 0, height);
  inside->w = CLAMP (x1, 0, width) - inside->x;
  inside->h = CLAMP (y1, 0, height) - inside->y;
  return inside->w > 0 && inside->h > 0;
}

gboolean
ren_cropper_crop (RenCropper *cropper, const RenPicture *picture,
    const RenRect *rect, guint8 face[REN_FACE_BYTES])
{
  RenRect inside;

  if (picture->width < 1 || picture->width > MAX_SIDE || picture->height < 1 ||
      picture->height > MAX_SIDE || picture->n_planes < 1 ||
      picture->n_planes > 3 ||
      !clip (rect, picture->width, picture->height, &inside))
    return FALSE;

  if (picture->n_planes == 1)
    crop_one_plane (cropper, picture, &inside, face);
  else
    crop_planes (cropper, picture, &inside, face);
  return TRUE;
}

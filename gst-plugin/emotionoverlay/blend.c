/* SPDX-License-Identifier: MIT */
#include "blend.h"

#include "planes.h"

/* A picture over planes. Its pixels are words of alpha and three components, see
 * picture_get_colors(). */
typedef struct
{
  const guint32 *pixels;
  gint x, y, width, height;
  guint32 *means; /* room for a row of what is shared by several pixels */
} Blend;

/* The picture's row over a row of the frame, or NULL. */
static const guint32 *
get_row (const Blend *b, gint frame_y)
{
  const gint y = frame_y - b->y;

  if (y < 0 || y >= b->height)
    return NULL;
  return b->pixels + (gsize) y * (gsize) b->width;
}

/* The first of the planes' rows, which are rows first, first + step, … of the
 * frame, that the picture covers, if it covers any. */
static gint
first_row (const Blend *b, gint first, gint step)
{
  return MAX (b->y - first + step - 1, 0) / step;
}

static inline guint
div255 (guint v)
{
  v += 128;
  return (v + (v >> 8)) >> 8;
}

/* ---- one component ------------------------------------------------------- */

/* An 8-bit value as one of more bits. */
static inline guint
widen (guint v, const PlanesComp *comp, gboolean is_yuv)
{
  if (is_yuv)
    return v << (comp->depth - 8);
  return v * ((1u << comp->depth) - 1) / 255;
}

static inline void
over_bytes (
    guint8 *at, gssize pstride, const guint32 *from, gint n, guint shift)
{
  for (gint i = 0; i < n; i++) {
    const guint v = from[i] >> shift & 0xff, a = from[i] >> 24;
    guint8 *to = at + i * pstride;

    *to = (guint8) (v + div255 (*to * (255 - a)));
  }
}

static void
over_words (const PlanesComp *comp, guint8 *at, const guint32 *from, gint n,
    guint shift, gboolean is_yuv)
{
  const guint max = (1u << comp->depth) - 1;

  for (gint i = 0; i < n; i++, at += comp->pstride) {
    const guint v = from[i] >> shift & 0xff, a = from[i] >> 24;
    const guint d = widen (v, comp, is_yuv) +
                    (planes_load (comp, at) * (255 - a) + 127) / 255;

    if (a)
      planes_store (comp, at, MIN (d, max));
  }
}

/* Samples x to x + n of a component's row. */
static void
over_comp (
    const Planes *planes, guint c, gint x, gint y, const guint32 *from, gint n)
{
  const PlanesComp *comp = &planes->comp[c];
  guint8 *at = comp->data + y * comp->stride + (gssize) x * comp->pstride;
  const guint shift = 16 - 8 * c;

  if (comp->n_bytes > 1)
    over_words (comp, at, from, n, shift, planes->is_yuv);
  /* loops of their own: they can be made of vectors */
  else if (comp->pstride == 1)
    over_bytes (at, 1, from, n, shift);
  else if (comp->pstride == 2)
    over_bytes (at, 2, from, n, shift);
  else
    over_bytes (at, comp->pstride, from, n, shift);
}

/* ---- samples of several pixels --------------------------------------------- */

/* Two of a pixel's components: two sums in a word. */
#define PAIR 0x00ff00ffu

/* The mean of what covers the pixels of one sample. */
static guint32
get_mean (
    const Blend *b, const PlanesComp *comp, gint x, const guint32 *const *rows)
{
  const guint n_shift = comp->w_sub + comp->h_sub;
  const gint left = MAX ((x << comp->w_sub) - b->x, 0);
  const gint right = MIN (((x + 1) << comp->w_sub) - b->x, b->width);
  guint32 even = 0x00010001u * ((1u << n_shift) >> 1), odd = even;

  for (gint j = 0; j < 1 << comp->h_sub; j++)
    for (gint px = left; rows[j] && px < right; px++) {
      even += rows[j][px] & PAIR;
      odd += rows[j][px] >> 8 & PAIR;
    }
  return (even >> n_shift & PAIR) | (odd >> n_shift & PAIR) << 8;
}

/* The same of n samples in a row that have two by two pixels, all of them
 * covered. */
static void
get_means_2x2 (const guint32 *row0, const guint32 *row1, gint n, guint32 *out)
{
  for (gint i = 0; i < n; i++) {
    const guint32 p = row0[2 * i], q = row0[2 * i + 1];
    const guint32 r = row1[2 * i], s = row1[2 * i + 1];
    const guint32 even =
        (p & PAIR) + (q & PAIR) + (r & PAIR) + (s & PAIR) + 0x00020002u;
    const guint32 odd = (p >> 8 & PAIR) + (q >> 8 & PAIR) + (r >> 8 & PAIR) +
                        (s >> 8 & PAIR) + 0x00020002u;

    out[i] = (even >> 2 & PAIR) | (odd >> 2 & PAIR) << 8;
  }
}

static void
make_means (const Blend *b, const PlanesComp *comp, gint x, gint n,
    const guint32 *const *rows)
{
  gint i = 0;

  if (comp->w_sub == 1 && comp->h_sub == 1 && rows[0] && rows[1]) {
    const gint skip = 2 * x < b->x; /* a sample of which half is covered */
    const gint left = 2 * (x + skip) - b->x;
    const gint whole = MIN ((b->width - left) / 2, n - skip);

    if (skip)
      b->means[i++] = get_mean (b, comp, x, rows);
    get_means_2x2 (rows[0] + left, rows[1] + left, whole, b->means + skip);
    i += MAX (whole, 0);
  }
  for (; i < n; i++)
    b->means[i] = get_mean (b, comp, x + i, rows);
}

static void
blend_shared (const Blend *b, const Planes *planes, gint first, gint step)
{
  const PlanesComp *comp = &planes->comp[1];
  const gint x0 = MAX (b->x, 0) >> comp->w_sub;
  const gint x1 = MIN (
      (b->x + b->width + (1 << comp->w_sub) - 1) >> comp->w_sub, comp->width);

  for (gint y = first_row (b, first, step) >> comp->h_sub; y < comp->height;
       y++) {
    const guint32 *rows[PLANES_ALIGN] = { NULL };
    gboolean any = FALSE;

    for (gint j = 0; j < 1 << comp->h_sub; j++) {
      rows[j] = get_row (b, first + ((y << comp->h_sub) + j) * step);
      any |= rows[j] != NULL;
    }
    if (!any)
      break;
    make_means (b, comp, x0, x1 - x0, rows);
    for (guint c = 1; c < planes->n_comps; c++)
      over_comp (planes, c, x0, y, b->means, x1 - x0);
  }
}

/* ---- pixels of four bytes -------------------------------------------------- */

/* Where the components are in a pixel that is read as a word. */
typedef struct
{
  guint c[3], alpha;
  gboolean has_alpha;
} Shifts;

static guint
get_shift (const Planes *planes, const PlanesComp *comp)
{
  const guint offset = (guint) (comp->data - planes->packed);

  return G_BYTE_ORDER == G_LITTLE_ENDIAN ? 8 * offset : 24 - 8 * offset;
}

static Shifts
get_shifts (const Planes *planes)
{
  Shifts s = { .has_alpha = planes->alpha.data != NULL };

  for (guint c = 0; c < 3; c++)
    s.c[c] = get_shift (planes, &planes->comp[c]);
  if (s.has_alpha)
    s.alpha = get_shift (planes, &planes->alpha);
  return s;
}

/* Two components at a time, see div255(). */
static inline guint32
scale_pair (guint32 pair, guint32 factor)
{
  const guint32 v = pair * factor + 0x00800080u;

  return ((v + (v >> 8 & 0x00ff00ffu)) >> 8) & 0x00ff00ffu;
}

/* The pixel's alpha is like a component here: right for colours on what is not
 * transparent, or premultiplied. */
static inline void
over_packed (guint8 *at, const guint32 *from, gint n, Shifts s)
{
  for (gint i = 0; i < n; i++) {
    const guint32 v = from[i], left = 255 - (v >> 24);
    guint32 d, add = (v >> 16 & 0xff) << s.c[0] | (v >> 8 & 0xff) << s.c[1] |
                     (v & 0xff) << s.c[2];

    if (s.has_alpha)
      add |= (v >> 24) << s.alpha;
    memcpy (&d, at + 4 * i, 4);
    d = (scale_pair (d & 0x00ff00ffu, left) |
            scale_pair (d >> 8 & 0x00ff00ffu, left) << 8) +
        add;
    memcpy (at + 4 * i, &d, 4);
  }
}

/* ---- frames that may be transparent themselves ----------------------------- */

static gboolean
is_opaque (const PlanesComp *alpha, const guint8 *at, gint n)
{
  const guint max = (1u << alpha->depth) - 1;

  for (gint i = 0; i < n; i++)
    if (planes_load (alpha, at + (gssize) i * alpha->pstride) != max)
      return FALSE;
  return TRUE;
}

static void
over_pixel (const Planes *planes, gint x, gint y, guint32 pixel)
{
  const PlanesComp *alpha = &planes->alpha;
  const gdouble max = (1u << alpha->depth) - 1;
  const gdouble a = (pixel >> 24) / 255.;
  guint8 *at = alpha->data + y * alpha->stride + (gssize) x * alpha->pstride;
  const gdouble behind = planes_load (alpha, at) / max;
  const gdouble sum = a + (1 - a) * behind;

  if (pixel >> 24 == 0)
    return;
  for (guint c = 0; c < planes->n_comps; c++) {
    const PlanesComp *comp = &planes->comp[c];
    guint8 *to = comp->data + y * comp->stride + (gssize) x * comp->pstride;
    gdouble v = widen (pixel >> (16 - 8 * c) & 0xff, comp, planes->is_yuv);

    if (planes->premultiplied)
      v += planes_load (comp, to) * (1 - a);
    else
      v = (v + planes_load (comp, to) * (1 - a) * behind) / sum;
    planes_store (comp, to, (guint) MIN (v + .5, (1u << comp->depth) - 1));
  }
  planes_store (alpha, at, (guint) (sum * max + .5));
}

/* ---- pictures -------------------------------------------------------------- */

/* Pixels x to x + n of a row, of components that are one for each pixel. */
static void
blend_row (const Planes *planes, const Shifts *shifts, gint x, gint y,
    const guint32 *from, gint n)
{
  const PlanesComp *alpha = &planes->alpha;
  const gboolean opaque =
      !alpha->data || planes->premultiplied ||
      is_opaque (alpha,
          alpha->data + y * alpha->stride + (gssize) x * alpha->pstride, n);

  if (planes->packed && opaque) {
    over_packed (
        planes->packed + y * planes->comp[0].stride + 4 * x, from, n, *shifts);
    return;
  }
  if (alpha->data && (!opaque || planes->premultiplied)) {
    for (gint i = 0; i < n; i++)
      over_pixel (planes, x + i, y, from[i]);
    return;
  }
  for (guint c = 0; c < planes->n_comps; c++)
    if (!planes->comp[c].w_sub && !planes->comp[c].h_sub)
      over_comp (planes, c, x, y, from, n);
}

static void
blend_piece (const Blend *b, const Planes *planes, gint first, gint step)
{
  const gint x0 = MAX (b->x, 0), x1 = MIN (b->x + b->width, planes->width);
  Shifts shifts = { { 0 }, 0, FALSE };

  if (x0 >= x1)
    return;
  if (planes->packed)
    shifts = get_shifts (planes);
  for (gint y = first_row (b, first, step); y < planes->height; y++) {
    const guint32 *row = get_row (b, first + y * step);

    if (!row)
      break;
    blend_row (planes, &shifts, x0, y, row + (x0 - b->x), x1 - x0);
  }
  if (planes->n_comps > 1 && (planes->comp[1].w_sub || planes->comp[1].h_sub))
    blend_shared (b, planes, first, step);
}

typedef struct
{
  const GArray *pieces;
  const PictureColors *colors;
} All;

static void
blend_planes (const Planes *planes, gint first, gint step, gpointer user_data)
{
  const All *all = user_data;
  /* a sample more at either end is covered in part */
  g_autofree guint32 *means = g_new (guint32, planes->width + 2);

  for (guint i = 0; i < all->pieces->len; i++) {
    const Piece *p = &g_array_index (all->pieces, Piece, i);
    const Blend b = { picture_get_colors (p->picture, all->colors), p->x, p->y,
      p->picture->width, p->picture->height, means };

    blend_piece (&b, planes, first, step);
  }
}

gboolean
blend_pieces (
    GstVideoFrame *frame, const GArray *pieces, const PictureColors *colors)
{
  All all = { pieces, colors };
  gint y0 = G_MAXINT, y1 = 0;

  for (guint i = 0; i < pieces->len; i++) {
    const Piece *p = &g_array_index (pieces, Piece, i);

    y0 = MIN (y0, p->y);
    y1 = MAX (y1, p->y + p->picture->height);
  }
  /* all of them at once: not every format's rows are read in place */
  return planes_edit (frame, y0, y1, blend_planes, &all);
}

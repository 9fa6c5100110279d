/* One product of rows for arm64, for one pair of number formats.
 * SPDX-License-Identifier: MIT
 *
 * Stands in for ../product-template.h, with the same macros but TILE_R and TILE_V.
 * Instructions multiply a vector by a lane of another, so four elements of a row
 * are one load; and of 32 registers, TILE_SUMS hold sums: of many rows and few of
 * their output channels, or the other way round. In addition to those macros, the
 * first four by default for floats:
 *   FOUR           a vector of four elements, ready for ADD_LANE
 *   LOAD_FOUR      makes one of those at an address
 *   LOAD_ONE       the same of one element, in lane 0
 *   ADD_LANE       (sums, four, lane, weights): sums with the products of one
 *                  element added; lane is a literal
 *   TOTALS         a vector of LANES SUMs, by default SUMS
 *   TOTALS_OF      makes one of SUMS; and SUMS_OF the other way
 *   TILE_SUMS      SUMS that stay in registers, 16 (the default) or 8
 *   HAS_ZEROS      1 or 0 (the default), whether FOUR holds something other than the elements, so that
 *                  the sums of a row of zeros are what all others have too much
 */
#ifndef FOUR
#define FOUR float32x4_t
#define LOAD_FOUR(p) vld1q_f32 (p)
#define LOAD_ONE(p) vdupq_n_f32 (*(p))
#define ADD_LANE(sums, four, lane, w)                                          \
  ((Vector) vfmaq_laneq_f32 (                                                  \
      (float32x4_t) (sums), (float32x4_t) (w), four, lane))
#endif
#ifndef TOTALS
#define TOTALS SUMS
#define TOTALS_OF(sums) (sums)
#define SUMS_OF(totals) (totals)
#endif
#ifndef TILE_SUMS
#define TILE_SUMS 16
#endif
#ifndef HAS_ZEROS
#define HAS_ZEROS 0
#endif

#define TILE G_PASTE (PRODUCT, _tile)
#define MAX_ROWS (TILE_SUMS / 2)
#define MAX_V (REN_PANEL / LANES)

/* Rows first … first + n - 1 and v × LANES output channels, n and v constants
 * where this is inlined. zeros: the sums of a row of zeros; to be found out, as
 * those of a row more, if find_zeros. */
static inline __attribute__ ((always_inline)) void
TILE (const RenRows *rows, guint first, const guint n, const guint v,
    guint n_elements, const ELEMENT *in, const WEIGHT *panel, SUM *out,
    gboolean accumulate, const gboolean find_zeros, SUM *zeros)
{
  static const ELEMENT none[4];
  const guint n_sums = find_zeros ? n + 1 : n;
  SUMS sum[MAX_ROWS + 1][MAX_V];
  const ELEMENT *source[MAX_ROWS];
  FOUR x[MAX_ROWS + 1];

  x[n] = LOAD_FOUR (none);
  for (guint i = 0; i < n; i++)
    source[i] = in + rows->from[first + i];
  for (guint i = 0; i < n_sums; i++)
    for (guint j = 0; j < v; j++) {
      TOTALS before = { 0 };

      if (accumulate && i < n)
        memcpy (&before, out + rows->to[first + i] + j * LANES, sizeof before);
      sum[i][j] = SUMS_OF (before);
    }

#define ADD_ELEMENT(lane)                                                      \
  for (guint j = 0; j < v; j++) {                                              \
    const __typeof__ (LOAD_WEIGHTS (panel)) b =                                \
        LOAD_WEIGHTS (w + (lane) *REN_PANEL + j * LANES);                      \
                                                                               \
    for (guint i = 0; i < n_sums; i++)                                         \
      sum[i][j] = ADD_LANE (sum[i][j], x[i], lane, b);                         \
  }

  for (guint t = 0; t < rows->n_taps; t++) {
    const WEIGHT *w = panel + (gsize) rows->weight[t] * n_elements * REN_PANEL;
    const gssize end = rows->shift[t] + (gssize) n_elements;
    gssize e = rows->shift[t];

    for (; e + 4 <= end; e += 4, w += 4 * REN_PANEL) {
      for (guint i = 0; i < n; i++)
        x[i] = LOAD_FOUR (source[i] + e);
      ADD_ELEMENT (0)
      ADD_ELEMENT (1)
      ADD_ELEMENT (2)
      ADD_ELEMENT (3)
    }
    for (; e < end; e++, w += REN_PANEL) {
      for (guint i = 0; i < n; i++)
        x[i] = LOAD_ONE (source[i] + e);
      ADD_ELEMENT (0)
    }
  }
#undef ADD_ELEMENT

  for (guint j = 0; j < v; j++) {
    TOTALS excess = { 0 };

    if (find_zeros) {
      excess = TOTALS_OF (sum[n][j]);
      memcpy (zeros + j * LANES, &excess, sizeof excess);
    } else if (HAS_ZEROS)
      memcpy (&excess, zeros + j * LANES, sizeof excess);
    for (guint i = 0; i < n; i++) {
      TOTALS totals = TOTALS_OF (sum[i][j]);

      if (HAS_ZEROS)
        totals -= excess;
      memcpy (out + rows->to[first + i] + j * LANES, &totals, sizeof totals);
    }
  }
}

/* As many vectors as there is room for, a power of 2; a row of zeros has room
 * beside the others. */
#define FITS(v, n, z) ((v) * ((n) + (z)) <= TILE_SUMS + 2 * (z))
#define VECTORS_OF(n, z)                                                       \
  (FITS (MAX_V, n, z) ? MAX_V : FITS (MAX_V / 2, n, z) ? MAX_V / 2 : 2)

#define TILES_OF(n, z)                                                         \
  for (guint c = 0; c < REN_PANEL; c += VECTORS_OF (n, z) * LANES)             \
  TILE (rows, first, n, VECTORS_OF (n, z), n_elements, in, panel + c, out + c, \
      accumulate, z, zeros + c)

#define TILE_OF(n)                                                             \
  case n:                                                                      \
    if (HAS_ZEROS && tile == 0)                                                \
      TILES_OF (n, HAS_ZEROS);                                                 \
    else                                                                       \
      TILES_OF (n, 0);                                                         \
    break

/* In tiles of nearly the same height, so that none is much worse than the best. */
static void
PRODUCT (const RenRows *rows, guint n_elements, const ELEMENT *in,
    const WEIGHT *panel, SUM *out, gboolean accumulate)
{
  const guint n_tiles = (rows->n_rows + MAX_ROWS - 1) / MAX_ROWS;
  SUM zeros[REN_PANEL];

  G_STATIC_ASSERT (MAX_ROWS == 4 || MAX_ROWS == 8);
  for (guint tile = 0; tile < n_tiles; tile++) {
    const guint first = (guint) ((guint64) rows->n_rows * tile / n_tiles);
    const guint last = (guint) ((guint64) rows->n_rows * (tile + 1) / n_tiles);

    switch (last - first) {
      TILE_OF (1);
      TILE_OF (2);
      TILE_OF (3);
      TILE_OF (4);
#if MAX_ROWS > 4
      TILE_OF (5);
      TILE_OF (6);
      TILE_OF (7);
      TILE_OF (8);
#endif
    }
  }
}

#ifndef ADD_PRODUCTS
#define ADD_PRODUCTS(sums, x, w) ADD_LANE (sums, LOAD_ONE (&(x)), 0, w)
#endif
#ifndef SATURATE_R
#define SATURATE_R 1
#define SATURATE_V TILE_SUMS
#endif
#include "../saturate-template.h"

#undef FOUR
#undef LOAD_FOUR
#undef LOAD_ONE
#undef ADD_LANE
#undef TOTALS
#undef TOTALS_OF
#undef SUMS_OF
#undef TILE_SUMS
#undef HAS_ZEROS
#undef TILE
#undef MAX_ROWS
#undef MAX_V
#undef FITS
#undef VECTORS_OF
#undef TILES_OF
#undef TILE_OF

/* One product of rows, for one pair of number formats.
 * SPDX-License-Identifier: MIT
 *
 * Included by rows-template.h, once for each product, with
 *   PRODUCT         name of the function
 *   ELEMENT         what rows of `in` are made of
 *   WEIGHT          what panels are made of
 *   SUM             what rows of `out` are made of
 *   SUMS            a vector of them, LANES long
 *   LOAD_WEIGHTS    makes LANES weights at an address ready for ADD_PRODUCTS
 *   ADD_PRODUCTS    (sums, element, weights): sums with the products added
 *   PRODUCTS_OF_ELEMENT  how many it adds for each sum
 *   TILE_R, TILE_V  rows and vectors of output channels whose sums stay in
 *                   registers through a whole product
 */
#define TILE G_PASTE (PRODUCT, _tile)

/* Rows first … first + n - 1, n a constant where this is inlined, and TILE_V ×
 * LANES output channels. Weights that lie `ahead` bytes further on are fetched
 * meanwhile. */
static inline __attribute__ ((always_inline)) void
TILE (const RenRows *rows, guint first, const guint n, guint n_elements,
    const ELEMENT *in, const WEIGHT *panel, SUM *out, gboolean accumulate,
    gsize ahead)
{
  SUMS sum[TILE_R][TILE_V];
  const ELEMENT *source[TILE_R];

  for (guint i = 0; i < n; i++) {
    source[i] = in + rows->from[first + i];
    for (guint j = 0; j < TILE_V; j++) {
      if (accumulate)
        memcpy (
            &sum[i][j], out + rows->to[first + i] + j * LANES, sizeof (SUMS));
      else
        sum[i][j] = (SUMS){ 0 };
    }
  }
  for (guint t = 0; t < rows->n_taps; t++) {
    const WEIGHT *w = panel + (gsize) rows->weight[t] * n_elements * REN_PANEL;
    const gssize first_element = rows->shift[t];

    /* one index for all rows: there are more rows than registers for pointers */
    for (gssize e = first_element; e < first_element + (gssize) n_elements;
         e++, w += REN_PANEL) {
      __typeof__ (LOAD_WEIGHTS (w)) b[TILE_V];

      for (guint j = 0; j < sizeof (WEIGHT) * TILE_V * LANES; j += 64)
        __builtin_prefetch ((const guint8 *) w + ahead + j, 0, 3);
      for (guint j = 0; j < TILE_V; j++)
        b[j] = LOAD_WEIGHTS (w + j * LANES);
      for (guint i = 0; i < n; i++)
        for (guint j = 0; j < TILE_V; j++)
          sum[i][j] = ADD_PRODUCTS (sum[i][j], source[i][e], b[j]);
    }
  }
  for (guint i = 0; i < n; i++)
    for (guint j = 0; j < TILE_V; j++)
      memcpy (out + rows->to[first + i] + j * LANES, &sum[i][j], sizeof (SUMS));
}

#define TILE_OF(n)                                                             \
  case n:                                                                      \
    TILE (rows, first, n, n_elements, in, panel + column, out + column,        \
        accumulate, ahead);                                                    \
    break

/* In tiles of nearly the same height: one of 1 row would do with 2 sums what 8
 * rows do with 16. */
static void
PRODUCT (const RenRows *rows, guint n_elements, const ELEMENT *in,
    const WEIGHT *panel, SUM *out, gboolean accumulate)
{
  const guint n_tiles = (rows->n_rows + TILE_R - 1) / TILE_R;

  G_STATIC_ASSERT (TILE_R <= 8);
  for (guint tile = 0; tile < n_tiles; tile++) {
    const guint first = (guint) ((guint64) rows->n_rows * tile / n_tiles);
    const guint last = (guint) ((guint64) rows->n_rows * (tile + 1) / n_tiles);
    /* The first tile of a product reads weights from memory, those after it
     * find them in a cache: the last one fetches those of the next product,
     * which mostly lie right behind these. */
    const gsize ahead =
        n_tiles > 1 && tile == n_tiles - 1
            ? (gsize) rows->n_taps * n_elements * REN_PANEL * sizeof (WEIGHT)
            : REN_FETCH_AHEAD;

    for (guint column = 0; column < REN_PANEL; column += TILE_V * LANES)
      switch (last - first) {
        TILE_OF (1);
        TILE_OF (2);
        TILE_OF (3);
        TILE_OF (4);
#if TILE_R > 4
        TILE_OF (5);
        TILE_OF (6);
#endif
#if TILE_R > 6
        TILE_OF (7);
        TILE_OF (8);
#endif
      }
  }
}

#ifndef SATURATE_R
#define SATURATE_R 1
#define SATURATE_V (TILE_R * TILE_V)
#endif
#include "saturate-template.h"

#undef TILE
#undef TILE_OF

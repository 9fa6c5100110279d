/* The row kernels for one vector length. SPDX-License-Identifier: MIT
 *
 * Included once by each file that is compiled for an instruction set, with
 *   LANES   floats in a vector
 *   TILE_V  vectors of output channels that a tile holds
 *   TILE_R  rows (or, in the gradient, input channels) that a tile holds
 *   INIT    name of the function that fills the table
 * TILE_V × TILE_R sums stay in registers through a whole product.
 */
#include <string.h>

#include "rows.h"

typedef float Vector __attribute__ ((vector_size (LANES * sizeof (float))));

#define TILE_COLUMNS (TILE_V * LANES)

static inline Vector
load (const float *p)
{
  Vector v;

  memcpy (&v, p, sizeof v);
  return v;
}

static inline void
store (float *p, Vector v)
{
  memcpy (p, &v, sizeof v);
}

/* Rows first … first + n - 1, n <= TILE_R, and TILE_COLUMNS output channels.
 * Rows beyond n repeat the last one: their sums are not stored. */
static inline __attribute__ ((always_inline)) void
multiply_tile (const RenRows *rows, guint first, guint n, guint n_channels,
    const float *in, const float *panel, float *out, gboolean accumulate)
{
  Vector sum[TILE_R][TILE_V];
  const float *source[TILE_R];

  for (guint i = 0; i < TILE_R; i++) {
    const guint r = first + MIN (i, n - 1);

    source[i] = in + rows->from[r];
    for (guint j = 0; j < TILE_V; j++)
      sum[i][j] =
          accumulate ? load (out + rows->to[r] + j * LANES) : (Vector){ 0 };
  }
  for (guint t = 0; t < rows->n_taps; t++) {
    const float *w = panel + (gsize) rows->weight[t] * n_channels * REN_PANEL;
    const float *x[TILE_R];

    for (guint i = 0; i < TILE_R; i++)
      x[i] = source[i] + rows->shift[t];
    for (gsize c = 0; c < n_channels; c++, w += REN_PANEL) {
      Vector b[TILE_V];

      for (guint j = 0; j < TILE_V; j++)
        b[j] = load (w + j * LANES);
      for (guint i = 0; i < TILE_R; i++)
        for (guint j = 0; j < TILE_V; j++)
          sum[i][j] += x[i][c] * b[j];
    }
  }
  for (guint i = 0; i < TILE_R && i < n; i++)
    for (guint j = 0; j < TILE_V; j++)
      store (out + rows->to[first + i] + j * LANES, sum[i][j]);
}

static void
multiply (const RenRows *rows, guint n_channels, const float *in,
    const float *panel, float *out, gboolean accumulate)
{
  for (guint first = 0; first < rows->n_rows; first += TILE_R)
    for (guint column = 0; column < REN_PANEL; column += TILE_COLUMNS)
      multiply_tile (rows, first, MIN (TILE_R, rows->n_rows - first),
          n_channels, in, panel + column, out + column, accumulate);
}

/* Channels c … c + n - 1 of one tap, over rows first … last - 1. */
static inline __attribute__ ((always_inline)) void
gradient_tile (const gint32 *from, const gint32 *to, guint n_rows, guint n,
    const float *in, const float *out, float *weight)
{
  Vector sum[TILE_R][TILE_V];

  for (guint i = 0; i < TILE_R; i++)
    for (guint j = 0; j < TILE_V; j++)
      sum[i][j] =
          i < n ? load (weight + i * REN_PANEL + j * LANES) : (Vector){ 0 };
  for (guint r = 0; r < n_rows; r++) {
    const float *x = in + from[r], *y = out + to[r];
    Vector b[TILE_V];

    for (guint j = 0; j < TILE_V; j++)
      b[j] = load (y + j * LANES);
    for (guint i = 0; i < TILE_R; i++)
      for (guint j = 0; j < TILE_V; j++)
        sum[i][j] += x[i] * b[j];
  }
  for (guint i = 0; i < TILE_R && i < n; i++)
    for (guint j = 0; j < TILE_V; j++)
      store (weight + i * REN_PANEL + j * LANES, sum[i][j]);
}

/* Rows whose inputs and outputs stay in the first cache while all channels and
 * taps go over them. */
#define CHUNK 64

static void
gradient (const RenRows *rows, guint n_channels, const float *in,
    const float *out, float *panel)
{
  for (guint first = 0; first < rows->n_rows; first += CHUNK)
    for (guint t = 0; t < rows->n_taps; t++) {
      const guint n_rows = MIN (CHUNK, rows->n_rows - first);
      float *tap = panel + (gsize) rows->weight[t] * n_channels * REN_PANEL;

      for (guint c = 0; c < n_channels; c += TILE_R)
        for (guint column = 0; column < REN_PANEL; column += TILE_COLUMNS)
          gradient_tile (rows->from + first, rows->to + first, n_rows,
              MIN (TILE_R, n_channels - c), in + rows->shift[t] + c,
              out + column, tap + (gsize) c * REN_PANEL + column);
    }
}

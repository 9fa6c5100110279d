/* The row kernels of floats for one vector length.
 * SPDX-License-Identifier: MIT
 *
 * Included once by each file that is compiled for an instruction set, with
 *   LANES        floats in a vector
 *   TILE_V       vectors of output channels that a tile holds
 *   TILE_R       rows (or, in the gradient, input channels) that a tile holds
 *   LOAD_HALVES  (optional): LANES floats from as many fp16 at an address
 *   PRODUCT_TEMPLATE  (optional): the products' file, with what else it asks for
 * TILE_V × TILE_R sums stay in registers through a whole product.
 */
#include "rows.h"
#include "vector-template.h"

#ifndef PRODUCT_TEMPLATE
#define PRODUCT_TEMPLATE "product-template.h"
#endif
#define TILE_COLUMNS (TILE_V * LANES)

/* ---- fp32 ----------------------------------------------------------------- */

#define PRODUCT multiply
#define PRODUCTS_OF_ELEMENT 1
#define ELEMENT float
#define WEIGHT float
#define SUM float
#define SUMS Vector
#define LOAD_WEIGHTS(p) load (p)
#define ADD_PRODUCTS(sums, x, w) ((sums) + (x) * (w))
#include PRODUCT_TEMPLATE

/* ---- fp16 weights --------------------------------------------------------- */

#ifndef LOAD_HALVES
typedef guint16 Halves __attribute__ ((vector_size (LANES * 2)));
typedef guint32 Words __attribute__ ((vector_size (LANES * 4)));

/* By moving exponent and fraction to their places in fp32: what remains is the
 * difference of the exponents' biases, and subnormals come out right, too.
 * Infinities do not, and are none of a plan's weights. */
static inline Vector
load_halves (const guint16 *p)
{
  Halves h;
  Words w;

  memcpy (&h, p, sizeof h);
  w = __builtin_convertvector(h, Words);
  return (Vector) ((Words) ((Vector) ((w & 0x7fff) << 13) * 0x1p112f) |
                   (w & 0x8000) << 16);
}
#define LOAD_HALVES(p) load_halves (p)
#endif

#define PRODUCT multiply_f16
#define PRODUCTS_OF_ELEMENT 1
#define ELEMENT float
#define WEIGHT guint16
#define SUM float
#define SUMS Vector
#define LOAD_WEIGHTS(p) LOAD_HALVES (p)
#define ADD_PRODUCTS(sums, x, w) ((sums) + (x) * (w))
#include PRODUCT_TEMPLATE

/* ---- gradient ------------------------------------------------------------- */

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

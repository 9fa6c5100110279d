/* Convolutions that are more than products of rows.
 * SPDX-License-Identifier: MIT
 *
 * conv1 reads one grey channel. Others of floats are Winograd's minimal
 * filtering (Lavin and Gray 2016, arXiv:1509.09308): between a transform of the
 * input and one of the output lie products, one for each value of a tile, and
 * fewer than pixels times taps.
 *
 * Tiles of 4×4 output pixels, F(4×4, 3×3), come from 6×6 input pixels by 36
 * products instead of 144. Images of 2×2 pixels with zeros around them take 9
 * instead of 16: along an axis, y0 = w1 (x0 + x1) + (w2 - w1) x1 and
 * y1 = w1 (x0 + x1) + (w0 - w1) x0.
 */
#pragma once

#include "cpu.h"

/* Values between the transforms of a tile of size × size output pixels, 4 or
 * 2. */
#define REN_WINOGRAD_VALUES(size) ((size) == 4 ? 36u : 9u)

/* Channels of conv1, and columns of its picture with one of padding a side. */
#define REN_CONV1_CHANNELS 64
#define REN_CONV1_STRIDE 66

typedef struct
{
  /* One row of conv1 after pooling: out[w][c] = max (0, the highest of the 2×2
   * pixels of window w: bias + Σ grey × weight[tap][c]), w below 32. grey: the
   * top left of 4 rows of REN_CONV1_STRIDE; bias[pixel]: [3][64], for the first
   * column, those between, the last; one for each of the window's two rows. */
  void (*conv1) (const float *grey, const float *weight,
      const float *const bias[2], float *out);

  /* values[v × plane + c] of one tile of 4×4, from 6×6 pixels of n_channels,
   * side by side; row_stride floats from row to row. n_channels is a multiple of
   * 32. */
  void (*tile_in) (const float *in, gsize row_stride, guint n_channels,
      float *values, gsize plane);

  /* The same backwards for REN_PANEL channels, then pooled: the highest of each
   * 2×2 pixels of the 4×4, out[row × row_stride + column × REN_PANEL + c]. */
  void (*tile_out) (
      const float *values, gsize plane, float *out, gsize row_stride);

  /* The values of an image of size × size pixels, 4 or 2, with zeros around
   * them, which is one tile. */
  void (*image_in) (guint size, const float *in, guint n_channels,
      float *values, gsize plane);

  /* The same backwards, not pooled: out[pixel × REN_PANEL + c]. */
  void (*image_out) (guint size, const float *values, gsize plane, float *out);
} RenConvKernels;

/* The values of a 3×3 filter for tiles of size × size. */
void ren_winograd_filter (guint size, const float filter[9], float *values);

/* Fills a table for the best of what @cpu allows. */
void ren_conv_init (RenConvKernels *k, RenCpu cpu);

/* Overrides of the table. */
void ren_conv_init_vector (RenConvKernels *k);
void ren_conv_init_avx2 (RenConvKernels *k);
void ren_conv_init_avx512f (RenConvKernels *k);
void ren_conv_init_neon (RenConvKernels *k);

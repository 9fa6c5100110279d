/* The first three convolutions: those of large pictures and few channels.
 * SPDX-License-Identifier: MIT
 *
 * conv1 reads one grey channel. conv2 and conv3 of floats are Winograd's minimal
 * filtering F(4×4, 3×3) (Lavin and Gray 2016, arXiv:1509.09308): tiles of 4×4
 * output pixels, each from 6×6 input pixels; between the transforms of input and
 * output lie 36 products, one for each of the 6×6 values, with a quarter of the
 * multiplications.
 */
#pragma once

#include "cpu.h"

/* Values of a tile between its transforms. */
#define REN_TILE_VALUES 36

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

  /* values[v × plane + c] of one tile, from 6×6 pixels of n_channels, side by
   * side; row_stride floats from row to row. n_channels is a multiple of 32. */
  void (*tile_in) (const float *in, gsize row_stride, guint n_channels,
      float *values, gsize plane);

  /* The same backwards for REN_PANEL channels, then pooled: the highest of each
   * 2×2 pixels of the 4×4, out[row × row_stride + column × REN_PANEL + c]. */
  void (*tile_out) (
      const float *values, gsize plane, float *out, gsize row_stride);
} RenStemKernels;

/* The 6×6 values of a 3×3 filter. */
void ren_tile_filter (const float filter[9], float values[REN_TILE_VALUES]);

/* Fills a table for the best of what @cpu allows. */
void ren_stem_init (RenStemKernels *k, RenCpu cpu);

/* Overrides of the table. */
void ren_stem_init_vector (RenStemKernels *k);
void ren_stem_init_avx2 (RenStemKernels *k);
void ren_stem_init_avx512f (RenStemKernels *k);
void ren_stem_init_neon (RenStemKernels *k);

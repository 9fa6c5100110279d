/* What follows a product: scale, bias, ReLU, pooling, squeeze and excitation,
 * and the way back to 8 bits.
 * SPDX-License-Identifier: MIT
 *
 * Plain loops that the compiler turns into vectors, compiled for each
 * instruction set without fusing products and sums: every table gives the same
 * bits, and so does int8 inference as a whole. Sums are rows of REN_PANEL, side
 * by side; scale and bias hold one value for each of these channels.
 */
#pragma once

#include "cpu.h"

typedef struct
{
  /* out[r × stride + c] = sums × scale + bias + add, at least 0 if relu.
   * add: (nullable): rows of REN_PANEL */
  void (*f32) (gsize n_rows, const float *sums, const float *scale,
      const float *bias, const float *add, gboolean relu, float *out,
      gsize stride);
  void (*i32) (gsize n_rows, const gint32 *sums, const float *scale,
      const float *bias, const float *add, gboolean relu, float *out,
      gsize stride);

  /* The same, rounded to the nearest whole number from 0 to 255, so that there
   * is a ReLU always. */
  void (*u8) (gsize n_rows, const gint32 *sums, const float *scale,
      const float *bias, const float *add, guint8 *out, gsize stride);

  /* Of four rows the highest, in place: n_windows rows are left. */
  void (*pool_i32) (gsize n_windows, gint32 *sums);

  /* out[r × stride + c] = x[r][c] × factor[c], rounded as above */
  void (*quantize) (gsize n_rows, guint n_channels, const float *x,
      const float *factor, guint8 *out, gsize stride);

  /* sum[c] = Σ_r x[r][c]; below 2^24 rows exact */
  void (*total_f32) (
      gsize n_rows, guint n_channels, const float *x, float *sum);
  void (*total_u8) (
      gsize n_rows, guint n_channels, const guint8 *x, float *sum);

  /* y[o] = Σ_c x[c] × weight[c][o], for n_out a multiple of 16 */
  void (*vector_product) (
      guint n_in, guint n_out, const float *x, const float *weight, float *y);

  /* x[r][c] × factor[c], in place; rounded as above */
  void (*excite_f32) (
      gsize n_rows, guint n_channels, const float *factor, float *x);
  void (*excite_u8) (
      gsize n_rows, guint n_channels, const float *factor, guint8 *x);
} RenFinishKernels;

/* Fills a table for the best of what @cpu allows. */
void ren_finish_init (RenFinishKernels *k, RenCpu cpu);

/* Overrides of the table. */
void ren_finish_init_avx2 (RenFinishKernels *k);
void ren_finish_init_avx512f (RenFinishKernels *k);

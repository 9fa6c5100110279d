/* Batch norm, ReLU, pooling and their gradients, channels side by side.
 * SPDX-License-Identifier: MIT
 *
 * Ioffe and Szegedy 2015: y = gamma × x̂ + beta, x̂ = (z − mean) × inv, where
 * inv = 1 / sqrt (variance + epsilon). Pointers to one value a channel begin at
 * the first channel that is worked on.
 */
#pragma once

#include "cpu.h"

/* What pooling kept of a 2×2 window: which of its four pixels (row × 2 +
 * column), or nothing, because ReLU or dropout made it 0. */
#define REN_PICK_NONE 4

/* Most channels that are pooled. */
#define REN_POOL_CHANNELS 256

/* One image of a stage: size × size pixels before pooling. */
typedef struct
{
  guint size;                 /* even */
  guint n_channels;           /* a multiple of 32, at most REN_POOL_CHANNELS */
  guint z_stride, out_stride; /* floats from pixel to pixel */
  const float *mean, *inv, *gamma, *beta;
} RenPool2;

typedef struct
{
  /* mean[c] and m2[c] = Σ (x − mean)² over rows, for n_channels */
  void (*moments) (const float *z, gsize n_rows, guint stride, guint n_channels,
      float *mean, float *m2);

  /* z becomes x̂; y = gamma × x̂ + beta, at least 0 if relu. y may be NULL. */
  void (*normalize) (float *z, gsize n_rows, guint stride, guint n_channels,
      const float *mean, const float *inv, const float *gamma,
      const float *beta, float *y, gboolean relu);

  /* sum_g[c] = Σ g, sum_gx[c] = Σ g × x̂ over rows */
  void (*gradient_sums) (const float *g, const float *x_hat, gsize n_rows,
      guint stride, guint n_channels, float *sum_g, float *sum_gx);

  /* x̂ becomes gamma × inv × (g − mean_g − x̂ × mean_gx) */
  void (*gradient) (const float *g, float *x_hat, gsize n_rows, guint stride,
      guint n_channels, const float *inv, const float *gamma,
      const float *mean_g, const float *mean_gx);

  /* out = max over 2×2 of ReLU (y), times keep[pixel][channel] where that is
   * given; picked = x̂ of the pixel that was kept; pick says which. */
  void (*pool) (const RenPool2 *p, const float *z, const float *keep,
      float *out, float *picked, guint8 *pick);

  /* g = out's gradient × keep_scale where something was kept, else 0.
   * sum_g[c] += Σ g, sum_gx[c] += Σ g × picked over the pooled pixels */
  void (*pool_gradient_sums) (const RenPool2 *p, const float *d_out,
      float keep_scale, const float *picked, const guint8 *pick, float *sum_g,
      float *sum_gx);

  /* z becomes its own gradient, see gradient() */
  void (*pool_gradient) (const RenPool2 *p, float *z, const float *d_out,
      float keep_scale, const guint8 *pick, const float *mean_g,
      const float *mean_gx);

  /* torch.optim.SGD: g' = g + decay × w; m = momentum × m + g';
   * w −= rate × (nesterov ? g' + momentum × m : m); then, where average is
   * given, average += pull × (w − average) */
  void (*sgd) (gsize n, float *w, float *m, const float *g, float *average,
      float rate, float momentum, float decay, gboolean nesterov, float pull);
} RenNormKernels;

/* Fills a table for the best of what @cpu allows. */
void ren_norm_init (RenNormKernels *k, RenCpu cpu);
void ren_norm_init_avx2 (RenNormKernels *k);
void ren_norm_init_avx512f (RenNormKernels *k);

/* The norm kernels, as loops that the compiler turns into vectors; included by
 * each file that is compiled for an instruction set.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "norm.h"

/* Channels at a time, so that what is kept for each stays in registers or the
 * first cache. */
#define BLOCK 32

#define EACH_BLOCK(c0, n, n_channels)                                          \
  for (guint c0 = 0, n = MIN (BLOCK, n_channels); c0 < (n_channels);           \
       c0 += BLOCK, n = MIN (BLOCK, (n_channels) -c0))

static void
norm_moments (const float *z, gsize n_rows, guint stride, guint n_channels,
    float *mean, float *m2)
{
  EACH_BLOCK (c0, n, n_channels)
  {
    float sum[BLOCK] = { 0 }, square[BLOCK] = { 0 };

    for (gsize r = 0; r < n_rows; r++)
      for (guint c = 0; c < n; c++)
        sum[c] += z[r * stride + c0 + c];
    for (guint c = 0; c < n; c++)
      mean[c0 + c] = sum[c] = sum[c] / (float) n_rows;
    for (gsize r = 0; r < n_rows; r++)
      for (guint c = 0; c < n; c++) {
        const float d = z[r * stride + c0 + c] - sum[c];

        square[c] += d * d;
      }
    for (guint c = 0; c < n; c++)
      m2[c0 + c] = square[c];
  }
}

static void
norm_normalize (float *restrict z, gsize n_rows, guint stride, guint n_channels,
    const float *restrict mean, const float *restrict inv,
    const float *restrict gamma, const float *restrict beta, float *restrict y,
    gboolean relu)
{
  const float least = relu ? 0 : -INFINITY;

  for (gsize r = 0; r < n_rows; r++, z += stride) {
    for (guint c = 0; c < n_channels; c++)
      z[c] = (z[c] - mean[c]) * inv[c];
    if (!y)
      continue;
    for (guint c = 0; c < n_channels; c++) {
      const float v = gamma[c] * z[c] + beta[c];

      y[c] = v < least ? least : v; /* what is not a number stays so */
    }
    y += stride;
  }
}

static void
norm_gradient_sums (const float *restrict g, const float *restrict x_hat,
    gsize n_rows, guint stride, guint n_channels, float *restrict sum_g,
    float *restrict sum_gx)
{
  EACH_BLOCK (c0, n, n_channels)
  {
    float a[BLOCK] = { 0 }, b[BLOCK] = { 0 };

    for (gsize r = 0; r < n_rows; r++)
      for (guint c = 0; c < n; c++) {
        a[c] += g[r * stride + c0 + c];
        b[c] += g[r * stride + c0 + c] * x_hat[r * stride + c0 + c];
      }
    for (guint c = 0; c < n; c++) {
      sum_g[c0 + c] = a[c];
      sum_gx[c0 + c] = b[c];
    }
  }
}

static void
norm_gradient (const float *restrict g, float *restrict x_hat, gsize n_rows,
    guint stride, guint n_channels, const float *restrict inv,
    const float *restrict gamma, const float *restrict mean_g,
    const float *restrict mean_gx)
{
  for (gsize r = 0; r < n_rows; r++, g += stride, x_hat += stride)
    for (guint c = 0; c < n_channels; c++)
      x_hat[c] = gamma[c] * inv[c] * (g[c] - mean_g[c] - x_hat[c] * mean_gx[c]);
}

/* Spelled as vectors, of any length the processor has: compilers make branches
 * of so many conditions in a loop. */
#define LANES_64 16
typedef float Floats __attribute__ ((vector_size (64)));
typedef gint32 Ints __attribute__ ((vector_size (64)));

static inline Floats
load_floats (const float *p)
{
  Floats v;

  memcpy (&v, p, sizeof v);
  return v;
}

/* b where the mask is set, else a */
static inline Ints
choose (Ints mask, Ints b, Ints a)
{
  return (mask & b) | (~mask & a);
}

static inline Floats
choose_floats (Ints mask, Floats b, Floats a)
{
  return (Floats) choose (mask, (Ints) b, (Ints) a);
}

/* LANES_64 channels of one window; y = scale × z + shift. */
static inline void
pool_window (const float *z0, const float *z1, const float *z2, const float *z3,
    const float *scale, const float *shift, float *out, float *kept,
    gint32 *which)
{
  const float *const z[4] = { z0, z1, z2, z3 };
  const Floats a = load_floats (scale), b = load_floats (shift);
  Floats x = load_floats (z0), best = a * x + b, zero = { 0 };
  Ints k = { 0 };

  for (gint32 i = 1; i < 4; i++) {
    const Floats other = load_floats (z[i]), y = a * other + b;
    const Ints more = y > best; /* of equals the first, as PyTorch has it */

    best = choose_floats (more, y, best);
    x = choose_floats (more, other, x);
    k = choose (more, (Ints){ 0 } + i, k);
  }
  /* so put that what is not a number stays so, and is noticed */
  k = choose (best <= zero, (Ints){ 0 } + REN_PICK_NONE, k);
  best = choose_floats (best <= zero, zero, best);
  memcpy (kept, &x, sizeof x);
  memcpy (out, &best, sizeof best);
  memcpy (which, &k, sizeof k);
}

static void
norm_pool (const RenPool2 *p, const float *restrict z,
    const float *restrict keep, float *restrict out, float *restrict picked,
    guint8 *restrict pick)
{
  const guint half = p->size / 2;
  const gsize row = (gsize) p->size * p->z_stride;
  float scale[REN_POOL_CHANNELS], shift[REN_POOL_CHANNELS];

  for (guint c = 0; c < p->n_channels; c++) {
    scale[c] = p->gamma[c] * p->inv[c];
    shift[c] = p->beta[c] - p->mean[c] * scale[c];
  }
  for (guint y = 0; y < half; y++)
    for (guint x = 0; x < half; x++) {
      const float *window = z + 2 * y * row + 2 * x * (gsize) p->z_stride;

      for (guint c0 = 0; c0 < p->n_channels; c0 += BLOCK) {
        const float *z0 = window + c0, *z2 = z0 + row;
        gint32 which[BLOCK];

        for (guint c = 0; c < BLOCK; c += LANES_64)
          pool_window (z0 + c, z0 + p->z_stride + c, z2 + c,
              z2 + p->z_stride + c, scale + c0 + c, shift + c0 + c,
              out + c0 + c, picked + c0 + c, which + c);
        for (guint c = 0; c < BLOCK; c++)
          picked[c0 + c] = (picked[c0 + c] - p->mean[c0 + c]) * p->inv[c0 + c];
        for (guint c = 0; keep && c < BLOCK; c++) {
          which[c] = keep[c0 + c] > 0 ? which[c] : REN_PICK_NONE;
          out[c0 + c] *= keep[c0 + c];
        }
        for (guint c = 0; c < BLOCK; c++)
          pick[c0 + c] = (guint8) which[c];
      }
      out += p->out_stride;
      picked += p->n_channels;
      pick += p->n_channels;
      if (keep)
        keep += p->n_channels;
    }
}

static void
norm_pool_gradient_sums (const RenPool2 *p, const float *restrict d_out,
    float keep_scale, const float *restrict picked, const guint8 *restrict pick,
    float *restrict sum_g, float *restrict sum_gx)
{
  const gsize n_pixels = (gsize) (p->size / 2) * (p->size / 2);

  for (guint c0 = 0; c0 < p->n_channels; c0 += BLOCK) {
    float a[BLOCK] = { 0 }, b[BLOCK] = { 0 };

    for (gsize r = 0; r < n_pixels; r++) {
      const float *restrict g = d_out + r * p->out_stride + c0;
      const float *restrict x = picked + r * p->n_channels + c0;
      const guint8 *restrict k = pick + r * p->n_channels + c0;

      for (guint c = 0; c < BLOCK; c++) {
        const float v = k[c] != REN_PICK_NONE ? g[c] * keep_scale : 0;

        a[c] += v;
        b[c] += v * x[c];
      }
    }
    for (guint c = 0; c < BLOCK; c++) {
      sum_g[c0 + c] += a[c];
      sum_gx[c0 + c] += b[c];
    }
  }
}

/* BLOCK channels of one pixel of a window: z = a × g + b × z + c. */
static inline void
pool_gradient_pixel (float *restrict z, const float *restrict g,
    const gint32 *restrict pick, gint32 pixel, const float *restrict a,
    const float *restrict b, const float *restrict c)
{
  for (guint i = 0; i < BLOCK; i++)
    z[i] = (pick[i] == pixel ? a[i] * g[i] : 0) + b[i] * z[i] + c[i];
}

static void
norm_pool_gradient (const RenPool2 *p, float *restrict z,
    const float *restrict d_out, float keep_scale, const guint8 *restrict pick,
    const float *restrict mean_g, const float *restrict mean_gx)
{
  const guint half = p->size / 2;
  const gsize row = (gsize) p->size * p->z_stride;
  float a[REN_POOL_CHANNELS], b[REN_POOL_CHANNELS], c[REN_POOL_CHANNELS];

  /* gamma inv (keep_scale g − mean_g − (z − mean) inv mean_gx), sorted */
  for (guint i = 0; i < p->n_channels; i++) {
    const float s = p->gamma[i] * p->inv[i];

    a[i] = s * keep_scale;
    b[i] = -s * p->inv[i] * mean_gx[i];
    c[i] = -s * mean_g[i] - b[i] * p->mean[i];
  }
  for (guint y = 0; y < half; y++)
    for (guint x = 0; x < half; x++) {
      float *const window = z + 2 * y * row + 2 * x * (gsize) p->z_stride;

      for (guint c0 = 0; c0 < p->n_channels; c0 += BLOCK) {
        gint32 which[BLOCK];

        for (guint i = 0; i < BLOCK; i++)
          which[i] = pick[c0 + i];
        for (gint32 k = 0; k < 4; k++)
          pool_gradient_pixel (
              window + c0 + (k >> 1) * row + (gsize) (k & 1) * p->z_stride,
              d_out + c0, which, k, a + c0, b + c0, c + c0);
      }
      d_out += p->out_stride;
      pick += p->n_channels;
    }
}

static void
norm_sgd (gsize n, float *restrict w, float *restrict m,
    const float *restrict g, float *restrict average, float rate,
    float momentum, float decay, gboolean nesterov, float pull)
{
  const float ahead = nesterov ? momentum : 1, own = nesterov ? 1 : 0;

  if (!average) {
    for (gsize i = 0; i < n; i++) {
      const float d = g[i] + decay * w[i], v = momentum * m[i] + d;

      m[i] = v;
      w[i] -= rate * (own * d + ahead * v);
    }
    return;
  }
  for (gsize i = 0; i < n; i++) {
    const float d = g[i] + decay * w[i], v = momentum * m[i] + d;
    const float next = w[i] - rate * (own * d + ahead * v);

    m[i] = v;
    w[i] = next;
    average[i] += pull * (next - average[i]);
  }
}

static void
norm_fill (RenNormKernels *k)
{
  k->moments = norm_moments;
  k->normalize = norm_normalize;
  k->gradient_sums = norm_gradient_sums;
  k->gradient = norm_gradient;
  k->pool = norm_pool;
  k->pool_gradient_sums = norm_pool_gradient_sums;
  k->pool_gradient = norm_pool_gradient;
  k->sgd = norm_sgd;
}

/* The norm kernels, as loops that the compiler turns into vectors; included by
 * each file that is compiled for an instruction set.
 * SPDX-License-Identifier: MIT */
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
  const float least = relu ? 0 : -G_MAXFLOAT;

  for (gsize r = 0; r < n_rows; r++, z += stride) {
    for (guint c = 0; c < n_channels; c++)
      z[c] = (z[c] - mean[c]) * inv[c];
    if (!y)
      continue;
    for (guint c = 0; c < n_channels; c++) {
      const float v = gamma[c] * z[c] + beta[c];

      y[c] = v > least ? v : least;
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

static void
norm_pool (const RenPool2 *p, const float *restrict z,
    const float *restrict keep, float *restrict out, float *restrict picked,
    guint8 *restrict pick)
{
  const guint half = p->size / 2;
  const gsize row = (gsize) p->size * p->z_stride;

  for (guint y = 0; y < half; y++)
    for (guint x = 0; x < half; x++) {
      const float *restrict z0 = z + 2 * y * row + 2 * x * (gsize) p->z_stride;
      const float *restrict z1 = z0 + p->z_stride;
      const float *restrict z2 = z0 + row, *restrict z3 = z2 + p->z_stride;

      EACH_BLOCK (c0, n, p->n_channels)
      {
        gint32 which[BLOCK];

        for (guint i = 0; i < n; i++) {
          const guint c = c0 + i;
          const float inv = p->inv[c], mean = p->mean[c];
          const float gamma = p->gamma[c], beta = p->beta[c];
          float h = (z0[c] - mean) * inv, other;
          float best = gamma * h + beta, v;
          gint32 k = 0;

          /* of equals the first, as PyTorch has it */
          other = (z1[c] - mean) * inv, v = gamma * other + beta;
          k = v > best ? 1 : k, h = v > best ? other : h;
          best = v > best ? v : best;
          other = (z2[c] - mean) * inv, v = gamma * other + beta;
          k = v > best ? 2 : k, h = v > best ? other : h;
          best = v > best ? v : best;
          other = (z3[c] - mean) * inv, v = gamma * other + beta;
          k = v > best ? 3 : k, h = v > best ? other : h;
          best = v > best ? v : best;

          k = best > 0 ? k : REN_PICK_NONE;
          out[c] = best > 0 ? best : 0;
          picked[c] = h;
          which[i] = k;
        }
        if (keep)
          for (guint i = 0; i < n; i++) {
            which[i] = keep[c0 + i] > 0 ? which[i] : REN_PICK_NONE;
            out[c0 + i] *= keep[c0 + i];
          }
        for (guint i = 0; i < n; i++)
          pick[c0 + i] = (guint8) which[i];
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

  EACH_BLOCK (c0, n, p->n_channels)
  {
    float a[BLOCK] = { 0 }, b[BLOCK] = { 0 };

    for (gsize r = 0; r < n_pixels; r++) {
      const float *restrict g = d_out + r * p->out_stride + c0;
      const float *restrict x = picked + r * p->n_channels + c0;
      const guint8 *restrict k = pick + r * p->n_channels + c0;

      for (guint c = 0; c < n; c++) {
        const float v = k[c] != REN_PICK_NONE ? g[c] * keep_scale : 0;

        a[c] += v;
        b[c] += v * x[c];
      }
    }
    for (guint c = 0; c < n; c++) {
      sum_g[c0 + c] += a[c];
      sum_gx[c0 + c] += b[c];
    }
  }
}

static void
norm_pool_gradient (const RenPool2 *p, float *restrict z,
    const float *restrict d_out, float keep_scale, const guint8 *restrict pick,
    const float *restrict mean_g, const float *restrict mean_gx)
{
  const guint half = p->size / 2;
  const gsize row = (gsize) p->size * p->z_stride;

  for (guint y = 0; y < half; y++)
    for (guint x = 0; x < half; x++) {
      float *const window = z + 2 * y * row + 2 * x * (gsize) p->z_stride;

      for (gint32 k = 0; k < 4; k++) {
        float *restrict v =
            window + (k >> 1) * row + (gsize) (k & 1) * p->z_stride;

        for (guint c = 0; c < p->n_channels; c++) {
          const float inv = p->inv[c], x_hat = (v[c] - p->mean[c]) * inv;
          const float g = (gint32) pick[c] == k ? d_out[c] * keep_scale : 0;

          v[c] = p->gamma[c] * inv * (g - mean_g[c] - x_hat * mean_gx[c]);
        }
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

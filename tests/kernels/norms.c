/* Batch norm, pooling and their gradients against the definitions in norm.h,
 * since all tables come from one text. SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "kernels.h"
#include "norm.h"

/* Rows with gaps between them; channels that are no whole number of blocks. */
enum
{
  N_ROWS = 37,
  CHANNELS = 83,
  STRIDE = 96,
  N = N_ROWS * STRIDE,
};

/* From 0.5 to 1.5, as deviations and what they are divided by. */
static float *
random_factors (guint64 seed, gsize n)
{
  float *x = random_floats (seed, n);

  for (gsize i = 0; i < n; i++)
    x[i] = 1 + x[i] / 2;
  return x;
}

static void
test_moments (gconstpointer data)
{
  const KernelSet *set = data;
  g_autofree float *z = random_floats (1, N);
  float mean[STRIDE] = { 0 }, m2[STRIDE] = { 0 };
  float expected_mean[STRIDE] = { 0 }, expected_m2[STRIDE] = { 0 };
  RenNormKernels k;

  if (!kernels_can_run (set))
    return;
  ren_norm_init (&k, set->all);
  k.moments (z, N_ROWS, STRIDE, CHANNELS, mean, m2);
  for (guint c = 0; c < CHANNELS; c++) {
    double sum = 0, squares = 0;

    for (guint r = 0; r < N_ROWS; r++)
      sum += (double) z[r * STRIDE + c];
    for (guint r = 0; r < N_ROWS; r++)
      squares += pow ((double) z[r * STRIDE + c] - sum / N_ROWS, 2);
    expected_mean[c] = (float) (sum / N_ROWS);
    expected_m2[c] = (float) squares;
  }
  assert_close (mean, expected_mean, STRIDE, N_ROWS);
  assert_close (m2, expected_m2, STRIDE, 4 * N_ROWS);
}

static void
test_normalize (gconstpointer data)
{
  const KernelSet *set = data;
  g_autofree float *mean = random_floats (2, CHANNELS);
  g_autofree float *inv = random_factors (3, CHANNELS);
  g_autofree float *gamma = random_floats (4, CHANNELS);
  g_autofree float *beta = random_floats (5, CHANNELS);
  RenNormKernels k;

  if (!kernels_can_run (set))
    return;
  ren_norm_init (&k, set->all);
  for (guint mode = 0; mode < 3; mode++) { /* with ReLU, without, without y */
    g_autofree float *z = random_floats (1, N);
    g_autofree float *y = random_floats (6, N);
    g_autofree float *x_hat = g_memdup2 (z, N * sizeof (float));
    g_autofree float *expected = g_memdup2 (y, N * sizeof (float));

    for (guint r = 0; r < N_ROWS; r++)
      for (guint c = 0; c < CHANNELS; c++) {
        const guint i = r * STRIDE + c;
        const float v = (z[i] - mean[c]) * inv[c];
        const float w = gamma[c] * v + beta[c];

        x_hat[i] = v;
        if (mode < 2)
          expected[i] = mode == 0 ? MAX (w, 0) : w;
      }
    z[STRIDE + 1] = NAN;
    k.normalize (z, N_ROWS, STRIDE, CHANNELS, mean, inv, gamma, beta,
        mode < 2 ? y : NULL, mode == 0);
    /* what is not a number is to be noticed later on */
    g_assert_true (isnan (z[STRIDE + 1]));
    g_assert_true (mode == 2 || isnan (y[STRIDE + 1]));
    z[STRIDE + 1] = x_hat[STRIDE + 1];
    y[STRIDE + 1] = expected[STRIDE + 1];
    assert_close (z, x_hat, N, 16);
    assert_close (y, expected, N, 16);
  }
}

static void
test_gradient (gconstpointer data)
{
  const KernelSet *set = data;
  g_autofree float *g = random_floats (1, N);
  g_autofree float *x_hat = random_floats (2, N);
  g_autofree float *inv = random_factors (3, CHANNELS);
  g_autofree float *gamma = random_floats (4, CHANNELS);
  g_autofree float *expected = g_memdup2 (x_hat, N * sizeof (float));
  float sum_g[STRIDE] = { 0 }, sum_gx[STRIDE] = { 0 };
  float expected_g[STRIDE] = { 0 }, expected_gx[STRIDE] = { 0 };
  RenNormKernels k;

  if (!kernels_can_run (set))
    return;
  ren_norm_init (&k, set->all);
  for (guint c = 0; c < CHANNELS; c++)
    for (guint r = 0; r < N_ROWS; r++) {
      const guint i = r * STRIDE + c;

      expected_g[c] += g[i];
      expected_gx[c] += g[i] * x_hat[i];
    }
  k.gradient_sums (g, x_hat, N_ROWS, STRIDE, CHANNELS, sum_g, sum_gx);
  assert_close (sum_g, expected_g, STRIDE, N_ROWS);
  assert_close (sum_gx, expected_gx, STRIDE, N_ROWS);

  /* any numbers would do for the means */
  for (guint c = 0; c < CHANNELS; c++) {
    sum_g[c] /= N_ROWS;
    sum_gx[c] /= N_ROWS;
    for (guint r = 0; r < N_ROWS; r++) {
      const guint i = r * STRIDE + c;

      expected[i] =
          gamma[c] * inv[c] * (g[i] - sum_g[c] - x_hat[i] * sum_gx[c]);
    }
  }
  k.gradient (g, x_hat, N_ROWS, STRIDE, CHANNELS, inv, gamma, sum_g, sum_gx);
  assert_close (x_hat, expected, N, 16);
}

/* ---- pooling --------------------------------------------------------------- */

enum
{
  SIZE = 6,
  HALF = SIZE / 2,
  POOLED = 64,
  Z_STRIDE = POOLED + 5,
  OUT_STRIDE = POOLED + 3,
  N_Z = SIZE * SIZE * Z_STRIDE,
  N_OUT = HALF * HALF * OUT_STRIDE,
  N_PICKED = HALF * HALF * POOLED,
};

/* One image, its gradient, and what was kept of it. */
typedef struct
{
  RenPool2 p;
  RenNormKernels k;
  float *z, *d_out, *mean, *inv, *gamma, *beta, *keep;
  float *picked;
  guint8 *pick;
} Pool;

/* Pixels are eighths, so that there are equals among them; a channel of nothing
 * is at ReLU's corner, where the gradient is 0. */
static Pool *
pool_new (const KernelSet *set)
{
  Pool *pool = g_new0 (Pool, 1);

  ren_norm_init (&pool->k, set->all);
  pool->z = random_floats (1, N_Z);
  for (guint i = 0; i < N_Z; i++)
    pool->z[i] = rintf (pool->z[i] * 8) / 8;
  pool->mean = random_floats (2, POOLED);
  pool->inv = random_factors (3, POOLED);
  pool->gamma = random_floats (4, POOLED);
  pool->beta = random_floats (5, POOLED);
  pool->mean[2] = pool->beta[2] = 0;
  for (guint i = 0; i < SIZE * SIZE; i++)
    pool->z[i * Z_STRIDE + 2] = 0;
  pool->keep = random_floats (6, N_PICKED);
  for (guint i = 0; i < N_PICKED; i++)
    pool->keep[i] = pool->keep[i] > 0 ? 1.25f : 0;
  pool->d_out = random_floats (7, N_OUT);
  pool->picked = g_new (float, N_PICKED);
  pool->pick = g_new (guint8, N_PICKED);
  pool->p = (RenPool2){ SIZE, POOLED, Z_STRIDE, OUT_STRIDE, pool->mean,
    pool->inv, pool->gamma, pool->beta };
  return pool;
}

static void
pool_free (Pool *pool)
{
  g_free (pool->z);
  g_free (pool->d_out);
  g_free (pool->mean);
  g_free (pool->inv);
  g_free (pool->gamma);
  g_free (pool->beta);
  g_free (pool->keep);
  g_free (pool->picked);
  g_free (pool->pick);
  g_free (pool);
}

/* Where a pixel of a window lies in z. */
static guint
pixel_at (guint window, guint pixel)
{
  const guint y = window / HALF * 2 + pixel / 2;
  const guint x = window % HALF * 2 + pixel % 2;

  return (y * SIZE + x) * Z_STRIDE;
}

/* Fills picked and pick; out where it is given. */
static void
pool_plainly (Pool *pool, const float *keep, float *out)
{
  for (guint w = 0; w < HALF * HALF; w++)
    for (guint c = 0; c < POOLED; c++) {
      float most = 0;
      guint best = 0;

      for (guint i = 0; i < 4; i++) {
        const float x_hat =
            (pool->z[pixel_at (w, i) + c] - pool->mean[c]) * pool->inv[c];
        const float y = pool->gamma[c] * x_hat + pool->beta[c];

        /* of equals the first, as PyTorch has it */
        if (i == 0 || y > most) {
          most = y;
          best = i;
          pool->picked[w * POOLED + c] = x_hat;
        }
      }
      if (most <= 0 || (keep && keep[w * POOLED + c] == 0))
        best = REN_PICK_NONE;
      pool->pick[w * POOLED + c] = (guint8) best;
      out[w * OUT_STRIDE + c] =
          MAX (most, 0) * (keep ? keep[w * POOLED + c] : 1);
    }
}

static void
test_pool (gconstpointer data)
{
  const KernelSet *set = data;
  Pool *pool;

  if (!kernels_can_run (set))
    return;
  pool = pool_new (set);
  for (guint dropout = 0; dropout < 2; dropout++) {
    const float *keep = dropout ? pool->keep : NULL;
    g_autofree float *out = random_floats (8, N_OUT);
    g_autofree float *expected = g_memdup2 (out, N_OUT * sizeof (float));
    float picked[N_PICKED];
    guint8 pick[N_PICKED];

    pool_plainly (pool, keep, expected);
    pool->k.pool (&pool->p, pool->z, keep, out, picked, pick);
    assert_close (out, expected, N_OUT, 16);
    assert_close (picked, pool->picked, N_PICKED, 16);
    g_assert_cmpmem (pick, sizeof pick, pool->pick, N_PICKED);
  }
  /* what is not a number is to be noticed later on */
  pool->beta[1] = NAN;
  {
    float out[N_OUT];

    pool->k.pool (&pool->p, pool->z, NULL, out, pool->picked, pool->pick);
    g_assert_true (isnan (out[1]));
  }
  pool_free (pool);
}

static void
test_pool_gradient (gconstpointer data)
{
  const KernelSet *set = data;
  const float keep_scale = 1.25f;
  g_autofree float *sum_g = random_floats (9, POOLED);
  g_autofree float *sum_gx = random_floats (10, POOLED);
  g_autofree float *expected_g = g_memdup2 (sum_g, POOLED * sizeof (float));
  g_autofree float *expected_gx = g_memdup2 (sum_gx, POOLED * sizeof (float));
  g_autofree float *expected = NULL;
  float out[N_OUT];
  Pool *pool;

  if (!kernels_can_run (set))
    return;
  pool = pool_new (set);
  pool_plainly (pool, pool->keep, out);
  expected = g_memdup2 (pool->z, N_Z * sizeof (float));
  for (guint w = 0; w < HALF * HALF; w++)
    for (guint c = 0; c < POOLED; c++) {
      const guint at = w * POOLED + c, kept = pool->pick[at];
      const float g = keep_scale * pool->d_out[w * OUT_STRIDE + c];

      if (kept != REN_PICK_NONE) {
        expected_g[c] += g;
        expected_gx[c] += g * pool->picked[at];
      }
      /* the means below are the sums as they were: any numbers would do */
      for (guint i = 0; i < 4; i++) {
        float *z = &expected[pixel_at (w, i) + c];
        const float x_hat = (*z - pool->mean[c]) * pool->inv[c];

        *z = pool->gamma[c] * pool->inv[c] *
             ((i == kept ? g : 0) - sum_g[c] - x_hat * sum_gx[c]);
      }
    }
  pool->k.pool_gradient (
      &pool->p, pool->z, pool->d_out, keep_scale, pool->pick, sum_g, sum_gx);
  assert_close (pool->z, expected, N_Z, 64);
  pool->k.pool_gradient_sums (&pool->p, pool->d_out, keep_scale, pool->picked,
      pool->pick, sum_g, sum_gx);
  assert_close (sum_g, expected_g, POOLED, 4 * HALF * HALF);
  assert_close (sum_gx, expected_gx, POOLED, 4 * HALF * HALF);
  pool_free (pool);
}

/* ---- a step ---------------------------------------------------------------- */

static void
test_sgd (gconstpointer data)
{
  const KernelSet *set = data;
  const float rate = .5f, momentum = .75f, decay = .25f, pull = .125f;
  RenNormKernels k;

  if (!kernels_can_run (set))
    return;
  ren_norm_init (&k, set->all);
  for (guint mode = 0; mode < 4; mode++) {
    const gboolean nesterov = mode & 1;
    g_autofree float *w = random_floats (1, N_ROWS);
    g_autofree float *m = random_floats (2, N_ROWS);
    g_autofree float *g = random_floats (3, N_ROWS);
    g_autofree float *average = mode & 2 ? random_floats (4, N_ROWS) : NULL;
    float expected[3][N_ROWS] = { { 0 } };

    for (guint i = 0; i < N_ROWS; i++) {
      const float d = g[i] + decay * w[i], v = momentum * m[i] + d;

      expected[0][i] = w[i] - rate * (nesterov ? d + momentum * v : v);
      expected[1][i] = v;
      if (average)
        expected[2][i] = average[i] + pull * (expected[0][i] - average[i]);
    }
    k.sgd (N_ROWS, w, m, g, average, rate, momentum, decay, nesterov, pull);
    assert_close (w, expected[0], N_ROWS, 16);
    assert_close (m, expected[1], N_ROWS, 16);
    if (average)
      assert_close (average, expected[2], N_ROWS, 16);
  }
}

void
add_norm_tests (const KernelSet *set)
{
  add_kernel_test (set, "norm/moments", test_moments);
  add_kernel_test (set, "norm/normalize", test_normalize);
  add_kernel_test (set, "norm/gradient", test_gradient);
  add_kernel_test (set, "norm/pool", test_pool);
  add_kernel_test (set, "norm/pool-gradient", test_pool_gradient);
  add_kernel_test (set, "norm/sgd", test_sgd);
}

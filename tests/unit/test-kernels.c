/* Every kernel table against plain definitions, on the network's shapes and
 * odd ones. SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "kernels.h"
#include "network.h"

static float *
random_floats (GRand *rand, gsize n)
{
  float *x = g_new (float, n);

  for (gsize i = 0; i < n; i++)
    x[i] = (float) g_rand_double_range (rand, -1, 1);
  return x;
}

/* Summed one by one, k products of numbers below 1 in fp32 carry a rounding
 * error of some k / 40 × 2^-22 (partial sums grow like sqrt (k) / 3), and the
 * worst of thousands of sums several times that. One misplaced product is off
 * by 0.1 and more. */
static double
tolerance (gsize k)
{
  return (double) (k + 64) / (1 << 23);
}

static void
check_gemm (
    const RenKernels *kernels, gsize m, gsize n, gsize k, gboolean accumulate)
{
  g_autoptr (GRand) rand =
      g_rand_new_with_seed ((guint32) (m * 31 + n * 7 + k));
  /* one column lies side by side, as in the network */
  const gsize lda = k + 3, ldb = n == 1 ? 1 : n + 2, ldc = n + 5;
  g_autofree float *a = random_floats (rand, m * lda);
  g_autofree float *b = random_floats (rand, k * ldb);
  g_autofree float *c = random_floats (rand, m * ldc);
  g_autofree float *before = g_memdup2 (c, m * ldc * sizeof *c);

  kernels->gemm (m, n, k, a, lda, b, ldb, c, ldc, accumulate);
  for (gsize i = 0; i < m; i++)
    for (gsize j = 0; j < ldc; j++) {
      double sum = accumulate ? before[i * ldc + j] : 0;

      if (j >= n) { /* between rows nothing may change */
        g_assert_cmpfloat (c[i * ldc + j], ==, before[i * ldc + j]);
        continue;
      }
      for (gsize p = 0; p < k; p++)
        sum += (double) a[i * lda + p] * b[p * ldb + j];
      g_assert_cmpfloat (fabs (sum - c[i * ldc + j]), <=, tolerance (k));
    }
}

static void
test_gemm (gconstpointer data)
{
  static const gsize shapes[][3] = { { 1, 1, 1 }, { 7, 1, 2048 },
    { 64, 1024, 9 }, { 128, 40, 576 }, { 33, 17, 65 }, { 16, 4, 4608 },
    { 5, 3, 2048 }, { 31, 1, 257 }, { 3, 129, 2 }, { 256, 39, 1024 } };
  RenKernels k;

  ren_kernels_init (&k, GPOINTER_TO_UINT (data));
  for (gsize i = 0; i < G_N_ELEMENTS (shapes); i++)
    for (gint acc = 0; acc < 2; acc++)
      check_gemm (&k, shapes[i][0], shapes[i][1], shapes[i][2], acc);
}

/* What a tap of a padded convolution sees. */
static float
padded (const float *plane, gint size, gint y, gint x)
{
  return y >= 0 && y < size && x >= 0 && x < size ? plane[y * size + x] : 0;
}

static void
check_im2col (const RenKernels *k, const RenLayer *layer, guint n_images,
    guint row0, guint n_rows)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (layer->c_in);
  const guint size = layer->size_in, out = ren_layer_size_out (layer);
  const guint channels = 5, taps = layer->kernel * layer->kernel;
  const RenWindow win = { .n_images = n_images,
    .image_stride = size * size,
    .channel_stride = n_images * size * size,
    .size_in = size,
    .size_out = out,
    .kernel = layer->kernel,
    .stride = layer->stride,
    .live_taps = ren_layer_live_taps (layer),
    .row0 = row0,
    .n_rows = n_rows };
  const gsize pitch = (gsize) n_images * n_rows * out;
  g_autofree float *in = random_floats (rand, channels * win.channel_stride);
  g_autofree float *cols = g_new0 (float, taps *channels *pitch);
  gsize at = 0;

  /* in two calls, as two threads would */
  k->im2col (&win, in, channels, 0, 2, cols);
  k->im2col (&win, in, channels, 2, channels, cols);
  for (guint t = 0; t < taps; t++) {
    gboolean meets_pixel = FALSE;

    for (guint c = 0; c < channels; c++)
      for (guint n = 0; n < n_images; n++)
        for (guint r = 0; r < n_rows; r++)
          for (guint x = 0; x < out; x++) {
            gint iy = (gint) ((row0 + r) * layer->stride + t / layer->kernel) -
                      (gint) layer->kernel / 2;
            gint ix = (gint) (x * layer->stride + t % layer->kernel) -
                      (gint) layer->kernel / 2;
            const float *plane =
                in + c * win.channel_stride + n * win.image_stride;

            meets_pixel |=
                iy >= 0 && iy < (gint) size && ix >= 0 && ix < (gint) size;
            if (win.live_taps >> t & 1)
              g_assert_cmpfloat (
                  cols[at++], ==, padded (plane, (gint) size, iy, ix));
          }
    /* a tap may only be dropped if it never meets a pixel */
    if (row0 == 0 && n_rows == out)
      g_assert_cmpint (meets_pixel, ==, win.live_taps >> t & 1);
  }
}

static void
test_im2col (gconstpointer data)
{
  RenKernels k;

  ren_kernels_init (&k, GPOINTER_TO_UINT (data));
  for (guint id = 0; id < REN_N_LAYERS; id++) {
    const RenLayer *layer = &ren_network[id];
    guint out = ren_layer_size_out (layer);

    if (layer->kernel == 0)
      continue;
    check_im2col (&k, layer, 1, 0, out);
    check_im2col (&k, layer, 3, 0, out);
    if (out > 2)
      check_im2col (&k, layer, 1, out / 2, out / 2);
  }
}

static void
test_im2col_u8 (gconstpointer data)
{
  enum
  {
    SIZE = 64
  };
  RenKernels k;
  guint8 in[SIZE * SIZE];
  g_autofree float *cols = g_new (float, 9 * SIZE * SIZE);

  ren_kernels_init (&k, GPOINTER_TO_UINT (data));
  for (guint i = 0; i < sizeof in; i++)
    in[i] = (guint8) (i * 37 + i / 64);
  for (guint row0 = 0; row0 < SIZE; row0 += 16) {
    RenWindow win = { .n_images = 1,
      .size_in = SIZE,
      .size_out = SIZE,
      .kernel = 3,
      .stride = 1,
      .live_taps = 0x1ff,
      .row0 = row0,
      .n_rows = 16 };
    const float *c = cols;

    k.im2col_u8 (&win, in, cols);
    for (gint t = 0; t < 9; t++)
      for (gint y = (gint) row0; y < (gint) row0 + 16; y++)
        for (gint x = 0; x < SIZE; x++) {
          gint iy = y + t / 3 - 1, ix = x + t % 3 - 1;
          gboolean inside = iy >= 0 && iy < SIZE && ix >= 0 && ix < SIZE;

          g_assert_cmpfloat (*c++, ==, inside ? in[iy * SIZE + ix] : 0);
        }
  }
}

static void
test_store (gconstpointer data)
{
  RenKernels k;
  const float in[] = { -3, 1, 2, -5, 0, -1, -4, 7 }; /* 2 rows × 4 columns */
  float x[5] = { -2, -1, 0, 1, 2 }, out[2];

  ren_kernels_init (&k, GPOINTER_TO_UINT (data));
  k.bias_relu (x, 5, .5f);
  g_assert_true (memcmp (x, (float[]){ 0, 0, .5f, 1.5f, 2.5f }, sizeof x) == 0);
  k.bias_relu_pool2 (in, 1, 2, -2, out);
  g_assert_cmpfloat (out[0], ==, 0);
  g_assert_cmpfloat (out[1], ==, 5);
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *name;
    RenCpu cpu;
  } tables[] = { { "c", REN_CPU_NONE }, { "blas", REN_CPU_BLAS } };
  static const struct
  {
    const char *name;
    GTestDataFunc test;
  } tests[] = { { "gemm", test_gemm }, { "im2col", test_im2col },
    { "im2col-u8", test_im2col_u8 }, { "store", test_store } };

  g_test_init (&argc, &argv, NULL);
  ren_blas_acquire ();
  for (gsize t = 0; t < G_N_ELEMENTS (tables); t++)
    for (gsize i = 0; i < G_N_ELEMENTS (tests); i++) {
      g_autofree char *path =
          g_strdup_printf ("/kernels/%s/%s", tables[t].name, tests[i].name);

      g_test_add_data_func (
          path, GUINT_TO_POINTER (tables[t].cpu), tests[i].test);
    }
  return g_test_run ();
}

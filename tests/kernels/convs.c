/* The convolutions. SPDX-License-Identifier: MIT */
#include <string.h>

#include "kernels.h"

enum
{
  N_WINDOWS = (REN_CONV1_STRIDE - 2) / 2,
  TILE_CHANNELS = 128,
  PLANE = TILE_CHANNELS + 5,
  ROW = 6 * TILE_CHANNELS + 7,
};

static void
test_conv1 (gconstpointer data)
{
  const KernelSet *set = data;
  g_autofree float *grey = random_floats (1, 4 * REN_CONV1_STRIDE);
  g_autofree float *weight = random_floats (2, 9 * REN_CONV1_CHANNELS);
  g_autofree float *bias = random_floats (3, 6 * REN_CONV1_CHANNELS);
  const float *const cases[2] = { bias, bias + 3 * REN_CONV1_CHANNELS };
  RenConvKernels k[2];
  float out[2][N_WINDOWS * REN_CONV1_CHANNELS];

  if (!kernels_can_run (set))
    return;
  ren_conv_init (&k[0], REN_CPU_REFERENCE);
  ren_conv_init (&k[1], set->all);
  for (guint t = 0; t < 2; t++)
    k[t].conv1 (grey, weight, cases, out[t]);
  assert_close (out[0], out[1], N_WINDOWS * REN_CONV1_CHANNELS, 10);

  /* whole numbers, so that sums are exact however they are made */
  for (guint i = 0; i < 4 * REN_CONV1_STRIDE; i++)
    grey[i] = (float) (i % 256);
  for (guint i = 0; i < 9 * REN_CONV1_CHANNELS; i++)
    weight[i] = (float) (gint32) (weight[i] * 7000);
  for (guint i = 0; i < 6 * REN_CONV1_CHANNELS; i++)
    bias[i] = (float) (gint32) (bias[i] * 100000);
  for (guint t = 0; t < 2; t++)
    k[t].conv1 (grey, weight, cases, out[t]);
  g_assert_cmpmem (out[0], sizeof out[0], out[1], sizeof out[1]);
}

static void
test_tiles (gconstpointer data)
{
  const KernelSet *set = data;
  g_autofree float *in = random_floats (1, 6 * ROW);
  g_autofree float *sums = random_floats (2, REN_WINOGRAD_VALUES (4) * PLANE);
  g_autofree float *values = random_floats (3, REN_WINOGRAD_VALUES (4) * PLANE);
  g_autofree float *expected =
      random_floats (3, REN_WINOGRAD_VALUES (4) * PLANE);
  RenConvKernels k[2];
  float out[2][2 * 80] = { { 0 } };

  if (!kernels_can_run (set))
    return;
  ren_conv_init (&k[0], REN_CPU_REFERENCE);
  ren_conv_init (&k[1], set->all);
  for (guint t = 0; t < 2; t++) {
    k[t].tile_in (in, ROW, TILE_CHANNELS, t ? values : expected, PLANE);
    k[t].tile_out (sums, PLANE, out[t], 80);
  }
  /* sums of up to 100 times a number below 1, and of 361 */
  assert_close (values, expected, REN_WINOGRAD_VALUES (4) * PLANE, 800);
  assert_close (out[0], out[1], 2 * 80, 2000);
}

/* The transforms together are a convolution and its pooling. */
static void
test_winograd (gconstpointer data)
{
  const KernelSet *set = data;
  g_autofree float *in = random_floats (1, 36 * REN_PANEL);
  g_autofree float *filters = random_floats (2, 9 * REN_PANEL);
  RenConvKernels k;
  float values[REN_WINOGRAD_VALUES (4) * REN_PANEL];
  float out[4 * REN_PANEL], expected[4 * REN_PANEL];

  if (!kernels_can_run (set))
    return;
  ren_conv_init (&k, set->all);
  k.tile_in (in, 6 * REN_PANEL, REN_PANEL, values, REN_PANEL);
  /* channel by channel, each with its own filter */
  for (guint c = 0; c < REN_PANEL; c++) {
    float filter[REN_WINOGRAD_VALUES (4)];

    ren_winograd_filter (4, filters + 9 * c, filter);
    for (guint v = 0; v < REN_WINOGRAD_VALUES (4); v++)
      values[v * REN_PANEL + c] *= filter[v];
    for (guint w = 0; w < 4; w++) {
      float most = -G_MAXFLOAT;

      for (guint p = 0; p < 4; p++) {
        const guint y = w / 2 * 2 + p / 2, x = w % 2 * 2 + p % 2;
        float sum = 0;

        for (guint t = 0; t < 9; t++)
          sum += in[((y + t / 3) * 6 + x + t % 3) * REN_PANEL + c] *
                 filters[9 * c + t];
        most = MAX (most, sum);
      }
      expected[w * REN_PANEL + c] = most;
    }
  }
  k.tile_out (values, REN_PANEL, out, 2 * REN_PANEL);
  assert_close (out, expected, 4 * REN_PANEL, 400);
}

/* The transforms of whole images against the plain ones, and each of the two
 * together against the convolution that they are. */
static void
check_image (const KernelSet *set, guint size)
{
  const guint n_values = REN_WINOGRAD_VALUES (size), n_pixels = size * size;
  const gint side = (gint) size;
  g_autofree float *in = random_floats (1, 16 * TILE_CHANNELS);
  g_autofree float *filters = random_floats (2, 9 * REN_PANEL);
  RenConvKernels k[2];
  float values[2][36 * PLANE], out[16 * REN_PANEL], expected[16 * REN_PANEL];

  ren_conv_init (&k[0], REN_CPU_REFERENCE);
  ren_conv_init (&k[1], set->all);
  for (guint t = 0; t < 2; t++)
    k[t].image_in (size, in, TILE_CHANNELS, values[t], PLANE);
  for (guint v = 0; v < n_values; v++)
    assert_close (
        values[1] + v * PLANE, values[0] + v * PLANE, TILE_CHANNELS, 800);

  /* channel by channel, each with its own filter */
  for (gint p = 0; p < side * side; p++)
    for (guint c = 0; c < REN_PANEL; c++) {
      float sum = 0;

      for (gint t = 0; t < 9; t++) {
        const gint y = p / side + t / 3 - 1, x = p % side + t % 3 - 1;

        if (y >= 0 && y < side && x >= 0 && x < side)
          sum += in[(y * side + x) * TILE_CHANNELS + (gint) c] *
                 filters[9 * (gint) c + t];
      }
      expected[p * REN_PANEL + (gint) c] = sum;
    }
  for (guint t = 0; t < 2; t++) {
    for (guint c = 0; c < REN_PANEL; c++) {
      float filter[36];

      ren_winograd_filter (size, filters + 9 * c, filter);
      for (guint v = 0; v < n_values; v++)
        values[t][v * PLANE + c] *= filter[v];
    }
    k[t].image_out (size, values[t], PLANE, out);
    assert_close (out, expected, n_pixels * REN_PANEL, 400);
  }
}

static void
test_images (gconstpointer data)
{
  const KernelSet *set = data;

  if (!kernels_can_run (set))
    return;
  check_image (set, 4);
  check_image (set, 2);
}

void
add_conv_tests (const KernelSet *set)
{
  add_kernel_test (set, "conv/conv1", test_conv1);
  add_kernel_test (set, "conv/tiles", test_tiles);
  add_kernel_test (set, "conv/images", test_images);
  add_kernel_test (set, "conv/winograd", test_winograd);
}

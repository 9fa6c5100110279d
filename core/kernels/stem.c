/* Plain C stem kernels, straight from the definitions, and the choice of faster
 * ones. SPDX-License-Identifier: MIT */
#include <string.h>

#include "rows.h"
#include "stem.h"

static void
conv1 (const float *grey, const float *weight, const float *const bias[2],
    float *out)
{
  const guint n = REN_CONV1_STRIDE - 2;

  for (guint w = 0; w < n / 2; w++)
    for (guint c = 0; c < REN_CONV1_CHANNELS; c++) {
      float most = 0;

      for (guint p = 0; p < 4; p++) {
        const guint y = p / 2, x = 2 * w + p % 2;
        const guint side = x == 0 ? 0 : x == n - 1 ? 2 : 1;
        float sum = bias[y][side * REN_CONV1_CHANNELS + c];

        for (guint t = 0; t < 9; t++)
          sum += grey[(y + t / 3) * REN_CONV1_STRIDE + x + t % 3] *
                 weight[t * REN_CONV1_CHANNELS + c];
        most = MAX (most, sum);
      }
      out[w * REN_CONV1_CHANNELS + c] = most;
    }
}

/* Bᵀ, G and Aᵀ of the paper's section 4.3 */
static const float to_values[6][6] = {
  { 4, 0, -5, 0, 1, 0 },
  { 0, -4, -4, 1, 1, 0 },
  { 0, 4, -4, -1, 1, 0 },
  { 0, -2, -1, 2, 1, 0 },
  { 0, 2, -1, -2, 1, 0 },
  { 0, 4, 0, -5, 0, 1 },
};
static const double of_filter[6][3] = {
  { 1 / 4., 0, 0 },
  { -1 / 6., -1 / 6., -1 / 6. },
  { -1 / 6., 1 / 6., -1 / 6. },
  { 1 / 24., 1 / 12., 1 / 6. },
  { 1 / 24., -1 / 12., 1 / 6. },
  { 0, 0, 1 },
};
static const float to_pixels[4][6] = {
  { 1, 1, 1, 1, 1, 0 },
  { 0, 1, -1, 2, -2, 0 },
  { 0, 1, 1, 4, 4, 0 },
  { 0, 1, -1, 8, -8, 1 },
};

void
ren_tile_filter (const float filter[9], float values[REN_TILE_VALUES])
{
  double half[6][3];

  for (guint i = 0; i < 6; i++)
    for (guint x = 0; x < 3; x++)
      half[i][x] = of_filter[i][0] * (double) filter[x] +
                   of_filter[i][1] * (double) filter[3 + x] +
                   of_filter[i][2] * (double) filter[6 + x];
  for (guint i = 0; i < 6; i++)
    for (guint j = 0; j < 6; j++)
      values[i * 6 + j] =
          (float) (half[i][0] * of_filter[j][0] + half[i][1] * of_filter[j][1] +
                   half[i][2] * of_filter[j][2]);
}

static void
tile_in (const float *in, gsize row_stride, guint n_channels, float *values,
    gsize plane)
{
  for (guint c = 0; c < n_channels; c++)
    for (guint i = 0; i < 6; i++)
      for (guint j = 0; j < 6; j++) {
        float sum = 0;

        for (guint y = 0; y < 6; y++)
          for (guint x = 0; x < 6; x++)
            sum += to_values[i][y] * in[y * row_stride + x * n_channels + c] *
                   to_values[j][x];
        values[(i * 6 + j) * plane + c] = sum;
      }
}

static void
tile_out (const float *values, gsize plane, float *out, gsize row_stride)
{
  for (guint c = 0; c < REN_PANEL; c++) {
    float pixel[4][4];

    for (guint y = 0; y < 4; y++)
      for (guint x = 0; x < 4; x++) {
        pixel[y][x] = 0;
        for (guint i = 0; i < 6; i++)
          for (guint j = 0; j < 6; j++)
            pixel[y][x] += to_pixels[y][i] * values[(i * 6 + j) * plane + c] *
                           to_pixels[x][j];
      }
    for (guint y = 0; y < 2; y++)
      for (guint x = 0; x < 2; x++) {
        const float top = MAX (pixel[2 * y][2 * x], pixel[2 * y][2 * x + 1]);
        const float bottom =
            MAX (pixel[2 * y + 1][2 * x], pixel[2 * y + 1][2 * x + 1]);

        out[y * row_stride + x * REN_PANEL + c] = MAX (top, bottom);
      }
  }
}

void
ren_stem_init (RenStemKernels *k, RenCpu cpu)
{
  k->conv1 = conv1;
  k->tile_in = tile_in;
  k->tile_out = tile_out;
  if (cpu & REN_CPU_VECTOR)
    ren_stem_init_vector (k);
#if defined(__x86_64__) || defined(__i386__)
  if (cpu & REN_CPU_AVX2)
    ren_stem_init_avx2 (k);
  if (cpu & REN_CPU_AVX512F)
    ren_stem_init_avx512f (k);
#elif defined(__aarch64__)
  if (cpu & REN_CPU_NEON)
    ren_stem_init_neon (k);
#endif
}

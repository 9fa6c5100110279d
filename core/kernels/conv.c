/* The convolutions in plain C, straight from the definitions, and the choice of
 * faster ones. SPDX-License-Identifier: MIT */
#include "conv.h"

#include "rows.h"

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

/* ---- Winograd ------------------------------------------------------------- */

/* An axis of a tile: Bᵀ, from pixels with those around them to values; G, from
 * taps to values; Aᵀ, from values to pixels. */
typedef struct
{
  guint size, n_values;
  float to_values[6][6];
  double of_filter[6][3];
  float to_pixels[4][6];
} Axis;

/* section 4.3 of the paper */
static const Axis axis_of_4 = {
  4,
  6,
  { { 4, 0, -5, 0, 1, 0 }, { 0, -4, -4, 1, 1, 0 }, { 0, 4, -4, -1, 1, 0 },
      { 0, -2, -1, 2, 1, 0 }, { 0, 2, -1, -2, 1, 0 }, { 0, 4, 0, -5, 0, 1 } },
  { { 1 / 4., 0, 0 }, { -1 / 6., -1 / 6., -1 / 6. },
      { -1 / 6., 1 / 6., -1 / 6. }, { 1 / 24., 1 / 12., 1 / 6. },
      { 1 / 24., -1 / 12., 1 / 6. }, { 0, 0, 1 } },
  { { 1, 1, 1, 1, 1, 0 }, { 0, 1, -1, 2, -2, 0 }, { 0, 1, 1, 4, 4, 0 },
      { 0, 1, -1, 8, -8, 1 } },
};

/* see the head of conv.h */
static const Axis axis_of_2 = {
  2,
  3,
  { { 0, 1, 1, 0 }, { 0, 0, 1, 0 }, { 0, 1, 0, 0 } },
  { { 0, 1, 0 }, { 0, -1, 1 }, { 1, -1, 0 } },
  { { 1, 1, 0 }, { 1, 0, 1 } },
};

static const Axis *
axis_of (guint size)
{
  return size == 4 ? &axis_of_4 : &axis_of_2;
}

void
ren_winograd_filter (guint size, const float filter[9], float *values)
{
  const Axis *a = axis_of (size);
  double half[6][3];

  for (guint i = 0; i < a->n_values; i++)
    for (guint x = 0; x < 3; x++)
      half[i][x] = a->of_filter[i][0] * (double) filter[x] +
                   a->of_filter[i][1] * (double) filter[3 + x] +
                   a->of_filter[i][2] * (double) filter[6 + x];
  for (guint i = 0; i < a->n_values; i++)
    for (guint j = 0; j < a->n_values; j++)
      values[i * a->n_values + j] = (float) (half[i][0] * a->of_filter[j][0] +
                                             half[i][1] * a->of_filter[j][1] +
                                             half[i][2] * a->of_filter[j][2]);
}

static void
to_values (const Axis *a, const float pixel[6][6], float *values, gsize plane)
{
  for (guint i = 0; i < a->n_values; i++)
    for (guint j = 0; j < a->n_values; j++) {
      float sum = 0;

      for (guint y = 0; y < a->size + 2; y++)
        for (guint x = 0; x < a->size + 2; x++)
          sum += a->to_values[i][y] * pixel[y][x] * a->to_values[j][x];
      values[(i * a->n_values + j) * plane] = sum;
    }
}

static void
to_pixels (const Axis *a, const float *values, gsize plane, float pixel[4][4])
{
  for (guint y = 0; y < a->size; y++)
    for (guint x = 0; x < a->size; x++) {
      pixel[y][x] = 0;
      for (guint i = 0; i < a->n_values; i++)
        for (guint j = 0; j < a->n_values; j++)
          pixel[y][x] += a->to_pixels[y][i] *
                         values[(i * a->n_values + j) * plane] *
                         a->to_pixels[x][j];
    }
}

static void
tile_in (const float *in, gsize row_stride, guint n_channels, float *values,
    gsize plane)
{
  for (guint c = 0; c < n_channels; c++) {
    float pixel[6][6];

    for (guint y = 0; y < 6; y++)
      for (guint x = 0; x < 6; x++)
        pixel[y][x] = in[y * row_stride + x * n_channels + c];
    to_values (&axis_of_4, pixel, values + c, plane);
  }
}

static void
tile_out (const float *values, gsize plane, float *out, gsize row_stride)
{
  for (guint c = 0; c < REN_PANEL; c++) {
    float pixel[4][4];

    to_pixels (&axis_of_4, values + c, plane, pixel);
    for (guint y = 0; y < 2; y++)
      for (guint x = 0; x < 2; x++) {
        const float top = MAX (pixel[2 * y][2 * x], pixel[2 * y][2 * x + 1]);
        const float bottom =
            MAX (pixel[2 * y + 1][2 * x], pixel[2 * y + 1][2 * x + 1]);

        out[y * row_stride + x * REN_PANEL + c] = MAX (top, bottom);
      }
  }
}

static void
image_in (
    guint size, const float *in, guint n_channels, float *values, gsize plane)
{
  for (guint c = 0; c < n_channels; c++) {
    float pixel[6][6] = { { 0 } };

    for (guint y = 0; y < size; y++)
      for (guint x = 0; x < size; x++)
        pixel[y + 1][x + 1] = in[(y * size + x) * n_channels + c];
    to_values (axis_of (size), pixel, values + c, plane);
  }
}

static void
image_out (guint size, const float *values, gsize plane, float *out)
{
  for (guint c = 0; c < REN_PANEL; c++) {
    float pixel[4][4];

    to_pixels (axis_of (size), values + c, plane, pixel);
    for (guint y = 0; y < size; y++)
      for (guint x = 0; x < size; x++)
        out[(y * size + x) * REN_PANEL + c] = pixel[y][x];
  }
}

void
ren_conv_init (RenConvKernels *k, RenCpu cpu)
{
  k->conv1 = conv1;
  k->tile_in = tile_in;
  k->tile_out = tile_out;
  k->image_in = image_in;
  k->image_out = image_out;
  if (cpu & REN_CPU_VECTOR)
    ren_conv_init_vector (k);
#if defined(__x86_64__) || defined(__i386__)
  if (cpu & REN_CPU_AVX2)
    ren_conv_init_avx2 (k);
  if (cpu & REN_CPU_AVX512F)
    ren_conv_init_avx512f (k);
#elif defined(__aarch64__)
  if (cpu & REN_CPU_NEON)
    ren_conv_init_neon (k);
#endif
}

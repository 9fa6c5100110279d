/* The convolutions for one vector length, LANES.
 * SPDX-License-Identifier: MIT */
#include "conv.h"
#include "rows.h"
#include "vector-template.h"

static inline Vector
highest (Vector a, Vector b)
{
  typedef gint32 Mask __attribute__ ((vector_size (sizeof (Vector))));
  const Mask more = a > b;

  return (Vector) ((more & (Mask) a) | (~more & (Mask) b));
}

/* ---- conv1 ----------------------------------------------------------------- */

/* Vectors of channels at a time; for each, four pixels' sums. */
#define CONV1_V 2

static inline __attribute__ ((always_inline)) void
conv1_window (const float *grey, const float *weight, const float *bias0,
    const float *bias1, const gsize first, const gsize second, float *out)
{
  Vector sum[4][CONV1_V];

  for (guint j = 0; j < CONV1_V; j++) {
    sum[0][j] = load (bias0 + first * REN_CONV1_CHANNELS + j * LANES);
    sum[1][j] = load (bias0 + second * REN_CONV1_CHANNELS + j * LANES);
    sum[2][j] = load (bias1 + first * REN_CONV1_CHANNELS + j * LANES);
    sum[3][j] = load (bias1 + second * REN_CONV1_CHANNELS + j * LANES);
  }
  for (guint t = 0; t < 9; t++) {
    const float *x = grey + t / 3 * REN_CONV1_STRIDE + t % 3;

    for (guint j = 0; j < CONV1_V; j++) {
      const Vector w = load (weight + t * REN_CONV1_CHANNELS + j * LANES);

      sum[0][j] += x[0] * w;
      sum[1][j] += x[1] * w;
      sum[2][j] += x[REN_CONV1_STRIDE] * w;
      sum[3][j] += x[REN_CONV1_STRIDE + 1] * w;
    }
  }
  for (guint j = 0; j < CONV1_V; j++) {
    const Vector top = highest (sum[0][j], sum[1][j]);
    const Vector bottom = highest (sum[2][j], sum[3][j]);

    store (out + j * LANES, highest (highest (top, bottom), (Vector){ 0 }));
  }
}

static void
conv1 (const float *grey, const float *weight, const float *const bias[2],
    float *out)
{
  enum
  {
    N = (REN_CONV1_STRIDE - 2) / 2
  };

  for (guint c = 0; c < REN_CONV1_CHANNELS; c += CONV1_V * LANES) {
    const float *w = weight + c, *b0 = bias[0] + c, *b1 = bias[1] + c;

    conv1_window (grey, w, b0, b1, 0, 1, out + c);
    for (guint i = 1; i + 1 < N; i++)
      conv1_window (
          grey + 2 * i, w, b0, b1, 1, 1, out + i * REN_CONV1_CHANNELS + c);
    conv1_window (grey + 2 * (N - 1), w, b0, b1, 1, 2,
        out + (N - 1) * REN_CONV1_CHANNELS + c);
  }
}

/* ---- Winograd -------------------------------------------------------------- */

/* Multiplies by Bᵀ: six values that lie `step` apart. */
static inline __attribute__ ((always_inline)) void
transform_in (const Vector *x, const guint step, Vector y[6])
{
  const Vector a = x[4 * step] - 4 * x[2 * step], b = x[3 * step] - 4 * x[step];
  const Vector c = x[4 * step] - x[2 * step], d = 2 * (x[3 * step] - x[step]);

  y[0] = 4 * x[0] - 5 * x[2 * step] + x[4 * step];
  y[1] = a + b;
  y[2] = a - b;
  y[3] = c + d;
  y[4] = c - d;
  y[5] = 4 * x[step] - 5 * x[3 * step] + x[5 * step];
}

/* 6×6 pixels to as many values. */
static inline __attribute__ ((always_inline)) void
to_values (const Vector x[36], float *values, gsize plane)
{
  Vector y[36], line[6];

  for (guint j = 0; j < 6; j++) {
    transform_in (x + j, 6, line);
    for (guint i = 0; i < 6; i++)
      y[i * 6 + j] = line[i];
  }
  for (guint i = 0; i < 6; i++) {
    transform_in (y + i * 6, 1, line);
    for (guint j = 0; j < 6; j++)
      store (values + (i * 6 + j) * plane, line[j]);
  }
}

static void
tile_in (const float *in, gsize row_stride, guint n_channels, float *values,
    gsize plane)
{
  for (guint c = 0; c < n_channels; c += LANES) {
    Vector x[36];

    for (guint i = 0; i < 6; i++)
      for (guint j = 0; j < 6; j++)
        x[i * 6 + j] = load (in + i * row_stride + j * n_channels + c);
    to_values (x, values + c, plane);
  }
}

/* Multiplies by Aᵀ. */
static inline __attribute__ ((always_inline)) void
transform_out (const Vector *x, const guint step, Vector y[4])
{
  const Vector a = x[step] + x[2 * step], b = x[step] - x[2 * step];
  const Vector c = x[3 * step] + x[4 * step], d = x[3 * step] - x[4 * step];

  y[0] = x[0] + a + c;
  y[1] = b + 2 * d;
  y[2] = a + 4 * c;
  y[3] = b + 8 * d + x[5 * step];
}

/* 6×6 values to 4×4 pixels. */
static inline __attribute__ ((always_inline)) void
to_pixels (const float *values, gsize plane, Vector pixel[16])
{
  Vector x[36], y[24];

  for (guint v = 0; v < 36; v++)
    x[v] = load (values + v * plane);
  for (guint j = 0; j < 6; j++) {
    Vector line[4];

    transform_out (x + j, 6, line);
    for (guint i = 0; i < 4; i++)
      y[i * 6 + j] = line[i];
  }
  for (guint i = 0; i < 4; i++)
    transform_out (y + i * 6, 1, pixel + i * 4);
}

static void
tile_out (const float *values, gsize plane, float *out, gsize row_stride)
{
  for (guint c = 0; c < REN_PANEL; c += LANES) {
    Vector pixel[16];

    to_pixels (values + c, plane, pixel);
    for (guint i = 0; i < 2; i++)
      for (guint j = 0; j < 2; j++) {
        const Vector *p = pixel + i * 8 + j * 2;

        store (out + i * row_stride + j * REN_PANEL + c,
            highest (highest (p[0], p[1]), highest (p[4], p[5])));
      }
  }
}

/* ---- whole images ---------------------------------------------------------- */

static void
image_4_in (const float *in, guint n_channels, float *values, gsize plane)
{
  for (guint c = 0; c < n_channels; c += LANES) {
    Vector x[36] = { { 0 } };

    for (guint i = 0; i < 4; i++)
      for (guint j = 0; j < 4; j++)
        x[(i + 1) * 6 + j + 1] = load (in + (i * 4 + j) * n_channels + c);
    to_values (x, values + c, plane);
  }
}

static void
image_2_in (const float *in, guint n_channels, float *values, gsize plane)
{
  for (guint c = 0; c < n_channels; c += LANES) {
    Vector x[4], y[6];

    for (guint p = 0; p < 4; p++)
      x[p] = load (in + p * n_channels + c);
    for (guint j = 0; j < 2; j++) {
      y[j] = x[j] + x[2 + j];
      y[2 + j] = x[2 + j];
      y[4 + j] = x[j];
    }
    for (guint i = 0; i < 3; i++) {
      float *out = values + i * 3 * plane + c;

      store (out, y[2 * i] + y[2 * i + 1]);
      store (out + plane, y[2 * i + 1]);
      store (out + 2 * plane, y[2 * i]);
    }
  }
}

static void
image_in (
    guint size, const float *in, guint n_channels, float *values, gsize plane)
{
  if (size == 4)
    image_4_in (in, n_channels, values, plane);
  else
    image_2_in (in, n_channels, values, plane);
}

static void
image_out (guint size, const float *values, gsize plane, float *out)
{
  for (guint c = 0; c < REN_PANEL; c += LANES) {
    Vector pixel[16], y[6];

    if (size == 4) {
      to_pixels (values + c, plane, pixel);
    } else {
      for (guint j = 0; j < 3; j++) {
        const Vector middle = load (values + j * plane + c);

        y[j] = middle + load (values + (3 + j) * plane + c);
        y[3 + j] = middle + load (values + (6 + j) * plane + c);
      }
      for (guint i = 0; i < 2; i++) {
        pixel[2 * i] = y[3 * i] + y[3 * i + 1];
        pixel[2 * i + 1] = y[3 * i] + y[3 * i + 2];
      }
    }
    for (guint p = 0; p < size * size; p++)
      store (out + p * REN_PANEL + c, pixel[p]);
  }
}

static void
conv_fill (RenConvKernels *k)
{
  k->conv1 = conv1;
  k->tile_in = tile_in;
  k->tile_out = tile_out;
  k->image_in = image_in;
  k->image_out = image_out;
}

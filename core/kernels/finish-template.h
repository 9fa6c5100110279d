/* The finish kernels, as loops that the compiler turns into vectors; included
 * by each file that is compiled for an instruction set.
 * SPDX-License-Identifier: MIT */
#include "finish.h"
#include "rows.h"

/* The nearest of 0 … 255, halves upwards. What is not a number cannot come up:
 * sums are whole numbers, scales and biases were found finite. */
static inline guint8
nearest (float v)
{
  v = v > 0 ? v : 0;
  v = v < 255 ? v : 255;
  return (guint8) (gint32) (v + .5f);
}

/* Two loops for each, so that the compiler need not ask `add` for each row. */
#define FINISH(name, Sum)                                                      \
  static void name (gsize n_rows, const Sum *restrict sums,                    \
      const float *restrict scale, const float *restrict bias,                 \
      const float *restrict add, gboolean relu, float *restrict out,           \
      gsize stride)                                                            \
  {                                                                            \
    const float least = relu ? 0 : -G_MAXFLOAT;                                \
                                                                               \
    for (gsize r = 0; r < n_rows; r++, sums += REN_PANEL, out += stride) {     \
      float y[REN_PANEL];                                                      \
                                                                               \
      for (guint c = 0; c < REN_PANEL; c++)                                    \
        y[c] = (float) sums[c] * scale[c] + bias[c];                           \
      if (add)                                                                 \
        for (guint c = 0; c < REN_PANEL; c++)                                  \
          y[c] += add[r * REN_PANEL + c];                                      \
      for (guint c = 0; c < REN_PANEL; c++)                                    \
        out[c] = y[c] > least ? y[c] : least;                                  \
    }                                                                          \
  }

FINISH (finish_f32, float)
FINISH (finish_i32, gint32)

static void
finish_u8 (gsize n_rows, const gint32 *restrict sums,
    const float *restrict scale, const float *restrict bias,
    const float *restrict add, guint8 *restrict out, gsize stride)
{
  for (gsize r = 0; r < n_rows; r++, sums += REN_PANEL, out += stride) {
    float y[REN_PANEL];

    for (guint c = 0; c < REN_PANEL; c++)
      y[c] = (float) sums[c] * scale[c] + bias[c];
    if (add)
      for (guint c = 0; c < REN_PANEL; c++)
        y[c] += add[r * REN_PANEL + c];
    for (guint c = 0; c < REN_PANEL; c++)
      out[c] = nearest (y[c]);
  }
}

static void
finish_pool_i32 (gsize n_windows, gint32 *sums)
{
  for (gsize w = 0; w < n_windows; w++) {
    const gint32 *in = sums + w * 4 * REN_PANEL;
    gint32 most[REN_PANEL];

    for (guint c = 0; c < REN_PANEL; c++) {
      const gint32 a = MAX (in[c], in[REN_PANEL + c]);
      const gint32 b = MAX (in[2 * REN_PANEL + c], in[3 * REN_PANEL + c]);

      most[c] = MAX (a, b);
    }
    for (guint c = 0; c < REN_PANEL; c++)
      sums[w * REN_PANEL + c] = most[c];
  }
}

static void
finish_quantize (gsize n_rows, guint n_channels, const float *restrict x,
    const float *restrict factor, guint8 *restrict out, gsize stride)
{
  for (gsize r = 0; r < n_rows; r++, x += n_channels, out += stride)
    for (guint c = 0; c < n_channels; c++)
      out[c] = nearest (x[c] * factor[c]);
}

#define TOTAL(name, Element)                                                   \
  static void name (gsize n_rows, guint n_channels, const Element *restrict x, \
      float *restrict sum)                                                     \
  {                                                                            \
    for (guint c = 0; c < n_channels; c++)                                     \
      sum[c] = 0;                                                              \
    for (gsize r = 0; r < n_rows; r++, x += n_channels)                        \
      for (guint c = 0; c < n_channels; c++)                                   \
        sum[c] += (float) x[c];                                                \
  }

TOTAL (finish_total_f32, float)
TOTAL (finish_total_u8, guint8)

static void
finish_vector_product (guint n_in, guint n_out, const float *restrict x,
    const float *restrict weight, float *restrict y)
{
  enum
  {
    BLOCK = 16
  };

  for (guint o = 0; o < n_out; o += BLOCK) {
    float sum[BLOCK] = { 0 };

    for (guint c = 0; c < n_in; c++)
      for (guint i = 0; i < BLOCK; i++)
        sum[i] += x[c] * weight[(gsize) c * n_out + o + i];
    for (guint i = 0; i < BLOCK; i++)
      y[o + i] = sum[i];
  }
}

static void
finish_excite_f32 (gsize n_rows, guint n_channels, const float *restrict factor,
    float *restrict x)
{
  for (gsize r = 0; r < n_rows; r++, x += n_channels)
    for (guint c = 0; c < n_channels; c++)
      x[c] *= factor[c];
}

static void
finish_excite_u8 (gsize n_rows, guint n_channels, const float *restrict factor,
    guint8 *restrict x)
{
  for (gsize r = 0; r < n_rows; r++, x += n_channels)
    for (guint c = 0; c < n_channels; c++)
      x[c] = nearest ((float) x[c] * factor[c]);
}

static void
finish_fill (RenFinishKernels *k)
{
  k->f32 = finish_f32;
  k->i32 = finish_i32;
  k->u8 = finish_u8;
  k->pool_i32 = finish_pool_i32;
  k->quantize = finish_quantize;
  k->total_f32 = finish_total_f32;
  k->total_u8 = finish_total_u8;
  k->vector_product = finish_vector_product;
  k->excite_f32 = finish_excite_f32;
  k->excite_u8 = finish_excite_u8;
}

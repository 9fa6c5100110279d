/* Plain C row kernels and the choice of faster ones.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "rows.h"

static void
multiply (const RenRows *rows, guint n_channels, const float *in,
    const float *panel, float *out, gboolean accumulate)
{
  for (guint r = 0; r < rows->n_rows; r++)
    for (guint o = 0; o < REN_PANEL; o++) {
      float *dest = out + rows->to[r] + o;
      float sum = accumulate ? *dest : 0;

      for (guint t = 0; t < rows->n_taps; t++)
        for (guint c = 0; c < n_channels; c++)
          sum +=
              in[rows->from[r] + rows->shift[t] + (gint32) c] *
              panel[((gsize) rows->weight[t] * n_channels + c) * REN_PANEL + o];
      *dest = sum;
    }
}

/* Read as it is said to lie; not by the compiler's own type, which not all
 * architectures have. IEEE 754-2008, binary16. */
static float
half_value (guint16 h)
{
  const guint exponent = h >> 10 & 31, fraction = h & 1023;
  const float sign = h >> 15 ? -1 : 1;

  if (exponent == 0)
    return sign * ldexpf ((float) fraction, -24);
  return sign * ldexpf ((float) (1024 + fraction), (int) exponent - 25);
}

static void
multiply_f16 (const RenRows *rows, guint n_channels, const float *in,
    const guint16 *panel, float *out, gboolean accumulate)
{
  for (guint r = 0; r < rows->n_rows; r++)
    for (guint o = 0; o < REN_PANEL; o++) {
      float *dest = out + rows->to[r] + o;
      float sum = accumulate ? *dest : 0;

      for (guint t = 0; t < rows->n_taps; t++)
        for (guint c = 0; c < n_channels; c++) {
          const gsize w = (gsize) rows->weight[t] * n_channels + c;

          sum += in[rows->from[r] + rows->shift[t] + (gint32) c] *
                 half_value (panel[w * REN_PANEL + o]);
        }
      *dest = sum;
    }
}

static void
multiply_u8 (const RenRows *rows, guint n_elements, const guint32 *in,
    const guint32 *panel, gint32 *out, gboolean accumulate)
{
  const guint n_channels = 4 * n_elements;

  for (guint r = 0; r < rows->n_rows; r++)
    for (guint o = 0; o < REN_PANEL; o++) {
      gint32 *dest = out + rows->to[r] + o;
      gint32 sum = accumulate ? *dest : 0;

      for (guint t = 0; t < rows->n_taps; t++) {
        const guint8 *x =
            (const guint8 *) (in + rows->from[r] + rows->shift[t]);
        const gint8 *w = (const gint8 *) panel +
                         (gsize) rows->weight[t] * n_channels * REN_PANEL;

        for (guint c = 0; c < n_channels; c++)
          sum += x[c] * w[(c / 4 * REN_PANEL + o) * 4 + c % 4];
      }
      *dest = sum;
    }
}

static void
gradient (const RenRows *rows, guint n_channels, const float *in,
    const float *out, float *panel)
{
  for (guint t = 0; t < rows->n_taps; t++)
    for (guint c = 0; c < n_channels; c++)
      for (guint o = 0; o < REN_PANEL; o++) {
        float *dest =
            panel + ((gsize) rows->weight[t] * n_channels + c) * REN_PANEL + o;

        for (guint r = 0; r < rows->n_rows; r++)
          *dest += in[rows->from[r] + rows->shift[t] + (gint32) c] *
                   out[rows->to[r] + (gint32) o];
      }
}

static void
transpose (const float *in, float *out)
{
  for (guint r = 0; r < REN_PANEL; r++)
    for (guint c = 0; c < REN_PANEL; c++)
      out[c * REN_PANEL + r] = in[r * REN_PANEL + c];
}

static gsize
saturate (gsize n_rounds, guint8 numbers[REN_SATURATE_BYTES])
{
  const volatile float *x = (const float *) numbers;
  float sum = 0;

  for (gsize i = 0; i < n_rounds; i++)
    sum += x[0] * x[1];
  memcpy (numbers, &sum, sizeof sum);
  return 1;
}

static gsize
saturate_u8 (gsize n_rounds, guint8 numbers[REN_SATURATE_BYTES])
{
  const volatile guint8 *x = numbers;
  gint32 sum = 0;

  for (gsize i = 0; i < n_rounds; i++)
    sum += x[0] * (gint8) x[1];
  memcpy (numbers, &sum, sizeof sum);
  return 1;
}

void
ren_rows_init (RenRowKernels *k, RenCpu cpu)
{
  k->multiply = multiply;
  k->multiply_f16 = multiply_f16;
  k->multiply_u8 = multiply_u8;
  k->saturate = saturate;
  k->saturate_u8 = saturate_u8;
  k->gradient = gradient;
  k->transpose = transpose;
  if (cpu & REN_CPU_VECTOR)
    ren_rows_init_vector (k);
#if defined(__x86_64__) || defined(__i386__)
  if (cpu & REN_CPU_AVX2)
    ren_rows_init_avx2 (k);
  if (cpu & REN_CPU_AVX_VNNI)
    ren_rows_init_avx_vnni (k);
  if (cpu & REN_CPU_AVX512F)
    ren_rows_init_avx512f (k);
  if (cpu & REN_CPU_AVX512_VNNI)
    ren_rows_init_avx512_vnni (k);
#elif defined(__aarch64__)
  if (cpu & REN_CPU_NEON)
    ren_rows_init_neon (k);
  if (cpu & REN_CPU_DOTPROD)
    ren_rows_init_dotprod (k);
  if (cpu & REN_CPU_I8MM)
    ren_rows_init_i8mm (k);
#endif
}

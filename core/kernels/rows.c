/* Plain C row kernels and the choice of faster ones.
 * SPDX-License-Identifier: MIT */
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

RenRowsIsa
ren_rows_detect (void)
{
  RenRowsIsa isa = REN_ROWS_VECTOR;

#if defined(__x86_64__) || defined(__i386__)
  __builtin_cpu_init ();
  if (__builtin_cpu_supports ("avx2") && __builtin_cpu_supports ("fma"))
    isa |= REN_ROWS_AVX2;
  if (__builtin_cpu_supports ("avx512f"))
    isa |= REN_ROWS_AVX512F;
#endif
  return isa;
}

void
ren_rows_init (RenRowKernels *k, RenRowsIsa isa)
{
  k->multiply = multiply;
  k->gradient = gradient;
  k->transpose = transpose;
  if (isa & REN_ROWS_VECTOR)
    ren_rows_init_vector (k);
#if defined(__x86_64__) || defined(__i386__)
  if (isa & REN_ROWS_AVX2)
    ren_rows_init_avx2 (k);
  if (isa & REN_ROWS_AVX512F)
    ren_rows_init_avx512f (k);
#endif
}

/* Plain C resampling kernels and the choice of faster ones.
 * SPDX-License-Identifier: MIT */
#include "resample.h"

#include <math.h>

static double
triangle (double x)
{
  x = fabs (x);
  return x < 1 ? 1 - x : 0;
}

static void
weigh (const RenTriangles *t, gint32 start, RenTaps *taps, double *scratch)
{
  for (guint o = 0; o < REN_FACE_SIZE; o++) {
    double sum = 0;

    for (gint32 i = t->from[o]; i < t->to[o]; i++)
      sum += triangle ((i - t->centre[o] + 0.5) / t->reach);
    for (guint tap = 0; tap < taps->n_taps; tap++) {
      const gint32 i = start + taps->first[o] + (gint32) tap;
      double w = 0;

      if (i >= t->from[o] && i < t->to[o])
        w = sum > 0 ? triangle ((i - t->centre[o] + 0.5) / t->reach) / sum
                    : 1.0 / (t->to[o] - t->from[o]);
      taps->weight[tap * REN_FACE_SIZE + o] =
          (gint32) (0.5 + w * (1 << REN_WEIGHT_BITS));
    }
  }
}

static void
turn (const guint8 *in, gssize row_stride, guint n_rows, gsize n, guint8 *lines)
{
  for (gsize i = 0; i < n; i++)
    for (guint r = 0; r < REN_STRIP; r++)
      lines[i * REN_STRIP + r] =
          in[MIN (r, n_rows - 1) * row_stride + (gssize) i];
}

/* One output: step samples lie between its taps. */
static guint8
mean (const RenTaps *taps, guint o, const guint8 *in, gsize step)
{
  gint32 sum = 1 << (REN_WEIGHT_BITS - 1);

  in += (gsize) taps->first[o] * step;
  for (guint tap = 0; tap < taps->n_taps; tap++)
    sum += taps->weight[tap * REN_FACE_SIZE + o] * in[tap * step];
  /* rounded weights can add up to a little more than 1 */
  return (guint8) MIN (sum >> REN_WEIGHT_BITS, 255);
}

static void
across (const RenTaps *taps, const guint8 *lines, gsize step, guint8 *out)
{
  for (guint r = 0; r < REN_STRIP; r++)
    for (guint o = 0; o < REN_FACE_SIZE; o++)
      out[r * REN_FACE_SIZE + o] = mean (taps, o, lines + r, step * REN_STRIP);
}

static void
down (const RenTaps *taps, const guint8 *rows, guint8 *out)
{
  for (guint o = 0; o < REN_FACE_SIZE; o++)
    for (guint x = 0; x < REN_FACE_SIZE; x++)
      out[o * REN_FACE_SIZE + x] = mean (taps, o, rows + x, REN_FACE_SIZE);
}

static void
mix (const guint8 *const *in, const gint32 *weight, guint n_components,
    gint32 offset, gsize n, guint8 *out)
{
  for (gsize i = 0; i < n; i++) {
    gint32 sum = offset + 32768;

    for (guint c = 0; c < n_components; c++)
      sum += weight[c] * in[c][i];
    sum >>= 16;
    out[i] = (guint8) CLAMP (sum, 0, 255);
  }
}

void
ren_resample_init (RenResampleKernels *k, RenCpu cpu)
{
  k->weigh = weigh;
  k->turn = turn;
  k->across = across;
  k->down = down;
  k->mix = mix;
  if (cpu & REN_CPU_VECTOR)
    ren_resample_init_vector (k);
#if defined(__x86_64__) || defined(__i386__)
  if (cpu & REN_CPU_AVX2)
    ren_resample_init_avx2 (k);
  if (cpu & REN_CPU_AVX512F)
    ren_resample_init_avx512f (k);
#endif
}

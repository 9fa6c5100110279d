/* SPDX-License-Identifier: MIT
 *
 * The method of Pillow's Image.resize (…, BILINEAR): a triangle filter whose
 * width grows with the reduction, horizontal pass before the vertical one,
 * 8-bit samples between them, weights rounded to 22 fractional bits. Training
 * and the reference evaluation resize with Pillow, so agreeing with it to the
 * bit keeps their accuracy.
 */
#include "resample.h"

#include <math.h>

#define FRACTION_BITS 22

static double
triangle (double x)
{
  x = fabs (x);
  return x < 1 ? 1 - x : 0;
}

void
ren_taps_set (RenTaps *taps, double begin, double end, gint lo, gint hi)
{
  const double scale = (end - begin) / REN_FACE_SIZE;
  const double reach = MAX (scale, 1.0); /* half the width of the filter */
  gsize needed;

  if (taps->weight && taps->begin == begin && taps->end == end &&
      taps->lo == lo && taps->hi == hi)
    return;
  taps->begin = begin;
  taps->end = end;
  taps->lo = lo;
  taps->hi = hi;
  taps->pitch = 2 * (gsize) ceil (reach) + 1;
  needed = REN_FACE_SIZE * taps->pitch;
  if (needed > taps->allocated) {
    g_free (taps->weight);
    taps->weight = g_new (gint32, needed);
    taps->allocated = needed;
  }

  for (guint o = 0; o < REN_FACE_SIZE; o++) {
    const double center = begin + (o + 0.5) * scale;
    gint32 *weight = taps->weight + o * taps->pitch;
    gint first = MAX ((gint) (center - reach + 0.5), lo);
    gint last = MIN ((gint) (center + reach + 0.5), hi);
    double sum = 0;

    /* a sliver of chroma can lie beyond the last sample's centre */
    first = MIN (first, hi - 1);
    last = MAX (last, first + 1);
    for (gint i = first; i < last; i++)
      sum += triangle ((i - center + 0.5) / reach);
    for (gint i = first; i < last; i++) {
      double w = sum > 0 ? triangle ((i - center + 0.5) / reach) / sum
                         : 1.0 / (last - first);

      weight[i - first] = (gint32) (0.5 + w * (1 << FRACTION_BITS));
    }
    taps->first[o] = first - lo;
    taps->count[o] = last - first;
  }
}

void
ren_taps_clear (RenTaps *taps)
{
  g_clear_pointer (&taps->weight, g_free);
  taps->allocated = 0;
}

static inline guint8
round_sum (gint32 sum)
{
  /* rounded weights can add up to a little more than 1 */
  return (guint8) CLAMP (sum >> FRACTION_BITS, 0, 255);
}

void
ren_resample_row (const RenTaps *taps, const guint8 *in, guint8 *out)
{
  for (guint o = 0; o < REN_FACE_SIZE; o++) {
    const gint32 *weight = taps->weight + o * taps->pitch;
    const guint8 *src = in + taps->first[o];
    const gint n = taps->count[o];
    gint32 sum = 1 << (FRACTION_BITS - 1);

    for (gint i = 0; i < n; i++)
      sum += weight[i] * src[i];
    out[o] = round_sum (sum);
  }
}

void
ren_resample_columns (
    const RenTaps *taps, const guint8 *rows, guint8 out[REN_FACE_BYTES])
{
  for (guint o = 0; o < REN_FACE_SIZE; o++, out += REN_FACE_SIZE) {
    const gint32 *weight = taps->weight + o * taps->pitch;
    const guint8 *src = rows + (gsize) taps->first[o] * REN_FACE_SIZE;
    gint32 sum[REN_FACE_SIZE];

    for (guint x = 0; x < REN_FACE_SIZE; x++)
      sum[x] = 1 << (FRACTION_BITS - 1);
    for (gint i = 0; i < taps->count[o]; i++, src += REN_FACE_SIZE)
      for (guint x = 0; x < REN_FACE_SIZE; x++)
        sum[x] += weight[i] * src[x];
    for (guint x = 0; x < REN_FACE_SIZE; x++)
      out[x] = round_sum (sum[x]);
  }
}

/* The resampling kernels with vectors; included by each file that is compiled for
 * an instruction set, with
 *   Sums             a vector of gint32
 *   widen(), narrow()   REN_STRIP bytes to as many Sums, and back, 0 to 255
 *   Bytes            a vector of BLOCKS times 16 bytes
 *   LooseBytes       the same anywhere in memory
 *   zip_low(a, b)    of each 16 bytes, the first 8 of a and b by turns
 *   zip_high(a, b)   the same of the last 8
 *   load_blocks(p), store_block(bytes, block, p)   all blocks, REN_STRIP lines
 *                    of REN_STRIP bytes apart; one of them
 * SPDX-License-Identifier: MIT */
#include <string.h>

enum
{
  STRIP_V = REN_STRIP / (sizeof (Sums) / sizeof (gint32)),
  DOWN_STRIPS = 4 / STRIP_V, /* what registers hold */
  BLOCKS = sizeof (Bytes) / REN_STRIP,
};

/* ---- weights -------------------------------------------------------------- */

/* Outputs side by side. Sums are made in the order of samples, so that they are
 * the reference's; adding 0 where no sample is changes nothing. */
static void
weigh (const RenTriangles *restrict t, gint32 start, RenTaps *restrict taps,
    double *restrict scratch)
{
  double sum[REN_FACE_SIZE] = { 0 };

  for (guint tap = 0; tap < taps->n_taps; tap++) {
    double *value = scratch + tap * REN_FACE_SIZE;

    for (guint o = 0; o < REN_FACE_SIZE; o++) {
      const gint32 i = start + taps->first[o] + (gint32) tap;
      const double x = (i - t->centre[o] + 0.5) / t->reach;
      const double height = 1 - (x < 0 ? -x : x);
      const double inside = i >= t->from[o] && i < t->to[o] ? 1 : 0;

      value[o] = (height > 0 ? height : 0) * inside;
      sum[o] += value[o];
    }
  }
  for (guint o = 0; o < REN_FACE_SIZE; o++)
    if (!(sum[o] > 0)) {
      sum[o] = t->to[o] - t->from[o];
      for (gint32 i = t->from[o]; i < t->to[o]; i++)
        scratch[(i - start - taps->first[o]) * REN_FACE_SIZE + (gint32) o] = 1;
    }
  for (guint tap = 0; tap < taps->n_taps; tap++) {
    const double *value = scratch + tap * REN_FACE_SIZE;
    gint32 *weight = taps->weight + tap * REN_FACE_SIZE;

    for (guint o = 0; o < REN_FACE_SIZE; o++) {
      const double w = value[o] / sum[o];

      weight[o] = (gint32) (0.5 + w * (1 << REN_WEIGHT_BITS));
    }
  }
}

/* ---- samples -------------------------------------------------------------- */

/* Zipping the first half of some lines with the second, four times, is what
 * turns 16 × 16 bytes. */
static inline void
turn_bytes (Bytes a[REN_STRIP])
{
#pragma GCC unroll 4
  for (guint round = 0; round < 4; round++) {
    Bytes b[REN_STRIP];

#pragma GCC unroll 8
    for (guint i = 0; i < REN_STRIP / 2; i++) {
      b[2 * i] = zip_low (a[i], a[i + REN_STRIP / 2]);
      b[2 * i + 1] = zip_high (a[i], a[i + REN_STRIP / 2]);
    }
#pragma GCC unroll 16
    for (guint i = 0; i < REN_STRIP; i++)
      a[i] = b[i];
  }
}

static inline void
turn_block (const guint8 *const row[REN_STRIP], gsize offset, guint8 *lines)
{
  Bytes a[REN_STRIP];

#pragma GCC unroll 16
  for (guint r = 0; r < REN_STRIP; r++)
    a[r] = *(const LooseBytes *) (row[r] + offset);
  turn_bytes (a);
#pragma GCC unroll 2
  for (guint block = 0; block < BLOCKS; block++)
#pragma GCC unroll 16
    for (guint i = 0; i < REN_STRIP; i++)
      store_block (a[i], block, lines + (block * REN_STRIP + i) * REN_STRIP);
}

static void
turn (const guint8 *in, gssize row_stride, guint n_rows, gsize n, guint8 *lines)
{
  const guint8 *row[REN_STRIP];
  gsize i = 0;

  for (guint r = 0; r < REN_STRIP; r++)
    row[r] = in + MIN (r, n_rows - 1) * row_stride;
  for (; i + sizeof (Bytes) <= n; i += sizeof (Bytes))
    turn_block (row, i, lines + i * REN_STRIP);
  if (i < n && n >= sizeof (Bytes)) {
    /* some once more */
    i = n - sizeof (Bytes);
    turn_block (row, i, lines + i * REN_STRIP);
  } else if (i < n) {
    Bytes all[REN_STRIP] = { 0 };
    guint8 turned[sizeof (Bytes) * REN_STRIP];

    for (guint r = 0; r < REN_STRIP; r++) {
      memcpy (&all[r], row[r], n);
      row[r] = (const guint8 *) &all[r];
    }
    turn_block (row, 0, turned);
    memcpy (lines, turned, n * REN_STRIP);
  }
}

/* ---- means ---------------------------------------------------------------- */

/* One output of n_strips strips side by side. n_taps: as in the table; a constant
 * makes it faster. */
static inline __attribute__ ((always_inline)) void
mean (const RenTaps *taps, guint n_taps, guint o, const guint8 *in, gsize step,
    guint n_strips, guint8 *out)
{
  const gint32 *weight = taps->weight + o;
  Sums sum[4][STRIP_V];

#pragma GCC unroll 4
  for (guint s = 0; s < n_strips; s++)
    for (guint v = 0; v < STRIP_V; v++)
      sum[s][v] = (Sums){ 0 } + (1 << (REN_WEIGHT_BITS - 1));
  in += (gsize) taps->first[o] * step;
  for (guint tap = 0; tap < n_taps; tap++)
#pragma GCC unroll 4
    for (guint s = 0; s < n_strips; s++) {
      Sums x[STRIP_V];

      widen (in + tap * step + s * REN_STRIP, x);
      for (guint v = 0; v < STRIP_V; v++)
        sum[s][v] += x[v] * weight[tap * REN_FACE_SIZE];
    }
#pragma GCC unroll 4
  for (guint s = 0; s < n_strips; s++) {
    for (guint v = 0; v < STRIP_V; v++)
      sum[s][v] >>= REN_WEIGHT_BITS;
    narrow (sum[s], out + s * REN_STRIP);
  }
}

static inline __attribute__ ((always_inline)) void
across_taps (const RenTaps *taps, guint n_taps, const guint8 *lines, gsize step,
    guint8 *out)
{
  for (guint part = 0; part < REN_FACE_SIZE; part += sizeof (Bytes)) {
    guint8 means[BLOCKS * REN_STRIP][REN_STRIP];
    Bytes a[REN_STRIP];

    for (guint o = 0; o < BLOCKS * REN_STRIP; o++)
      mean (taps, n_taps, part + o, lines, step * REN_STRIP, 1, means[o]);
#pragma GCC unroll 16
    for (guint o = 0; o < REN_STRIP; o++)
      a[o] = load_blocks (means[o]);
    turn_bytes (a);
    for (guint r = 0; r < REN_STRIP; r++)
      memcpy (out + r * REN_FACE_SIZE + part, &a[r], sizeof (Bytes));
  }
}

/* Taps of most faces: of those below 128 pixels, of chroma below 256. */
static void
across (const RenTaps *taps, const guint8 *lines, gsize step, guint8 *out)
{
  switch (taps->n_taps) {
    case 2:
      across_taps (taps, 2, lines, step, out);
      break;
    case 3:
      across_taps (taps, 3, lines, step, out);
      break;
    case 4:
      across_taps (taps, 4, lines, step, out);
      break;
    case 5:
      across_taps (taps, 5, lines, step, out);
      break;
    default:
      across_taps (taps, taps->n_taps, lines, step, out);
      break;
  }
}

static void
down (const RenTaps *taps, const guint8 *rows, guint8 *out)
{
  for (guint o = 0; o < REN_FACE_SIZE; o++)
    for (guint x = 0; x < REN_FACE_SIZE; x += DOWN_STRIPS * REN_STRIP)
      mean (taps, taps->n_taps, o, rows + x, REN_FACE_SIZE, DOWN_STRIPS,
          out + o * REN_FACE_SIZE + x);
}

static void
mix (const guint8 *const *in, const gint32 *weight, guint n_components,
    gint32 offset, gsize n, guint8 *out)
{
  for (gsize i = 0; i < n; i += REN_STRIP) {
    Sums sum[STRIP_V];

    for (guint v = 0; v < STRIP_V; v++)
      sum[v] = (Sums){ 0 } + (offset + 32768);
    for (guint c = 0; c < n_components; c++) {
      Sums x[STRIP_V];

      widen (in[c] + i, x);
      for (guint v = 0; v < STRIP_V; v++)
        sum[v] += x[v] * weight[c];
    }
    for (guint v = 0; v < STRIP_V; v++)
      sum[v] >>= 16;
    narrow (sum, out + i);
  }
}

static void
resample_fill (RenResampleKernels *k)
{
  k->weigh = weigh;
  k->turn = turn;
  k->across = across;
  k->down = down;
  k->mix = mix;
}

/* From a picture's samples to a face, in steps.
 * SPDX-License-Identifier: MIT
 *
 * Resampling is Pillow's: each of REN_FACE_SIZE outputs is a weighted mean of
 * some input samples, first along rows, then along columns, rounded to 8 bits
 * after each; weights have 22 fractional bits. Whole numbers, so that every
 * table gives the same.
 *
 * Along columns, REN_STRIP neighbours have the same weights, which is what
 * vectors are for. Rows are turned into columns, REN_STRIP of them at a time.
 */
#pragma once

#include "cpu.h"
#include "resemotenet.h"

/* Samples side by side that are worked on together. */
#define REN_STRIP 16

#define REN_WEIGHT_BITS 22

/* Which samples each output is a mean of, along one axis. */
typedef struct
{
  guint n_taps;                /* of each output: some may weigh nothing */
  gint32 first[REN_FACE_SIZE]; /* the first sample of each output */
  gint32 *weight;              /* [n_taps][REN_FACE_SIZE], none below 0 */
} RenTaps;

/* The triangles that weights are made of. */
typedef struct
{
  double reach;                 /* half of what a triangle covers */
  double centre[REN_FACE_SIZE]; /* its top */
  gint32 from[REN_FACE_SIZE];   /* samples that weigh something: [from, to) */
  gint32 to[REN_FACE_SIZE];
} RenTriangles;

typedef struct
{
  /* Fills taps->weight: tap i of output o is of sample start + first[o] + i.
   * Weights of an output add up to 1; if a triangle misses all of its samples,
   * they are alike. scratch: as many numbers as there are weights. */
  void (*weigh) (const RenTriangles *triangles, gint32 start, RenTaps *taps,
      double *scratch);

  /* lines[i][r] = in[r × row_stride + i], r below REN_STRIP; of n_rows below
   * that, the last row stands for those that are missing. */
  void (*turn) (const guint8 *in, gssize row_stride, guint n_rows, gsize n,
      guint8 *lines);

  /* The means of REN_STRIP rows that were turned, whose samples are `step` lines
   * apart: out[r][o] = Σ weight × lines[(first[o] + tap) × step][r] */
  void (*across) (
      const RenTaps *taps, const guint8 *lines, gsize step, guint8 *out);

  /* The means of columns: out[o][x] = Σ weight × rows[first[o] + tap][x], x
   * below REN_FACE_SIZE */
  void (*down) (const RenTaps *taps, const guint8 *rows, guint8 *out);

  /* out[i] = Σ_c weight[c] × in[c][i] + offset, with 16 fractional bits in weights
   * and offset, rounded, 0 to 255; 1 to 3 components, one of which may be out.
   * What comes up must fit into 31 bits. */
  void (*mix) (const guint8 *const *in, const gint32 *weight,
      guint n_components, gint32 offset, gsize n, guint8 *out);
} RenResampleKernels;

/* Fills a table: plain C first, then overwritten by what @cpu allows. */
void ren_resample_init (RenResampleKernels *k, RenCpu cpu);

/* Overrides of the table, one for each RenCpu bit. */
void ren_resample_init_vector (RenResampleKernels *k);
void ren_resample_init_avx2 (RenResampleKernels *k);
void ren_resample_init_avx512f (RenResampleKernels *k);

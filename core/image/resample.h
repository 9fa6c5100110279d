/* Bilinear resampling with antialiasing, as Pillow does it.
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include "resemotenet.h"

/* For each of REN_FACE_SIZE outputs, the inputs that it is a weighted mean of.
 * Growing tables keep their memory. */
typedef struct
{
  double begin, end;         /* the stretch of input that the outputs cover */
  gint lo, hi;               /* samples that may be read: [lo, hi) */
  gint first[REN_FACE_SIZE]; /* the first sample that counts, from lo */
  gint count[REN_FACE_SIZE]; /* how many count, at least 1 */
  gint32 *weight;            /* [REN_FACE_SIZE][pitch], 22 fractional bits */
  gsize pitch;
  gsize allocated; /* elements of weight */
} RenTaps;

/* Fills the table, unless it already holds this geometry. */
void ren_taps_set (RenTaps *taps, double begin, double end, gint lo, gint hi);

void ren_taps_clear (RenTaps *taps);

/* One row of samples [lo, hi) to REN_FACE_SIZE samples. */
void ren_resample_row (const RenTaps *taps, const guint8 *in, guint8 *out);

/* Rows [lo, hi) of REN_FACE_SIZE samples each to REN_FACE_SIZE such rows. */
void ren_resample_columns (
    const RenTaps *taps, const guint8 *rows, guint8 out[REN_FACE_BYTES]);

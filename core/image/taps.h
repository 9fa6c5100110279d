/* Which samples resampling takes, and what they weigh.
 * SPDX-License-Identifier: MIT
 *
 * As Pillow's Image.resize (…, BILINEAR): a triangle filter whose width grows
 * with the reduction. Training and the reference evaluation resize with Pillow,
 * so agreeing with it to the bit keeps their accuracy.
 */
#pragma once

#include "resample.h"

/* What the outputs are made of, along one axis, in samples. */
typedef struct
{
  double begin, end; /* what they cover */
  gint lo, hi;       /* samples that may be read: [lo, hi) */
} RenStretch;

gboolean ren_stretch_equal (const RenStretch *a, const RenStretch *b);

/* The table of one axis. Grows, and keeps its memory. All zero is valid, and
 * empty. */
typedef struct
{
  RenStretch of;
  RenTaps taps; /* first[] counts from of.lo */
  double *scratch;
  gsize allocated; /* weights */
} RenAxis;

/* Fills the table, unless it already holds this stretch. */
void ren_axis_set (
    RenAxis *axis, const RenResampleKernels *k, const RenStretch *stretch);

void ren_axis_clear (RenAxis *axis);

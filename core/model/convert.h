/* Number formats of stored weights.
 * SPDX-License-Identifier: MIT
 *
 * Stored numbers are little endian and may lie at any address; results of
 * ren_to_float() are the host's floats.
 */
#pragma once

#include "resemotenet.h"

/* Bytes of one number; of any format but REN_PRECISION_AUTO. */
gsize ren_precision_size (RenPrecision precision);

/* Exact: every fp16 and bf16 value is an fp32 value. */
void ren_to_float (RenPrecision from, const void *in, gsize n, float *out);

/* Rounds to nearest, ties to even. FALSE if a finite value was beyond the
 * range of the format; out then holds an infinity in its place. */
gboolean ren_from_float (RenPrecision to, const float *in, gsize n, void *out);

/* Index of the first number that is infinite or not a number; n if there is
 * none. */
gsize ren_find_not_finite (RenPrecision precision, const void *in, gsize n);

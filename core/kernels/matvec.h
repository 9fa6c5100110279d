/* One column: the product that only streams the weights.
 * SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

/* c[m] = a[m][k] × b[k], added to c if accumulate; lda = a's row pitch, ldc =
 * distance of c's elements. b is contiguous. */
void ren_matvec (gsize m, gsize k, const float *a, gsize lda, const float *b,
    float *c, gsize ldc, gboolean accumulate);

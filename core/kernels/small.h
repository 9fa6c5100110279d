/* Products too small or too thin for OpenBLAS. SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

/* c[m][n] = a[m][k] × b[k][n], added to c if accumulate; ld = row pitch. Never
 * allocates. */
void ren_small_gemm (gsize m, gsize n, gsize k, const float *a, gsize lda,
    const float *b, gsize ldb, float *c, gsize ldc, gboolean accumulate);

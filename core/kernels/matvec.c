/* SPDX-License-Identifier: MIT
 *
 * Compiler vector types, so that every architecture has it. OpenBLAS's gemv
 * may allocate memory (0.3.29 does), which running a plan never does.
 */
#include "matvec.h"

#include <string.h>

#define LANES 4

typedef float Vector __attribute__ ((vector_size (LANES * sizeof (float))));

static inline Vector
load (const float *p)
{
  Vector v;

  memcpy (&v, p, sizeof v);
  return v;
}

/* A row at a time, so that memory is read as one stream; four sums, so that no
 * addition waits for the one before. */
static float
dot (gsize k, const float *a, const float *b)
{
  Vector s0 = { 0 }, s1 = { 0 }, s2 = { 0 }, s3 = { 0 };
  float sum = 0;
  gsize p = 0;

  for (; p + 4 * LANES <= k; p += 4 * LANES) {
    s0 += load (a + p) * load (b + p);
    s1 += load (a + p + LANES) * load (b + p + LANES);
    s2 += load (a + p + 2 * LANES) * load (b + p + 2 * LANES);
    s3 += load (a + p + 3 * LANES) * load (b + p + 3 * LANES);
  }
  s0 = (s0 + s1) + (s2 + s3);
  for (guint i = 0; i < LANES; i++)
    sum += s0[i];
  for (; p < k; p++)
    sum += a[p] * b[p];
  return sum;
}

void
ren_matvec (gsize m, gsize k, const float *a, gsize lda, const float *b,
    float *c, gsize ldc, gboolean accumulate)
{
  for (gsize i = 0; i < m; i++) {
    float *to = c + i * ldc, sum = dot (k, a + i * lda, b);

    *to = accumulate ? *to + sum : sum;
  }
}

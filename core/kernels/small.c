/* SPDX-License-Identifier: MIT
 *
 * Compiler vector types, so that every architecture has it.
 */
#include "small.h"

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

static inline void
store (float *to, float value, gboolean accumulate)
{
  *to = accumulate ? *to + value : value;
}

/* A row against one column: memory is read as one stream; four sums, so that
 * no addition waits for the one before. */
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

/* A row against 4 × LANES columns. */
static void
row_wide (gsize k, const float *a, const float *b, gsize ldb, float *c,
    gboolean accumulate)
{
  Vector s[4] = { { 0 } };

  for (gsize p = 0; p < k; p++, b += ldb) {
    s[0] += a[p] * load (b);
    s[1] += a[p] * load (b + LANES);
    s[2] += a[p] * load (b + 2 * LANES);
    s[3] += a[p] * load (b + 3 * LANES);
  }
  for (guint i = 0; i < 4 * LANES; i++)
    store (c + i, s[i / LANES][i % LANES], accumulate);
}

/* A row against LANES columns; two sums, as above. */
static void
row_narrow (gsize k, const float *a, const float *b, gsize ldb, float *c,
    gboolean accumulate)
{
  Vector s0 = { 0 }, s1 = { 0 };
  gsize p = 0;

  for (; p + 2 <= k; p += 2) {
    s0 += a[p] * load (b + p * ldb);
    s1 += a[p + 1] * load (b + (p + 1) * ldb);
  }
  if (p < k)
    s0 += a[p] * load (b + p * ldb);
  s0 += s1;
  for (guint i = 0; i < LANES; i++)
    store (c + i, s0[i], accumulate);
}

/* A row against one column of several. */
static float
dot_column (gsize k, const float *a, const float *b, gsize ldb)
{
  float s0 = 0, s1 = 0;
  gsize p = 0;

  for (; p + 2 <= k; p += 2) {
    s0 += a[p] * b[p * ldb];
    s1 += a[p + 1] * b[(p + 1) * ldb];
  }
  if (p < k)
    s0 += a[p] * b[p * ldb];
  return s0 + s1;
}

void
ren_small_gemm (gsize m, gsize n, gsize k, const float *a, gsize lda,
    const float *b, gsize ldb, float *c, gsize ldc, gboolean accumulate)
{
  for (gsize i = 0; i < m; i++, a += lda, c += ldc) {
    gsize j = 0;

    if (n == 1 && ldb == 1) {
      store (c, dot (k, a, b), accumulate);
      continue;
    }
    for (; j + 4 * LANES <= n; j += 4 * LANES)
      row_wide (k, a, b + j, ldb, c + j, accumulate);
    for (; j + LANES <= n; j += LANES)
      row_narrow (k, a, b + j, ldb, c + j, accumulate);
    for (; j < n; j++)
      store (c + j, dot_column (k, a, b + j, ldb), accumulate);
  }
}

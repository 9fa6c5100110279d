/* Row kernels for AVX-512: 16 of 32 registers hold sums.
 * SPDX-License-Identifier: MIT */
#include <immintrin.h>

#define LANES 16
#define TILE_V 2
#define TILE_R 8
#define LOAD_HALVES(p)                                                         \
  ((Vector) _mm512_cvtph_ps (_mm256_loadu_si256 ((const __m256i *) (p))))
#include "rows-template.h"

typedef gint32 Index __attribute__ ((vector_size (64)));

/* Swaps what lies right of the diagonal in row a with what lies left of it in
 * row b, in blocks of `s` lanes; lanes 16 … 31 of an index are b's. */
static inline __attribute__ ((always_inline)) void
swap_blocks (Vector *a, Vector *b, gint32 s)
{
  Index to_a, to_b;
  const Vector x = *a, y = *b;

  for (gint32 j = 0; j < LANES; j++) {
    to_a[j] = j & s ? LANES + (j ^ s) : j;
    to_b[j] = j & s ? LANES + j : j ^ s;
  }
  *a = (Vector) _mm512_permutex2var_ps ((__m512) x, (__m512i) to_a, (__m512) y);
  *b = (Vector) _mm512_permutex2var_ps ((__m512) x, (__m512i) to_b, (__m512) y);
}

static inline __attribute__ ((always_inline)) void
swap_all (Vector row[LANES], gint32 s)
{
  for (gint32 i = 0; i < LANES; i++)
    if (!(i & s))
      swap_blocks (&row[i], &row[i | s], s);
}

/* 16 × 16 floats: blocks of 8 are swapped over the diagonal, then those of 4
 * within each, and so on. */
static void
transpose_square (const float *in, float *out)
{
  Vector row[LANES];

  for (guint i = 0; i < LANES; i++)
    row[i] = load (in + i * REN_PANEL);
  swap_all (row, 8);
  swap_all (row, 4);
  swap_all (row, 2);
  swap_all (row, 1);
  for (guint i = 0; i < LANES; i++)
    store (out + i * REN_PANEL, row[i]);
}

static void
transpose (const float *in, float *out)
{
  for (guint r = 0; r < REN_PANEL; r += LANES)
    for (guint c = 0; c < REN_PANEL; c += LANES)
      transpose_square (in + r * REN_PANEL + c, out + c * REN_PANEL + r);
}

void
ren_rows_init_avx512f (RenRowKernels *k)
{
  k->transpose = transpose;
  k->multiply = multiply;
  k->saturate = multiply_saturate;
  k->multiply_f16 = multiply_f16;
  k->gradient = gradient;
}

#include "norm-template.h"
#include "conv-template.h"

void
ren_norm_init_avx512f (RenNormKernels *k)
{
  norm_fill (k);
}

void
ren_conv_init_avx512f (RenConvKernels *k)
{
  conv_fill (k);
}

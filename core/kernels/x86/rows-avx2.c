/* Row kernels for AVX2, FMA and F16C: 12 of 16 registers hold sums.
 * SPDX-License-Identifier: MIT */
#include <immintrin.h>

#define LANES 8
#define TILE_V 2
#define TILE_R 6
#define LOAD_HALVES(p)                                                         \
  ((Vector) _mm256_cvtph_ps (_mm_loadu_si128 ((const __m128i *) (p))))
#include "rows-template.h"

/* Products of unsigned and signed bytes that are added in pairs overflow 16
 * bits (vpmaddubsw saturates), so the bytes are made 16 bits first: those at
 * even places, and those at odd ones. */
typedef struct
{
  __m256i even, odd;
} Split;

static inline Split
split_weights (const guint32 *p)
{
  const __m256i w = _mm256_loadu_si256 ((const __m256i *) p);

  return (Split){ _mm256_srai_epi16 (_mm256_slli_epi16 (w, 8), 8),
    _mm256_srai_epi16 (w, 8) };
}

static inline __m256i
add_products (__m256i sums, guint32 x, Split w)
{
  const __m256i even = _mm256_set1_epi32 ((gint32) (x & 0xff00ff));
  const __m256i odd = _mm256_set1_epi32 ((gint32) (x >> 8 & 0xff00ff));

  sums = _mm256_add_epi32 (sums, _mm256_madd_epi16 (even, w.even));
  return _mm256_add_epi32 (sums, _mm256_madd_epi16 (odd, w.odd));
}

#undef TILE_R
#define TILE_R 4
#define SUMS __m256i
#define LOAD_WEIGHTS(p) split_weights (p)
#define ADD_PRODUCTS(sums, x, w) add_products (sums, x, w)
#define SATURATE_R TILE_R
#define SATURATE_V TILE_V
#include "bytes-template.h"

void
ren_rows_init_avx2 (RenRowKernels *k)
{
  k->multiply = multiply;
  k->saturate = multiply_saturate;
  k->multiply_f16 = multiply_f16;
  k->multiply_u8 = multiply_u8;
  k->saturate_u8 = multiply_u8_saturate;
  k->gradient = gradient;
}

#include "norm-template.h"
#include "conv-template.h"

void
ren_norm_init_avx2 (RenNormKernels *k)
{
  norm_fill (k);
}

void
ren_conv_init_avx2 (RenConvKernels *k)
{
  conv_fill (k);
}

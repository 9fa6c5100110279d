/* Twice 16 bytes in a vector of AVX2, for the resampling kernels.
 * SPDX-License-Identifier: MIT */
#pragma once

#include <immintrin.h>

#include "resample.h"

typedef guint8 Bytes __attribute__ ((vector_size (32)));
typedef Bytes LooseBytes __attribute__ ((aligned (1), may_alias));

#define zip_low(a, b)                                                          \
  ((Bytes) _mm256_unpacklo_epi8 ((__m256i) (a), (__m256i) (b)))
#define zip_high(a, b)                                                         \
  ((Bytes) _mm256_unpackhi_epi8 ((__m256i) (a), (__m256i) (b)))

static inline Bytes
load_blocks (const guint8 *in)
{
  return (Bytes) _mm256_loadu2_m128i (
      (const __m128i *) (in + REN_STRIP * REN_STRIP), (const __m128i *) in);
}

static inline void
store_block (Bytes a, guint block, guint8 *out)
{
  _mm_storeu_si128 (
      (__m128i *) out, block ? _mm256_extracti128_si256 ((__m256i) a, 1)
                             : _mm256_castsi256_si128 ((__m256i) a));
}

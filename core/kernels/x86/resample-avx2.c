/* The resampling kernels for AVX2. SPDX-License-Identifier: MIT */
#include "resample-bytes.h"

typedef gint32 Sums __attribute__ ((vector_size (32)));

static inline void
widen (const guint8 *in, Sums out[2])
{
  for (guint i = 0; i < 2; i++)
    out[i] = (Sums) _mm256_cvtepu8_epi32 (
        _mm_loadl_epi64 ((const __m128i *) (in + 8 * i)));
}

static inline void
narrow (const Sums sum[2], guint8 *out)
{
  /* packs work in each half: 0 … 3 and 8 … 11, then 4 … 7 and 12 … 15. The second
   * reads signed numbers, which is right: sums are below 2^15. */
  const __m256i halves = _mm256_permute4x64_epi64 (
      _mm256_packus_epi32 ((__m256i) sum[0], (__m256i) sum[1]), 0xd8);

  _mm_storeu_si128 (
      (__m128i *) out, _mm_packus_epi16 (_mm256_castsi256_si128 (halves),
                           _mm256_extracti128_si256 (halves, 1)));
}

#include "resample-template.h"

void
ren_resample_init_avx2 (RenResampleKernels *k)
{
  resample_fill (k);
}

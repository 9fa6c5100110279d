/* The resampling kernels for AVX-512. SPDX-License-Identifier: MIT */
#include "resample-bytes.h"

typedef gint32 Sums __attribute__ ((vector_size (64)));

static inline void
widen (const guint8 *in, Sums out[1])
{
  out[0] = (Sums) _mm512_cvtepu8_epi32 (_mm_loadu_si128 ((const __m128i *) in));
}

static inline void
narrow (const Sums sum[1], guint8 *out)
{
  const __m512i positive =
      _mm512_max_epi32 ((__m512i) sum[0], _mm512_setzero_si512 ());

  _mm_storeu_si128 ((__m128i *) out, _mm512_cvtusepi32_epi8 (positive));
}

#include "resample-template.h"

void
ren_resample_init_avx512f (RenResampleKernels *k)
{
  resample_fill (k);
}

/* The product of bytes for AVX-VNNI: vpdpbusd in the encoding of AVX.
 * SPDX-License-Identifier: MIT */
#include <immintrin.h>
#include <string.h>

#include "rows.h"

#define LANES 8
#define TILE_V 2
#define TILE_R 6

#define SUMS __m256i
#define LOAD_WEIGHTS(p) _mm256_loadu_si256 ((const __m256i *) (p))
#define ADD_PRODUCTS(sums, x, w)                                               \
  _mm256_dpbusd_avx_epi32 (sums, _mm256_set1_epi32 ((gint32) (x)), w)
#include "bytes-template.h"

void
ren_rows_init_avx_vnni (RenRowKernels *k)
{
  k->multiply_u8 = multiply_u8;
  k->saturate_u8 = multiply_u8_saturate;
}

/* The product of bytes for AVX-512 VNNI: 16 of 32 registers hold sums.
 * SPDX-License-Identifier: MIT */
#include <immintrin.h>
#include <string.h>

#include "rows.h"

#define LANES 16
#define TILE_V 2
#define TILE_R 8

#define SUMS __m512i
#define LOAD_WEIGHTS(p) _mm512_loadu_si512 (p)
#define ADD_PRODUCTS(sums, x, w)                                               \
  _mm512_dpbusd_epi32 (sums, _mm512_set1_epi32 ((gint32) (x)), w)
#include "bytes-template.h"

void
ren_rows_init_avx512_vnni (RenRowKernels *k)
{
  k->multiply_u8 = multiply_u8;
  k->saturate_u8 = multiply_u8_saturate;
}

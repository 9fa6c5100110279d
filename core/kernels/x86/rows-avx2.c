/* Row kernels for AVX2 and FMA: 12 of 16 registers hold sums.
 * SPDX-License-Identifier: MIT */
#define LANES 8
#define TILE_V 2
#define TILE_R 6
#include "rows-template.h"

void
ren_rows_init_avx2 (RenRowKernels *k)
{
  k->multiply = multiply;
  k->gradient = gradient;
}

#include "norm-template.h"

void
ren_norm_init_avx2 (RenNormKernels *k)
{
  norm_fill (k);
}

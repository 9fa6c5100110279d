/* Row kernels for AVX-512: 16 of 32 registers hold sums.
 * SPDX-License-Identifier: MIT */
#define LANES 16
#define TILE_V 2
#define TILE_R 8
#include "rows-template.h"

void
ren_rows_init_avx512f (RenRowKernels *k)
{
  k->multiply = multiply;
  k->gradient = gradient;
}

#include "norm-template.h"

void
ren_norm_init_avx512f (RenNormKernels *k)
{
  norm_fill (k);
}

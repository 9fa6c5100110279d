/* Row kernels for any processor with vectors of four floats.
 * SPDX-License-Identifier: MIT */
#define LANES 4
#define TILE_V 2
#define TILE_R 4
#include "rows-template.h"

void
ren_rows_init_vector (RenRowKernels *k)
{
  k->multiply = multiply;
  k->gradient = gradient;
}

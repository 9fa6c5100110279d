/* Plain C kernels and the choice of faster ones. SPDX-License-Identifier: MIT */
#include "kernels.h"

#include "reference.h"

void
ren_kernels_init (RenKernels *k, RenCpu cpu)
{
  ren_kernels_init_reference (k);
  if (cpu & REN_CPU_BLAS)
    ren_kernels_init_blas (k);
}

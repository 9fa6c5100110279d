/* Norm kernels for any processor, and the choice of faster ones.
 * SPDX-License-Identifier: MIT */
#include "norm-template.h"
#include "cpu.h"

void
ren_norm_init (RenNormKernels *k, RenCpu cpu)
{
  norm_fill (k);
#if defined(__x86_64__) || defined(__i386__)
  if (cpu & REN_CPU_AVX2)
    ren_norm_init_avx2 (k);
  if (cpu & REN_CPU_AVX512F)
    ren_norm_init_avx512f (k);
#endif
}

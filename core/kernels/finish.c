/* Finish kernels for any processor, and the choice of faster ones.
 * SPDX-License-Identifier: MIT */
#include "finish-template.h"

void
ren_finish_init (RenFinishKernels *k, RenCpu cpu)
{
  finish_fill (k);
#if defined(__x86_64__) || defined(__i386__)
  if (cpu & REN_CPU_AVX2)
    ren_finish_init_avx2 (k);
  if (cpu & REN_CPU_AVX512F)
    ren_finish_init_avx512f (k);
#endif
}

/* The finish kernels for AVX-512. SPDX-License-Identifier: MIT */
#include "finish-template.h"

void
ren_finish_init_avx512f (RenFinishKernels *k)
{
  finish_fill (k);
}

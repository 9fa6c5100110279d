/* The finish kernels for AVX2. SPDX-License-Identifier: MIT */
#include "finish-template.h"

void
ren_finish_init_avx2 (RenFinishKernels *k)
{
  finish_fill (k);
}

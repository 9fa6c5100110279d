/* How fast kernels are on the network's shapes, their data in a core's cache.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "kernels.h"

void
bench_kernels (const KernelSet *set)
{
  printf ("%s\n", ren_cpu_name (set->one));
}

/* Which instructions this processor has.
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include <glib.h>

/* Instruction sets that kernels are compiled for, each of them a set of
 * functions of its own. Tables of kernels take any of them, and none that is
 * not asked for, so that all can be tested on one machine. */
typedef enum
{
  REN_CPU_REFERENCE = 0,   /* plain C: the oracle of all others */
  REN_CPU_VECTOR = 1 << 0, /* the compiler's vectors, every architecture */
  /* x86 */
  REN_CPU_AVX2 = 1 << 1, /* with FMA and F16C */
  REN_CPU_AVX_VNNI = 1 << 2,
  REN_CPU_AVX512F = 1 << 3,
  REN_CPU_AVX512_VNNI = 1 << 4,
  /* arm64 */
  REN_CPU_NEON = 1 << 5,
  REN_CPU_DOTPROD = 1 << 6,
  REN_CPU_I8MM = 1 << 7,
} RenCpu;

/* What this processor and operating system can run. */
RenCpu ren_cpu_detect (void);

/* Name of one instruction set, as /proc/cpuinfo has it: "avx512_vnni". */
const char *ren_cpu_name (RenCpu one);

/* SPDX-License-Identifier: MIT */
#include "cpu.h"

#if defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#endif

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>

/* What __builtin_cpu_supports() does not know by name in every compiler. These
 * need no more of the system than AVX2 does, which is asked for first. */
static gboolean
has_f16c (void)
{
  guint a, b, c, d;

  return __get_cpuid (1, &a, &b, &c, &d) && (c & bit_F16C) != 0;
}

static gboolean
has_avx_vnni (void)
{
  guint a, b, c, d;

  return __get_cpuid_count (7, 1, &a, &b, &c, &d) && (a & bit_AVXVNNI) != 0;
}

RenCpu
ren_cpu_detect (void)
{
  RenCpu cpu = REN_CPU_VECTOR;

  __builtin_cpu_init ();
  if (!__builtin_cpu_supports ("avx2") || !__builtin_cpu_supports ("fma") ||
      !has_f16c ())
    return cpu;
  cpu |= REN_CPU_AVX2;
  if (has_avx_vnni ())
    cpu |= REN_CPU_AVX_VNNI;
  if (!__builtin_cpu_supports ("avx512f"))
    return cpu;
  cpu |= REN_CPU_AVX512F;
  if (__builtin_cpu_supports ("avx512vnni"))
    cpu |= REN_CPU_AVX512_VNNI;
  return cpu;
}

#elif defined(__aarch64__)

RenCpu
ren_cpu_detect (void)
{
  RenCpu cpu = REN_CPU_VECTOR | REN_CPU_NEON; /* all of arm64 have NEON */

  /* what the compiler may use everywhere, as on macOS */
#ifdef __ARM_FEATURE_DOTPROD
  cpu |= REN_CPU_DOTPROD;
#endif
#ifdef __ARM_FEATURE_MATMUL_INT8
  cpu |= REN_CPU_I8MM;
#endif
#ifdef __linux__
  if (getauxval (AT_HWCAP) & HWCAP_ASIMDDP)
    cpu |= REN_CPU_DOTPROD;
  if (getauxval (AT_HWCAP2) & HWCAP2_I8MM)
    cpu |= REN_CPU_I8MM;
#endif
  return cpu;
}

#else

RenCpu
ren_cpu_detect (void)
{
  return REN_CPU_VECTOR;
}

#endif

const char *
ren_cpu_name (RenCpu one)
{
  switch (one) {
    case REN_CPU_REFERENCE:
      return "c";
    case REN_CPU_VECTOR:
      return "vector";
    case REN_CPU_AVX2:
      return "avx2";
    case REN_CPU_AVX_VNNI:
      return "avx_vnni";
    case REN_CPU_AVX512F:
      return "avx512f";
    case REN_CPU_AVX512_VNNI:
      return "avx512_vnni";
    case REN_CPU_NEON:
      return "asimd";
    case REN_CPU_DOTPROD:
      return "asimddp";
    case REN_CPU_I8MM:
      return "i8mm";
  }
  return "?";
}

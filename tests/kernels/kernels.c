/* Every kernel of every instruction set that the machine has against the C
 * reference. With --bench, how fast each is. SPDX-License-Identifier: MIT */
#include "kernels.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "resemotenet.h"

const KernelSet kernel_sets[] = {
  { REN_CPU_VECTOR, REN_CPU_VECTOR },
#if defined(__x86_64__) || defined(__i386__)
  { REN_CPU_AVX2, REN_CPU_VECTOR | REN_CPU_AVX2 },
  { REN_CPU_AVX_VNNI, REN_CPU_VECTOR | REN_CPU_AVX2 | REN_CPU_AVX_VNNI },
  { REN_CPU_AVX512F, REN_CPU_VECTOR | REN_CPU_AVX2 | REN_CPU_AVX512F },
  { REN_CPU_AVX512_VNNI,
      REN_CPU_VECTOR | REN_CPU_AVX2 | REN_CPU_AVX512F | REN_CPU_AVX512_VNNI },
#elif defined(__aarch64__)
  { REN_CPU_NEON, REN_CPU_VECTOR | REN_CPU_NEON },
  { REN_CPU_DOTPROD, REN_CPU_VECTOR | REN_CPU_NEON | REN_CPU_DOTPROD },
  { REN_CPU_I8MM,
      REN_CPU_VECTOR | REN_CPU_NEON | REN_CPU_DOTPROD | REN_CPU_I8MM },
#endif
};
const guint n_kernel_sets = G_N_ELEMENTS (kernel_sets);

gboolean
kernels_can_run (const KernelSet *set)
{
  if (ren_cpu_detect () & set->one)
    return TRUE;
  g_test_skip ("this processor does not have these instructions");
  return FALSE;
}

float *
random_floats (guint64 seed, gsize n)
{
  float *x = g_new (float, n);

  for (gsize i = 0; i < n; i++)
    x[i] = (float) ((double) (ren_random (seed, i) >> 11) * 0x1p-52 - 1);
  return x;
}

guint8 *
random_bytes (guint64 seed, gsize n)
{
  guint8 *x = g_new (guint8, n);

  for (gsize i = 0; i < n; i++)
    x[i] = (guint8) ren_random (seed, i);
  return x;
}

void
assert_close (const float *a, const float *b, gsize n, gsize k)
{
  const float tolerance = (float) (k + 64) / (1 << 23);

  for (gsize i = 0; i < n; i++)
    if (!(fabsf (a[i] - b[i]) <= tolerance))
      g_error ("number %" G_GSIZE_FORMAT " is %g, not %g", i, a[i], b[i]);
}

void
add_kernel_test (const KernelSet *set, const char *what, GTestDataFunc func)
{
  g_autofree char *path =
      g_strdup_printf ("/%s/%s", what, ren_cpu_name (set->one));

  g_test_add_data_func (path, set, func);
}

int
main (int argc, char **argv)
{
  gboolean bench = FALSE;

  if (!(bench = argc == 2 && strcmp (argv[1], "--bench") == 0))
    g_test_init (&argc, &argv, NULL); /* takes the options that it knows */
  else
    argc = 1;
  if (argc > 1) {
    fprintf (stderr, "usage: kernels [--bench | option of GLib's tests ...]\n");
    return 2;
  }
  if (bench) {
    for (guint i = 0; i < n_kernel_sets; i++)
      if (ren_cpu_detect () & kernel_sets[i].one)
        bench_kernels (&kernel_sets[i]);
      else
        printf ("%s: not on this machine\n", ren_cpu_name (kernel_sets[i].one));
    return 0;
  }
  for (guint i = 0; i < n_kernel_sets; i++) {
    add_product_tests (&kernel_sets[i]);
    add_finish_tests (&kernel_sets[i]);
    add_conv_tests (&kernel_sets[i]);
    add_norm_tests (&kernel_sets[i]);
    add_resample_tests (&kernel_sets[i]);
  }
  return g_test_run ();
}

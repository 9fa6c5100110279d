/* SPDX-License-Identifier: MIT */
#include "memory.h"

#include <stdlib.h>

#include "resemotenet.h"

float *
ren_try_alloc_floats (gsize n, GError **error)
{
  void *p = NULL;

  if (n <= G_MAXSIZE / sizeof (float) && n > 0 &&
      posix_memalign (&p, 64, n * sizeof (float)) == 0)
    return p;
  g_set_error (error, REN_ERROR, REN_ERROR_NO_MEMORY,
      "out of memory: %" G_GSIZE_FORMAT " MB cannot be had", n >> 18);
  return NULL;
}

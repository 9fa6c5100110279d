/* SPDX-License-Identifier: MIT */
#include "memory.h"

#include <stdlib.h>

#include "resemotenet.h"

gpointer
ren_try_alloc (gsize n, GError **error)
{
  void *p = NULL;

  if (n > 0 && posix_memalign (&p, 64, n) == 0)
    return p;
  g_set_error (error, REN_ERROR, REN_ERROR_NO_MEMORY,
      "out of memory: %" G_GSIZE_FORMAT " MB cannot be had", n >> 20);
  return NULL;
}

float *
ren_try_alloc_floats (gsize n, GError **error)
{
  /* what is too much for bytes is too much to be had */
  return ren_try_alloc (
      n <= G_MAXSIZE / sizeof (float) ? n * sizeof (float) : G_MAXSIZE, error);
}

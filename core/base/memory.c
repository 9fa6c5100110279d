/* SPDX-License-Identifier: MIT */
#include "memory.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "resemotenet.h"

#define CACHE_LINE ((gsize) 64)
#define HUGE_PAGE ((gsize) 2 << 20) /* x86's; arm64's with pages of 4 KB */

static void
set_no_memory (gsize n, gsize size, GError **error)
{
  g_set_error (error, REN_ERROR, REN_ERROR_NO_MEMORY,
      "out of memory: %.0f bytes cannot be had", (double) n * (double) size);
}

gpointer
ren_try_alloc (gsize n, GError **error)
{
  void *p = NULL;
  const gsize alignment = n >= HUGE_PAGE ? HUGE_PAGE : CACHE_LINE;

  if (n > 0 && posix_memalign (&p, alignment, n) == 0) {
#ifdef MADV_HUGEPAGE
    /* Weights are streamed through, and with small pages a good part of the
     * time goes to looking up addresses, most of all in a virtual machine. Only
     * advice: it may fail. */
    if (n >= HUGE_PAGE)
      madvise (p, n, MADV_HUGEPAGE);
#endif
    return p;
  }
  set_no_memory (n, 1, error);
  return NULL;
}

float *
ren_try_alloc_floats (gsize n, GError **error)
{
  /* what is too much for bytes is too much to be had */
  return ren_try_alloc (
      n <= G_MAXSIZE / sizeof (float) ? n * sizeof (float) : G_MAXSIZE, error);
}

gpointer
ren_try_malloc (gsize n, gsize size, GError **error)
{
  gpointer p = n <= G_MAXSIZE / size ? g_try_malloc (MAX (n, 1) * size) : NULL;

  if (!p)
    set_no_memory (n, size, error);
  return p;
}

gpointer
ren_try_malloc0 (gsize n, gsize size, GError **error)
{
  gpointer p = n <= G_MAXSIZE / size ? g_try_malloc0 (MAX (n, 1) * size) : NULL;

  if (!p)
    set_no_memory (n, size, error);
  return p;
}

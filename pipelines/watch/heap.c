/* SPDX-License-Identifier: MIT */
#include "heap.h"

#include <stdlib.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

/* Threads get arenas of their own, up to eight for each processor, and a camera
 * that is connected to again brings new threads: in days every arena comes to
 * hold as much as one needs. One does for all, since hardly anything that is
 * done for each frame allocates. */
void
heap_keep_together (void)
{
#ifdef __GLIBC__
  mallopt (M_ARENA_MAX, 1);
#endif
}

/* What lives long comes to lie between what a connection had: malloc gives back
 * only the end of its memory by itself. */
void
heap_trim (void)
{
#ifdef __GLIBC__
  malloc_trim (0);
#endif
}

/* SPDX-License-Identifier: MIT */
#include "timing.h"

#include <stdlib.h>
#include <string.h>

void
timing_add (Timing *timing, gint64 microseconds)
{
  timing->ms[timing->n++ % TIMING_WINDOW] = (gfloat) microseconds / 1000;
}

static int
by_value (const void *a, const void *b)
{
  gfloat x = *(const gfloat *) a, y = *(const gfloat *) b;

  return (x > y) - (x < y);
}

void
timing_get (const Timing *timing, gdouble *median_ms, gdouble *p99_ms)
{
  gfloat sorted[TIMING_WINDOW];
  guint n = (guint) MIN (timing->n, TIMING_WINDOW);

  memcpy (sorted, timing->ms, n * sizeof *sorted);
  qsort (sorted, n, sizeof *sorted, by_value);
  *median_ms = n ? sorted[(n - 1) / 2] : 0;
  *p99_ms = n ? sorted[(n * 99 + 99) / 100 - 1] : 0;
}

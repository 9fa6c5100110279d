/* How long frames took: median and 99th percentile over the last of them.
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include <glib.h>

/* Some seconds of video, in bounded memory. */
#define TIMING_WINDOW 512

/* All zero is valid. */
typedef struct
{
  guint64 n;
  gfloat ms[TIMING_WINDOW]; /* a ring, n % window is next */
} Timing;

void timing_add (Timing *timing, gint64 microseconds);

/* Milliseconds; 0 where nothing was added. Sorts, so call it on a copy rather
 * than under a lock. */
void timing_get (const Timing *timing, gdouble *median_ms, gdouble *p99_ms);

/* How much two boxes have in common
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include "resemotenet.h"

/* Intersection over union, 0 to 1. */
static inline gdouble
rect_overlap (const RenRect *a, const RenRect *b)
{
  gdouble w = (gdouble) MIN (a->x + a->w, b->x + b->w) - MAX (a->x, b->x);
  gdouble h = (gdouble) MIN (a->y + a->h, b->y + b->h) - MAX (a->y, b->y);
  gdouble both;

  if (w <= 0 || h <= 0)
    return 0;
  both = w * h;
  return both / ((gdouble) a->w * a->h + (gdouble) b->w * b->h - both);
}

/* A vector of LANES floats. SPDX-License-Identifier: MIT */
#pragma once

#include <string.h>

typedef float Vector __attribute__ ((vector_size (LANES * sizeof (float))));

static inline Vector
load (const float *p)
{
  Vector v;

  memcpy (&v, p, sizeof v);
  return v;
}

static inline void
store (float *p, Vector v)
{
  memcpy (p, &v, sizeof v);
}

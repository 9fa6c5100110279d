/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "class-weights.h"

#define BETA .999

static double
weight (ClassWeighting weighting, double n)
{
  switch (weighting) {
    case WEIGHTS_NONE:
      return 1;
    case WEIGHTS_SQRT:
      return 1 / sqrt (n);
    case WEIGHTS_EFFECTIVE:
      return (1 - BETA) / (1 - pow (BETA, n));
    case WEIGHTS_INVERSE:
      return 1 / n;
  }
  return 1;
}

void
class_weights (ClassWeighting weighting, const double *n_of_class,
    guint n_classes, float *weights)
{
  double n = 0, sum = 0;

  for (guint c = 0; c < n_classes; c++) {
    n += n_of_class[c];
    sum += n_of_class[c] * weight (weighting, n_of_class[c]);
  }
  for (guint c = 0; c < n_classes; c++)
    weights[c] = (float) (weight (weighting, n_of_class[c]) * n / sum);
}

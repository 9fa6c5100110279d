/* How much a class counts in the loss.
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include <glib.h>

typedef enum
{
  WEIGHTS_NONE,
  WEIGHTS_SQRT,      /* 1 / √n */
  WEIGHTS_EFFECTIVE, /* (1 − β) / (1 − β^n), β = .999: Cui et al. 2019,
                      * "Class-Balanced Loss Based on Effective Number of
                      * Samples" */
  WEIGHTS_INVERSE,   /* 1 / n */
} ClassWeighting;

/* Weights from the number of faces of each class, all above 0. They are scaled
 * so that the mean over the faces is 1, and the loss stays as large as it is
 * without weights. */
void class_weights (ClassWeighting weighting, const double *n_of_class,
    guint n_classes, float *weights);

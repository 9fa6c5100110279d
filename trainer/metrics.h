/* How often a model is right.
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include "resemotenet.h"

typedef struct
{
  guint n_classes;
  guint64 n_faces, n_correct;
  guint64 confusion[REN_MAX_CLASSES][REN_MAX_CLASSES]; /* [true][predicted] */
} Metrics;

/* Of one class. What is undefined, such as the precision of a class that was
 * never predicted, is NaN. */
typedef struct
{
  guint64 n_true, n_predicted;
  double precision; /* of those predicted, how many were it */
  double recall;    /* of those that were it, how many were found */
  double f1;        /* harmonic mean of both; 0 where nothing was found */
} ClassMetrics;

void metrics_add (Metrics *metrics, guint true_class, guint predicted);
double metrics_accuracy (const Metrics *metrics);
void metrics_of_class (
    const Metrics *metrics, guint class_id, ClassMetrics *out);

/* Mean F1 over the classes that occur in the data or in the predictions, as
 * scikit-learn's f1_score (average='macro') has it. */
double metrics_macro_f1 (const Metrics *metrics);

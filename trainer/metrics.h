/* How often a model is right, and how well it knows.
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include "resemotenet.h"

/* As many as Guo et al. 2017, "On Calibration of Modern Neural Networks", use,
 * so that figures compare. */
#define METRICS_BINS 15

/* Faces whose highest score lies in one interval (i / bins, (i + 1) / bins]. */
typedef struct
{
  guint64 n, n_correct;
  double confidence; /* sum of the highest scores */
} ConfidenceBin;

typedef struct
{
  guint n_classes;
  guint64 n_faces, n_correct;
  guint64 confusion[REN_MAX_CLASSES][REN_MAX_CLASSES]; /* [true][predicted] */

  /* of faces that were added with their scores */
  guint64 n_scored;
  double loss; /* sum of -log (score of the true class) */
  ConfidenceBin bins[METRICS_BINS];
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

/* The same with the scores of all classes, from 0 to 1, which also count for
 * metrics_nll() and metrics_ece(). Returns the predicted class, that of the
 * highest score. */
guint metrics_add_scores (
    Metrics *metrics, guint true_class, const float *scores);

double metrics_accuracy (const Metrics *metrics);
void metrics_of_class (
    const Metrics *metrics, guint class_id, ClassMetrics *out);

/* Mean F1 over the classes that occur in the data or in the predictions, as
 * scikit-learn's f1_score (average='macro') has it. */
double metrics_macro_f1 (const Metrics *metrics);

/* Negative log likelihood, the mean over the faces, in nats; NaN where none has
 * scores. A score that is 0 counts as the smallest normal float. */
double metrics_nll (const Metrics *metrics);

/* Expected calibration error, from 0 to 1: how far confidence and accuracy of
 * a bin lie apart, the mean over the faces; NaN where none has scores. */
double metrics_ece (const Metrics *metrics);

/* Wilson's interval that holds a share of which @n_correct of @n is a sample,
 * in 95 % of samples. Unlike the normal approximation it stays within 0 and 1,
 * and has a width where all are right. */
void metrics_interval (guint64 n_correct, guint64 n, double *low, double *high);

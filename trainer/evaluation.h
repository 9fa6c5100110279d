/* A model's outputs for a data set, and what they amount to.
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include "faces.h"
#include "metrics.h"

typedef struct
{
  guint n_classes;
  GPtrArray *faces;    /* const Face*, of the caller */
  GArray *classes;     /* guint: the true class of each */
  GArray *logits;      /* float, n_classes of each */
  GArray *predictions; /* Prediction; NULL: pixels are not kept */
} Evaluation;

/* @keep_pixels: for a report; takes 4 KiB a face */
void evaluation_init (
    Evaluation *evaluation, const RenModel *model, gboolean keep_pixels);
void evaluation_clear (Evaluation *evaluation);

/* A FaceFunc; @evaluation: Evaluation. */
void evaluation_add (const Face *face, const guint8 grey[REN_FACE_BYTES],
    const float *logits, gpointer evaluation);

/* Scores of one face; returns the predicted class. */
guint evaluation_scores (
    const Evaluation *evaluation, guint i, float temperature, float *scores);

/* Accuracy and all else at a temperature. Scores of the predictions become
 * those at this one. */
void evaluation_measure (
    Evaluation *evaluation, float temperature, Metrics *metrics);

/* Which of the model's classes the data have; returns how many. */
guint evaluation_classes (
    const Evaluation *evaluation, gboolean occurs[REN_MAX_CLASSES]);

/* The same for outputs of these classes only: as if the model had no others. */
void evaluation_measure_among (const Evaluation *evaluation, float temperature,
    const gboolean classes[REN_MAX_CLASSES], Metrics *metrics);

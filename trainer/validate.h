/* How good a model is on the faces to measure with.
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include "face-store.h"
#include "visual-report.h"

typedef struct
{
  double loss;     /* mean −log of the score of what is right */
  double accuracy; /* 0 to 1 */
} Validation;

/* Runs the model on all faces, as any user of it would. @tta: whether logits
 * are the mean of those of the face and of its mirror image. @predictions:
 * (nullable): gets a Prediction for each face. */
gboolean validate (RenModel *model, const FaceStore *store, guint n_threads,
    gboolean tta, Validation *result, GArray *predictions, GError **error);

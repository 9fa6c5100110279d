/* The weights of a model, made ready to run; shared by all plans of it.
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include "model.h"

/* conv1's bias depends on where a pixel lies, because padding is zero after
 * normalisation: 3 row cases × 3 column cases (first, inner, last). */
#define REN_N_BORDERS 9

typedef struct
{
  gatomicrefcount refs;
  RenTensors *tensors; /* whose `prepared` this is; not owned */

  /* Batch norm folded in. Convolutions: [c_out][live tap][c_in], conv1:
   * [c_out][9] for a grey input of 0 … 255. Fully connected: [c_out][c_in]. */
  const float *weight[REN_N_LAYERS];
  /* [c_out]; a residual block's conv2 holds that of the shortcut as well;
   * conv1: [c_out][REN_N_BORDERS]; NULL for the squeeze-excitation */
  const float *bias[REN_N_LAYERS];

  float *arena; /* one allocation behind all of them */
} RenWeights;

/* Columns of a layer's weight matrix. */
gsize ren_layer_depth (RenLayerId id);

/* Folds the model's weights, or takes a reference to those that a living plan
 * of the same model has. NULL with REN_ERROR_NO_MEMORY, or REN_ERROR_CORRUPT
 * where a weight is not a finite number. */
RenWeights *ren_weights_get (RenModel *model, GError **error);

/* The model must still be alive. */
void ren_weights_unref (RenWeights *w);

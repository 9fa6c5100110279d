/* The weights of a model, made ready to run; shared by all plans of it.
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include "model.h"
#include "rows.h"
#include "stem.h"

/* The first layer that is a product of rows of all images. */
#define REN_FIRST_PRODUCT REN_BLOCK1_CONV1

typedef struct
{
  gatomicrefcount refs;
  RenTensors *tensors; /* whose `prepared` this is; not owned */
  RenPrecision precision;

  /* conv1 of a grey input of 0 … 255, batch norm folded in: [tap][channel].
   * Its bias depends on where a pixel lies, because padding is zero after
   * normalisation: [row case][column case][channel], a case being the first,
   * one between, or the last. */
  const float *conv1_weight, *conv1_bias;

  /* conv2 and conv3, batch norm folded in, as Winograd's values:
   * [panel][REN_TILE_VALUES][c_in][REN_PANEL] */
  const float *tiles[2];

  /* [c_in][c_out] */
  const float *squeeze, *excite;

  /* From res_block1 on: panels as rows.h has them, in this precision, and what
   * becomes of the sums: scale × sum + bias, [c_out], rounded up to whole
   * panels. conv2 and conv3: only bias. */
  gconstpointer panels[REN_N_LAYERS];
  const float *scale[REN_N_LAYERS], *bias[REN_N_LAYERS];

  gpointer arena; /* one allocation behind all of them */
} RenWeights;

/* Channels that one output value of a layer is summed over, times live taps. */
gsize ren_layer_depth (RenLayerId id);

/* Panels of a layer's weights. */
guint ren_layer_n_panels (RenLayerId id, guint n_classes);

/* Prepares the model's weights, or takes a reference to those that a living
 * plan of the same model and precision has. @precision: fp32 or fp16. NULL with
 * REN_ERROR_NO_MEMORY, REN_ERROR_CORRUPT where a weight is not a finite number,
 * or REN_ERROR_UNSUPPORTED where it is beyond the range of fp16. */
RenWeights *ren_weights_get (
    RenModel *model, RenPrecision precision, GError **error);

/* The model must still be alive. */
void ren_weights_unref (RenWeights *w);

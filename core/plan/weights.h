/* The weights of a model, made ready to run; shared by all plans of it.
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include "conv.h"
#include "model.h"
#include "rows.h"

/* The layers that are products of rows of all images. */
#define REN_FIRST_PRODUCT REN_BLOCK1_CONV1
#define REN_LAST_PRODUCT REN_FC3

typedef struct
{
  gatomicrefcount refs;
  RenTensors *tensors; /* whose `prepared` this is; not owned */
  RenPrecision precision;

  /* conv1 of a grey input of 0 … 255, batch norm folded in: [tap][channel].
   * Its bias depends on where a pixel lies, because padding is zero after
   * normalisation: [row case][column case][channel], a case being the first,
   * one between, or the last. In int8 all are whole numbers, small enough for
   * sums to be exact, and times conv1_factor[channel] sums become outputs. */
  const float *conv1_weight, *conv1_bias, *conv1_factor;

  /* Winograd's values of layers that have a tile size:
   * [panel][value][c_in][REN_PANEL]; batch norm folded in of conv2 and conv3 */
  const float *tiles[REN_N_LAYERS];

  /* [c_in][c_out]; what totals over pixels are multiplied by, and the factors
   * that come of them */
  const float *squeeze, *excite;
  float squeeze_scale, excite_scale;

  /* Panels as rows.h has them, in this precision, and what becomes of the sums:
   * scale × sum + bias, [c_out]. conv2 and conv3 of floats have the scale in
   * their values, and here 1. */
  gconstpointer panels[REN_N_LAYERS];
  const float *scale[REN_N_LAYERS], *bias[REN_N_LAYERS];

  /* fc4: [c_in][REN_PANEL], and what one step of its int8 input stands for */
  const float *last;
  float last_scale;

  gpointer
      arena; /* one allocation behind all but int8 panels that the model has
                   * in memory, which are used there */
} RenWeights;

/* Pixels of a side of the Winograd tiles that a layer is made by, 0 of others:
 * conv2 and conv3 of floats; where weights are not rounded to fp16 also second
 * convolutions of blocks, whose image is one tile. */
guint ren_layer_tile_size (RenLayerId id, RenPrecision precision);

/* Channels that one output value of a layer is summed over, times live taps. */
gsize ren_layer_depth (RenLayerId id);

/* Prepares the model's weights, or takes a reference to those that a living
 * plan of the same model and precision has. @precision: fp32, fp16, or that of
 * an int8 model. NULL with REN_ERROR_NO_MEMORY, REN_ERROR_CORRUPT where a weight
 * is not a finite number, or REN_ERROR_UNSUPPORTED where it is beyond the range
 * of fp16 or the model is not int8. */
RenWeights *ren_weights_get (
    RenModel *model, RenPrecision precision, GError **error);

/* The model must still be alive. */
void ren_weights_unref (RenWeights *w);

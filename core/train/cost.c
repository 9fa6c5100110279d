/* What a step costs, counted rather than measured.
 * SPDX-License-Identifier: MIT */
#include "trainer-private.h"

/* How often the floats of a layer's input and output are read or written, for
 * what lies too far apart in time for a cache to hold. The products read a
 * pixel's channels once for each panel of weights, from a cache. */
enum
{
  /* in: forward, gradient of weights, its own gradient */
  STAGE_IN = 3,
  /* out: product, pooling, its gradient read and written */
  STAGE_OUT = 4,
  /* pooled: value and x̂ written, gradient and x̂ read, gradient read */
  STAGE_POOLED = 5,
  /* which pixel pooling kept, a byte: written, read twice */
  STAGE_PICKS = 3,

  BLOCK_IN = 3,
  /* product; norm: read, two written; its gradient: two read for the sums,
   * two read, one written; read by the gradients of weights and input */
  BLOCK_OUT = 1 + 3 + 5 + 2,
  /* sum of both ways, and two ReLUs' gradients: two read, one written each */
  BLOCK_SUMS = 9,

  /* product; activation read and written; both read for the activation's
   * gradient, which is written and read twice */
  FULLY_IN = 3,
  FULLY_OUT = 1 + 2 + 2 + 3,

  /* mean; product: read, written; backward: two read, one read, one written */
  EXCITATION = 1 + 2 + 4,
};

/* Products of a weight and a value in one image's forward pass, as they are
 * made: taps that meet padding are left out, but for those of conv1. */
static guint64
forward_products (const RenNet *net, RenLayerId id)
{
  const RenMap *map = &net->layer[id].forward;
  guint64 n = 0;

  for (guint g = 0; g < map->n_groups; g++)
    n += (guint64) map->groups[g].rows_per_image * map->groups[g].rows.n_taps;
  return n * net->layer[id].n_channels * net->layout.layer[id].c_out;
}

/* Bytes of one image's activations that go to and from memory. */
static guint64
activation_bytes (const RenNet *net, RenLayerId id)
{
  const RenNetLayer *l = &net->layer[id];
  const guint64 out = (guint64) l->out_pixels * net->layout.layer[id].c_out;
  guint64 in = (guint64) l->in_pixels * net->layout.layer[id].c_in;
  guint64 n_floats;

  if (id <= REN_CONV3) {
    /* conv1 reads grey levels, and they need no gradient */
    in = id == REN_CONV1 ? l->in_pixels * (STAGE_IN - 1) : in * STAGE_IN;
    n_floats = in + out * STAGE_OUT + out / 4 * STAGE_POOLED;
    return n_floats * sizeof (float) + out / 4 * STAGE_PICKS;
  }
  if (!ren_network[id].norm)
    n_floats = in * FULLY_IN + out * FULLY_OUT;
  else
    n_floats = in * BLOCK_IN + out * BLOCK_OUT;
  /* once a block: with its shortcut, which adds to the input's gradient */
  if (ren_network[id].norm && ren_network[id].kernel == 1)
    n_floats += in + out * BLOCK_SUMS;
  if (id == REN_SE_SQUEEZE)
    n_floats += (guint64) net->layer[REN_CONV3].out_pixels / 4 *
                net->layout.layer[REN_CONV3].c_out * EXCITATION;
  return n_floats * sizeof (float);
}

/* Weights of a layer alone, without biases and norms. */
static guint64
weight_bytes (const RenNet *net, RenLayerId id)
{
  const RenLayerLayout *at = &net->layout.layer[id];

  return (guint64) at->n_panels * ren_layout_panel_size (at) * sizeof (float);
}

void
ren_trainer_cost (
    const RenTrainer *trainer, guint n_faces, RenTrainerCost *cost)
{
  const RenNet *net = trainer->net;
  const guint64 all = net->layout.n_parameters * sizeof (float);
  const guint n_average = trainer->average ? 1 : 0;

  *cost = (RenTrainerCost){ .weights_forward = all,
    .gradient = all,
    .update_read = all * (3 + n_average),
    .update_written = all * (2 + n_average) };
  for (RenLayerId id = 0; id < REN_N_LAYERS; id++) {
    const guint64 products = forward_products (net, id);
    const guint64 weights = weight_bytes (net, id);

    /* forward, the weights' gradient, and the input's, which conv1 needs not */
    cost->multiply_adds += n_faces * products * (id == REN_CONV1 ? 2 : 3);
    cost->activations += n_faces * activation_bytes (net, id);
    cost->weights_backward += id == REN_CONV1 ? 0 : weights;
    if (id <= REN_CONV3) /* partial sums, written and read again */
      cost->gradient += weights * 2 * MIN (REN_N_HANDS, n_faces);
  }
}

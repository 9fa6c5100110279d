/* Memory of the network. SPDX-License-Identifier: MIT */
#include "net.h"

#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "resemotenet.h"

RenLayerId
ren_stage_conv (guint stage)
{
  return REN_CONV1 + stage;
}

RenLayerId
ren_block_conv (guint block, RenBlockPart part)
{
  return REN_BLOCK1_CONV1 + block * (REN_BLOCK2_CONV1 - REN_BLOCK1_CONV1) +
         part;
}

const float *
ren_block_input (const RenNet *net, guint block)
{
  return block ? net->block[block - 1].y : net->excited;
}

float *
ren_block_input_gradient (const RenNet *net, guint block)
{
  return block ? net->block[block - 1].d_y : net->d_excited;
}

guint
ren_net_stride (guint n_channels)
{
  const guint whole = (n_channels + REN_PANEL - 1) / REN_PANEL * REN_PANEL;

  /* rows of a power of two from 512 bytes on meet in the same cache lines */
  return whole >= 128 ? whole + 16 : whole;
}

/* ---- shapes -------------------------------------------------------------- */

static gboolean
init_layer (RenNet *net, RenLayerId id, guint n_images, GError **error)
{
  const RenLayer *network = &ren_network[id];
  /* conv1's taps are channels of its patches: one tap */
  const RenLayer patches = { .kernel = 1, .stride = 1, .size_in = 64 };
  RenNetLayer *l = &net->layer[id];
  RenLayer shape = id == REN_CONV1 ? patches : *network;
  guint n_out;

  shape.stride = MAX (1, shape.stride);
  n_out = ren_layer_size_out (&shape);
  l->n_channels = id == REN_CONV1 ? 27 : network->c_in;
  l->in_stride =
      id == REN_CONV1 ? REN_PATCH_STRIDE : ren_net_stride (network->c_in);
  l->out_stride = ren_net_stride (net->layout.layer[id].c_out);
  l->in_pixels = shape.size_in * shape.size_in;
  l->out_pixels = n_out * n_out;
  return ren_map_init (&l->forward, &shape, FALSE, n_images, l->in_stride,
             l->out_stride, error) &&
         ren_map_init (&l->backward, &shape, TRUE, n_images, l->in_stride,
             l->out_stride, error);
}

static gboolean
is_stage (RenLayerId id)
{
  return id <= REN_CONV3;
}

/* ---- memory -------------------------------------------------------------- */

/* Hands out parts of one block. First run with base NULL, to count. */
typedef struct
{
  float *base;
  gsize used;
} Carver;

static float *
carve (Carver *carver, gsize n)
{
  float *at = carver->base ? carver->base + carver->used : NULL;

  /* whole lines, and one to spare: kernels read a little beyond */
  carver->used += REN_ALIGN_FLOATS (n) + 16;
  return at;
}

static void
carve_layers (RenNet *net, Carver *carver)
{
  for (RenLayerId id = 0; id < REN_N_LAYERS; id++) {
    RenNetLayer *l = &net->layer[id];
    const gsize padded = net->layout.layer[id].n_panels * REN_PANEL;

    l->z =
        carve (carver, (gsize) net->max_batch * l->out_pixels * l->out_stride);
    if (!ren_network[id].norm)
      continue;
    l->mean = carve (carver, padded);
    l->inv = carve (carver, padded);
    l->sum_g = carve (carver, padded);
    l->sum_gx = carve (carver, padded);
  }
}

static void
carve_activations (RenNet *net, Carver *carver)
{
  const gsize n = net->max_batch;

  for (guint s = 0; s < REN_N_STAGES; s++) {
    const RenNetLayer *l = &net->layer[ren_stage_conv (s)];
    const guint c = net->layout.layer[ren_stage_conv (s)].c_out;
    const gsize pixels = l->out_pixels / 4;

    net->stage[s].out = carve (carver, n * pixels * l->out_stride);
    net->stage[s].d_out = carve (carver, n * pixels * l->out_stride);
    net->stage[s].picked = carve (carver, n * pixels * c);
  }
  for (guint b = 0; b < REN_N_BLOCKS; b++) {
    const RenNetLayer *l = &net->layer[ren_block_conv (b, REN_SECOND)];
    const gsize size = n * l->out_pixels * l->out_stride;

    net->block[b].a = carve (carver, size);
    net->block[b].y = carve (carver, size);
    net->block[b].d_a = carve (carver, size);
    net->block[b].d_y = carve (carver, size);
  }
  for (guint h = 0; h < REN_N_HIDDEN; h++) {
    const guint stride = net->layer[REN_FC1 + h].out_stride;

    net->hidden[h] = carve (carver, n * stride);
    net->d_hidden[h] = carve (carver, n * stride);
  }
  net->excited = carve (carver, n * 64 * net->layer[REN_CONV3].out_stride);
  net->d_excited = carve (carver, n * 64 * net->layer[REN_CONV3].out_stride);
  net->squeeze = carve (carver, n * net->layer[REN_SE_SQUEEZE].in_stride);
  net->d_squeeze = carve (carver, n * net->layer[REN_SE_SQUEEZE].in_stride);
  net->d_logits = carve (carver, n * REN_PANEL);
}

static void
carve_work (RenNet *net, Carver *carver)
{
  gsize largest = 0;

  for (guint s = 0; s < REN_N_STAGES; s++) {
    const RenLayerLayout *l = &net->layout.layer[ren_stage_conv (s)];

    largest = MAX (largest, l->n_panels * ren_layout_panel_size (l));
  }
  net->hands = carve (carver, REN_N_HANDS * largest);
  net->transposed = carve (carver, largest);
  /* a stage's channels for each image, or a block's once */
  net->part_mean = carve (carver, MAX ((gsize) net->max_batch * 256, 2048));
  net->part_m2 = carve (carver, MAX ((gsize) net->max_batch * 256, 2048));

  /* one panel of transposed weights, one image's patches, or its dropout */
  net->scratch_size = 64 * 64 * REN_PATCH_STRIDE;
  for (RenLayerId id = 0; id < REN_N_LAYERS; id++) {
    const RenLayerLayout *l = &net->layout.layer[id];

    net->scratch_size = MAX (net->scratch_size,
        (gsize) l->n_taps * l->n_panels * REN_PANEL * REN_PANEL);
  }
  net->scratch =
      carve (carver, net->scratch_size * ren_pool_n_threads (net->pool));
}

static void
carve_all (RenNet *net, Carver *carver)
{
  carve_layers (net, carver);
  carve_activations (net, carver);
  carve_work (net, carver);
}

RenNet *
ren_net_new (guint n_classes, guint max_batch, guint n_threads, GError **error)
{
  RenNet *net = ren_try_new0 (RenNet, 1, error);
  Carver carver = { 0 };
  gsize n_picks = 0;

  if (!net)
    return NULL;
  net->max_batch = max_batch;
  net->ranks.n_ranks = 1;
  ren_layout_init (&net->layout, n_classes);
  ren_rows_init (&net->rows, ren_cpu_detect ());
  ren_norm_init (&net->norm, ren_cpu_detect ());
  if (!(net->pool = ren_pool_new (n_threads, error)))
    goto failed;
  for (RenLayerId id = 0; id < REN_N_LAYERS; id++)
    if (!init_layer (net, id, is_stage (id) ? 1 : max_batch, error))
      goto failed;

  carve_all (net, &carver);
  if (!(net->memory = ren_try_alloc_floats (carver.used, error)))
    goto failed;
  /* padding is read, and must not be a NaN that spreads */
  memset (net->memory, 0, carver.used * sizeof (float));
  carver = (Carver){ .base = net->memory };
  carve_all (net, &carver);

  for (guint s = 0; s < REN_N_STAGES; s++)
    n_picks += (gsize) max_batch * net->layer[ren_stage_conv (s)].out_pixels /
               4 * net->layout.layer[ren_stage_conv (s)].c_out;
  if (!(net->picks = ren_try_new (guint8, n_picks, error)))
    goto failed;
  n_picks = 0;
  for (guint s = 0; s < REN_N_STAGES; s++) {
    net->stage[s].pick = net->picks + n_picks;
    n_picks += (gsize) max_batch * net->layer[ren_stage_conv (s)].out_pixels /
               4 * net->layout.layer[ren_stage_conv (s)].c_out;
  }
  return net;

failed:
  ren_net_free (net);
  return NULL;
}

void
ren_net_free (RenNet *net)
{
  if (!net)
    return;
  for (RenLayerId id = 0; id < REN_N_LAYERS; id++) {
    ren_map_clear (&net->layer[id].forward);
    ren_map_clear (&net->layer[id].backward);
  }
  ren_pool_free (net->pool);
  free (net->memory);
  g_free (net->picks);
  g_free (net);
}

/* The gradient of the stem's stages: convolution, norm, ReLU, pooling, dropout.
 * SPDX-License-Identifier: MIT
 *
 * An image is worked on from end to end while it is in the cache.
 */
#include <string.h>

#include "backward.h"

typedef struct
{
  RenNet *net;
  guint stage;
  RenPool2 pool;
  float keep_scale;
} StageWork;

static void
stage_sums_task (gpointer data, guint image, guint thread)
{
  const StageWork *work = data;
  RenNet *net = work->net;
  const RenStage *stage = &net->stage[work->stage];
  const RenPool2 *pool = &work->pool;
  const gsize pixels = pool->size / 2 * (pool->size / 2);
  float *sum_g = net->part_mean + (gsize) image * pool->n_channels;
  float *sum_gx = net->part_m2 + (gsize) image * pool->n_channels;

  memset (sum_g, 0, pool->n_channels * sizeof *sum_g);
  memset (sum_gx, 0, pool->n_channels * sizeof *sum_gx);
  net->norm.pool_gradient_sums (pool,
      stage->d_out + image * pixels * pool->out_stride, work->keep_scale,
      stage->picked + image * pixels * pool->n_channels,
      stage->pick + image * pixels * pool->n_channels, sum_g, sum_gx);
}

static void
stage_finish_norm (RenNet *net, const StageWork *work)
{
  const RenLayerId id = ren_stage_conv (work->stage);
  RenNetLayer *l = &net->layer[id];
  const guint n = work->pool.n_channels;

  for (guint c = 0; c < n; c++) {
    double g = 0, gx = 0;

    for (guint i = 0; i < net->pass.n; i++) {
      g += net->part_mean[i * n + c];
      gx += net->part_m2[i * n + c];
    }
    l->sum_g[c] = (float) g;
    l->sum_gx[c] = (float) gx;
  }
  ren_backward_finish_norm (net, id);
}

/* One image: z becomes its gradient; then that of the weights, added to the
 * hand's, and of the input. */
static void
stage_image (const StageWork *work, guint image, float *hand, float *patches)
{
  RenNet *net = work->net;
  const RenLayerId id = ren_stage_conv (work->stage);
  const RenLayerLayout *at = &net->layout.layer[id];
  const RenNetLayer *l = &net->layer[id];
  const RenStage *stage = &net->stage[work->stage];
  const gsize pooled = (gsize) image * l->out_pixels / 4;
  const gsize in_at = (gsize) image * l->in_pixels * l->in_stride;
  float *z = l->z + (gsize) image * l->out_pixels * l->out_stride;
  const float *in;

  net->norm.pool_gradient (&work->pool, z,
      stage->d_out + pooled * l->out_stride, work->keep_scale,
      stage->pick + pooled * at->c_out, l->sum_g, l->sum_gx);
  if (!hand)
    return;
  if (work->stage == 0) {
    ren_net_patches (net, image, patches);
    in = patches;
  } else {
    in = net->stage[work->stage - 1].out + in_at;
    for (guint p = 0; p < ren_backward_n_input_panels (net, id); p++)
      ren_backward_input_gradient (net, id, p, 1,
          net->transposed +
              (gsize) p * at->n_taps * at->n_panels * REN_PANEL * REN_PANEL,
          z, net->stage[work->stage - 1].d_out + in_at, FALSE);
  }
  for (guint p = 0; p < at->n_panels; p++)
    ren_backward_weight_gradient (
        net, id, p, 1, in, z, hand + p * ren_layout_panel_size (at));
}

static gsize
stage_weights (const RenNet *net, guint stage)
{
  const RenLayerLayout *at = &net->layout.layer[ren_stage_conv (stage)];

  return at->n_panels * ren_layout_panel_size (at);
}

/* Images hand, hand + 16, hand + 32 … */
static void
stage_hand_task (gpointer data, guint hand, guint thread)
{
  const StageWork *work = data;
  RenNet *net = work->net;
  const gsize size = stage_weights (net, work->stage);
  float *gradient = net->hands + hand * size;

  memset (gradient, 0, size * sizeof *gradient);
  for (guint i = hand; i < net->pass.n; i += REN_N_HANDS)
    stage_image (work, i, gradient, net->scratch + thread * net->scratch_size);
}

static void
stage_transpose_task (gpointer data, guint panel, guint thread)
{
  const StageWork *work = data;
  RenNet *net = work->net;
  const RenLayerId id = ren_stage_conv (work->stage);
  const RenLayerLayout *at = &net->layout.layer[id];

  ren_backward_transpose_panel (net, id, panel,
      net->transposed +
          (gsize) panel * at->n_taps * at->n_panels * REN_PANEL * REN_PANEL);
}

/* Floats whose hands one task adds up. */
#define SUM_PIECE 4096

static void
stage_add_task (gpointer data, guint task, guint thread)
{
  const StageWork *work = data;
  RenNet *net = work->net;
  const gsize size = stage_weights (net, work->stage);
  const gsize first = (gsize) task * SUM_PIECE;
  const gsize n = MIN (SUM_PIECE, size - first);
  const RenLayerId id = ren_stage_conv (work->stage);
  float *out = net->gradient + net->layout.layer[id].weight + first;

  memcpy (out, net->hands + first, n * sizeof *out);
  for (guint h = 1; h < MIN (REN_N_HANDS, net->pass.n); h++)
    for (gsize i = 0; i < n; i++)
      out[i] += net->hands[h * size + first + i];
}

static StageWork
stage_work (RenNet *net, guint stage)
{
  const gboolean drops =
      net->pass.training && net->pass.dropout > 0 && stage < 2;

  return (StageWork){ .net = net,
    .stage = stage,
    .keep_scale = drops ? 1 / (1 - net->pass.dropout) : 1,
    .pool = ren_stage_pool (net, stage) };
}

void
ren_backward_stage (RenNet *net, guint stage)
{
  StageWork work = stage_work (net, stage);
  const RenLayerId id = ren_stage_conv (stage);
  const gsize n_pieces =
      (stage_weights (net, stage) + SUM_PIECE - 1) / SUM_PIECE;

  ren_pool_run (net->pool, stage_sums_task, &work, net->pass.n);
  stage_finish_norm (net, &work);
  if (stage > 0)
    ren_pool_run (net->pool, stage_transpose_task, &work,
        ren_backward_n_input_panels (net, id));
  ren_pool_run (
      net->pool, stage_hand_task, &work, MIN (REN_N_HANDS, net->pass.n));
  ren_pool_run (net->pool, stage_add_task, &work, (guint) n_pieces);
}

void
ren_backward_conv3 (RenNet *net)
{
  const StageWork work = stage_work (net, REN_N_STAGES - 1);
  RenNetLayer *l = &net->layer[REN_CONV3];

  memset (l->sum_g, 0, work.pool.n_channels * sizeof *l->sum_g);
  memset (l->sum_gx, 0, work.pool.n_channels * sizeof *l->sum_gx);
  for (guint i = 0; i < net->pass.n; i++)
    stage_image (&work, i, NULL, NULL);
}

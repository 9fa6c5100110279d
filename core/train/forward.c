/* The network, forward, keeping what backward needs; backward.c mirrors it.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "net.h"

/* torch.nn.BatchNorm2d's default */
#define NORM_MOMENTUM 0.1

/* ---- norm ---------------------------------------------------------------- */

/* Adds over the ranks where norms are to see all of them. */
static gboolean
sync_sum (const RenNet *net, float *values, gsize n)
{
  if (!net->ranks.sync_norm || net->ranks.n_ranks < 2)
    return FALSE;
  net->ranks.sum (values, n, net->ranks.sum_data);
  return TRUE;
}

/* Makes mean and inv of n_parts parts' moments (Chan et al. 1979), each of
 * n_rows rows, and moves the running statistics. */
static void
finish_norm (RenNet *net, RenLayerId id, guint n_parts, guint n_rows)
{
  const RenLayerLayout *at = &net->layout.layer[id];
  RenNetLayer *l = &net->layer[id];
  const guint n = at->c_out;
  double count = (double) n_parts * n_rows;
  float *m2 = l->sum_gx; /* free until backward */
  const guint ranks = net->ranks.n_ranks;

  for (guint c = 0; c < n; c++) {
    double mean = 0, sum = 0;

    for (guint i = 0; i < n_parts; i++)
      mean += net->part_mean[i * n + c];
    mean /= n_parts;
    for (guint i = 0; i < n_parts; i++) {
      const double d = net->part_mean[i * n + c] - mean;

      sum += net->part_m2[i * n + c] + n_rows * d * d;
    }
    l->mean[c] = (float) mean;
    l->inv[c] = (float) mean; /* this rank's, kept for below */
    m2[c] = (float) sum;
  }
  if (sync_sum (net, l->mean, n)) {
    for (guint c = 0; c < n; c++) {
      double d;

      l->mean[c] /= (float) ranks;
      d = l->inv[c] - l->mean[c];
      m2[c] += (float) (count * d * d);
    }
    sync_sum (net, m2, n);
    count *= ranks;
  }

  for (guint c = 0; c < n; c++) {
    /* running statistics are of what the convolution gives, its bias included,
     * which the norm takes away again */
    const double mean = l->mean[c] + net->parameters[at->bias + c];
    float *running_mean = net->running + at->mean + c;
    float *running_var = net->running + at->var + c;

    l->inv[c] = (float) (1 / sqrt (m2[c] / count + REN_NORM_EPSILON));
    *running_mean += (float) (NORM_MOMENTUM * (mean - *running_mean));
    /* PyTorch keeps the unbiased variance, and normalises by the biased one */
    *running_var +=
        (float) (NORM_MOMENTUM * (m2[c] / (count - 1) - *running_var));
  }
}

/* The same from the running statistics. */
static void
use_running (RenNet *net, RenLayerId id)
{
  const RenLayerLayout *at = &net->layout.layer[id];
  RenNetLayer *l = &net->layer[id];

  for (guint c = 0; c < at->c_out; c++) {
    l->mean[c] = net->running[at->mean + c] - net->parameters[at->bias + c];
    l->inv[c] = 1 / sqrtf (net->running[at->var + c] + REN_NORM_EPSILON);
  }
}

static void
begin_norm (RenNet *net, RenLayerId id, guint n_parts, guint n_rows)
{
  if (net->pass.training)
    finish_norm (net, id, n_parts, n_rows);
  else
    use_running (net, id);
}

/* ---- products ------------------------------------------------------------ */

static void
multiply_panel (const RenNet *net, RenLayerId id, guint panel, guint n_images,
    const float *in, float *out)
{
  const RenLayerLayout *at = &net->layout.layer[id];
  const RenNetLayer *l = &net->layer[id];
  const float *weight =
      net->parameters + at->weight + panel * ren_layout_panel_size (at);

  for (guint g = 0; g < l->forward.n_groups; g++) {
    const RenRows rows = ren_map_rows (
        &l->forward, g, n_images, 0, l->forward.groups[g].rows.n_taps);

    net->rows.multiply (
        &rows, l->n_channels, in, weight, out + panel * REN_PANEL, FALSE);
  }
}

/* A layer whose tasks are panels, all images at once. */
typedef struct
{
  RenNet *net;
  RenLayerId id;
  const float *in;
  float *y; /* what norm and ReLU make of it */
  gboolean relu;
} PanelWork;

static void
multiply_task (gpointer data, guint panel, guint thread)
{
  const PanelWork *work = data;
  RenNet *net = work->net;
  const RenNetLayer *l = &net->layer[work->id];
  const guint channel = panel * REN_PANEL;

  multiply_panel (net, work->id, panel, net->pass.n, work->in, l->z);
  if (ren_network[work->id].norm && net->pass.training)
    net->norm.moments (l->z + channel, (gsize) net->pass.n * l->out_pixels,
        l->out_stride, REN_PANEL, net->part_mean + channel,
        net->part_m2 + channel);
}

static void
normalize_task (gpointer data, guint panel, guint thread)
{
  const PanelWork *work = data;
  RenNet *net = work->net;
  const RenLayerLayout *at = &net->layout.layer[work->id];
  const RenNetLayer *l = &net->layer[work->id];
  const guint channel = panel * REN_PANEL;

  net->norm.normalize (l->z + channel, (gsize) net->pass.n * l->out_pixels,
      l->out_stride, REN_PANEL, l->mean + channel, l->inv + channel,
      net->parameters + at->gamma + channel,
      net->parameters + at->beta + channel, work->y ? work->y + channel : NULL,
      work->relu);
}

static void
multiply (RenNet *net, RenLayerId id, const float *in)
{
  PanelWork work = { .net = net, .id = id, .in = in };

  ren_pool_run (
      net->pool, multiply_task, &work, net->layout.layer[id].n_panels);
}

/* Convolution and norm; z becomes x̂, y = gamma x̂ + beta. */
static void
multiply_and_norm (
    RenNet *net, RenLayerId id, const float *in, float *y, gboolean relu)
{
  PanelWork work = { .net = net, .id = id, .in = in, .y = y, .relu = relu };

  multiply (net, id, in);
  begin_norm (net, id, 1, net->pass.n * net->layer[id].out_pixels);
  ren_pool_run (
      net->pool, normalize_task, &work, net->layout.layer[id].n_panels);
}

/* ---- stages -------------------------------------------------------------- */

typedef struct
{
  RenNet *net;
  guint stage;
} StageWork;

static void
stage_conv_task (gpointer data, guint image, guint thread)
{
  const StageWork *work = data;
  RenNet *net = work->net;
  const RenLayerId id = ren_stage_conv (work->stage);
  const RenLayerLayout *at = &net->layout.layer[id];
  const RenNetLayer *l = &net->layer[id];
  float *z = l->z + (gsize) image * l->out_pixels * l->out_stride;
  const float *in;

  if (work->stage == 0) {
    float *patches = net->scratch + thread * net->scratch_size;

    ren_net_patches (net, image, patches);
    in = patches;
  } else {
    in = net->stage[work->stage - 1].out +
         (gsize) image * l->in_pixels * l->in_stride;
  }
  for (guint panel = 0; panel < at->n_panels; panel++)
    multiply_panel (net, id, panel, 1, in, z);
  if (net->pass.training)
    net->norm.moments (z, l->out_pixels, l->out_stride, at->c_out,
        net->part_mean + image * at->c_out, net->part_m2 + image * at->c_out);
}

static void
stage_pool_task (gpointer data, guint image, guint thread)
{
  const StageWork *work = data;
  RenNet *net = work->net;
  const RenPool2 pool = ren_stage_pool (net, work->stage);
  const RenStage *stage = &net->stage[work->stage];
  const gsize pixels = pool.size / 2 * (pool.size / 2);
  const float *z = net->layer[ren_stage_conv (work->stage)].z;
  float *keep = NULL;

  /* the third stage has no dropout */
  if (net->pass.training && net->pass.dropout > 0 && work->stage < 2) {
    keep = net->scratch + thread * net->scratch_size;
    ren_net_keep (net, work->stage, image, pixels * pool.n_channels, keep);
  }
  net->norm.pool (&pool, z + image * pixels * 4 * pool.z_stride, keep,
      stage->out + image * pixels * pool.out_stride,
      stage->picked + image * pixels * pool.n_channels,
      stage->pick + image * pixels * pool.n_channels);
}

static void
stage_forward (RenNet *net, guint stage)
{
  StageWork work = { net, stage };
  const RenLayerId id = ren_stage_conv (stage);

  ren_pool_run (net->pool, stage_conv_task, &work, net->pass.n);
  begin_norm (net, id, net->pass.n, net->layer[id].out_pixels);
  ren_pool_run (net->pool, stage_pool_task, &work, net->pass.n);
}

/* ---- squeeze and excitation ---------------------------------------------- */

static void
squeeze_task (gpointer data, guint image, guint thread)
{
  RenNet *net = data;
  const RenNetLayer *l = &net->layer[REN_SE_SQUEEZE];
  const guint stride = net->layer[REN_CONV3].out_stride;
  const float *x = net->stage[2].out + (gsize) image * 64 * stride;
  float *mean = net->squeeze + (gsize) image * l->in_stride;

  for (guint c = 0; c < l->n_channels; c++)
    mean[c] = 0;
  for (guint p = 0; p < 64; p++)
    for (guint c = 0; c < l->n_channels; c++)
      mean[c] += x[p * stride + c] * (1.f / 64);
}

static void
excite_task (gpointer data, guint image, guint thread)
{
  RenNet *net = data;
  const guint n = net->layout.layer[REN_SE_EXCITE].c_out;
  const guint stride = net->layer[REN_CONV3].out_stride;
  const float *x = net->stage[2].out + (gsize) image * 64 * stride;
  float *e = net->layer[REN_SE_EXCITE].z +
             (gsize) image * net->layer[REN_SE_EXCITE].out_stride;
  float *y = net->excited + (gsize) image * 64 * stride;

  for (guint c = 0; c < n; c++)
    e[c] = 1 / (1 + expf (-e[c]));
  for (guint p = 0; p < 64; p++)
    for (guint c = 0; c < n; c++)
      y[p * stride + c] = x[p * stride + c] * e[c];
}

static void
se_forward (RenNet *net)
{
  RenNetLayer *hidden = &net->layer[REN_SE_SQUEEZE];

  ren_pool_run (net->pool, squeeze_task, net, net->pass.n);
  multiply (net, REN_SE_SQUEEZE, net->squeeze);
  for (gsize i = 0; i < (gsize) net->pass.n * hidden->out_stride; i++)
    hidden->z[i] = MAX (0, hidden->z[i]);
  multiply (net, REN_SE_EXCITE, hidden->z);
  ren_pool_run (net->pool, excite_task, net, net->pass.n);
}

/* ---- residual blocks ----------------------------------------------------- */

static void
block_forward (RenNet *net, guint block)
{
  RenBlock *b = &net->block[block];
  const float *in = ren_block_input (net, block);
  const RenNetLayer *l = &net->layer[ren_block_conv (block, REN_SECOND)];
  const gsize n = (gsize) net->pass.n * l->out_pixels * l->out_stride;
  float *shortcut = b->d_y; /* free until backward */

  multiply_and_norm (net, ren_block_conv (block, REN_FIRST), in, b->a, TRUE);
  multiply_and_norm (
      net, ren_block_conv (block, REN_SECOND), b->a, b->y, FALSE);
  multiply_and_norm (
      net, ren_block_conv (block, REN_SHORTCUT), in, shortcut, FALSE);
  for (gsize i = 0; i < n; i++)
    b->y[i] = MAX (0, b->y[i] + shortcut[i]);
}

/* ---- fully connected ----------------------------------------------------- */

static void
hidden_forward (RenNet *net, guint h, const float *in)
{
  const RenLayerId id = REN_FC1 + h;
  const RenLayerLayout *at = &net->layout.layer[id];
  const RenNetLayer *l = &net->layer[id];
  const float *bias = net->parameters + at->bias;

  multiply (net, id, in);
  for (guint i = 0; i < net->pass.n; i++) {
    const float *z = l->z + (gsize) i * l->out_stride;
    float *y = net->hidden[h] + (gsize) i * l->out_stride;
    float keep[2048];

    for (guint c = 0; c < at->c_out; c++)
      y[c] = MAX (0, z[c] + bias[c]);
    if (!net->pass.training || net->pass.dropout_fc <= 0)
      continue;
    ren_net_keep (net, 2 + h, i, at->c_out, keep);
    for (guint c = 0; c < at->c_out; c++)
      y[c] *= keep[c];
  }
}

static void
logits_forward (RenNet *net)
{
  const float *bias = net->parameters + net->layout.layer[REN_FC4].bias;
  float *z = net->layer[REN_FC4].z;

  multiply (net, REN_FC4, net->hidden[REN_N_HIDDEN - 1]);
  for (guint i = 0; i < net->pass.n; i++)
    for (guint c = 0; c < net->layout.n_classes; c++)
      z[i * REN_PANEL + c] += bias[c];
}

void
ren_net_forward (RenNet *net, const RenPass *pass)
{
  net->pass = *pass;
  for (guint s = 0; s < REN_N_STAGES; s++)
    stage_forward (net, s);
  se_forward (net);
  for (guint b = 0; b < REN_N_BLOCKS; b++)
    block_forward (net, b);
  for (guint h = 0; h < REN_N_HIDDEN; h++)
    hidden_forward (
        net, h, h ? net->hidden[h - 1] : net->block[REN_N_BLOCKS - 1].y);
  logits_forward (net);
}

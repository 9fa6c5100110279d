/* The network's gradient, the mirror of forward.c.
 * SPDX-License-Identifier: MIT
 *
 * The bias of a convolution before a norm has gradient 0: the norm takes it
 * away. (PyTorch computes the same sum, and gets what rounding leaves of it.)
 */
#include <string.h>

#include "backward.h"

/* ---- norm ---------------------------------------------------------------- */

/* From this rank's Σ g and Σ g x̂ to the gradients of beta and gamma, and to
 * the means over all that the norm saw. */
void
ren_backward_finish_norm (RenNet *net, RenLayerId id)
{
  const RenLayerLayout *at = &net->layout.layer[id];
  RenNetLayer *l = &net->layer[id];
  double count = (double) net->pass.n * l->out_pixels;

  memcpy (net->gradient + at->beta, l->sum_g, at->c_out * sizeof (float));
  memcpy (net->gradient + at->gamma, l->sum_gx, at->c_out * sizeof (float));
  if (net->ranks.sync_norm && net->ranks.n_ranks > 1) {
    net->ranks.sum (l->sum_g, at->c_out, net->ranks.sum_data);
    net->ranks.sum (l->sum_gx, at->c_out, net->ranks.sum_data);
    count *= net->ranks.n_ranks;
  }
  for (guint c = 0; c < at->c_out; c++) {
    l->sum_g[c] = (float) (l->sum_g[c] / count);
    l->sum_gx[c] = (float) (l->sum_gx[c] / count);
  }
}

/* ---- products ------------------------------------------------------------ */

/* Columns of a layer's weights, for its input's gradient: panel p holds
 * [tap][c_out][32 input channels]. */
void
ren_backward_transpose_panel (
    const RenNet *net, RenLayerId id, guint panel, float *out)
{
  const RenLayerLayout *at = &net->layout.layer[id];
  const float *weight = net->parameters + at->weight;
  const gsize size = ren_layout_panel_size (at);
  const guint n_rows = MIN (REN_PANEL, at->c_in - panel * REN_PANEL);
  float square[REN_PANEL * REN_PANEL];

  for (guint t = 0; t < at->n_taps; t++)
    for (guint p = 0; p < at->n_panels; p++, out += REN_PANEL * REN_PANEL) {
      const float *in = weight + p * size +
                        ((gsize) t * at->c_in + panel * REN_PANEL) * REN_PANEL;

      if (n_rows < REN_PANEL) { /* beyond these lies another tap */
        memset (square, 0, sizeof square);
        memcpy (square, in, n_rows * REN_PANEL * sizeof *in);
        in = square;
      }
      net->rows.transpose (in, out);
    }
}

guint
ren_backward_n_input_panels (const RenNet *net, RenLayerId id)
{
  return (net->layout.layer[id].c_in + REN_PANEL - 1) / REN_PANEL;
}

/* The gradient of 32 input channels. */
void
ren_backward_input_gradient (const RenNet *net, RenLayerId id, guint panel,
    guint n_images, const float *transposed, const float *d_out, float *d_in,
    gboolean accumulate)
{
  const RenLayerLayout *at = &net->layout.layer[id];
  const RenMap *map = &net->layer[id].backward;

  for (guint g = 0; g < map->n_groups; g++) {
    const RenRows rows =
        ren_map_rows (map, g, n_images, 0, map->groups[g].rows.n_taps);

    net->rows.multiply (&rows, at->n_panels * REN_PANEL, d_out, transposed,
        d_in + panel * REN_PANEL, accumulate);
  }
}

/* Adds the gradient of 32 output channels' weights. A tap's weights stay in
 * the cache while all rows go over them, where all taps' would not. */
void
ren_backward_weight_gradient (const RenNet *net, RenLayerId id, guint panel,
    guint n_images, const float *in, const float *d_out, float *gradient)
{
  const RenNetLayer *l = &net->layer[id];
  const gboolean is_large =
      ren_layout_panel_size (&net->layout.layer[id]) > 32 * 1024;

  for (guint g = 0; g < l->forward.n_groups; g++) {
    const guint n_taps = l->forward.groups[g].rows.n_taps;
    const guint step = is_large ? 1 : n_taps;

    for (guint t = 0; t < n_taps; t += step) {
      const RenRows rows = ren_map_rows (&l->forward, g, n_images, t, step);

      net->rows.gradient (
          &rows, l->n_channels, in, d_out + panel * REN_PANEL, gradient);
    }
  }
}

typedef struct
{
  RenNet *net;
  RenLayerId id;
  const float *in, *d_out;
  float *d_in;
  gboolean accumulate;
} ProductWork;

static void
input_task (gpointer data, guint panel, guint thread)
{
  const ProductWork *work = data;
  const RenNet *net = work->net;
  float *transposed = net->scratch + thread * net->scratch_size;

  ren_backward_transpose_panel (net, work->id, panel, transposed);
  ren_backward_input_gradient (net, work->id, panel, net->pass.n, transposed,
      work->d_out, work->d_in, work->accumulate);
}

static void
weight_task (gpointer data, guint panel, guint thread)
{
  const ProductWork *work = data;
  const RenNet *net = work->net;
  const RenLayerLayout *at = &net->layout.layer[work->id];
  const gsize size = ren_layout_panel_size (at);
  float *gradient = net->gradient + at->weight + panel * size;

  memset (gradient, 0, size * sizeof *gradient);
  ren_backward_weight_gradient (
      net, work->id, panel, net->pass.n, work->in, work->d_out, gradient);
}

/* A layer whose tasks are panels: gradients of weights and input. */
static void
multiply_backward (RenNet *net, RenLayerId id, const float *in,
    const float *d_out, float *d_in, gboolean accumulate)
{
  ProductWork work = { net, id, in, d_out, d_in, accumulate };

  ren_pool_run (
      net->pool, input_task, &work, ren_backward_n_input_panels (net, id));
  if (net->gradient)
    ren_pool_run (
        net->pool, weight_task, &work, net->layout.layer[id].n_panels);
}

/* ---- fully connected ----------------------------------------------------- */

static void
bias_gradient (RenNet *net, RenLayerId id, const float *d_z)
{
  const RenLayerLayout *at = &net->layout.layer[id];
  const guint stride = net->layer[id].out_stride;
  float *gradient;

  if (!net->gradient)
    return;
  gradient = net->gradient + at->bias;
  memset (gradient, 0, at->c_out * sizeof *gradient);
  for (guint i = 0; i < net->pass.n; i++)
    for (guint c = 0; c < at->c_out; c++)
      gradient[c] += d_z[(gsize) i * stride + c];
}

/* d_hidden becomes the gradient before dropout and ReLU. What ReLU or dropout
 * made 0 is 0 in the output. */
static void
hidden_backward (RenNet *net, guint h, const float *in, float *d_in)
{
  const RenLayerId id = REN_FC1 + h;
  const gboolean drops = net->pass.training && net->pass.dropout_fc > 0;
  const float kept = drops ? 1 / (1 - net->pass.dropout_fc) : 1;
  const gsize n = (gsize) net->pass.n * net->layer[id].out_stride;
  float *d = net->d_hidden[h];

  for (gsize i = 0; i < n; i++)
    d[i] = net->hidden[h][i] > 0 ? d[i] * kept : 0;
  bias_gradient (net, id, d);
  multiply_backward (net, id, in, d, d_in, FALSE);
}

static void
logits_backward (RenNet *net)
{
  bias_gradient (net, REN_FC4, net->d_logits);
  multiply_backward (net, REN_FC4, net->hidden[REN_N_HIDDEN - 1], net->d_logits,
      net->d_hidden[REN_N_HIDDEN - 1], FALSE);
}

/* ---- residual blocks ----------------------------------------------------- */

typedef struct
{
  RenNet *net;
  RenLayerId id;
  const float *g;
} NormWork;

static void
norm_sums_task (gpointer data, guint panel, guint thread)
{
  const NormWork *work = data;
  const RenNet *net = work->net;
  const RenNetLayer *l = &net->layer[work->id];
  const guint channel = panel * REN_PANEL;

  net->norm.gradient_sums (work->g + channel, l->z + channel,
      (gsize) net->pass.n * l->out_pixels, l->out_stride, REN_PANEL,
      l->sum_g + channel, l->sum_gx + channel);
}

static void
norm_task (gpointer data, guint panel, guint thread)
{
  const NormWork *work = data;
  const RenNet *net = work->net;
  const RenNetLayer *l = &net->layer[work->id];
  const guint channel = panel * REN_PANEL;

  net->norm.gradient (work->g + channel, l->z + channel,
      (gsize) net->pass.n * l->out_pixels, l->out_stride, REN_PANEL,
      l->inv + channel,
      net->parameters + net->layout.layer[work->id].gamma + channel,
      l->sum_g + channel, l->sum_gx + channel);
}

/* x̂ becomes the gradient of the convolution's output. */
static void
norm_backward (RenNet *net, RenLayerId id, const float *g)
{
  NormWork work = { net, id, g };
  RenNetLayer *l = &net->layer[id];
  const guint n_panels = net->layout.layer[id].n_panels;

  if (net->pass.training) {
    ren_pool_run (net->pool, norm_sums_task, &work, n_panels);
    ren_backward_finish_norm (net, id);
  } else { /* constants do not depend on x */
    memset (l->sum_g, 0, n_panels * REN_PANEL * sizeof (float));
    memset (l->sum_gx, 0, n_panels * REN_PANEL * sizeof (float));
  }
  ren_pool_run (net->pool, norm_task, &work, n_panels);
}

static void
relu_backward (float *d, const float *y, gsize n)
{
  for (gsize i = 0; i < n; i++)
    d[i] = y[i] > 0 ? d[i] : 0;
}

static void
block_backward (RenNet *net, guint block)
{
  RenBlock *b = &net->block[block];
  const float *in = ren_block_input (net, block);
  float *d_in = ren_block_input_gradient (net, block);
  const RenLayerId first = ren_block_conv (block, REN_FIRST);
  const RenLayerId second = ren_block_conv (block, REN_SECOND);
  const RenLayerId shortcut = ren_block_conv (block, REN_SHORTCUT);
  const gsize n = (gsize) net->pass.n * net->layer[second].out_pixels *
                  net->layer[second].out_stride;

  relu_backward (b->d_y, b->y, n);
  norm_backward (net, second, b->d_y);
  norm_backward (net, shortcut, b->d_y);
  multiply_backward (net, second, b->a, net->layer[second].z, b->d_a, FALSE);
  relu_backward (b->d_a, b->a, n);
  norm_backward (net, first, b->d_a);
  multiply_backward (net, first, in, net->layer[first].z, d_in, FALSE);
  multiply_backward (net, shortcut, in, net->layer[shortcut].z, d_in, TRUE);
}

/* ---- squeeze and excitation ---------------------------------------------- */

/* From the gradient of x × e to that of e, before the sigmoid. */
static void
excite_task (gpointer data, guint image, guint thread)
{
  RenNet *net = data;
  const guint n = net->layout.layer[REN_SE_EXCITE].c_out;
  const guint stride = net->layer[REN_CONV3].out_stride;
  const float *x = net->stage[2].out + (gsize) image * 64 * stride;
  const float *d_y = net->d_excited + (gsize) image * 64 * stride;
  const float *e = net->layer[REN_SE_EXCITE].z +
                   (gsize) image * net->layer[REN_SE_EXCITE].out_stride;
  /* where the third stage's gradient will lie; its first pixel until then */
  float *d_e = net->stage[2].d_out + (gsize) image * stride;

  for (guint c = 0; c < n; c++)
    d_e[c] = 0;
  for (guint p = 0; p < 64; p++)
    for (guint c = 0; c < n; c++)
      d_e[c] += d_y[p * stride + c] * x[p * stride + c];
  for (guint c = 0; c < n; c++)
    d_e[c] *= e[c] * (1 - e[c]);
}

static void
squeeze_task (gpointer data, guint image, guint thread)
{
  RenNet *net = data;
  const RenNetLayer *squeeze = &net->layer[REN_SE_SQUEEZE];
  const guint n = squeeze->n_channels;
  const guint stride = net->layer[REN_CONV3].out_stride;
  const float *d_y = net->d_excited + (gsize) image * 64 * stride;
  const float *e = net->layer[REN_SE_EXCITE].z +
                   (gsize) image * net->layer[REN_SE_EXCITE].out_stride;
  const float *d_mean = net->d_squeeze + (gsize) image * squeeze->in_stride;
  float *d_x = net->stage[2].d_out + (gsize) image * 64 * stride;

  for (guint p = 0; p < 64; p++)
    for (guint c = 0; c < n; c++)
      d_x[p * stride + c] = d_y[p * stride + c] * e[c] + d_mean[c] * (1.f / 64);
}

static void
se_backward (RenNet *net)
{
  const RenNetLayer *hidden = &net->layer[REN_SE_SQUEEZE];
  /* rows as far apart as the excitation's output */
  float *d_e = net->stage[2].d_out;
  float *d_hidden = net->d_logits; /* a panel an image, and done with */

  ren_pool_run (net->pool, excite_task, net, net->pass.n);
  multiply_backward (net, REN_SE_EXCITE, hidden->z, d_e, d_hidden, FALSE);
  relu_backward (d_hidden, hidden->z, (gsize) net->pass.n * hidden->out_stride);
  multiply_backward (
      net, REN_SE_SQUEEZE, net->squeeze, d_hidden, net->d_squeeze, FALSE);
  ren_pool_run (net->pool, squeeze_task, net, net->pass.n);
}

/* ---- all of it ----------------------------------------------------------- */

static void
to_third_stage (RenNet *net)
{
  logits_backward (net);
  for (guint h = REN_N_HIDDEN; h-- > 0;)
    hidden_backward (net, h,
        h ? net->hidden[h - 1] : net->block[REN_N_BLOCKS - 1].y,
        h ? net->d_hidden[h - 1] : net->block[REN_N_BLOCKS - 1].d_y);
  for (guint b = REN_N_BLOCKS; b-- > 0;)
    block_backward (net, b);
  se_backward (net);
}

void
ren_net_backward (RenNet *net)
{
  to_third_stage (net);
  for (guint s = REN_N_STAGES; s-- > 0;)
    ren_backward_stage (net, s);
  if (net->ranks.n_ranks > 1)
    net->ranks.sum (
        net->gradient, net->layout.n_parameters, net->ranks.sum_data);
}

void
ren_net_backward_to_conv3 (RenNet *net)
{
  to_third_stage (net);
  ren_backward_conv3 (net);
}

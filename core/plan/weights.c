/* SPDX-License-Identifier: MIT */
#include "weights.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

gsize
ren_layer_depth (RenLayerId id)
{
  const RenLayer *layer = &ren_network[id];

  if (id == REN_CONV1)
    return 9;
  if (layer->kernel == 0)
    return layer->c_in;
  return (gsize) __builtin_popcount (ren_layer_live_taps (layer)) * layer->c_in;
}

static gsize
rows_of (RenLayerId id, guint n_classes)
{
  return ren_network[id].c_out ? ren_network[id].c_out : n_classes;
}

/* scale[o] and shift[o] such that norm (conv + bias) = scale × conv + shift,
 * https://pytorch.org/docs/stable/generated/torch.nn.BatchNorm2d.html */
static void
fold_norm (
    const RenModel *model, RenLayerId id, gsize n, float *scale, float *shift)
{
  const RenLayer *layer = &ren_network[id];
  g_autofree float *part = g_new0 (float, REN_N_PARTS *n);

  for (guint p = REN_PART_BIAS; p < REN_N_PARTS; p++)
    if (ren_layer_has_part (id, p))
      ren_model_read_tensor (model, id, p, 0, n, part + p * n);

  for (gsize o = 0; o < n; o++) {
    double s = 1, t = part[REN_PART_BIAS * n + o];

    if (layer->norm) {
      s = part[REN_PART_NORM_WEIGHT * n + o] /
          sqrt ((double) part[REN_PART_NORM_VAR * n + o] + REN_NORM_EPSILON);
      t = (t - part[REN_PART_NORM_MEAN * n + o]) * s +
          part[REN_PART_NORM_BIAS * n + o];
    }
    scale[o] = (float) s;
    shift[o] = (float) t;
  }
}

/* One output channel of a convolution: PyTorch's [c_in][taps] becomes
 * [live tap][c_in]. */
static void
pack_conv_row (
    const RenLayer *layer, const float *row, float scale, float *packed)
{
  const guint taps = layer->kernel * layer->kernel;
  const guint live = ren_layer_live_taps (layer);

  for (guint t = 0; t < taps; t++) {
    if (!(live >> t & 1))
      continue;
    for (guint c = 0; c < layer->c_in; c++)
      packed[c] = row[c * taps + t] * scale;
    packed += layer->c_in;
  }
}

/* Three equal channels, each normalised by its own mean and deviation, become
 * one: (g / 255 - mean) / std is linear in g. What the means take away is not
 * taken away where a tap meets padding, hence a bias for each border case. */
static void
pack_conv1_row (const RenModel *model, const float *row, float scale,
    float shift, float *packed, float bias[REN_N_BORDERS])
{
  double mean_of_tap[9];

  for (guint t = 0; t < 9; t++) {
    double w = 0, m = 0;

    for (guint c = 0; c < 3; c++) {
      double v = (double) row[c * 9 + t] * scale / model->std[c];

      w += v / 255;
      m += v * model->mean[c];
    }
    packed[t] = (float) w;
    mean_of_tap[t] = m;
  }

  for (guint border = 0; border < REN_N_BORDERS; border++) {
    guint by = border / 3, bx = border % 3;
    double b = shift;

    for (guint t = 0; t < 9; t++) {
      guint ty = t / 3, tx = t % 3;
      gboolean outside = (by == 0 && ty == 0) || (by == 2 && ty == 2) ||
                         (bx == 0 && tx == 0) || (bx == 2 && tx == 2);

      if (!outside)
        b -= mean_of_tap[t];
    }
    bias[border] = (float) b;
  }
}

/* TRUE if every value is a number: x × 0 is NaN for an infinity and for NaN. */
static gboolean
all_finite (const float *x, gsize n)
{
  float sum = 0;

  for (gsize i = 0; i < n; i++)
    sum += x[i] * 0.f;
  return sum == 0;
}

static gboolean
pack_layer (const RenModel *model, RenLayerId id, float *weight, float *bias,
    GError **error)
{
  const RenLayer *layer = &ren_network[id];
  const guint n_classes = model->tensors->n_classes;
  const gsize rows = rows_of (id, n_classes);
  const gsize depth = ren_layer_depth (id);
  const gsize row_len = ren_tensor_size (id, REN_PART_WEIGHT, n_classes) / rows;
  g_autofree float *row = g_new (float, row_len);
  g_autofree float *scale = g_new (float, rows);
  g_autofree float *shift = g_new (float, rows);

  fold_norm (model, id, rows, scale, shift);
  for (gsize o = 0; o < rows; o++) {
    ren_model_read_tensor (
        model, id, REN_PART_WEIGHT, o * row_len, row_len, row);
    if (id == REN_CONV1)
      pack_conv1_row (model, row, scale[o], shift[o], weight + o * depth,
          bias + o * REN_N_BORDERS);
    else if (layer->kernel)
      pack_conv_row (layer, row, scale[o], weight + o * depth);
    else
      memcpy (weight + o * depth, row, depth * sizeof *row);
  }
  if (bias && id != REN_CONV1)
    memcpy (bias, shift, rows * sizeof *bias);

  if (!all_finite (weight, rows * depth) || !all_finite (shift, rows)) {
    g_set_error (error, REN_ERROR, REN_ERROR_CORRUPT,
        "%s: layer %s has weights that are not finite numbers; was the "
        "training run that wrote it diverging?",
        model->path, layer->name);
    return FALSE;
  }
  return TRUE;
}

static gsize
weight_floats (RenLayerId id, guint n_classes)
{
  return REN_ALIGN_FLOATS (rows_of (id, n_classes) * ren_layer_depth (id));
}

static gsize
bias_floats (RenLayerId id, guint n_classes)
{
  if (!ren_network[id].bias)
    return 0;
  return REN_ALIGN_FLOATS (
      rows_of (id, n_classes) * (id == REN_CONV1 ? REN_N_BORDERS : 1));
}

static gboolean
lay_out (RenWeights *w, guint n_classes, GError **error)
{
  gsize n_floats = 0;
  float *next;

  for (guint id = 0; id < REN_N_LAYERS; id++)
    n_floats += weight_floats (id, n_classes) + bias_floats (id, n_classes);
  next = w->arena = ren_try_alloc_floats (n_floats, error);
  if (!w->arena)
    return FALSE;

  for (guint id = 0; id < REN_N_LAYERS; id++) {
    w->weight[id] = next;
    next += weight_floats (id, n_classes);
    w->bias[id] = ren_network[id].bias ? next : NULL;
    next += bias_floats (id, n_classes);
  }
  return TRUE;
}

/* Both ends of a residual block are added up before the ReLU, and so are their
 * biases, here, once. */
static void
merge_shortcut_bias (RenWeights *w, RenLayerId conv2, RenLayerId shortcut)
{
  float *to = (float *) w->bias[conv2];
  const float *from = w->bias[shortcut];

  for (guint o = 0; o < ren_network[conv2].c_out; o++)
    to[o] += from[o];
}

static RenWeights *
weights_new (RenModel *model, GError **error)
{
  const guint n_classes = model->tensors->n_classes;
  RenWeights *w = g_new0 (RenWeights, 1);

  g_atomic_ref_count_init (&w->refs);
  w->tensors = model->tensors;
  if (!lay_out (w, n_classes, error))
    goto out;
  for (guint id = 0; id < REN_N_LAYERS; id++)
    if (!pack_layer (
            model, id, (float *) w->weight[id], (float *) w->bias[id], error))
      goto out;
  merge_shortcut_bias (w, REN_BLOCK1_CONV2, REN_BLOCK1_SHORTCUT);
  merge_shortcut_bias (w, REN_BLOCK2_CONV2, REN_BLOCK2_SHORTCUT);
  merge_shortcut_bias (w, REN_BLOCK3_CONV2, REN_BLOCK3_SHORTCUT);
  return w;

out:
  free (w->arena);
  g_free (w);
  return NULL;
}

RenWeights *
ren_weights_get (RenModel *model, GError **error)
{
  RenTensors *tensors = model->tensors;
  RenWeights *w;

  g_mutex_lock (&tensors->prepared_lock);
  w = tensors->prepared;
  if (w)
    g_atomic_ref_count_inc (&w->refs);
  else
    w = tensors->prepared = weights_new (model, error);
  g_mutex_unlock (&tensors->prepared_lock);
  return w;
}

void
ren_weights_unref (RenWeights *w)
{
  RenTensors *tensors;

  if (!w)
    return;
  tensors = w->tensors;
  /* under the lock, or ren_weights_get() could revive it half-way */
  g_mutex_lock (&tensors->prepared_lock);
  if (g_atomic_ref_count_dec (&w->refs)) {
    tensors->prepared = NULL;
    free (w->arena);
    g_free (w);
  }
  g_mutex_unlock (&tensors->prepared_lock);
}

/* SPDX-License-Identifier: MIT */
#include "weights.h"

#include <math.h>
#include <stdlib.h>

#include "convert.h"
#include "memory.h"
#include "pack.h"

gsize
ren_layer_depth (RenLayerId id)
{
  const RenLayer *layer = &ren_network[id];

  if (layer->kernel == 0)
    return layer->c_in;
  return (gsize) __builtin_popcount (ren_layer_live_taps (layer)) * layer->c_in;
}

guint
ren_layer_n_panels (RenLayerId id, guint n_classes)
{
  const guint c_out = ren_network[id].c_out ? ren_network[id].c_out : n_classes;

  return (c_out + REN_PANEL - 1) / REN_PANEL;
}

/* ---- memory ---------------------------------------------------------------- */

/* Hands out aligned pieces of one block; without a block it only counts. Sizes
 * are the network's own: nothing here can overflow. */
typedef struct
{
  guint8 *block;
  gsize used;
} Pieces;

static gpointer
take (Pieces *pieces, gsize n_bytes)
{
  const gsize at = pieces->used;

  pieces->used += (n_bytes + 63) & ~(gsize) 63;
  return pieces->block ? pieces->block + at : NULL;
}

static float *
take_floats (Pieces *pieces, gsize n)
{
  return take (pieces, n * sizeof (float));
}

static void
lay_out (RenWeights *w, Pieces *pieces)
{
  const guint n_classes = w->tensors->n_classes;
  const gsize size = ren_precision_size (w->precision);

  w->conv1_weight = take_floats (pieces, 9 * REN_CONV1_CHANNELS);
  w->conv1_bias = take_floats (pieces, 9 * REN_CONV1_CHANNELS);
  for (guint i = 0; i < 2; i++) {
    const RenLayer *layer = &ren_network[REN_CONV2 + i];

    w->tiles[i] = take_floats (
        pieces, (gsize) layer->c_out * layer->c_in * REN_TILE_VALUES);
  }
  w->squeeze = take_floats (pieces,
      ren_network[REN_SE_SQUEEZE].c_in * ren_network[REN_SE_SQUEEZE].c_out);
  w->excite = take_floats (pieces,
      ren_network[REN_SE_EXCITE].c_in * ren_network[REN_SE_EXCITE].c_out);
  for (RenLayerId id = REN_CONV2; id < REN_N_LAYERS; id++) {
    const gsize n = (gsize) ren_layer_n_panels (id, n_classes) * REN_PANEL;

    if (!ren_network[id].bias)
      continue;
    w->scale[id] = take_floats (pieces, n);
    w->bias[id] = take_floats (pieces, n);
    if (id >= REN_FIRST_PRODUCT)
      w->panels[id] = take (pieces, n * ren_layer_depth (id) * size);
  }
}

/* ---- contents -------------------------------------------------------------- */

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
fail_not_finite (const RenModel *model, RenLayerId id, GError **error)
{
  g_set_error (error, REN_ERROR, REN_ERROR_CORRUPT,
      "%s: layer %s has weights that are not finite numbers; was the "
      "training run that wrote it diverging?",
      model->path, ren_network[id].name);
  return FALSE;
}

static gboolean
fail_beyond_fp16 (const RenModel *model, RenLayerId id, GError **error)
{
  g_set_error (error, REN_ERROR, REN_ERROR_UNSUPPORTED,
      "%s: layer %s has weights beyond the range of fp16; use fp32",
      model->path, ren_network[id].name);
  return FALSE;
}

static gboolean
fill_stem (const RenModel *model, RenWeights *w, GError **error)
{
  const gsize n_conv1 = 9 * REN_CONV1_CHANNELS;

  ren_pack_conv1 (model, (float *) w->conv1_weight, (float *) w->conv1_bias);
  if (!all_finite (w->conv1_weight, n_conv1) ||
      !all_finite (w->conv1_bias, n_conv1))
    return fail_not_finite (model, REN_CONV1, error);
  for (guint i = 0; i < 2; i++) {
    const RenLayerId id = REN_CONV2 + i;
    const RenLayer *layer = &ren_network[id];
    const gsize n = (gsize) REN_TILE_VALUES * layer->c_in * REN_PANEL;

    ren_pack_norm (model, id, (float *) w->scale[id], (float *) w->bias[id]);
    for (guint p = 0; p < layer->c_out / REN_PANEL; p++) {
      float *out = (float *) w->tiles[i] + p * n;

      ren_pack_tiles (model, id, p, w->scale[id], out);
      if (!all_finite (out, n))
        return fail_not_finite (model, id, error);
    }
    for (guint o = 0; o < layer->c_out; o++)
      ((float *) w->scale[id])[o] = 1;
    if (!all_finite (w->bias[id], layer->c_out))
      return fail_not_finite (model, id, error);
  }
  return TRUE;
}

static gboolean
fill_excitation (const RenModel *model, RenWeights *w, GError **error)
{
  const gsize n =
      ren_network[REN_SE_SQUEEZE].c_in * ren_network[REN_SE_SQUEEZE].c_out;

  ren_pack_transposed (model, REN_SE_SQUEEZE, (float *) w->squeeze);
  ren_pack_transposed (model, REN_SE_EXCITE, (float *) w->excite);
  if (!all_finite (w->squeeze, n))
    return fail_not_finite (model, REN_SE_SQUEEZE, error);
  if (!all_finite (w->excite, n))
    return fail_not_finite (model, REN_SE_EXCITE, error);
  return TRUE;
}

static gboolean
fill_product (
    const RenModel *model, RenWeights *w, RenLayerId id, GError **error)
{
  const guint n_panels = ren_layer_n_panels (id, w->tensors->n_classes);
  const gsize n = REN_PANEL * ren_layer_depth (id);
  const gsize bytes = n * ren_precision_size (w->precision);
  float *scale = (float *) w->scale[id], *bias = (float *) w->bias[id];

  for (gsize o = 0; o < n_panels * REN_PANEL; o++)
    scale[o] = bias[o] = 0;
  ren_pack_norm (model, id, scale, bias);
  if (!all_finite (scale, n_panels * REN_PANEL) ||
      !all_finite (bias, n_panels * REN_PANEL))
    return fail_not_finite (model, id, error);
  for (guint p = 0; p < n_panels; p++) {
    guint8 *out = (guint8 *) w->panels[id] + p * bytes;
    const gboolean fits = ren_pack_panel (model, id, p, w->precision, out);

    if (fits && ren_find_not_finite (w->precision, out, n) < n)
      return fail_not_finite (model, id, error);
    if (!fits)
      return fail_beyond_fp16 (model, id, error);
  }
  return TRUE;
}

static gboolean
fill (const RenModel *model, RenWeights *w, GError **error)
{
  if (!fill_stem (model, w, error) || !fill_excitation (model, w, error))
    return FALSE;
  for (RenLayerId id = REN_FIRST_PRODUCT; id < REN_N_LAYERS; id++)
    if (!fill_product (model, w, id, error))
      return FALSE;
  return TRUE;
}

/* ---- sharing --------------------------------------------------------------- */

static void
weights_free (RenWeights *w)
{
  free (w->arena);
  g_free (w);
}

static RenWeights *
weights_new (RenModel *model, RenPrecision precision, GError **error)
{
  RenWeights *w = g_new0 (RenWeights, 1);
  Pieces pieces = { 0 };

  g_atomic_ref_count_init (&w->refs);
  w->tensors = model->tensors;
  w->precision = precision;
  lay_out (w, &pieces);
  w->arena = ren_try_alloc_floats (pieces.used / sizeof (float), error);
  if (!w->arena)
    goto out;
  pieces = (Pieces){ .block = w->arena };
  lay_out (w, &pieces);
  if (!fill (model, w, error))
    goto out;
  return w;

out:
  weights_free (w);
  return NULL;
}

RenWeights *
ren_weights_get (RenModel *model, RenPrecision precision, GError **error)
{
  RenTensors *tensors = model->tensors;
  RenWeights *w;

  g_mutex_lock (&tensors->prepared_lock);
  w = tensors->prepared[precision];
  if (w)
    g_atomic_ref_count_inc (&w->refs);
  else
    w = tensors->prepared[precision] = weights_new (model, precision, error);
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
    tensors->prepared[w->precision] = NULL;
    weights_free (w);
  }
  g_mutex_unlock (&tensors->prepared_lock);
}

/* SPDX-License-Identifier: MIT */
#include "weights.h"

#include <math.h>
#include <stdlib.h>

#include "convert.h"
#include "fold.h"
#include "memory.h"
#include "pack.h"

gsize
ren_layer_depth (RenLayerId id)
{
  const RenLayer *layer = &ren_network[id];

  return (gsize) ren_count_taps (ren_layer_live_taps (layer)) * layer->c_in;
}

guint
ren_layer_tile_size (RenLayerId id, RenPrecision precision)
{
  if (precision == REN_PRECISION_INT8)
    return 0;
  switch (id) {
    case REN_CONV2:
    case REN_CONV3:
      return 4;
    case REN_BLOCK1_CONV2:
    case REN_BLOCK2_CONV2:
      return precision == REN_PRECISION_FP32 ? ren_network[id].size_in : 0;
    default:
      return 0;
  }
}

/* Tiles of 2×2 have no more weights than there are taps, so nothing is left for
 * panels to be better at. */
static gboolean
has_panels (RenLayerId id, RenPrecision precision)
{
  return id >= REN_FIRST_PRODUCT && ren_layer_tile_size (id, precision) != 2;
}

/* Floats of a panel of tiles. */
static gsize
tile_elements (RenLayerId id, RenPrecision precision)
{
  const guint size = ren_layer_tile_size (id, precision);

  return size == 0 ? 0
                   : (gsize) REN_WINOGRAD_VALUES (size) * ren_network[id].c_in *
                         REN_PANEL;
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

  pieces->used += REN_ALIGN (n_bytes);
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
  const gboolean quantized = w->precision == REN_PRECISION_INT8;

  w->conv1_weight = take_floats (pieces, 9 * REN_CONV1_CHANNELS);
  w->conv1_bias = take_floats (pieces, 9 * REN_CONV1_CHANNELS);
  w->conv1_factor = take_floats (pieces, REN_CONV1_CHANNELS);
  w->squeeze = take_floats (pieces,
      ren_network[REN_SE_SQUEEZE].c_in * ren_network[REN_SE_SQUEEZE].c_out);
  w->excite = take_floats (pieces,
      ren_network[REN_SE_EXCITE].c_in * ren_network[REN_SE_EXCITE].c_out);
  for (RenLayerId id = REN_CONV2; id <= REN_LAST_PRODUCT; id++) {
    const gsize n = ren_network[id].c_out;

    if (!ren_network[id].bias)
      continue;
    w->scale[id] = take_floats (pieces, n);
    w->bias[id] = take_floats (pieces, n);
    w->tiles[id] =
        take_floats (pieces, n / REN_PANEL * tile_elements (id, w->precision));
    if (quantized ? !w->tensors->tensor[id][REN_PART_WEIGHT].data
                  : has_panels (id, w->precision))
      w->panels[id] = take (
          pieces, n * ren_layer_depth (id) * ren_precision_size (w->precision));
  }
  w->last = take_floats (pieces, ren_network[REN_FC4].c_in * REN_PANEL);
  w->bias[REN_FC4] = take_floats (pieces, REN_PANEL);
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
  /* by name, unless it is what folding makes of them */
  if (!ren_tensor_is_finite (model->tensors, id, REN_PART_WEIGHT, error)) {
    g_prefix_error (error, "%s: ", model->path);
    return FALSE;
  }
  g_set_error (error, REN_ERROR, REN_ERROR_CORRUPT,
      "%s: layer %s has weights that are not finite numbers; was the "
      "training run that wrote it diverging?",
      model->path, ren_network[id].name);
  return FALSE;
}

static gboolean
fill_conv1 (const RenModel *model, RenWeights *w, GError **error)
{
  const gsize n = 9 * REN_CONV1_CHANNELS;

  if (!ren_pack_conv1 (
          model, (float *) w->conv1_weight, (float *) w->conv1_bias, error))
    return FALSE;
  return (all_finite (w->conv1_weight, n) && all_finite (w->conv1_bias, n)) ||
         fail_not_finite (model, REN_CONV1, error);
}

/* scale: (nullable): of each output channel, to be folded in */
static gboolean
fill_tiles (const RenModel *model, RenWeights *w, RenLayerId id,
    const float *scale, gpointer scratch, GError **error)
{
  const gsize n = tile_elements (id, w->precision);

  for (guint p = 0; p < ren_network[id].c_out / REN_PANEL && n > 0; p++) {
    float *out = (float *) w->tiles[id] + p * n;

    if (!ren_pack_tiles (model, id, p, ren_layer_tile_size (id, w->precision),
            scale, scratch, out, error))
      return FALSE;
    if (!all_finite (out, n))
      return fail_not_finite (model, id, error);
  }
  return TRUE;
}

/* conv2 and conv3 are pooled before anything else becomes of their sums, so that
 * these must already have their scale: it may be negative. */
static gboolean
fill_stem (
    const RenModel *model, RenWeights *w, gpointer scratch, GError **error)
{
  for (RenLayerId id = REN_CONV2; id <= REN_CONV3; id++) {
    const guint n = ren_network[id].c_out;

    ren_fold_norm (model, id, (float *) w->scale[id], (float *) w->bias[id]);
    if (!fill_tiles (model, w, id, w->scale[id], scratch, error))
      return FALSE;
    for (guint o = 0; o < n; o++)
      ((float *) w->scale[id])[o] = 1;
    if (!all_finite (w->bias[id], n))
      return fail_not_finite (model, id, error);
  }
  return TRUE;
}

static gboolean
fill_excitation (
    const RenModel *model, RenWeights *w, gpointer scratch, GError **error)
{
  const guint size = ren_network[REN_BLOCK1_CONV1].size_in;
  const gsize n =
      ren_network[REN_SE_SQUEEZE].c_in * ren_network[REN_SE_SQUEEZE].c_out;

  if (!ren_pack_transposed (model, REN_SE_SQUEEZE, n / 256, scratch,
          (float *) w->squeeze, error) ||
      !ren_pack_transposed (
          model, REN_SE_EXCITE, 256, scratch, (float *) w->excite, error))
    return FALSE;
  if (!all_finite (w->squeeze, n))
    return fail_not_finite (model, REN_SE_SQUEEZE, error);
  if (!all_finite (w->excite, n))
    return fail_not_finite (model, REN_SE_EXCITE, error);
  w->squeeze_scale = 1.f / (float) (size * size);
  w->excite_scale = 1;
  return TRUE;
}

static gboolean
fill_last (
    const RenModel *model, RenWeights *w, gpointer scratch, GError **error)
{
  float ones[REN_PANEL];
  float *last = (float *) w->last, *bias = (float *) w->bias[REN_FC4];
  const gsize n = ren_network[REN_FC4].c_in * REN_PANEL;

  for (gsize i = 0; i < n; i++)
    last[i] = 0;
  if (!ren_pack_transposed (model, REN_FC4, REN_PANEL, scratch, last, error))
    return FALSE;
  ren_fold_norm (model, REN_FC4, ones, bias);
  if (all_finite (last, n) && all_finite (bias, w->tensors->n_classes))
    return TRUE;
  return fail_not_finite (model, REN_FC4, error);
}

/* What becomes of a layer's sums. */
static gboolean
fill_norm (const RenModel *model, RenWeights *w, RenLayerId id, GError **error)
{
  const guint n = ren_network[id].c_out;

  ren_fold_norm (model, id, (float *) w->scale[id], (float *) w->bias[id]);
  return (all_finite (w->scale[id], n) && all_finite (w->bias[id], n)) ||
         fail_not_finite (model, id, error);
}

static gboolean
fill_product (const RenModel *model, RenWeights *w, RenLayerId id,
    gpointer scratch, GError **error)
{
  const gsize n = REN_PANEL * ren_layer_depth (id);
  const gsize bytes = n * ren_precision_size (w->precision);

  if (!fill_norm (model, w, id, error) ||
      !fill_tiles (model, w, id, NULL, scratch, error))
    return FALSE;
  if (!has_panels (id, w->precision))
    return TRUE;
  for (guint p = 0; p < ren_network[id].c_out / REN_PANEL; p++) {
    guint8 *out = (guint8 *) w->panels[id] + p * bytes;

    if (!ren_pack_panel (model, id, p, w->precision, scratch, out, error))
      return FALSE;
    if (ren_find_not_finite (w->precision, out, n) < n)
      return fail_not_finite (model, id, error);
  }
  return TRUE;
}

static gboolean
fill_floats (
    const RenModel *model, RenWeights *w, gpointer scratch, GError **error)
{
  if (!fill_stem (model, w, scratch, error))
    return FALSE;
  for (RenLayerId id = REN_FIRST_PRODUCT; id <= REN_LAST_PRODUCT; id++)
    if (!fill_product (model, w, id, scratch, error))
      return FALSE;
  return TRUE;
}

/* ---- contents in int8 ------------------------------------------------------ */

/* Sums of floats that are whole numbers below this are exact in any order. */
#define MAX_EXACT (1 << 24)

/* Makes whole numbers of conv1, as large as sums may become. */
static void
quantize_conv1 (RenWeights *w)
{
  float *weight = (float *) w->conv1_weight, *bias = (float *) w->conv1_bias;

  for (guint o = 0; o < REN_CONV1_CHANNELS; o++) {
    double most_bias = 0, most = 0;
    int exponent;

    for (guint t = 0; t < 9; t++) {
      most += 255 * fabs ((double) weight[t * REN_CONV1_CHANNELS + o]);
      most_bias =
          MAX (most_bias, fabs ((double) bias[t * REN_CONV1_CHANNELS + o]));
    }
    /* 255 × 9 / 2 and 1 / 2 is what rounding may add, times 2 and more to be
     * far from it */
    frexp (most + most_bias, &exponent);
    exponent = CLAMP (23 - exponent, -60, 60);
    for (guint t = 0; t < 9; t++) {
      float *v = weight + t * REN_CONV1_CHANNELS + o;
      float *b = bias + t * REN_CONV1_CHANNELS + o;

      *v = (float) rint (ldexp ((double) *v, exponent));
      *b = (float) rint (ldexp ((double) *b, exponent));
    }
    ((float *) w->conv1_factor)[o] =
        (float) (ldexp (1, -exponent) / w->tensors->output_scale[REN_CONV1]);
  }
  G_STATIC_ASSERT ((1 << 23) + 255 * 9 < MAX_EXACT);
}

static gboolean
quantized_layer (
    const RenModel *model, RenWeights *w, RenLayerId id, GError **error)
{
  const RenTensor *t = &model->tensors->tensor[id][REN_PART_WEIGHT];
  const float *steps = w->tensors->output_scale;
  const gboolean is_shortcut = !ren_layer_has_output_scale (id);
  const double in = steps[ren_layer_input (id)];
  const double out = steps[is_shortcut ? id - 1 : id];
  const guint n = ren_network[id].c_out;
  float *scale = (float *) w->scale[id], *bias = (float *) w->bias[id];
  float of_weight[REN_MAX_CHANNELS];

  if (!fill_norm (model, w, id, error))
    return FALSE;
  ren_to_float (REN_PRECISION_FP32, t->scale, n, of_weight);
  for (guint o = 0; o < n; o++) {
    scale[o] = (float) (scale[o] * (double) of_weight[o] * in / out);
    bias[o] = (float) (bias[o] / out);
  }
  if (t->data) {
    w->panels[id] = t->data;
  } else if (!ren_input_read (model->tensors->input, t->at,
                 n * ren_layer_depth (id), (gpointer) w->panels[id], error)) {
    g_prefix_error (error, "%s: ", model->path);
    return FALSE;
  }
  if (!all_finite (scale, n) || !all_finite (bias, n))
    return fail_not_finite (model, id, error);
  /* the highest sum of a window must be the highest output */
  for (guint o = 0; o < n && id <= REN_CONV3; o++)
    if (scale[o] < 0) {
      g_set_error (error, REN_ERROR, REN_ERROR_CORRUPT,
          "%s: layer %s has a scale that turns the order of its sums around",
          model->path, ren_network[id].name);
      return FALSE;
    }
  return TRUE;
}

static gboolean
fill_quantized (const RenModel *model, RenWeights *w, GError **error)
{
  const float *steps = w->tensors->output_scale;

  if (ren_model_precision (model) != REN_PRECISION_INT8) {
    g_set_error (error, REN_ERROR, REN_ERROR_UNSUPPORTED,
        "%s: the model cannot run in int8: what 8 bits are to cover of its "
        "activations was never measured; `resemotenet quantize` measures it "
        "and writes a model that can",
        model->path);
    return FALSE;
  }
  for (RenLayerId id = 0; id < REN_N_LAYERS; id++)
    if (ren_layer_has_output_scale (id) &&
        !(steps[id] > 0 && steps[id] <= G_MAXFLOAT)) {
      g_set_error (error, REN_ERROR, REN_ERROR_CORRUPT,
          "%s: layer %s has an output scale that is not above 0", model->path,
          ren_network[id].name);
      return FALSE;
    }
  quantize_conv1 (w);
  w->squeeze_scale *= steps[REN_CONV3];
  w->excite_scale = steps[REN_CONV3] / steps[REN_SE_EXCITE];
  w->last_scale = steps[REN_FC3];
  for (RenLayerId id = REN_CONV2; id <= REN_LAST_PRODUCT; id++)
    if (ren_layer_is_quantized (id) && !quantized_layer (model, w, id, error))
      return FALSE;
  return TRUE;
}

static gboolean
fill (const RenModel *model, RenWeights *w, GError **error)
{
  gpointer scratch = ren_try_alloc (ren_pack_scratch_bytes (), error);
  gboolean ok = FALSE;

  if (scratch && fill_conv1 (model, w, error) &&
      fill_excitation (model, w, scratch, error) &&
      fill_last (model, w, scratch, error))
    ok = w->precision == REN_PRECISION_INT8
             ? fill_quantized (model, w, error)
             : fill_floats (model, w, scratch, error);
  free (scratch);
  return ok;
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
  RenWeights *w = ren_try_new0 (RenWeights, 1, error);
  Pieces pieces = { 0 };

  if (!w)
    return NULL;
  g_atomic_ref_count_init (&w->refs);
  w->tensors = model->tensors;
  w->precision = precision;
  lay_out (w, &pieces);
  w->arena = ren_try_alloc (pieces.used, error);
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

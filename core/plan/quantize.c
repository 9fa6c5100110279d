/* From a model of floats to one of 8 bits. SPDX-License-Identifier: MIT
 *
 * Weights are symmetric, a scale for each output channel: its largest weight is
 * 127. Activations are what ReLU leaves, so 0 is 0 and one number says what 255
 * stands for: the one that makes the mean square of what is rounded and cut off
 * smallest, over the activations of faces to calibrate with.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fold.h"
#include "memory.h"
#include "plan.h"

/* ---- ranges ---------------------------------------------------------------- */

#define N_BINS 2048

/* Activations of one layer. */
typedef struct
{
  float most;
  guint64 count[N_BINS]; /* of those above 0, from 0 to most */
} Histogram;

typedef struct
{
  gboolean counting; /* the second time over the faces */
  Histogram layer[REN_N_LAYERS];
} Observation;

static void
observe (gpointer data, RenLayerId id, const float *x, gsize n)
{
  Observation *o = data;
  Histogram *h = &o->layer[id];

  if (!o->counting) {
    float most = h->most;

    for (gsize i = 0; i < n; i++)
      most = x[i] > most ? x[i] : most;
    h->most = most;
    return;
  }
  for (gsize i = 0; i < n; i++)
    if (x[i] > 0) {
      const guint bin = (guint) (x[i] / h->most * N_BINS);

      h->count[MIN (bin, N_BINS - 1)]++;
    }
}

/* Mean square error, times a constant, if what is above the first n_kept bins is
 * cut off: a bin's activations are taken to lie in its middle. */
static double
error_of_range (const Histogram *h, guint n_kept)
{
  const double step = n_kept / 255.; /* in bins */
  double sum = 0;

  for (guint i = 0; i < N_BINS; i++) {
    const double middle = i + .5;
    const double cut = middle - n_kept;

    sum += (double) h->count[i] * (cut > 0 ? cut * cut : step * step / 12);
  }
  return sum;
}

/* What 255 is to stand for. */
static double
best_range (const Histogram *h)
{
  guint best = N_BINS;
  double least = error_of_range (h, N_BINS);

  for (guint n = N_BINS / 8; n < N_BINS; n += N_BINS / 256) {
    const double e = error_of_range (h, n);

    if (e < least) {
      least = e;
      best = n;
    }
  }
  return (double) h->most * best / N_BINS;
}

static gboolean
observe_faces (RenModel *model, const guint8 *faces, guint n_faces,
    guint n_threads, Observation *o, GError **error)
{
  g_autoptr (RenPlan) plan = ren_plan_new_for (model, REN_PRECISION_FP32,
      ren_cpu_detect (), REN_STEM_IMAGES, n_threads, error);
  float logits[REN_STEM_IMAGES * REN_MAX_CLASSES];

  if (!plan)
    return FALSE;
  plan->observe = observe;
  plan->observe_data = o;
  for (guint pass = 0; pass < 2; pass++) {
    o->counting = pass == 1;
    for (guint i = 0; i < n_faces; i += REN_STEM_IMAGES)
      ren_plan_run (plan, faces + (gsize) i * REN_FACE_BYTES,
          MIN (REN_STEM_IMAGES, n_faces - i), logits);
  }
  for (RenLayerId id = 0; id < REN_N_LAYERS; id++)
    if (ren_layer_has_output_scale (id) && !(o->layer[id].most > 0)) {
      g_set_error (error, REN_ERROR, REN_ERROR_CORRUPT,
          "%s: layer %s puts out nothing but 0 for all of the %u faces",
          model->path, ren_network[id].name, n_faces);
      return FALSE;
    }
  return TRUE;
}

/* ---- weights --------------------------------------------------------------- */

/* The bytes of a new model's tensors, other than those of the model that it was
 * made of, which it keeps. */
typedef struct
{
  RenModel *source;
  gint8 *packed;
  float *scales;
} Owner;

static void
owner_free (gpointer data)
{
  Owner *owner = data;

  ren_model_unref (owner->source);
  free (owner->packed);
  free (owner->scales);
  g_free (owner);
}

/* One output channel. @sign: of the norm's scale: the whole scale must not turn
 * the order of sums around, pooling being of sums. */
static float
quantize_channel (
    RenLayerId id, guint o, const float *row, float sign, gint8 *packed)
{
  const RenLayer *layer = &ren_network[id];
  const guint taps = MAX (1, layer->kernel * layer->kernel);
  const guint live = ren_layer_live_taps (layer);
  const guint n_live = ren_count_taps (live);
  float most = 0, scale;

  for (gsize i = 0; i < (gsize) layer->c_in * taps; i++)
    if (live >> i % taps & 1)
      most = MAX (most, fabsf (row[i]));
  /* of nothing but zeros, or nearly: any scale would do */
  scale = copysignf (MAX (most, 1e-30f) / 127, sign);
  for (guint c = 0; c < layer->c_in; c++)
    for (guint t = 0, n = 0; t < taps; t++)
      if (live >> t & 1)
        packed[ren_packed_index (id, o, c, n++, n_live)] = (gint8) CLAMP (
            lrintf (row[(gsize) c * taps + t] / scale), -127, 127);
  return scale;
}

static gboolean
quantize_layer (const RenModel *model, RenLayerId id, gint8 *packed,
    float *scales, GError **error)
{
  const guint n = ren_network[id].c_out;
  const gsize row_len =
      ren_tensor_size (id, REN_PART_WEIGHT, model->tensors->n_classes) / n;
  float row[REN_MAX_CHANNELS * 9];
  float norm[REN_MAX_CHANNELS], shift[REN_MAX_CHANNELS];

  ren_fold_norm (model, id, norm, shift);
  for (guint o = 0; o < n; o++) {
    if (!ren_model_read_tensor (model, id, REN_PART_WEIGHT, (gsize) o * row_len,
            row_len, row, error))
      return FALSE;
    scales[o] = quantize_channel (id, o, row, norm[o], packed);
  }
  return TRUE;
}

static gsize
packed_bytes (RenLayerId id)
{
  return ren_layer_is_quantized (id)
             ? ren_network[id].c_out * ren_layer_depth (id)
             : 0;
}

/* All tensors as those of @model, but weights in 8 bits. */
static RenTensors *
quantize_tensors (RenModel *model, GError **error)
{
  g_autoptr (RenTensors) tensors = ren_tensors_new (error);
  Owner *owner = tensors ? ren_try_new0 (Owner, 1, error) : NULL;
  gsize n_packed = 0, n_scales = 0;

  if (!owner)
    return NULL;
  owner->source = ren_model_ref (model);
  tensors->owner = owner;
  tensors->owner_free = owner_free;
  tensors->n_classes = model->tensors->n_classes;
  memcpy (tensors->tensor, model->tensors->tensor, sizeof tensors->tensor);
  for (RenLayerId id = 0; id < REN_N_LAYERS; id++) {
    n_packed += packed_bytes (id);
    n_scales += ren_layer_is_quantized (id) ? ren_network[id].c_out : 0;
  }
  owner->packed = ren_try_alloc (n_packed, error);
  owner->scales = owner->packed ? ren_try_alloc_floats (n_scales, error) : NULL;
  if (!owner->scales)
    return NULL;
  n_packed = n_scales = 0;
  for (RenLayerId id = 0; id < REN_N_LAYERS; id++) {
    RenTensor *t = &tensors->tensor[id][REN_PART_WEIGHT];

    if (!ren_layer_is_quantized (id))
      continue;
    if (!quantize_layer (model, id, owner->packed + n_packed,
            owner->scales + n_scales, error))
      return NULL;
    t->dtype = REN_PRECISION_INT8;
    t->data = owner->packed + n_packed;
    t->scale = owner->scales + n_scales;
    n_packed += packed_bytes (id);
    n_scales += ren_network[id].c_out;
  }
  return g_steal_pointer (&tensors);
}

RenModel *
ren_model_quantize (RenModel *model, const guint8 *faces, guint n_faces,
    guint n_threads, GError **error)
{
  g_autofree Observation *observation = NULL;
  RenTensors *tensors;

  g_return_val_if_fail (model != NULL, NULL);
  g_return_val_if_fail (faces != NULL || n_faces == 0, NULL);

  if (n_faces == 0) {
    g_set_error (error, REN_ERROR, REN_ERROR_ARGUMENT,
        "there must be faces to calibrate with");
    return NULL;
  }
  if (ren_model_precision (model) == REN_PRECISION_INT8) {
    g_set_error (error, REN_ERROR, REN_ERROR_ARGUMENT,
        "%s: the model is int8 already", model->path);
    return NULL;
  }
  observation = ren_try_new0 (Observation, 1, error);
  if (!observation ||
      !observe_faces (model, faces, n_faces, n_threads, observation, error) ||
      !(tensors = quantize_tensors (model, error)))
    return NULL;
  for (RenLayerId id = 0; id < REN_N_LAYERS; id++)
    if (ren_layer_has_output_scale (id))
      tensors->output_scale[id] =
          (float) (best_range (&observation->layer[id]) / 255);
  return ren_model_with_tensors (model, tensors, error);
}

/* A network being trained: one step of it.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "metadata.h"
#include "trainer-private.h"

/* Floats that one task of the update moves. */
#define PIECE (1 << 16)

void
ren_trainer_options_init (RenTrainerOptions *options)
{
  *options = (RenTrainerOptions){ .max_batch = 64,
    .momentum = .9f,
    .weight_decay = 1e-4f,
    .dropout = .2f,
    .dropout_fc = .5f,
    .n_ranks = 1 };
  for (guint c = 0; c < REN_MAX_CLASSES; c++)
    options->class_weights[c] = 1;
}

static gboolean
is_share (float x)
{
  return x >= 0 && x < 1;
}

static gboolean
check_options (const RenTrainerOptions *o, guint n_classes, GError **error)
{
  const char *what = NULL;

  if (o->max_batch < 2 || o->max_batch > 1024)
    what = "max_batch is not from 2 to 1024";
  else if (o->n_threads > 64)
    what = "n_threads is not from 0 to 64";
  else if (!is_share (o->momentum))
    what = "momentum is not from 0 up to 1";
  else if (!(o->weight_decay >= 0))
    what = "weight_decay is negative";
  else if (!is_share (o->dropout) || !is_share (o->dropout_fc))
    what = "dropout is not from 0 up to 1";
  else if (!is_share (o->label_smoothing))
    what = "label_smoothing is not from 0 up to 1";
  else if (!is_share (o->average_decay))
    what = "average_decay is not from 0 up to 1";
  else if (o->n_ranks < 1 || o->rank >= o->n_ranks)
    what = "rank is not below n_ranks";
  else if (o->n_ranks > 1 && !o->sum)
    what = "n_ranks without sum";
  for (guint c = 0; c < n_classes && !what; c++)
    if (!(o->class_weights[c] > 0))
      what = "a class weight is not above 0";
  if (what)
    g_set_error (error, REN_ERROR, REN_ERROR_ARGUMENT, "training: %s", what);
  return !what;
}

static float *
alloc_zeros (gsize n, GError **error)
{
  float *p = ren_try_alloc_floats (MAX (n, 1), error);

  if (p)
    memset (p, 0, n * sizeof *p);
  return p;
}

static gboolean
alloc_arrays (RenTrainer *trainer, GError **error)
{
  const RenLayout *layout = &trainer->net->layout;
  const gsize n = layout->n_parameters;

  if (!(trainer->weights = alloc_zeros (n, error)) ||
      !(trainer->gradient = alloc_zeros (n, error)) ||
      !(trainer->momentum = alloc_zeros (n, error)) ||
      !(trainer->running = alloc_zeros (layout->n_running, error)) ||
      !(trainer->dead = alloc_zeros (layout->n_dead, error)))
    return FALSE;
  if (trainer->options.average_decay <= 0)
    return TRUE;
  return (trainer->average = alloc_zeros (n, error)) &&
         (trainer->average_running = alloc_zeros (layout->n_running, error));
}

RenTrainer *
ren_trainer_alloc (
    const char *const *labels, const RenTrainerOptions *options, GError **error)
{
  const guint n_classes = g_strv_length ((char **) labels);
  g_autoptr (RenTrainer) trainer = ren_try_new0 (RenTrainer, 1, error);
  RenRanks *ranks;

  if (!trainer)
    return NULL;
  if (n_classes < 2 || n_classes > REN_MAX_CLASSES) {
    g_set_error (error, REN_ERROR, REN_ERROR_ARGUMENT,
        "training: %u classes, not 2 to %u", n_classes, REN_MAX_CLASSES);
    return NULL;
  }
  if (!check_options (options, n_classes, error) ||
      !ren_labels_check (labels, n_classes, REN_ERROR_ARGUMENT, error))
    return NULL;
  trainer->options = *options;
  trainer->labels = g_strdupv ((char **) labels);
  trainer->net = ren_net_new (n_classes, options->max_batch,
      options->n_threads ? options->n_threads
                         : MIN (64, g_get_num_processors ()),
      error);
  if (!trainer->net || !alloc_arrays (trainer, error))
    return NULL;
  ren_decay_init (&trainer->decay);
  ren_metadata_default_input (
      trainer->net->input_mean, trainer->net->input_std);
  trainer->net->parameters = trainer->weights;
  trainer->net->running = trainer->running;
  trainer->net->gradient = trainer->gradient;
  ranks = &trainer->net->ranks;
  ranks->rank = options->rank;
  ranks->n_ranks = options->n_ranks;
  ranks->sync_norm = options->sync_norm;
  ranks->sum = options->sum;
  ranks->sum_data = options->sum_data;
  return g_steal_pointer (&trainer);
}

RenTrainer *
ren_trainer_new (
    const char *const *labels, const RenTrainerOptions *options, GError **error)
{
  RenTrainer *trainer = ren_trainer_alloc (labels, options, error);

  if (!trainer)
    return NULL;
  ren_trainer_init_random (trainer);
  ren_trainer_init_average (trainer);
  return trainer;
}

RenTrainer *
ren_trainer_new_from_model (
    RenModel *model, const RenTrainerOptions *options, GError **error)
{
  g_autoptr (RenTrainer) trainer =
      ren_trainer_alloc ((const char *const *) model->labels, options, error);

  if (!trainer || !ren_trainer_init_from_model (trainer, model, error))
    return NULL;
  ren_trainer_init_average (trainer);
  return g_steal_pointer (&trainer);
}

void
ren_trainer_free (RenTrainer *trainer)
{
  if (!trainer)
    return;
  ren_net_free (trainer->net);
  free (trainer->weights);
  free (trainer->gradient);
  free (trainer->momentum);
  free (trainer->average);
  free (trainer->running);
  free (trainer->average_running);
  free (trainer->dead);
  g_strfreev (trainer->labels);
  g_free (trainer);
}

/* ---- a step -------------------------------------------------------------- */

double
ren_trainer_backward (RenTrainer *trainer, const float *faces,
    const float *targets, guint n_faces, float *logits)
{
  const RenTrainerOptions *options = &trainer->options;
  RenNet *net = trainer->net;
  const guint n_classes = net->layout.n_classes;
  const RenPass pass = { .faces = faces,
    .n = n_faces,
    .training = TRUE,
    .key = ren_random_key (ren_random_key (options->seed, 2), trainer->n_steps),
    .dropout = options->dropout,
    .dropout_fc = options->dropout_fc };
  double loss;

  g_return_val_if_fail (n_faces >= 2 && n_faces <= net->max_batch, 0);
  ren_net_forward (net, &pass);
  for (guint i = 0; logits && i < n_faces; i++)
    memcpy (logits + (gsize) i * n_classes,
        net->layer[REN_FC4].z + (gsize) i * REN_PANEL,
        n_classes * sizeof *logits);
  loss = ren_cross_entropy (options, n_classes, net->layer[REN_FC4].z, targets,
      n_faces, n_faces * options->n_ranks, net->d_logits);
  ren_net_backward (net);
  return loss;
}

typedef struct
{
  RenTrainer *trainer;
  float rate, pull;
} UpdateWork;

static void
update_task (gpointer data, guint task, guint thread)
{
  const UpdateWork *work = data;
  const RenTrainer *t = work->trainer;
  const gsize first = (gsize) task * PIECE;
  const gsize n = MIN (PIECE, t->net->layout.n_parameters - first);

  t->net->norm.sgd (n, t->weights + first, t->momentum + first,
      t->gradient + first, t->average ? t->average + first : NULL, work->rate,
      t->options.momentum, t->options.weight_decay, t->options.nesterov,
      work->pull);
}

void
ren_trainer_update (RenTrainer *trainer, double learning_rate)
{
  const RenTrainerOptions *options = &trainer->options;
  const RenLayout *layout = &trainer->net->layout;
  const double t = (double) trainer->n_steps;
  const double pull = 1 - MIN (options->average_decay, (1 + t) / (10 + t));
  UpdateWork work = { trainer, (float) learning_rate, (float) pull };

  ren_pool_run (trainer->net->pool, update_task, &work,
      (guint) ((layout->n_parameters + PIECE - 1) / PIECE));
  ren_decay_step (&trainer->decay, learning_rate, options->momentum,
      options->weight_decay, options->nesterov, pull);
  for (gsize i = 0; trainer->average && i < layout->n_running; i++)
    trainer->average_running[i] +=
        (float) pull * (trainer->running[i] - trainer->average_running[i]);
  trainer->n_steps++;
}

guint64
ren_trainer_n_steps (const RenTrainer *trainer)
{
  return trainer->n_steps;
}

const char *const *
ren_trainer_labels (const RenTrainer *trainer)
{
  return (const char *const *) trainer->labels;
}

/* ---- looking on ---------------------------------------------------------- */

gboolean
ren_find_tensor (const char *name, RenLayerId *id, RenPart *part)
{
  for (*id = 0; *id < REN_N_LAYERS; ++*id)
    for (*part = 0; *part < REN_N_PARTS; ++*part) {
      char own[REN_TENSOR_NAME_MAX];

      if (!ren_layer_has_part (*id, *part))
        continue;
      ren_tensor_name (*id, *part, own);
      if (strcmp (own, name) == 0)
        return TRUE;
    }
  return FALSE;
}

gboolean
ren_trainer_read (RenTrainer *trainer, RenTrainerValues values,
    const char *name, float *out, gsize n, GError **error)
{
  const RenLayout *layout = &trainer->net->layout;
  RenArrays arrays = { trainer->weights, trainer->running, NULL };
  double factor = 0;
  RenLayerId id;
  RenPart part;
  const char *what = NULL;

  if (!ren_find_tensor (name, &id, &part))
    what = "no such tensor";
  else if (n != ren_tensor_size (id, part, layout->n_classes))
    what = "the tensor has another size";
  else if (values == REN_TRAINER_AVERAGE && !trainer->average)
    what = "no average is kept";
  else if (part >= REN_PART_NORM_MEAN && values > REN_TRAINER_AVERAGE)
    what = "running statistics have no gradient";
  if (what) {
    g_set_error (error, REN_ERROR, REN_ERROR_ARGUMENT, "%s: %s", name, what);
    return FALSE;
  }

  switch (values) {
    case REN_TRAINER_WEIGHTS:
      factor = trainer->decay.weight;
      break;
    case REN_TRAINER_AVERAGE:
      arrays.parameters = trainer->average;
      arrays.running = trainer->average_running;
      factor = trainer->decay.average;
      break;
    case REN_TRAINER_GRADIENT:
      arrays.parameters = trainer->gradient;
      break;
    case REN_TRAINER_MOMENTUM:
      arrays.parameters = trainer->momentum;
      factor = trainer->decay.momentum;
      break;
  }
  arrays.dead = trainer->dead;
  ren_layout_read (
      layout, &arrays, id, part, 0, layout->layer[id].c_out, FALSE, out);
  if (part == REN_PART_WEIGHT)
    for (gsize i = 0; i < n; i++)
      if (!(layout->layer[id].live_taps >> (i % layout->layer[id].all_taps) &
              1))
        out[i] = (float) (out[i] * factor);
  return TRUE;
}

/* [pixel][channel] becomes [channel][pixel]. */
static void
turn (const float *in, guint n_pixels, guint n_channels, float *out)
{
  for (guint p = 0; p < n_pixels; p++)
    for (guint c = 0; c < n_channels; c++)
      out[(gsize) c * n_pixels + p] = in[(gsize) p * n_channels + c];
}

void
ren_trainer_read_dropout (RenTrainer *trainer, guint layer, float *out)
{
  static const guint pixels[] = { 32 * 32, 16 * 16, 1, 1, 1 };
  static const guint channels[] = { 64, 128, 1024, 512, 256 };
  gsize n;
  g_autofree float *keep = NULL;

  g_return_if_fail (layer < G_N_ELEMENTS (pixels));
  n = (gsize) pixels[layer] * channels[layer];
  keep = g_new (float, n);
  for (guint i = 0; i < trainer->net->pass.n; i++) {
    ren_net_keep (trainer->net, layer, i, n, keep);
    turn (keep, pixels[layer], channels[layer], out + i * n);
  }
}

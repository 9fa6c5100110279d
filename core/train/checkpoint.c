/* A trainer as a model, as a file, and back.
 * SPDX-License-Identifier: MIT
 *
 * A checkpoint is a trimmed model file with more: tensors `trainer.NAME` that
 * hold the other arrays as they lie in memory, and metadata `trainer` with the
 * numbers. Its arrays are only understood by the same layout, whose version is
 * among the numbers.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "convert.h"
#include "memory.h"
#include "metadata.h"
#include "model.h"
#include "trainer-private.h"

/* Counts up when the order of the arrays changes. */
#define LAYOUT_VERSION 1

#define STATE_KEY "trainer"
#define NOTE_PREFIX "trainer."

/* ---- a model ------------------------------------------------------------- */

RenModel *
ren_trainer_model (RenTrainer *trainer, RenTrainerValues values, GError **error)
{
  const RenLayout *layout = &trainer->net->layout;
  const gboolean average = values == REN_TRAINER_AVERAGE;
  const RenArrays arrays = { average ? trainer->average : trainer->weights,
    average ? trainer->average_running : trainer->running, NULL };
  g_autoptr (RenModel) model = ren_model_new (error);
  float *memory;
  gsize at = 0;

  if (!model || !(model->tensors = ren_tensors_new (error)))
    return NULL;
  if (values > REN_TRAINER_AVERAGE || !arrays.parameters) {
    g_set_error (error, REN_ERROR, REN_ERROR_ARGUMENT,
        "training: no average is kept, or neither weights nor average asked "
        "for");
    return NULL;
  }
  memory =
      ren_try_alloc_floats (layout->n_parameters + layout->n_running, error);
  if (!memory)
    return NULL;
  model->tensors->owner = memory;
  model->tensors->owner_free = free;
  model->tensors->n_classes = layout->n_classes;
  for (RenLayerId id = 0; id < REN_N_LAYERS; id++)
    for (RenPart part = 0; part < REN_N_PARTS; part++) {
      const RenLayerLayout *l = &layout->layer[id];
      RenTensor *tensor = &model->tensors->tensor[id][part];

      if (!ren_layer_has_part (id, part))
        continue;
      tensor->dtype = REN_PRECISION_FP32;
      if (part == REN_PART_WEIGHT && ren_network[id].kernel)
        tensor->live_taps = l->live_taps;
      tensor->data = memory + at;
      ren_layout_read (
          layout, &arrays, id, part, 0, l->c_out, TRUE, memory + at);
      at += part == REN_PART_WEIGHT ? (gsize) l->c_out * l->c_in * l->n_taps
                                    : l->c_out;
    }
  model->path = g_strdup ("");
  model->name = g_strdup ("in training");
  model->labels = g_strdupv (trainer->labels);
  model->temperature = 1;
  memcpy (model->mean, trainer->net->input_mean, sizeof model->mean);
  memcpy (model->std, trainer->net->input_std, sizeof model->std);
  return g_steal_pointer (&model);
}

/* ---- save ---------------------------------------------------------------- */

/* Exact, and the same in every locale. */
char *
ren_trainer_state_to_text (const RenTrainer *trainer)
{
  const RenDecay *d = &trainer->decay;
  const double numbers[] = { d->weight, d->momentum, d->average };
  GString *text = g_string_new (NULL);

  g_string_printf (text,
      "layout %d seed %" G_GUINT64_FORMAT " steps %" G_GUINT64_FORMAT " decay",
      LAYOUT_VERSION, trainer->options.seed, trainer->n_steps);
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++) {
    char digits[G_ASCII_DTOSTR_BUF_SIZE];

    g_ascii_dtostr (digits, sizeof digits, numbers[i]);
    g_string_append_printf (text, " %s", digits);
  }
  return g_string_free (text, FALSE);
}

typedef struct
{
  const char *name;
  float **array;
  gsize n;
} Extra;

/* The arrays beside the weights. */
static guint
list_extras (RenTrainer *trainer, Extra extras[4])
{
  const RenLayout *layout = &trainer->net->layout;
  guint n = 0;

  extras[n++] = (Extra){ "dead", &trainer->dead, layout->n_dead };
  extras[n++] = (Extra){ "momentum", &trainer->momentum, layout->n_parameters };
  if (trainer->average) {
    extras[n++] = (Extra){ "average", &trainer->average, layout->n_parameters };
    extras[n++] = (Extra){ "average_running", &trainer->average_running,
      layout->n_running };
  }
  return n;
}

gboolean
ren_trainer_save (
    RenTrainer *trainer, const char *path, GHashTable *notes, GError **error)
{
  g_autoptr (RenModel) model =
      ren_trainer_model (trainer, REN_TRAINER_WEIGHTS, error);
  Extra extras[4];
  RenExtra written[4];
  GHashTableIter iter;
  gpointer key, value;
  guint n;

  if (!model)
    return FALSE;
  n = list_extras (trainer, extras);
  for (guint i = 0; i < n; i++) {
    g_snprintf (written[i].name, sizeof written[i].name, REN_EXTRA_PREFIX "%s",
        extras[i].name);
    written[i].data = *extras[i].array;
    written[i].n = extras[i].n;
  }
  g_hash_table_insert (model->metadata, g_strdup (STATE_KEY),
      ren_trainer_state_to_text (trainer));
  if (notes) {
    g_hash_table_iter_init (&iter, notes);
    while (g_hash_table_iter_next (&iter, &key, &value))
      g_hash_table_insert (model->metadata,
          g_strconcat (NOTE_PREFIX, key, NULL), g_strdup (value));
  }
  return ren_safetensors_write (
      model, path, REN_PRECISION_FP32, REN_SAVE_TRIMMED, written, n, error);
}

/* ---- load ---------------------------------------------------------------- */

/* Field i is the word before a number, field i + 1 the number. */
static gboolean
read_count (char **fields, guint i, const char *word, guint64 *value)
{
  return strcmp (fields[i], word) == 0 &&
         g_ascii_string_to_unsigned (
             fields[i + 1], 10, 0, G_MAXUINT64, value, NULL);
}

static gboolean
read_number (const char *text, double *value)
{
  char *end;

  *value = g_ascii_strtod (text, &end);
  return end != text && *end == '\0' && isfinite (*value);
}

gboolean
ren_trainer_state_from_text (
    RenTrainer *trainer, const char *text, guint64 *version)
{
  g_auto (GStrv) fields = g_strsplit (text, " ", -1);
  const guint n = g_strv_length (fields);
  RenDecay *d = &trainer->decay;

  *version = 0;
  return n >= 2 && read_count (fields, 0, "layout", version) && n == 10 &&
         read_count (fields, 2, "seed", &trainer->options.seed) &&
         read_count (fields, 4, "steps", &trainer->n_steps) &&
         strcmp (fields[6], "decay") == 0 &&
         read_number (fields[7], &d->weight) &&
         read_number (fields[8], &d->momentum) &&
         read_number (fields[9], &d->average);
}

static gboolean
read_state (RenTrainer *trainer, const RenModel *model, GError **error)
{
  const char *text = g_hash_table_lookup (model->metadata, STATE_KEY);
  guint64 version;
  gboolean ok;

  if (!text) {
    g_set_error (error, REN_ERROR, REN_ERROR_UNSUPPORTED,
        "%s: a model, but no checkpoint of a training: start from it, rather "
        "than go on with it",
        model->path);
    return FALSE;
  }
  ok = ren_trainer_state_from_text (trainer, text, &version);
  if (version > LAYOUT_VERSION) {
    g_set_error (error, REN_ERROR, REN_ERROR_UNSUPPORTED,
        "%s: a checkpoint of a newer version of this program", model->path);
    return FALSE;
  }
  if (!ok || version != LAYOUT_VERSION) {
    g_set_error (error, REN_ERROR, REN_ERROR_CORRUPT,
        "%s: metadata '" STATE_KEY "' makes no sense", model->path);
    return FALSE;
  }
  return TRUE;
}

static gboolean
read_extra (const RenModel *model, const Extra *extra, GError **error)
{
  const GArray *found = model->tensors->extras;

  for (guint i = 0; found && i < found->len; i++) {
    const RenExtra *e = &g_array_index (found, RenExtra, i);

    if (strcmp (e->name + strlen (REN_EXTRA_PREFIX), extra->name) != 0 ||
        e->n != extra->n)
      continue;
    if (!ren_input_read (model->tensors->input, e->at, e->n * sizeof (float),
            *extra->array, error)) {
      g_prefix_error (error, "%s: ", model->path);
      return FALSE;
    }
#if G_BYTE_ORDER == G_BIG_ENDIAN
    for (gsize k = 0; k < e->n; k++)
      ren_to_float (
          REN_PRECISION_FP32, *extra->array + k, 1, *extra->array + k);
#endif
    return TRUE;
  }
  g_set_error (error, REN_ERROR, REN_ERROR_CORRUPT,
      "%s: tensor '" REN_EXTRA_PREFIX "%s' of %" G_GSIZE_FORMAT
      " numbers is missing",
      model->path, extra->name, extra->n);
  return FALSE;
}

/* An average that is wanted now and was not kept begins at the weights. */
static gboolean
lacks_average (const RenModel *model)
{
  const GArray *found = model->tensors->extras;

  for (guint i = 0; found && i < found->len; i++)
    if (strcmp (g_array_index (found, RenExtra, i).name,
            REN_EXTRA_PREFIX "average") == 0)
      return FALSE;
  return TRUE;
}

static GHashTable *
read_notes (const RenModel *model)
{
  GHashTable *notes =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  GHashTableIter iter;
  gpointer key, value;

  g_hash_table_iter_init (&iter, model->metadata);
  while (g_hash_table_iter_next (&iter, &key, &value))
    if (g_str_has_prefix (key, NOTE_PREFIX))
      g_hash_table_insert (notes,
          g_strdup ((char *) key + strlen (NOTE_PREFIX)), g_strdup (value));
  return notes;
}

RenTrainer *
ren_trainer_load (const char *path, const RenTrainerOptions *options,
    GHashTable **notes, GError **error)
{
  g_autoptr (RenModel) model = ren_model_load (path, error);
  g_autoptr (RenTrainer) trainer = NULL;
  Extra extras[4];
  guint n;

  if (!model ||
      !(trainer = ren_trainer_alloc (
            (const char *const *) model->labels, options, error)) ||
      !read_state (trainer, model, error) ||
      !ren_trainer_init_from_model (trainer, model, error))
    return NULL;
  ren_trainer_init_average (trainer);
  n = list_extras (trainer, extras);
  if (trainer->average && lacks_average (model)) {
    trainer->decay.average = trainer->decay.weight;
    n -= 2;
  }
  for (guint i = 0; i < n; i++)
    if (!read_extra (model, &extras[i], error))
      return NULL;
  if (notes)
    *notes = read_notes (model);
  return g_steal_pointer (&trainer);
}

/* SPDX-License-Identifier: MIT */
#include "model.h"

#include <string.h>

#include "match.h"
#include "memory.h"
#include "metadata.h"

RenTensors *
ren_tensors_new (GError **error)
{
  RenTensors *tensors = ren_try_new0 (RenTensors, 1, error);

  if (!tensors)
    return NULL;
  g_atomic_ref_count_init (&tensors->refs);
  g_mutex_init (&tensors->prepared_lock);
  return tensors;
}

RenTensors *
ren_tensors_ref (RenTensors *tensors)
{
  g_atomic_ref_count_inc (&tensors->refs);
  return tensors;
}

void
ren_tensors_unref (RenTensors *tensors)
{
  if (!g_atomic_ref_count_dec (&tensors->refs))
    return;
  if (tensors->owner)
    tensors->owner_free (tensors->owner);
  ren_input_free (tensors->input);
  g_mutex_clear (&tensors->prepared_lock);
  g_clear_pointer (&tensors->extras, g_array_unref);
  g_free (tensors);
}

G_DEFINE_BOXED_TYPE (RenModel, ren_model, ren_model_ref, ren_model_unref)

RenModel *
ren_model_new (GError **error)
{
  RenModel *model = ren_try_new0 (RenModel, 1, error);

  if (!model)
    return NULL;
  g_atomic_ref_count_init (&model->refs);
  model->metadata =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return model;
}

RenModel *
ren_model_ref (RenModel *model)
{
  g_atomic_ref_count_inc (&model->refs);
  return model;
}

void
ren_model_unref (RenModel *model)
{
  if (!ren_model_cache_drop (model))
    return;
  if (model->tensors)
    ren_tensors_unref (model->tensors);
  g_clear_pointer (&model->base, ren_model_unref);
  g_hash_table_unref (model->metadata);
  g_strfreev (model->labels);
  g_free (model->path);
  g_free (model->name);
  g_free (model);
}

/* The same weights, shared, and copies of all else but the labels. */
static RenModel *
copy_without_labels (RenModel *model, GError **error)
{
  RenModel *other = ren_model_new (error);
  GHashTableIter iter;
  gpointer key, value;

  if (!other)
    return NULL;
  other->base = ren_model_ref (model);
  other->tensors = ren_tensors_ref (model->tensors);
  other->path = g_strdup (model->path);
  other->name = g_strdup (model->name);
  other->temperature = model->temperature;
  memcpy (other->mean, model->mean, sizeof model->mean);
  memcpy (other->std, model->std, sizeof model->std);
  g_hash_table_iter_init (&iter, model->metadata);
  while (g_hash_table_iter_next (&iter, &key, &value))
    g_hash_table_insert (other->metadata, g_strdup (key), g_strdup (value));
  return other;
}

RenModel *
ren_model_relabel (RenModel *model, const char *const *labels, GError **error)
{
  RenModel *other;

  g_return_val_if_fail (model != NULL && labels != NULL, NULL);

  if (!ren_labels_check (
          labels, model->tensors->n_classes, REN_ERROR_ARGUMENT, error))
    return NULL;

  other = copy_without_labels (model, error);
  if (!other)
    return NULL;
  other->labels = g_strdupv ((char **) labels);
  g_hash_table_insert (
      other->metadata, g_strdup ("labels"), ren_labels_to_json (labels));
  return other;
}

static gboolean
check_annotation (const char *key, const char *value, GError **error)
{
  const char *what = NULL;

  if (key[0] == '\0' || !g_utf8_validate (key, -1, NULL))
    what = "is empty or not UTF-8";
  else if (ren_metadata_key_is_kept (key))
    what = "follows from the model and cannot be set";
  else if (value && !g_utf8_validate (value, -1, NULL))
    what = "has a value that is not UTF-8";
  if (what) {
    g_autofree char *shown = g_utf8_make_valid (key, -1);

    g_set_error (
        error, REN_ERROR, REN_ERROR_ARGUMENT, "metadata '%s' %s", shown, what);
  }
  return !what;
}

RenModel *
ren_model_annotate (
    RenModel *model, const char *key, const char *value, GError **error)
{
  RenModel *other;
  float temperature;

  g_return_val_if_fail (model != NULL && key != NULL, NULL);

  if (!check_annotation (key, value, error))
    return NULL;
  temperature = model->temperature;
  if (g_str_equal (key, "temperature")) {
    if (!value)
      temperature = 1;
    else if (!ren_metadata_read_temperature (
                 value, REN_ERROR_ARGUMENT, &temperature, error))
      return NULL;
  }

  other = copy_without_labels (model, error);
  if (!other)
    return NULL;
  other->labels = g_strdupv (model->labels);
  other->labels_assumed = model->labels_assumed;
  other->temperature = temperature;
  if (value)
    g_hash_table_insert (other->metadata, g_strdup (key), g_strdup (value));
  else
    g_hash_table_remove (other->metadata, key);
  return other;
}

RenModel *
ren_model_with_tensors (RenModel *model, RenTensors *tensors, GError **error)
{
  RenModel *other = copy_without_labels (model, error);

  if (!other) {
    ren_tensors_unref (tensors);
    return NULL;
  }
  other->labels = g_strdupv (model->labels);
  other->labels_assumed = model->labels_assumed;
  ren_tensors_unref (other->tensors);
  other->tensors = tensors;
  return other;
}

guint
ren_model_n_classes (const RenModel *model)
{
  return model->tensors->n_classes;
}

const char *
ren_model_label (const RenModel *model, guint class_id)
{
  g_return_val_if_fail (class_id < model->tensors->n_classes, NULL);
  return model->labels[class_id];
}

gboolean
ren_model_labels_assumed (const RenModel *model)
{
  return model->labels_assumed;
}

const char *
ren_model_name (const RenModel *model)
{
  return model->name;
}

const char *
ren_model_path (const RenModel *model)
{
  return model->path;
}

float
ren_model_temperature (const RenModel *model)
{
  return model->temperature;
}

RenPrecision
ren_model_precision (const RenModel *model)
{
  /* files may mix formats; that of the largest tensor is what counts */
  return model->tensors->tensor[REN_BLOCK3_CONV2][REN_PART_WEIGHT].dtype;
}

guint64
ren_model_n_parameters (const RenModel *model)
{
  guint64 n = 0;

  for (RenLayerId id = 0; id < REN_N_LAYERS; id++)
    for (RenPart part = 0; part < REN_N_PARTS; part++)
      if (ren_layer_has_part (id, part) && part != REN_PART_NORM_MEAN &&
          part != REN_PART_NORM_VAR)
        n += ren_tensor_size (id, part, model->tensors->n_classes);
  return n;
}

const char *
ren_model_metadata (const RenModel *model, const char *key)
{
  g_return_val_if_fail (model != NULL && key != NULL, NULL);

  return g_hash_table_lookup (model->metadata, key);
}

static gint
compare_strings (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

const char **
ren_model_metadata_keys (const RenModel *model)
{
  guint n;
  gpointer *keys = g_hash_table_get_keys_as_array (model->metadata, &n);

  qsort (keys, n, sizeof *keys, compare_strings);
  return (const char **) keys;
}

/* What model files say about themselves. SPDX-License-Identifier: MIT
 *
 * An input is the number of classes, in one byte, and lines `key=value`.
 */
#include <string.h>

#include "fuzzer.h"
#include "metadata.h"

static RenModel *
new_model (guint n_classes)
{
  RenModel *model = ren_model_new (NULL);

  model->tensors = ren_tensors_new (NULL);
  model->tensors->n_classes = n_classes;
  return model;
}

static void
read_lines (GHashTable *metadata, const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (guint i = 0; lines[i]; i++) {
    char *equals = strchr (lines[i], '=');

    /* readers only bring what is UTF-8 */
    if (!equals || !g_utf8_validate (lines[i], -1, NULL))
      continue;
    g_hash_table_insert (metadata, g_strndup (lines[i], equals - lines[i]),
        g_strdup (equals + 1));
  }
}

static void
assert_same (const RenModel *a, const RenModel *b)
{
  g_assert_cmpfloat (a->temperature, ==, b->temperature);
  g_assert_cmpmem (a->mean, sizeof a->mean, b->mean, sizeof b->mean);
  g_assert_cmpmem (a->std, sizeof a->std, b->std, sizeof b->std);
  g_assert_true (g_strv_equal (
      (const char *const *) a->labels, (const char *const *) b->labels));
}

/* A model that was read can be written, and is the same again. */
static void
round_trip (const RenModel *model)
{
  g_autoptr (RenModel) again = new_model (model->tensors->n_classes);
  g_autoptr (GError) error = NULL;
  guint live_taps[REN_N_LAYERS];

  g_assert_cmpuint (
      g_strv_length (model->labels), ==, model->tensors->n_classes);
  g_assert_true (model->temperature > .009f && model->temperature <= 100);
  for (guint c = 0; c < 3; c++)
    g_assert_true (model->std[c] > 0 && model->mean[c] >= -10);

  g_hash_table_unref (again->metadata);
  again->metadata = ren_metadata_for_file (model, REN_PRECISION_FP16, TRUE);
  g_assert_true (ren_metadata_apply (again, &error));
  g_assert_true (
      ren_metadata_read_live_taps (again->metadata, live_taps, &error));
  assert_same (model, again);
}

/* Values as those who annotate models type them. */
static void
annotate (RenModel *model)
{
  GHashTableIter iter;
  gpointer key, value;

  g_hash_table_iter_init (&iter, model->metadata);
  while (g_hash_table_iter_next (&iter, &key, &value)) {
    g_autoptr (GError) error = NULL;
    g_autoptr (RenModel) other = ren_model_annotate (model, key, value, &error);

    g_assert_true (!other == !!error);
  }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL, taps_error = NULL;
  g_autoptr (RenModel) model = NULL;
  g_autofree char *text = NULL;
  guint live_taps[REN_N_LAYERS];

  if (size == 0)
    return 0;
  model = new_model (2 + data[0] % (REN_MAX_CLASSES - 1));
  text = g_strndup ((const char *) data + 1, size - 1);
  read_lines (model->metadata, text);
  if (!ren_metadata_read_live_taps (model->metadata, live_taps, &taps_error))
    g_assert_nonnull (taps_error);
  if (ren_metadata_apply (model, &error)) {
    round_trip (model);
    annotate (model);
  } else {
    g_assert_nonnull (error);
  }
  return 0;
}

/* Opens data sets: which kind it is, which faces are taken, what is said.
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "app.h"
#include "dataset-private.h"
#include "labels.h"

/* In the order in which they are looked for: what names its own files goes
 * before what is told from a folder's name alone. */
static const DatasetKind *const kinds[] = { &dataset_raf_db, &dataset_expw,
  &dataset_ferplus, &dataset_fer2013, &dataset_affectnet, &dataset_ck,
  &dataset_csv, &dataset_folders };

static const struct
{
  const char *name;
  DatasetSplit split;
} split_names[] = {
  { "train", SPLIT_TRAIN },
  { "training", SPLIT_TRAIN },
  { "train_set", SPLIT_TRAIN },
  { "train_class", SPLIT_TRAIN },
  { "fer2013train", SPLIT_TRAIN },
  { "validation", SPLIT_VALIDATION },
  { "valid", SPLIT_VALIDATION },
  { "val", SPLIT_VALIDATION },
  { "val_set", SPLIT_VALIDATION },
  { "val_class", SPLIT_VALIDATION },
  { "publictest", SPLIT_VALIDATION },
  { "fer2013valid", SPLIT_VALIDATION },
  { "test", SPLIT_TEST },
  { "testing", SPLIT_TEST },
  { "test_set", SPLIT_TEST },
  { "test_class", SPLIT_TEST },
  { "privatetest", SPLIT_TEST },
  { "fer2013test", SPLIT_TEST },
};

gboolean
dataset_split_of (const char *name, DatasetSplit *split)
{
  for (guint i = 0; i < G_N_ELEMENTS (split_names); i++)
    if (g_ascii_strcasecmp (name, split_names[i].name) == 0) {
      *split = split_names[i].split;
      return TRUE;
    }
  return FALSE;
}

const char *
dataset_split_name (DatasetSplit split)
{
  static const char *const names[N_SPLITS] = { "none", "train", "validation",
    "test" };

  return names[split];
}

gboolean
dataset_parse_split (const char *text, DatasetSplit *split, GError **error)
{
  g_autofree char *shown = NULL;

  if (g_ascii_strcasecmp (text, "any") == 0) {
    *split = SPLIT_ANY;
    return TRUE;
  }
  if (dataset_split_of (text, split))
    return TRUE;
  shown = console_name (text);
  g_set_error (error, APP_ERROR, APP_ERROR_USAGE,
      "'%s' is no split: train, validation, test or any", shown);
  return FALSE;
}

gboolean
dataset_parse_votes (const char *text, DatasetVotes *votes, GError **error)
{
  static const char *const names[] = { "majority", "soft", "paper" };
  g_autofree char *shown = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_ascii_strcasecmp (text, names[i]) == 0) {
      *votes = (DatasetVotes) i;
      return TRUE;
    }
  shown = console_name (text);
  g_set_error (error, APP_ERROR, APP_ERROR_USAGE,
      "'%s' is no use of votes: majority, soft or paper", shown);
  return FALSE;
}

void
dataset_count (const GPtrArray *faces, guint n_classes, guint64 *counts)
{
  memset (counts, 0, n_classes * sizeof *counts);
  for (guint i = 0; i < faces->len; i++)
    counts[((const Face *) faces->pdata[i])->label]++;
}

/* ---- kinds --------------------------------------------------------------- */

static void
dataset_clear (Dataset *dataset)
{
  g_clear_pointer (&dataset->header, csv_row_free);
  g_clear_pointer (&dataset->faces, g_ptr_array_unref);
  g_clear_pointer (&dataset->left_out, g_hash_table_unref);
  g_free (dataset->root);
  g_free (dataset->shown);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Dataset, dataset_clear)

static void
dataset_init (Dataset *dataset, const DatasetOptions *options)
{
  const char *path = options->path;

  *dataset = (Dataset){ .options = options };
  dataset->is_folder = g_file_test (path, G_FILE_TEST_IS_DIR);
  dataset->root =
      dataset->is_folder ? g_strdup (path) : faces_list_folder (path, NULL);
  dataset->shown = console_name (path);
  dataset->faces = g_ptr_array_new_with_free_func (face_free);
  dataset->left_out =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  /* a pipe can be read only once */
  if (g_file_test (path, G_FILE_TEST_IS_REGULAR)) {
    g_autoptr (CsvReader) reader = csv_open (path, CSV_COMMAS, NULL);

    if (reader)
      dataset->header = csv_next (reader, NULL);
  }
}

static const DatasetKind *
find_kind (const Dataset *dataset, GError **error)
{
  const char *name = dataset->options->kind;
  g_autoptr (GString) names = g_string_new (NULL);
  g_autofree char *shown = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++) {
    if (name ? g_ascii_strcasecmp (kinds[i]->name, name) == 0
             : kinds[i]->recognise (dataset))
      return kinds[i];
    g_string_append_printf (names, "%s%s", i ? ", " : "", kinds[i]->name);
  }
  shown = console_name (name ? name : "");
  g_set_error (error, APP_ERROR, APP_ERROR_USAGE,
      "'%s' is no kind of data set: %s", shown, names->str);
  return NULL;
}

const char *
dataset_recognise (const DatasetOptions *options, GError **error)
{
  g_auto (Dataset) dataset = { 0 };
  const DatasetKind *kind;

  dataset_init (&dataset, options);
  kind = find_kind (&dataset, error);
  return kind ? kind->name : NULL;
}

/* ---- what is taken and said ---------------------------------------------- */

static gboolean
take_split (Dataset *dataset, GError **error)
{
  const DatasetSplit wanted = dataset->options->split;
  g_autoptr (GPtrArray) taken = g_ptr_array_new_with_free_func (face_free);
  g_autoptr (GString) names = g_string_new (NULL);
  guint n[N_SPLITS] = { 0 };

  for (guint i = 0; i < dataset->faces->len; i++)
    n[((Face *) dataset->faces->pdata[i])->split]++;
  if (wanted == SPLIT_ANY || n[SPLIT_ANY] == dataset->faces->len)
    return TRUE;
  for (guint i = 0; i < N_SPLITS; i++)
    if (n[i])
      g_string_append_printf (names, "%s%s", names->len ? ", " : "",
          dataset_split_name ((DatasetSplit) i));
  if (!n[wanted]) {
    g_set_error (error, APP_ERROR, APP_ERROR_NO_SPLIT,
        "%s: has no pictures for %s; its splits are: %s", dataset->shown,
        dataset_split_name (wanted), names->str);
    return FALSE;
  }

  for (guint i = 0; i < dataset->faces->len; i++) {
    Face *face = dataset->faces->pdata[i];

    if (face->split == wanted) {
      dataset->faces->pdata[i] = NULL;
      g_ptr_array_add (taken, face);
    }
  }
  g_ptr_array_set_free_func (dataset->faces, NULL);
  for (guint i = 0; i < dataset->faces->len; i++)
    g_clear_pointer (&dataset->faces->pdata[i], face_free);
  g_ptr_array_unref (dataset->faces);
  dataset->faces = g_steal_pointer (&taken);
  return TRUE;
}

static int
compare_texts (gconstpointer a, gconstpointer b)
{
  return strcmp (a, b);
}

static void
note_left_out (const Dataset *dataset)
{
  GList *reasons = g_hash_table_get_keys (dataset->left_out);

  reasons = g_list_sort (reasons, compare_texts);
  for (GList *at = reasons; at; at = at->next) {
    const guint n =
        GPOINTER_TO_UINT (g_hash_table_lookup (dataset->left_out, at->data));
    g_autofree char *number = console_number (n);

    console_note ("left out of %s: %s picture%s: %s", dataset->shown, number,
        n == 1 ? "" : "s", (const char *) at->data);
  }
  g_list_free (reasons);
  if (dataset->n_other)
    console_note ("%u file%s neither .jpg nor .png, left out", dataset->n_other,
        dataset->n_other == 1 ? " is" : "s are");
}

/* Classes without a picture, or all pictures of one class: both are possible,
 * and mostly a mistake. */
static void
note_classes (const Dataset *dataset)
{
  const char *const *labels = dataset->options->labels;
  const guint n_classes = g_strv_length ((char **) labels);
  g_autofree guint64 *counts = g_new (guint64, n_classes);
  g_autoptr (GPtrArray) empty = g_ptr_array_new ();
  guint last = 0;

  dataset_count (dataset->faces, n_classes, counts);
  for (guint i = 0; i < n_classes; i++)
    if (counts[i])
      last = i;
    else
      g_ptr_array_add (empty, (char *) labels[i]);
  if (empty->len + 1 == n_classes) {
    g_autofree char *label = console_name (labels[last]);

    console_note (
        "%s: all pictures are of one class: %s", dataset->shown, label);
  } else if (empty->len) {
    g_autofree char *list = NULL;

    g_ptr_array_add (empty, NULL);
    list = labels_list ((const char *const *) empty->pdata);
    console_note ("%s has no picture of: %s", dataset->shown, list);
  }
}

GPtrArray *
dataset_open (const DatasetOptions *options, GError **error)
{
  g_auto (Dataset) dataset = { 0 };
  const DatasetKind *kind;

  dataset_init (&dataset, options);
  if (!(kind = find_kind (&dataset, error)) || !kind->open (&dataset, error))
    return NULL;
  if (!options->said)
    note_left_out (&dataset);
  if (dataset.faces->len == 0) {
    dataset_fail (error, options->path, 0,
        "no pictures of the model's classes (read as %s: %s)", kind->name,
        kind->layout);
    return NULL;
  }
  if (dataset.by_number && !options->said) { /* other orders circulate */
    g_autofree char *labels = labels_list (options->labels);

    console_note ("labels are numbers, taken in the model's order: %s", labels);
  }
  if (!take_split (&dataset, error))
    return NULL;
  note_classes (&dataset);
  return g_steal_pointer (&dataset.faces);
}

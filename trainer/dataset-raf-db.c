/* RAF-DB (Li, Deng and Du 2017), its single-label part.
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "app.h"
#include "dataset-private.h"

static const char *const names[] = { "surprise", "fear", "disgust", "happiness",
  "sadness", "anger", "neutral", NULL };
const ClassNumbers raf_db_numbers = { 1, names };

#define TABLE "list_patition_label.txt" /* its own spelling */

static const char *const tables[] = { TABLE, "EmoLabel/" TABLE,
  "basic/EmoLabel/" TABLE, NULL };

/* "train_00001.jpg" */
static gboolean
split_of_name (const char *name, DatasetSplit *split)
{
  const char *end = strchr (name, '_');
  g_autofree char *prefix = end ? g_strndup (name, (gsize) (end - name)) : NULL;

  return prefix && dataset_split_of (prefix, split);
}

/* The picture of "train_00001.jpg" is "train_00001_aligned.jpg" where faces are
 * aligned, which is what networks are compared on. */
static char *
picture_path (const char *folder, const char *name, gboolean aligned)
{
  const char *dot = strrchr (name, '.');
  g_autofree char *stem =
      g_strndup (name, dot ? (gsize) (dot - name) : strlen (name));
  g_autofree char *full =
      aligned ? g_strconcat (stem, "_aligned", dot ? dot : "", NULL)
              : g_strdup (name);

  return g_build_filename (folder, full, NULL);
}

/* The folder of the pictures, from the one that the table lies in. */
static char *
find_images (const Dataset *dataset, const char *table)
{
  static const char *const images[] = { "Image/aligned", "../Image/aligned",
    "aligned", "../aligned", "Image/original", "../Image/original", NULL };
  g_autofree char *folder = g_path_get_dirname (table);
  char *found;

  if (dataset->options->images)
    return g_strdup (dataset->options->images);
  found = dataset_find (folder, images);
  return found ? found : g_steal_pointer (&folder);
}

static gboolean
open_table (Dataset *dataset, const char *path, GError **error)
{
  g_autoptr (CsvReader) reader = csv_open (path, CSV_BLANKS, error);
  g_autofree char *images = find_images (dataset, path);
  GError *cause = NULL;
  gboolean aligned = FALSE, first = TRUE;

  if (!reader)
    return FALSE;
  for (;;) {
    g_autoptr (CsvRow) row = csv_next (reader, &cause);
    const char *name, *class_name;
    DatasetSplit split = SPLIT_ANY;

    if (!row)
      break;
    name = dataset_field (row, 0);
    class_name = class_of_number (&raf_db_numbers, dataset_field (row, 1));
    if (!class_name || !split_of_name (name, &split))
      return dataset_fail (error, path, row->line,
          "is not like 'train_00001.jpg 5': a name that begins with train_ or "
          "test_, and a number from 1 to 7");
    if (first) {
      g_autofree char *picture = picture_path (images, name, TRUE);

      aligned = g_file_test (picture, G_FILE_TEST_EXISTS);
      first = FALSE;
    }
    dataset_add (dataset, picture_path (images, name, aligned), g_strdup (name),
        class_name, split);
  }
  if (cause)
    g_propagate_error (error, cause);
  return !cause;
}

static char *
find_table (const Dataset *dataset)
{
  return dataset->is_folder ? dataset_find (dataset->root, tables)
                            : g_strdup (dataset->options->path);
}

static gboolean
recognise (const Dataset *dataset)
{
  g_autofree char *table = find_table (dataset);
  g_autofree char *base = table ? g_path_get_basename (table) : NULL;

  return (base && strcmp (base, TABLE) == 0) ||
         dataset_has_numbers (dataset, 1, 7, FALSE);
}

static gboolean
open_raf_db (Dataset *dataset, GError **error)
{
  g_autofree char *table = find_table (dataset);

  return table ? open_table (dataset, table, error)
               : dataset_add_class_folders (dataset, &raf_db_numbers, error);
}

const DatasetKind dataset_raf_db = {
  .name = "raf-db",
  .layout = TABLE " and Image/aligned, or folders 1 to 7",
  .recognise = recognise,
  .open = open_raf_db,
};

/* Data sets that are tables of file names and labels: one file, or one for
 * each split as the network's authors have them.
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "app.h"
#include "dataset-private.h"
#include "labels.h"

/* Where the columns are; -1 = there is none. */
typedef struct
{
  int file, label, split;
  int box[4];
} Columns;

static int
first_column (const CsvRow *header, const char *const *names)
{
  int least = -1;

  for (; *names; names++) {
    const int column = dataset_column (header, *names);

    if (column >= 0 && (least < 0 || column < least))
      least = column;
  }
  return least;
}

/* Finds the columns; FALSE if the row is no header. */
static gboolean
read_header (const CsvRow *row, Columns *columns)
{
  static const char *const files[] = { "imagename", "image", "file", "filename",
    "path", "name", NULL };
  static const char *const labels[] = { "label", "emotion", "class", NULL };
  static const char *const splits[] = { "split", "usage", NULL };
  static const char *const box[4] = { "x", "y", "w", "h" };

  columns->file = first_column (row, files);
  columns->label = first_column (row, labels);
  columns->split = first_column (row, splits);
  for (guint i = 0; i < 4; i++)
    columns->box[i] = dataset_column (row, box[i]);
  if (columns->file >= 0 && columns->label >= 0)
    return TRUE;
  *columns = (Columns){ 0, 1, -1, { -1, -1, -1, -1 } };
  return FALSE;
}

/* The class that a field means, by name or by the model's number of it; NULL
 * if none. */
static const char *
class_of_field (Dataset *dataset, const char *text)
{
  const char *const *labels = dataset->options->labels;
  guint64 number;

  if (dataset_class (dataset, text) != CLASS_UNKNOWN)
    return text;
  if (!g_ascii_string_to_unsigned (
          text, 10, 0, g_strv_length ((char **) labels) - 1, &number, NULL))
    return NULL;
  dataset->by_number = TRUE;
  return labels[number];
}

static gboolean
read_box (Face *face, const CsvRow *row, const Columns *columns)
{
  const char *text[4];
  gboolean whole = TRUE;

  for (guint i = 0; i < 4; i++) {
    text[i] = dataset_field (row, columns->box[i]);
    whole = whole && !*text[i];
  }
  return whole || faces_parse_rect (text, &face->crop);
}

/* Adds the face of a row. */
static gboolean
add_row (Dataset *dataset, const char *path, const char *folder,
    const CsvRow *row, const Columns *columns, DatasetSplit split,
    GError **error)
{
  const char *name, *class_name, *text;
  Face *face;

  if (row->fields->len <= (guint) MAX (columns->file, columns->label))
    return dataset_fail (error, path, row->line,
        "fewer fields than the columns ImageName,Label need");
  name = row->fields->pdata[columns->file];
  if (!*name)
    return dataset_fail (error, path, row->line, "no file name");
  text = dataset_field (row, columns->label);
  if (!(class_name = class_of_field (dataset, text))) {
    g_autofree char *shown = console_name (text);
    g_autofree char *labels = labels_list (dataset->options->labels);

    return dataset_fail (error, path, row->line,
        "'%s' is none of the model's classes, nor one of their numbers 0 to "
        "%u\n  the model's classes are: %s",
        shown, g_strv_length ((char **) dataset->options->labels) - 1, labels);
  }
  text = dataset_field (row, columns->split);
  if (*text && !dataset_split_of (text, &split)) {
    g_autofree char *shown = console_name (text);

    return dataset_fail (error, path, row->line,
        "'%s' is no split: train, validation or test", shown);
  }
  face = dataset_add (dataset,
      g_path_is_absolute (name) ? g_strdup (name)
                                : g_build_filename (folder, name, NULL),
      g_strdup (name), class_name, split);
  if (face && !read_box (face, row, columns))
    return dataset_fail (error, path, row->line,
        "x, y, w, h are not four whole numbers with width and height at "
        "least 1");
  return TRUE;
}

static gboolean
add_table (Dataset *dataset, const char *path, const char *folder,
    DatasetSplit split, GError **error)
{
  g_autoptr (GPtrArray) rows = csv_read (path, error);
  Columns columns;
  guint first;

  if (!rows)
    return FALSE;
  first = rows->len && read_header (rows->pdata[0], &columns) ? 1 : 0;
  for (guint i = first; i < rows->len; i++)
    if (!add_row (
            dataset, path, folder, rows->pdata[i], &columns, split, error))
      return FALSE;
  return TRUE;
}

/* ---- a table for each split ---------------------------------------------- */

#define SUFFIX "_labels.csv"

/* The split that a table like "train_labels.csv" is of, and the name that it
 * has in there. */
static gboolean
split_of_table (const char *path, DatasetSplit *split, char **name)
{
  g_autofree char *base = g_path_get_basename (path);

  if (!g_str_has_suffix (base, SUFFIX))
    return FALSE;
  base[strlen (base) - strlen (SUFFIX)] = '\0';
  if (!dataset_split_of (base, split))
    return FALSE;
  *name = g_steal_pointer (&base);
  return TRUE;
}

/* The folder of a split's pictures is called as its table is, or by another
 * name of that split: valid_labels.csv with val/. It lies in @base. Without one
 * the table's own names lead to the pictures, from @base on. */
static char *
find_split_folder (const char *base, const char *name, DatasetSplit split)
{
  g_autofree char *folder = g_build_filename (base, name, NULL);
  g_autoptr (GPtrArray) others = NULL;

  if (g_file_test (folder, G_FILE_TEST_IS_DIR))
    return g_steal_pointer (&folder);
  others = dataset_list_folders (base, NULL);
  for (guint i = 0; others && i < others->len; i++) {
    DatasetSplit other;

    if (dataset_split_of (others->pdata[i], &other) && other == split)
      return g_build_filename (base, others->pdata[i], NULL);
  }
  return g_strdup (base);
}

static gboolean
add_split_table (Dataset *dataset, const char *path, GError **error)
{
  const char *images = dataset->options->images;
  g_autofree char *name = NULL;
  g_autofree char *base = faces_list_folder (path, images);
  g_autofree char *folder = NULL;
  DatasetSplit split = SPLIT_ANY;

  if (!split_of_table (path, &split, &name))
    return add_table (dataset, path, base, split, error);
  folder = find_split_folder (base, name, split);
  return add_table (dataset, path, folder, split, error);
}

/* The tables of a folder, sorted. */
static GPtrArray *
list_tables (const char *folder, GError **error)
{
  g_autoptr (GPtrArray) names = dataset_list_files (folder, SUFFIX, error);

  for (guint i = names ? names->len : 0; i-- > 0;) {
    g_autofree char *name = NULL;
    DatasetSplit split;

    if (!split_of_table (names->pdata[i], &split, &name))
      g_ptr_array_remove_index (names, i);
  }
  return g_steal_pointer (&names);
}

static gboolean
recognise (const Dataset *dataset)
{
  g_autoptr (GPtrArray) tables = NULL;

  if (!dataset->is_folder)
    return TRUE; /* asked when it is no other table */
  tables = list_tables (dataset->root, NULL);
  return tables && tables->len;
}

static gboolean
open_csv (Dataset *dataset, GError **error)
{
  g_autoptr (GPtrArray) tables = NULL;

  if (!dataset->is_folder)
    return add_split_table (dataset, dataset->options->path, error);
  if (!(tables = list_tables (dataset->root, error)))
    return FALSE;
  if (tables->len == 0)
    return dataset_fail (error, dataset->root, 0,
        "has none of train_labels.csv, valid_labels.csv, test_labels.csv");
  for (guint i = 0; i < tables->len; i++) {
    g_autofree char *path =
        g_build_filename (dataset->root, tables->pdata[i], NULL);

    if (!add_split_table (dataset, path, error))
      return FALSE;
  }
  return TRUE;
}

const DatasetKind dataset_csv = {
  .name = "csv",
  .layout = "a table with the columns ImageName,Label",
  .recognise = recognise,
  .open = open_csv,
};

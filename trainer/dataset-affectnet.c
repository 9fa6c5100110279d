/* AffectNet (Mollahosseini, Hasani and Mahoor 2017) in the three forms that it
 * goes around in: numbered folders; images/ with annotations/; tables.
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "app.h"
#include "dataset-private.h"
#include "npy.h"

static const char *const names[] = { "neutral", "happy", "sad", "surprise",
  "fear", "disgust", "anger", "contempt", "none", "uncertain", "no face",
  NULL };
const ClassNumbers affectnet_numbers = { 0, names };

/* ---- images/ and annotations/ -------------------------------------------- */

static gboolean
has_annotations (const char *folder)
{
  g_autofree char *path = g_build_filename (folder, "annotations", NULL);

  return g_file_test (path, G_FILE_TEST_IS_DIR);
}

static gboolean
add_annotated (Dataset *dataset, const char *folder, const char *picture,
    DatasetSplit split, GError **error)
{
  const char *dot = strrchr (picture, '.');
  g_autofree char *base = g_path_get_basename (picture);
  g_autofree char *file = g_strdup_printf ("%.*s_exp.npy",
      dot ? (int) (strlen (base) - strlen (dot)) : (int) strlen (base), base);
  g_autofree char *path = g_build_filename (folder, "annotations", file, NULL);
  g_autofree char *text = NULL;
  g_autoptr (GError) cause = NULL;
  const char *class_name;
  gint64 number;

  if (!g_file_test (path, G_FILE_TEST_EXISTS)) {
    dataset_leave_out_as (dataset, "has no file in annotations/", 1);
    return TRUE;
  }
  if (!npy_read_number (path, &number, &cause))
    return dataset_fail (error, path, 0, "%s", cause->message);
  text = g_strdup_printf ("%" G_GINT64_FORMAT, number);
  if (!(class_name = class_of_number (&affectnet_numbers, text)))
    return dataset_fail (
        error, path, 0, "holds %s, not a number from 0 to 10", text);
  dataset_add (dataset, g_strdup (picture), NULL, class_name, split);
  return TRUE;
}

static gboolean
add_annotations (
    Dataset *dataset, const char *folder, DatasetSplit split, GError **error)
{
  g_autoptr (GPtrArray) pictures = g_ptr_array_new_with_free_func (face_free);
  g_autofree char *images = g_build_filename (folder, "images", NULL);

  if (!faces_add_folder (pictures, images, -1, &dataset->n_other, error))
    return FALSE;
  for (guint i = 0; i < pictures->len; i++)
    if (!add_annotated (dataset, folder,
            ((const Face *) pictures->pdata[i])->path, split, error))
      return FALSE;
  return TRUE;
}

/* The folders of splits that have annotations; sorted. */
static GPtrArray *
list_annotated (const char *root)
{
  g_autoptr (GPtrArray) folders = dataset_list_folders (root, NULL);

  for (guint i = folders ? folders->len : 0; i-- > 0;) {
    g_autofree char *path = g_build_filename (root, folders->pdata[i], NULL);
    DatasetSplit split;

    if (!dataset_split_of (folders->pdata[i], &split) ||
        !has_annotations (path))
      g_ptr_array_remove_index (folders, i);
  }
  return g_steal_pointer (&folders);
}

/* ---- tables -------------------------------------------------------------- */

enum
{
  COLUMN_FILE,
  COLUMN_X,
  COLUMN_Y,
  COLUMN_W,
  COLUMN_H,
  COLUMN_CLASS,
  N_COLUMNS,
};
static const char *const column_names[N_COLUMNS] = { "subDirectory_filePath",
  "face_x", "face_y", "face_width", "face_height", "expression" };

static const char *const tables[] = { "training.csv", "validation.csv",
  "Manually_Annotated_file_lists/training.csv",
  "Manually_Annotated_file_lists/validation.csv" };

static gboolean
is_table (const CsvRow *header)
{
  return header && dataset_column (header, column_names[COLUMN_FILE]) >= 0 &&
         dataset_column (header, column_names[COLUMN_CLASS]) >= 0;
}

static gboolean
add_row (Dataset *dataset, const char *path, const char *images,
    const CsvRow *row, const int columns[N_COLUMNS], DatasetSplit split,
    GError **error)
{
  const char *name = dataset_field (row, columns[COLUMN_FILE]);
  const char *text = dataset_field (row, columns[COLUMN_CLASS]);
  const char *class_name = class_of_number (&affectnet_numbers, text);
  const char *box[4];
  Face *face;

  if (!*name)
    return dataset_fail (error, path, row->line, "no file name");
  if (!class_name) {
    g_autofree char *shown = console_name (text);

    return dataset_fail (error, path, row->line,
        "expression is '%s', not a number from 0 to 10", shown);
  }
  face = dataset_add (dataset, g_build_filename (images, name, NULL),
      g_strdup (name), class_name, split);
  for (guint i = 0; i < 4; i++)
    box[i] = dataset_field (row, columns[COLUMN_X + i]);
  /* what has no emotion, often has no box */
  if (face && columns[COLUMN_X] >= 0 && !faces_parse_rect (box, &face->crop))
    return dataset_fail (error, path, row->line,
        "face_x, face_y, face_width, face_height are no box of whole numbers");
  return TRUE;
}

static gboolean
add_table (Dataset *dataset, const char *path, GError **error)
{
  static const char *const folders[] = { "Manually_Annotated_Images",
    "../Manually_Annotated_Images",
    "Manually_Annotated/Manually_Annotated_Images",
    "../Manually_Annotated/Manually_Annotated_Images", NULL };
  g_autoptr (CsvReader) reader = csv_open (path, CSV_COMMAS, error);
  g_autoptr (CsvRow) header = NULL;
  g_autofree char *images = dataset_images (dataset, folders);
  g_autofree char *base = g_path_get_basename (path);
  const DatasetSplit split =
      g_str_has_prefix (base, "validation") ? SPLIT_VALIDATION : SPLIT_TRAIN;
  GError *cause = NULL;
  int columns[N_COLUMNS];

  if (!reader)
    return FALSE;
  header = csv_next (reader, &cause);
  if (!cause && !is_table (header))
    return dataset_fail (error, path, 1,
        "the header lacks columns of AffectNet, which are "
        "subDirectory_filePath,face_x,face_y,face_width,face_height,"
        "facial_landmarks,expression,valence,arousal");
  for (guint i = 0; !cause && i < N_COLUMNS; i++)
    columns[i] = dataset_column (header, column_names[i]);
  for (CsvRow *row; !cause && (row = csv_next (reader, &cause));) {
    const gboolean ok =
        add_row (dataset, path, images, row, columns, split, error);

    csv_row_free (row);
    if (!ok)
      return FALSE;
  }
  if (cause)
    g_propagate_error (error, cause);
  return !cause;
}

static GPtrArray *
list_tables (const Dataset *dataset)
{
  GPtrArray *found = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < G_N_ELEMENTS (tables); i++) {
    g_autofree char *path = g_build_filename (dataset->root, tables[i], NULL);
    g_autoptr (CsvReader) reader = g_file_test (path, G_FILE_TEST_IS_REGULAR)
                                       ? csv_open (path, CSV_COMMAS, NULL)
                                       : NULL;
    g_autoptr (CsvRow) header = reader ? csv_next (reader, NULL) : NULL;

    if (is_table (header))
      g_ptr_array_add (found, g_steal_pointer (&path));
  }
  return found;
}

/* ---- which of them ------------------------------------------------------- */

static gboolean
recognise (const Dataset *dataset)
{
  g_autoptr (GPtrArray) found = NULL;
  g_autoptr (GPtrArray) folders = NULL;

  if (!dataset->is_folder)
    return is_table (dataset->header);
  found = list_tables (dataset);
  folders = list_annotated (dataset->root);
  return found->len || (folders && folders->len) ||
         has_annotations (dataset->root) ||
         dataset_has_numbers (dataset, 0, 10, TRUE) ||
         dataset_has_numbers (dataset, 0, 7, FALSE);
}

static gboolean
open_affectnet (Dataset *dataset, GError **error)
{
  g_autoptr (GPtrArray) found = NULL;
  g_autoptr (GPtrArray) folders = NULL;
  g_autofree char *base = g_path_get_basename (dataset->root);
  DatasetSplit split = SPLIT_ANY;

  if (!dataset->is_folder)
    return add_table (dataset, dataset->options->path, error);
  dataset_split_of (base, &split);
  if (has_annotations (dataset->root))
    return add_annotations (dataset, dataset->root, split, error);
  folders = list_annotated (dataset->root);
  for (guint i = 0; folders && i < folders->len; i++) {
    g_autofree char *path =
        g_build_filename (dataset->root, folders->pdata[i], NULL);

    dataset_split_of (folders->pdata[i], &split);
    if (!add_annotations (dataset, path, split, error))
      return FALSE;
  }
  if (folders && folders->len)
    return TRUE;
  found = list_tables (dataset);
  for (guint i = 0; i < found->len; i++)
    if (!add_table (dataset, found->pdata[i], error))
      return FALSE;
  return found->len
             ? TRUE
             : dataset_add_class_folders (dataset, &affectnet_numbers, error);
}

const DatasetKind dataset_affectnet = {
  .name = "affectnet",
  .layout = "training.csv, or images/ with annotations/, or folders 0 to 7",
  .recognise = recognise,
  .open = open_affectnet,
};

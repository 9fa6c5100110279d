/* Data sets that are folders of classes.
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "app.h"
#include "dataset-private.h"

/* "class003" and "3" are numbers. */
static const char *
skip_prefix (const char *name)
{
  return g_str_has_prefix (name, "class") ? name + strlen ("class") : name;
}

static const char *
class_name_of (const ClassNumbers *numbers, const char *folder)
{
  const char *name =
      numbers ? class_of_number (numbers, skip_prefix (folder)) : NULL;

  return name ? name : folder;
}

static gboolean
is_number (const char *name)
{
  return g_ascii_string_to_unsigned (name, 10, 0, 999, NULL, NULL);
}

static gboolean
check_classes (const Dataset *dataset, const ClassNumbers *numbers,
    const char *path, const GPtrArray *names, GError **error)
{
  g_autoptr (GPtrArray) unknown = g_ptr_array_new ();
  gboolean all_numbers = TRUE;

  for (guint i = 0; i < names->len; i++) {
    const char *name = names->pdata[i];

    if (class_name_of (numbers, name) != name ||
        dataset_class (dataset, name) != CLASS_UNKNOWN)
      continue;
    g_ptr_array_add (unknown, (char *) name);
    all_numbers = all_numbers && is_number (skip_prefix (name));
  }
  if (unknown->len)
    return dataset_fail_unknown (dataset, path, unknown,
        all_numbers
            ? "If they are the numbers of RAF-DB or AffectNet, say --kind "
              "raf-db or --kind affectnet; otherwise rename them."
        : unknown->len == names->len
            ? "Is the data set in one of these folders? Then name that one."
            : "Rename or move these folders, or name the model's classes with "
              "--labels.",
        error);
  if (names->len == 0)
    return dataset_fail (error, path, 0,
        "has no folders: a data set has a folder of pictures for each class");
  return TRUE;
}

static gboolean
add_classes (Dataset *dataset, const ClassNumbers *numbers, const char *path,
    DatasetSplit split, GError **error)
{
  g_autoptr (GPtrArray) names = dataset_list_folders (path, error);

  if (!names || !check_classes (dataset, numbers, path, names, error))
    return FALSE;
  for (guint i = 0; i < names->len; i++) {
    const char *name = class_name_of (numbers, names->pdata[i]);
    const int label = dataset_class (dataset, name);
    const guint first = dataset->faces->len;
    g_autofree char *child = g_build_filename (path, names->pdata[i], NULL);

    if (!faces_add_folder (
            dataset->faces, child, label, &dataset->n_other, error))
      return FALSE;
    if (label < 0) {
      dataset_leave_out (dataset, name, dataset->faces->len - first);
      g_ptr_array_set_size (dataset->faces, (gint) first);
    }
    for (guint j = first; j < dataset->faces->len; j++)
      ((Face *) dataset->faces->pdata[j])->split = split;
  }
  return TRUE;
}

/* The folders that are splits; NULL if none is. */
static GPtrArray *
find_splits (const char *path, const GPtrArray *names, GPtrArray *others)
{
  g_autoptr (GPtrArray) splits = g_ptr_array_new_with_free_func (g_free);
  DatasetSplit split;

  for (guint i = 0; i < names->len; i++)
    if (dataset_split_of (names->pdata[i], &split))
      g_ptr_array_add (splits, g_build_filename (path, names->pdata[i], NULL));
    else if (others)
      g_ptr_array_add (others, names->pdata[i]);
  return splits->len ? g_steal_pointer (&splits) : NULL;
}

gboolean
dataset_add_class_folders (
    Dataset *dataset, const ClassNumbers *numbers, GError **error)
{
  const char *path = dataset->options->path;
  g_autoptr (GPtrArray) names = NULL;
  g_autoptr (GPtrArray) others = g_ptr_array_new ();
  g_autoptr (GPtrArray) splits = NULL;

  if (dataset->options->images) {
    g_set_error_literal (error, APP_ERROR, APP_ERROR_USAGE,
        "--images is for data whose labels are in a table");
    return FALSE;
  }
  if (!(names = dataset_list_folders (path, error)))
    return FALSE;
  if (!(splits = find_splits (path, names, others)))
    return add_classes (dataset, numbers, path, SPLIT_ANY, error);
  if (others->len)
    return dataset_fail_unknown (dataset, path, others,
        "It has folders for its splits: move everything else away.", error);
  for (guint i = 0; i < splits->len; i++) {
    g_autofree char *name = g_path_get_basename (splits->pdata[i]);
    DatasetSplit split = SPLIT_ANY;

    dataset_split_of (name, &split);
    if (!add_classes (dataset, numbers, splits->pdata[i], split, error))
      return FALSE;
  }
  return TRUE;
}

gboolean
dataset_has_numbers (
    const Dataset *dataset, guint first, guint last, gboolean with_prefix)
{
  const char *path = dataset->options->path;
  g_autoptr (GPtrArray) names = NULL;
  g_autoptr (GPtrArray) splits = NULL;
  guint64 found = 0, wanted = 0, number;

  if (!dataset->is_folder || !(names = dataset_list_folders (path, NULL)))
    return FALSE;
  if ((splits = find_splits (path, names, NULL))) {
    g_clear_pointer (&names, g_ptr_array_unref);
    if (!(names = dataset_list_folders (splits->pdata[0], NULL)))
      return FALSE;
  }
  for (guint i = 0; i < names->len; i++) {
    const char *name = names->pdata[i];

    if (with_prefix != (skip_prefix (name) != name) ||
        !g_ascii_string_to_unsigned (
            skip_prefix (name), 10, 0, 63, &number, NULL))
      return FALSE;
    found |= G_GUINT64_CONSTANT (1) << number;
  }
  for (guint i = first; i <= last; i++)
    wanted |= G_GUINT64_CONSTANT (1) << i;
  return with_prefix ? found != 0 && (found & ~wanted) == 0 : found == wanted;
}

static gboolean
recognise (const Dataset *dataset)
{
  return TRUE; /* asked last: what is nothing else */
}

static gboolean
open_folders (Dataset *dataset, GError **error)
{
  return dataset_add_class_folders (dataset, NULL, error);
}

const DatasetKind dataset_folders = {
  .name = "folders",
  .layout = "a folder of pictures for each class",
  .recognise = recognise,
  .open = open_folders,
};

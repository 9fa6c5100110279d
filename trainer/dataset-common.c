/* What the kinds of data sets share.
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "app.h"
#include "dataset-private.h"
#include "labels.h"

/* Unknown names that a message lists. */
#define MAX_LISTED 12

/* ---- errors -------------------------------------------------------------- */

gboolean
dataset_fail (
    GError **error, const char *path, guint line, const char *format, ...)
{
  g_autofree char *shown = console_name (path);
  g_autofree char *message = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  if (line)
    g_set_error (error, APP_ERROR, APP_ERROR_FAILED, "%s, line %u: %s", shown,
        line, message);
  else
    g_set_error (error, APP_ERROR, APP_ERROR_FAILED, "%s: %s", shown, message);
  return FALSE;
}

gboolean
dataset_fail_unknown (const Dataset *dataset, const char *path,
    const GPtrArray *unknown, const char *advice, GError **error)
{
  g_autoptr (GString) list = g_string_new (NULL);
  g_autofree char *shown = console_name (path);
  g_autofree char *labels = labels_list (dataset->options->labels);

  for (guint i = 0; i < MIN (unknown->len, MAX_LISTED); i++) {
    g_autofree char *name = console_name (unknown->pdata[i]);

    g_string_append_printf (list, "%s%s", i ? ", " : "", name);
  }
  if (unknown->len > MAX_LISTED)
    g_string_append_printf (list, " and %u more", unknown->len - MAX_LISTED);
  g_set_error (error, APP_ERROR, APP_ERROR_FAILED,
      "%s has folders that are none of the model's classes: %s\n"
      "  the model's classes are: %s\n"
      "  %s",
      shown, list->str, labels, advice);
  return FALSE;
}

/* ---- classes ------------------------------------------------------------- */

int
dataset_class (const Dataset *dataset, const char *name)
{
  const int label = labels_find (dataset->options->labels, name);

  if (label >= 0)
    return label;
  return labels_is_emotion (name) ? CLASS_LEFT_OUT : CLASS_UNKNOWN;
}

const char *
class_of_number (const ClassNumbers *numbers, const char *text)
{
  const guint n = g_strv_length ((char **) numbers->names);
  guint64 number;

  if (!g_ascii_string_to_unsigned (
          text, 10, numbers->first, numbers->first + n - 1, &number, NULL))
    return NULL;
  return numbers->names[number - numbers->first];
}

void
dataset_leave_out_as (Dataset *dataset, const char *reason, guint n)
{
  const guint before =
      GPOINTER_TO_UINT (g_hash_table_lookup (dataset->left_out, reason));

  if (n)
    g_hash_table_replace (
        dataset->left_out, g_strdup (reason), GUINT_TO_POINTER (before + n));
}

void
dataset_leave_out (Dataset *dataset, const char *class_name, guint n)
{
  g_autofree char *shown = console_name (class_name);
  g_autofree char *reason = g_strdup_printf (
      labels_is_emotion (class_name) ? "the model has no class '%s'"
                                     : "marked as '%s', which is no emotion",
      shown);

  dataset_leave_out_as (dataset, reason, n);
}

Face *
dataset_add (Dataset *dataset, char *path, char *name, const char *class_name,
    DatasetSplit split)
{
  Face *face;
  const int label = dataset_class (dataset, class_name);

  if (label < 0) {
    dataset_leave_out (dataset, class_name, 1);
    g_free (path);
    g_free (name);
    return NULL;
  }
  face = face_new (path, name, label);
  face->split = split;
  g_ptr_array_add (dataset->faces, face);
  return face;
}

/* ---- folders ------------------------------------------------------------- */

char *
dataset_find (const char *folder, const char *const *names)
{
  for (; *names; names++) {
    g_autofree char *path = g_build_filename (folder, *names, NULL);

    if (g_file_test (path, G_FILE_TEST_EXISTS))
      return g_steal_pointer (&path);
  }
  return NULL;
}

char *
dataset_images (const Dataset *dataset, const char *const *names)
{
  char *found;

  if (dataset->options->images)
    return g_strdup (dataset->options->images);
  found = dataset_find (dataset->root, names);
  return found ? found : g_strdup (dataset->root);
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

/* Names in a folder that do not begin with a dot: of its folders, or with
 * @suffix of its files. */
static GPtrArray *
list_names (const char *path, const char *suffix, GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) cause = NULL;
  g_autoptr (GDir) dir = g_dir_open (path, 0, &cause);
  const char *name;

  if (!dir) {
    g_set_error (error, APP_ERROR, APP_ERROR_FAILED, "%s", cause->message);
    return NULL;
  }
  while ((name = g_dir_read_name (dir))) {
    g_autofree char *child = g_build_filename (path, name, NULL);

    if (name[0] != '.' && (suffix ? g_str_has_suffix (name, suffix)
                                  : g_file_test (child, G_FILE_TEST_IS_DIR)))
      g_ptr_array_add (names, g_strdup (name));
  }
  g_ptr_array_sort (names, compare_names);
  return g_steal_pointer (&names);
}

GPtrArray *
dataset_list_folders (const char *path, GError **error)
{
  return list_names (path, NULL, error);
}

GPtrArray *
dataset_list_files (const char *path, const char *suffix, GError **error)
{
  return list_names (path, suffix, error);
}

/* ---- tables -------------------------------------------------------------- */

int
dataset_column (const CsvRow *header, const char *name)
{
  for (guint i = 0; i < header->fields->len; i++)
    if (g_ascii_strcasecmp (g_strstrip (header->fields->pdata[i]), name) == 0)
      return (int) i;
  return -1;
}

const char *
dataset_field (const CsvRow *row, int column)
{
  return column >= 0 && (guint) column < row->fields->len
             ? g_strstrip (row->fields->pdata[column])
             : "";
}

/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "app.h"
#include "csv.h"
#include "dataset.h"
#include "faces.h"
#include "labels.h"

/* Unknown names that a message lists. */
#define MAX_LISTED 12

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

/* ---- a folder for each class --------------------------------------------- */

/* Names of the folders in a folder, sorted. */
static GPtrArray *
list_folders (const char *path, GError **error)
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

    if (name[0] != '.' && g_file_test (child, G_FILE_TEST_IS_DIR))
      g_ptr_array_add (names, g_strdup (name));
  }
  g_ptr_array_sort (names, compare_names);
  return g_steal_pointer (&names);
}

static gboolean
check_folders (const char *path, const GPtrArray *names, const RenModel *model,
    GError **error)
{
  g_autoptr (GString) unknown = g_string_new (NULL);
  g_autofree char *shown = console_name (path);
  guint n_unknown = 0;

  for (guint i = 0; i < names->len; i++) {
    g_autofree char *name = console_name (names->pdata[i]);

    if (labels_find (model, names->pdata[i]) >= 0)
      continue;
    if (n_unknown++ < MAX_LISTED)
      g_string_append_printf (unknown, "%s%s", unknown->len ? ", " : "", name);
  }
  if (n_unknown) {
    g_autofree char *labels = labels_list (model);

    if (n_unknown > MAX_LISTED)
      g_string_append_printf (unknown, " and %u more", n_unknown - MAX_LISTED);
    g_set_error (error, APP_ERROR, APP_ERROR_FAILED,
        "%s has folders that are none of the model's classes: %s\n"
        "  the model's classes are: %s\n"
        "  %s",
        shown, unknown->str, labels,
        n_unknown == names->len
            ? "Is the data set in one of these folders? Then name that one."
            : "Rename or move these folders, or name the model's classes with "
              "--labels.");
    return FALSE;
  }
  if (names->len == 0) {
    g_set_error (error, APP_ERROR, APP_ERROR_FAILED,
        "%s has no folders: a data set has a folder of pictures for each class",
        shown);
    return FALSE;
  }
  return TRUE;
}

static gboolean
open_folders (
    GPtrArray *faces, const char *path, const RenModel *model, GError **error)
{
  g_autoptr (GPtrArray) names = list_folders (path, error);
  guint n_other = 0;

  if (!names || !check_folders (path, names, model, error))
    return FALSE;
  for (guint i = 0; i < names->len; i++) {
    g_autofree char *child = g_build_filename (path, names->pdata[i], NULL);

    if (!faces_add_folder (faces, child, labels_find (model, names->pdata[i]),
            &n_other, error))
      return FALSE;
  }
  if (n_other)
    console_note (
        "%u files that are neither .jpg nor .png are left out", n_other);
  return TRUE;
}

/* ---- a table ------------------------------------------------------------- */

static gboolean
is_one_of (const char *text, const char *const *names)
{
  for (; *names; names++)
    if (g_ascii_strcasecmp (text, *names) == 0)
      return TRUE;
  return FALSE;
}

/* Finds the columns if the row is a header. */
static gboolean
read_header (const CsvRow *row, guint *file, guint *label)
{
  static const char *const files[] = { "imagename", "image", "file", "filename",
    "path", "name", NULL };
  static const char *const labels[] = { "label", "emotion", "class", NULL };
  gboolean have_file = FALSE, have_label = FALSE;

  for (guint i = row->fields->len; i-- > 0;) {
    if (is_one_of (row->fields->pdata[i], files)) {
      *file = i;
      have_file = TRUE;
    } else if (is_one_of (row->fields->pdata[i], labels)) {
      *label = i;
      have_label = TRUE;
    }
  }
  return have_file && have_label;
}

static int
read_label (const RenModel *model, const char *text, gboolean *is_number)
{
  g_autofree char *field = g_strstrip (g_strdup (text));
  int label = labels_find (model, field);
  guint64 number;

  *is_number = FALSE;
  if (label < 0 && g_ascii_string_to_unsigned (field, 10, 0,
                       ren_model_n_classes (model) - 1, &number, NULL)) {
    label = (int) number;
    *is_number = TRUE;
  }
  return label;
}

static gboolean
open_table (GPtrArray *faces, const char *path, const char *images,
    const RenModel *model, GError **error)
{
  g_autoptr (GPtrArray) rows = csv_read (path, error);
  g_autofree char *folder = faces_list_folder (path, images);
  g_autofree char *shown = console_name (path);
  g_autofree char *labels = labels_list (model);
  guint file = 0, label = 1, first = 0;
  gboolean numbers = FALSE;

  if (!rows)
    return FALSE;
  if (rows->len && read_header (rows->pdata[0], &file, &label))
    first = 1;

  for (guint i = first; i < rows->len; i++) {
    const CsvRow *row = rows->pdata[i];
    const char *name, *text;
    gboolean is_number;
    int class_id;

    if (row->fields->len <= MAX (file, label)) {
      g_set_error (error, APP_ERROR, APP_ERROR_FAILED,
          "%s, line %u: fewer fields than the columns ImageName,Label need",
          shown, row->line);
      return FALSE;
    }
    name = row->fields->pdata[file];
    text = row->fields->pdata[label];
    class_id = read_label (model, text, &is_number);
    if (class_id < 0) {
      g_autofree char *shown_label = console_name (text);

      g_set_error (error, APP_ERROR, APP_ERROR_FAILED,
          "%s, line %u: '%s' is none of the model's classes, nor one of their "
          "numbers 0 to %u\n  the model's classes are: %s",
          shown, row->line, shown_label, ren_model_n_classes (model) - 1,
          labels);
      return FALSE;
    }
    numbers = numbers || is_number;
    g_ptr_array_add (
        faces, face_new (g_path_is_absolute (name)
                             ? g_strdup (name)
                             : g_build_filename (folder, name, NULL),
                   g_strdup (name), class_id));
  }
  if (numbers) /* other orders circulate */
    console_note ("labels are numbers, taken in the model's order: %s", labels);
  return TRUE;
}

GPtrArray *
dataset_open (
    const char *path, const char *images, const RenModel *model, GError **error)
{
  g_autoptr (GPtrArray) faces = g_ptr_array_new_with_free_func (face_free);
  const gboolean is_folder = g_file_test (path, G_FILE_TEST_IS_DIR);

  if (is_folder && images) {
    g_set_error_literal (error, APP_ERROR, APP_ERROR_USAGE,
        "--images is for data given as a CSV file");
    return NULL;
  }
  if (is_folder ? !open_folders (faces, path, model, error)
                : !open_table (faces, path, images, model, error))
    return NULL;
  if (faces->len == 0) {
    g_autofree char *shown = console_name (path);

    g_set_error (error, APP_ERROR, APP_ERROR_FAILED, "%s: no pictures", shown);
    return NULL;
  }
  return g_steal_pointer (&faces);
}

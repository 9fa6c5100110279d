/* Lists of faces: from folders and tables.
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "app.h"
#include "csv.h"
#include "faces.h"

/* Folders in folders in folders: nobody's pictures lie deeper. */
#define MAX_DEPTH 32

Face *
face_new (char *path, char *name, int label)
{
  Face *face = g_new0 (Face, 1);

  face->path = path;
  face->name = name;
  face->label = label;
  return face;
}

void
face_free (gpointer data)
{
  Face *face = data;

  g_free (face->path);
  g_free (face->name);
  g_free (face->targets);
  g_free (face->pixels);
  g_free (face);
}

const char *
face_name (const Face *face)
{
  return face->name ? face->name : face->path;
}

/* ---- folders ------------------------------------------------------------- */

static gboolean
has_extension (const char *name)
{
  static const char *const extensions[] = { "jpg", "jpeg", "jpe", "png" };
  const char *dot = strrchr (name, '.');

  for (guint i = 0; dot && i < G_N_ELEMENTS (extensions); i++)
    if (g_ascii_strcasecmp (dot + 1, extensions[i]) == 0)
      return TRUE;
  return FALSE;
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

static gboolean
add_folder (GPtrArray *faces, const char *path, int label, guint *n_other,
    guint depth, GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) cause = NULL;
  g_autoptr (GDir) dir = g_dir_open (path, 0, &cause);
  const char *name;

  if (!dir) {
    g_set_error (error, APP_ERROR, APP_ERROR_FAILED, "%s", cause->message);
    return FALSE;
  }
  while ((name = g_dir_read_name (dir)))
    if (name[0] != '.')
      g_ptr_array_add (names, g_strdup (name));
  /* a folder has no order of its own, a report should have */
  g_ptr_array_sort (names, compare_names);

  for (guint i = 0; i < names->len; i++) {
    g_autofree char *child = g_build_filename (path, names->pdata[i], NULL);
    struct stat info;

    if (lstat (child, &info) == 0 && S_ISDIR (info.st_mode)) {
      if (depth == MAX_DEPTH) {
        g_autofree char *shown = console_name (child);

        g_set_error (error, APP_ERROR, APP_ERROR_FAILED,
            "%s: folders are nested too deep", shown);
        return FALSE;
      }
      if (!add_folder (faces, child, label, n_other, depth + 1, error))
        return FALSE;
    } else if (has_extension (names->pdata[i])) {
      g_ptr_array_add (faces, face_new (g_steal_pointer (&child), NULL, label));
    } else {
      ++*n_other;
    }
  }
  return TRUE;
}

gboolean
faces_add_folder (GPtrArray *faces, const char *path, int label, guint *n_other,
    GError **error)
{
  return add_folder (faces, path, label, n_other, 0, error);
}

/* ---- crops --------------------------------------------------------------- */

/* Picture sizes end far below; with this, no sum overflows. */
#define MAX_POSITION (G_GINT64_CONSTANT (1) << 31)

gboolean
faces_parse_rect (const char *const text[4], RenRect *rect)
{
  gint64 *const value[4] = { &rect->x, &rect->y, &rect->w, &rect->h };

  for (guint i = 0; i < 4; i++) {
    g_autofree char *field = g_strstrip (g_strdup (text[i]));

    if (!g_ascii_string_to_signed (
            field, 10, i < 2 ? -MAX_POSITION : 1, MAX_POSITION, value[i], NULL))
      return FALSE;
  }
  return TRUE;
}

gboolean
faces_parse_crop (const char *text, RenRect *crop, GError **error)
{
  g_auto (GStrv) fields = g_strsplit (text, ",", -1);

  if (g_strv_length (fields) == 4 &&
      faces_parse_rect ((const char *const *) fields, crop))
    return TRUE;
  g_set_error (error, APP_ERROR, APP_ERROR_USAGE,
      "--crop '%s' is not X,Y,W,H: four whole numbers of pixels, "
      "width and height at least 1",
      text);
  return FALSE;
}

/* ---- tables -------------------------------------------------------------- */

char *
faces_list_folder (const char *path, const char *folder)
{
  if (folder)
    return g_strdup (folder);
  if (strcmp (path, "-") == 0)
    return g_strdup (".");
  return g_path_get_dirname (path);
}

/* Where the columns are, by a header or by custom; FALSE if the row is no
 * header. */
static gboolean
read_header (const CsvRow *row, int column[5])
{
  static const char *const names[5] = { "file", "x", "y", "w", "h" };

  for (guint i = 0; i < 5; i++)
    column[i] = -1;
  for (guint j = row->fields->len; j-- > 0;)
    for (guint i = 0; i < 5; i++)
      if (g_ascii_strcasecmp (row->fields->pdata[j], names[i]) == 0)
        column[i] = (int) j;
  if (column[0] >= 0)
    return TRUE;
  for (guint i = 0; i < 5; i++)
    column[i] = (int) i;
  return FALSE;
}

static const char *
get_field (const CsvRow *row, int column)
{
  return column >= 0 && (guint) column < row->fields->len
             ? row->fields->pdata[column]
             : "";
}

gboolean
faces_add_list (
    GPtrArray *faces, const char *path, const char *folder, GError **error)
{
  g_autoptr (GPtrArray) rows = csv_read (path, error);
  g_autofree char *shown = console_name (path);
  g_autofree char *base = faces_list_folder (path, folder);
  int column[5];
  guint first = 0;

  if (!rows)
    return FALSE;
  if (rows->len && read_header (rows->pdata[0], column))
    first = 1;

  for (guint i = first; i < rows->len; i++) {
    const CsvRow *row = rows->pdata[i];
    const char *name = get_field (row, column[0]);
    const char *text[4];
    gboolean whole = TRUE;
    Face *face;

    if (!*name) {
      g_set_error (error, APP_ERROR, APP_ERROR_FAILED,
          "%s, line %u: no file name", shown, row->line);
      return FALSE;
    }
    face = face_new (g_path_is_absolute (name)
                         ? g_strdup (name)
                         : g_build_filename (base, name, NULL),
        g_strdup (name), -1);
    g_ptr_array_add (faces, face);
    for (guint j = 0; j < 4; j++) {
      text[j] = get_field (row, column[j + 1]);
      whole = whole && !*text[j];
    }
    if (!whole && !faces_parse_rect (text, &face->crop)) {
      g_set_error (error, APP_ERROR, APP_ERROR_FAILED,
          "%s, line %u: x, y, w, h are not four whole numbers with width and "
          "height at least 1",
          shown, row->line);
      return FALSE;
    }
  }
  if (rows->len == first) {
    g_set_error (
        error, APP_ERROR, APP_ERROR_FAILED, "%s: names no file", shown);
    return FALSE;
  }
  return TRUE;
}

/* SPDX-License-Identifier: MIT */
#include "app.h"
#include "csv.h"
#include "data-list.h"
#include "dataset-fer.h"
#include "output.h"

static void
append_number (GString *csv, gint64 number)
{
  g_autofree char *text = g_strdup_printf ("%" G_GINT64_FORMAT, number);

  csv_append (csv, text);
}

static void
append_face (GString *csv, const Face *face, const char *label, gboolean boxes)
{
  g_autofree char *path = g_canonicalize_filename (face->path, NULL);
  const gint64 box[4] = { face->crop.x, face->crop.y, face->crop.w,
    face->crop.h };

  csv_append (csv, path);
  csv_append (csv, label);
  csv_append (
      csv, face->split == SPLIT_ANY ? "" : dataset_split_name (face->split));
  for (guint i = 0; boxes && i < 4; i++)
    if (face->crop.w)
      append_number (csv, box[i]);
    else
      csv_append (csv, "");
  csv_end_row (csv);
}

/* As FER2013 has it. FALSE if the class is none of its seven. */
static gboolean
append_pixels (GString *csv, const Face *face, const char *label)
{
  static const char *const usage[N_SPLITS] = { "", "Training", "PublicTest",
    "PrivateTest" };
  const int number = fer_number (label);
  const gsize n = (gsize) face->pixels_width * (gsize) face->pixels_height;

  if (number < 0)
    return FALSE;
  append_number (csv, number);
  g_string_append_c (csv, ',');
  for (gsize i = 0; i < n; i++)
    g_string_append_printf (csv, "%s%u", i ? " " : "", face->pixels[i]);
  csv_append (csv, usage[face->split]);
  csv_end_row (csv);
  return TRUE;
}

gboolean
data_list_write (const Scan *scan, const gboolean *keep, const char *path,
    guint *n_kept, GError **error)
{
  g_autoptr (GString) csv = g_string_new (NULL);
  gboolean boxes = FALSE, pixels = FALSE;

  *n_kept = 0;
  for (guint i = 0; i < scan->faces->len; i++) {
    const Face *face = scan->faces->pdata[i];

    boxes = boxes || face->crop.w;
    pixels = pixels || face->pixels;
  }
  g_string_append (csv, pixels  ? "emotion,pixels,Usage\n"
                        : boxes ? "file,label,split,x,y,w,h\n"
                                : "file,label,split\n");
  for (guint i = 0; i < scan->faces->len; i++) {
    const Face *face = scan->faces->pdata[i];
    const char *label = scan->labels[face->label];

    if (!keep[i])
      continue;
    if (!pixels) {
      append_face (csv, face, label, boxes);
    } else if (!append_pixels (csv, face, label)) {
      g_autofree char *shown = console_name (label);

      g_set_error (error, APP_ERROR, APP_ERROR_FAILED,
          "cannot list pictures of the class '%s': where the pixels lie in a "
          "table, the list has FER2013's form, which knows no such class. "
          "Name seven classes with --labels.",
          shown);
      return FALSE;
    }
    ++*n_kept;
  }
  return output_write_file (path, csv, error);
}

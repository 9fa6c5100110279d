/* ExpW (Zhang et al. 2015): faces in larger pictures, given by boxes.
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "app.h"
#include "dataset-private.h"

static const char *const names[] = { "angry", "disgust", "fear", "happy", "sad",
  "surprise", "neutral", NULL };
static const ClassNumbers numbers = { 0, names };

#define TABLE "label.lst"

static const char *const tables[] = { "label/" TABLE, TABLE, NULL };

/* Fields of a row. */
enum
{
  FIELD_NAME,
  FIELD_FACE, /* which one of its picture */
  FIELD_TOP,
  FIELD_LEFT,
  FIELD_RIGHT,
  FIELD_BOTTOM,
  FIELD_CONFIDENCE, /* of the face detector */
  FIELD_LABEL,
  N_FIELDS,
};

/* Boxes may reach beyond the picture: the crop cuts that off. */
#define MAX_POSITION (G_GINT64_CONSTANT (1) << 31)

static gboolean
read_box (const CsvRow *row, RenRect *rect)
{
  gint64 edge[4];

  for (int i = 0; i < 4; i++)
    if (!g_ascii_string_to_signed (dataset_field (row, FIELD_TOP + i), 10,
            -MAX_POSITION, MAX_POSITION, &edge[i], NULL))
      return FALSE;
  *rect = (RenRect){ edge[1], edge[0], edge[2] - edge[1], edge[3] - edge[0] };
  return rect->w > 0 && rect->h > 0;
}

static gboolean
add_row (Dataset *dataset, const char *path, const char *images,
    const CsvRow *row, GError **error)
{
  const char *name = dataset_field (row, FIELD_NAME);
  const char *class_name =
      class_of_number (&numbers, dataset_field (row, FIELD_LABEL));
  RenRect box;
  Face *face;

  if (row->fields->len != N_FIELDS || !class_name)
    return dataset_fail (error, path, row->line,
        "is not a name, the face's number, top, left, right, bottom, "
        "confidence, and a label from 0 to 6");
  if (!read_box (row, &box))
    return dataset_fail (error, path, row->line,
        "top, left, right, bottom are no box of whole numbers");
  face = dataset_add (dataset, g_build_filename (images, name, NULL),
      g_strdup (name), class_name, SPLIT_ANY);
  if (face)
    face->crop = box;
  return TRUE;
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

  return base && strcmp (base, TABLE) == 0;
}

static gboolean
open_expw (Dataset *dataset, GError **error)
{
  static const char *const folders[] = { "image/origin", "../image/origin",
    "origin", "../origin", "image", "../image", NULL };
  g_autofree char *table = find_table (dataset);
  g_autofree char *images = dataset_images (dataset, folders);
  g_autoptr (CsvReader) reader = NULL;
  GError *cause = NULL;

  if (!table)
    return dataset_fail (error, dataset->root, 0, "has no label/label.lst");
  if (!(reader = csv_open (table, CSV_BLANKS, error)))
    return FALSE;
  for (CsvRow *row; (row = csv_next (reader, &cause));) {
    const gboolean ok = add_row (dataset, table, images, row, error);

    csv_row_free (row);
    if (!ok)
      return FALSE;
  }
  if (cause)
    g_propagate_error (error, cause);
  return !cause;
}

const DatasetKind dataset_expw = {
  .name = "expw",
  .layout = "label/label.lst and image/origin",
  .recognise = recognise,
  .open = open_expw,
};

/* FER2013 as one table that holds the pixels.
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "app.h"
#include "dataset-fer.h"
#include "labels.h"

/* Widest square of pixels that a table may hold. */
#define MAX_SIDE 1024

static const char *const names[] = { "angry", "disgust", "fear", "happy", "sad",
  "surprise", "neutral", NULL };
static const ClassNumbers numbers = { 0, names };

static const char *const tables[] = { "fer2013.csv", "icml_face_data.csv",
  NULL };

/* Grey levels between blanks. Returns how many there are, and writes them where
 * there is room; -1 where one is not a number from 0 to 255. */
static gssize
parse_levels (const char *text, guint8 *out)
{
  gssize n = 0;

  while (*text) {
    guint level = 0, digits = 0;

    while (*text == ' ' || *text == '\t')
      text++;
    for (; *text >= '0' && *text <= '9' && digits < 4; text++, digits++)
      level = 10 * level + (guint) (*text - '0');
    if (digits == 0 && !*text)
      break;
    if (digits == 0 || level > 255 || (*text && *text != ' ' && *text != '\t'))
      return -1;
    if (out)
      out[n] = (guint8) level;
    n++;
  }
  return n;
}

gboolean
fer_parse_pixels (const char *text, Face *face)
{
  const gssize n = parse_levels (text, NULL);
  gssize side = 1;

  while (side < MAX_SIDE && side * side < n)
    side++;
  if (side * side != n)
    return FALSE;
  face->pixels = g_malloc ((gsize) n);
  face->pixels_width = face->pixels_height = (gint) side;
  parse_levels (text, face->pixels);
  return TRUE;
}

int
fer_number (const char *emotion)
{
  return labels_find (names, emotion);
}

gboolean
fer_is_table (const CsvRow *header)
{
  return header && dataset_column (header, "pixels") >= 0;
}

static gboolean
add_row (Dataset *dataset, const char *path, const CsvRow *row,
    const int columns[3], GError **error)
{
  const char *emotion = dataset_field (row, columns[0]);
  const char *usage = dataset_field (row, columns[2]);
  const char *class_name = class_of_number (&numbers, emotion);
  DatasetSplit split = SPLIT_ANY;
  Face *face;

  if (!class_name) {
    g_autofree char *shown = console_name (emotion);

    return dataset_fail (error, path, row->line,
        "emotion is '%s', not a number from 0 to 6", shown);
  }
  if (*usage && !dataset_split_of (usage, &split)) {
    g_autofree char *shown = console_name (usage);

    return dataset_fail (error, path, row->line,
        "Usage is '%s', not Training, PublicTest or PrivateTest", shown);
  }
  face = dataset_add (dataset, g_strdup (path),
      g_strdup_printf ("%s:%u", path, row->line), class_name, split);
  if (face && !fer_parse_pixels (dataset_field (row, columns[1]), face))
    return dataset_fail (error, path, row->line,
        "pixels are not a square of grey levels from 0 to 255");
  return TRUE;
}

static gboolean
recognise (const Dataset *dataset)
{
  g_autofree char *table = NULL;

  if (!dataset->is_folder)
    return fer_is_table (dataset->header) &&
           dataset_column (dataset->header, "emotion") >= 0;
  table = dataset_find (dataset->root, tables);
  return table != NULL;
}

static gboolean
open_fer2013 (Dataset *dataset, GError **error)
{
  g_autofree char *path = dataset->is_folder
                              ? dataset_find (dataset->root, tables)
                              : g_strdup (dataset->options->path);
  g_autoptr (CsvReader) reader = NULL;
  g_autoptr (CsvRow) header = NULL;
  GError *cause = NULL;
  int columns[3] = { -1, -1, -1 };

  if (!path)
    return dataset_fail (error, dataset->root, 0, "has no fer2013.csv");
  if (!(reader = csv_open (path, CSV_COMMAS, error)))
    return FALSE;
  if ((header = csv_next (reader, &cause))) {
    columns[0] = dataset_column (header, "emotion");
    columns[1] = dataset_column (header, "pixels");
    columns[2] = dataset_column (header, "usage");
    if (columns[0] < 0 || columns[1] < 0)
      return dataset_fail (error, path, 1,
          "the header lacks columns of FER2013, which are "
          "emotion,pixels,Usage");
  }
  for (CsvRow *row; !cause && (row = csv_next (reader, &cause));) {
    const gboolean ok = add_row (dataset, path, row, columns, error);

    csv_row_free (row);
    if (!ok)
      return FALSE;
  }
  if (cause)
    g_propagate_error (error, cause);
  return !cause;
}

const DatasetKind dataset_fer2013 = {
  .name = "fer2013",
  .layout = "fer2013.csv with the columns emotion,pixels,Usage",
  .recognise = recognise,
  .open = open_fer2013,
};

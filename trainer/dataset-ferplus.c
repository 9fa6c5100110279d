/* FERPlus: ten people's votes on each picture of FER2013.
 * SPDX-License-Identifier: MIT
 */
#include "app.h"
#include "dataset-fer.h"
#include "labels.h"

#define MAX_VOTES 1000

/* In the order of the columns. */
static const char *const emotions[N_VOTED_EMOTIONS] = { "neutral", "happiness",
  "surprise", "sadness", "anger", "disgust", "fear", "contempt" };

static const char *const tables[] = { "fer2013new.csv", NULL };
static const char *const pixel_tables[] = { "fer2013.csv", NULL };

/* Folders that the data set's own program writes, with a table in each. */
static const struct
{
  const char *name, *table;
  DatasetSplit split;
} folders[] = {
  { "FER2013Train", "FER2013Train/label.csv", SPLIT_TRAIN },
  { "FER2013Valid", "FER2013Valid/label.csv", SPLIT_VALIDATION },
  { "FER2013Test", "FER2013Test/label.csv", SPLIT_TEST },
};

/* Where a split's pictures lie; NULL = in the table of pixels. */
typedef struct
{
  char *of_split[N_SPLITS];
} Folders;

/* ---- one row ------------------------------------------------------------- */

static gboolean
read_votes (const CsvRow *row, guint first, guint votes[N_VOTES])
{
  for (guint i = 0; i < N_VOTES; i++) {
    guint64 value;

    if (!g_ascii_string_to_unsigned (dataset_field (row, (int) (first + i)), 10,
            0, MAX_VOTES, &value, NULL))
      return FALSE;
    votes[i] = (guint) value;
  }
  return TRUE;
}

/* Shares of the data set's emotions as targets of the model's classes; those
 * that it has no class for do not count. */
static void
set_targets (
    const Dataset *dataset, Face *face, const float shares[N_VOTED_EMOTIONS])
{
  const guint n = g_strv_length ((char **) dataset->options->labels);
  float total = 0;

  face->targets = g_new0 (float, n);
  for (guint i = 0; i < N_VOTED_EMOTIONS; i++) {
    const int label = dataset_class (dataset, emotions[i]);

    if (label >= 0) {
      face->targets[label] += shares[i];
      total += shares[i];
    }
  }
  for (guint i = 0; i < n; i++)
    face->targets[i] /= total;
}

/* Adds the face of a row whose votes begin in a column, or counts why not.
 * @face: (out): NULL if it was left out */
static gboolean
add_row (Dataset *dataset, const char *path, const CsvRow *row, guint first,
    const char *folder, const char *name, DatasetSplit split, Face **face,
    GError **error)
{
  const DatasetVotes rule = dataset->options->votes;
  guint votes[N_VOTES], best = 0;
  float shares[N_VOTED_EMOTIONS];
  const char *reason;

  *face = NULL;
  if (!read_votes (row, first, votes))
    return dataset_fail (error, path, row->line,
        "needs ten whole numbers of votes: neutral to contempt, unknown, NF");
  if (!*name) {
    dataset_leave_out_as (dataset, "has no name: it is no picture", 1);
    return TRUE;
  }
  if ((reason = votes_decide (votes, rule, split, shares))) {
    dataset_leave_out_as (dataset, reason, 1);
    return TRUE;
  }
  for (guint i = 1; i < N_VOTED_EMOTIONS; i++)
    if (shares[i] > shares[best])
      best = i;
  *face = dataset_add (dataset,
      folder ? g_build_filename (folder, name, NULL) : g_strdup (path),
      g_strdup (name), emotions[best], split);
  if (*face && rule != VOTES_MAJORITY)
    set_targets (dataset, *face, shares);
  return TRUE;
}

/* ---- fer2013new.csv ------------------------------------------------------ */

static gboolean
read_split (const char *path, const CsvRow *row, const char *usage,
    DatasetSplit *split, GError **error)
{
  g_autofree char *shown = NULL;

  if (dataset_split_of (usage, split))
    return TRUE;
  shown = console_name (usage);
  return dataset_fail (error, path, row->line,
      "Usage is '%s', not Training, PublicTest or PrivateTest", shown);
}

/* The row of pixels that belongs to a row of votes: both tables have the same
 * pictures in the same order. */
static gboolean
read_pixels (CsvReader *reader, const char *path, const int columns[2],
    DatasetSplit split, Face *face, GError **error)
{
  GError *cause = NULL;
  g_autoptr (CsvRow) row = csv_next (reader, &cause);
  DatasetSplit other = SPLIT_ANY;

  if (cause) {
    g_propagate_error (error, cause);
    return FALSE;
  }
  if (!row)
    return dataset_fail (error, path, 0,
        "has fewer rows than the table of votes: they belong together row by "
        "row");
  if (columns[1] >= 0 &&
      (!dataset_split_of (dataset_field (row, columns[1]), &other) ||
          other != split))
    return dataset_fail (error, path, row->line,
        "Usage is another than in the table of votes: they belong together "
        "row by row");
  if (face && !fer_parse_pixels (dataset_field (row, columns[0]), face))
    return dataset_fail (error, path, row->line,
        "pixels are not a square of grey levels from 0 to 255");
  if (face) {
    g_free (face->path);
    face->path = g_strdup (path);
  }
  return TRUE;
}

static gboolean
open_pixels (
    const char *path, CsvReader **reader, int columns[2], GError **error)
{
  g_autoptr (CsvRow) header = NULL;

  if (!(*reader = csv_open (path, CSV_COMMAS, error)))
    return FALSE;
  header = csv_next (*reader, NULL);
  if (!fer_is_table (header))
    return dataset_fail (
        error, path, 1, "the header lacks the column pixels of FER2013");
  columns[0] = dataset_column (header, "pixels");
  columns[1] = dataset_column (header, "usage");
  return TRUE;
}

/* Where the pictures are: the folders of the splits, or else fer2013.csv. */
static char *
find_pictures (const Dataset *dataset, Folders *paths)
{
  const char *images = dataset->options->images;
  const char *root = images ? images : dataset->root;
  gboolean found = FALSE;

  if (images && !g_file_test (images, G_FILE_TEST_IS_DIR))
    return g_strdup (images);
  for (guint i = 0; i < G_N_ELEMENTS (folders); i++) {
    g_autofree char *path = g_build_filename (root, folders[i].name, NULL);
    const gboolean exists = g_file_test (path, G_FILE_TEST_IS_DIR);

    found = found || exists;
    paths->of_split[folders[i].split] =
        exists ? g_steal_pointer (&path) : g_strdup (root);
  }
  return found ? NULL : dataset_find (root, pixel_tables);
}

static gboolean
add_rows (Dataset *dataset, const char *path, const Folders *paths,
    const char *pixels, GError **error)
{
  g_autoptr (GPtrArray) rows = csv_read (path, error);
  g_autoptr (CsvReader) reader = NULL;
  g_autoptr (CsvRow) more = NULL;
  int columns[2] = { -1, -1 }, usage, name, first;

  if (!rows || (pixels && !open_pixels (pixels, &reader, columns, error)))
    return FALSE;
  usage = rows->len ? dataset_column (rows->pdata[0], "usage") : -1;
  name = rows->len ? dataset_column (rows->pdata[0], "image name") : -1;
  first = rows->len ? dataset_column (rows->pdata[0], emotions[0]) : -1;
  if (usage < 0 || name < 0 || first < 0)
    return dataset_fail (error, path, 1,
        "the header lacks columns of FERPlus, which are Usage,Image name,"
        "neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,"
        "unknown,NF");
  for (guint i = 1; i < rows->len; i++) {
    const CsvRow *row = rows->pdata[i];
    DatasetSplit split = SPLIT_ANY;
    Face *face;

    if (!read_split (path, row, dataset_field (row, usage), &split, error) ||
        !add_row (dataset, path, row, (guint) first,
            pixels ? NULL : paths->of_split[split], dataset_field (row, name),
            split, &face, error) ||
        (pixels && !read_pixels (reader, pixels, columns, split, face, error)))
      return FALSE;
  }
  if (reader && (more = csv_next (reader, NULL)))
    return dataset_fail (error, pixels, more->line,
        "has more rows than the table of votes: they belong together row by "
        "row");
  return TRUE;
}

static gboolean
open_votes (Dataset *dataset, const char *path, GError **error)
{
  Folders paths = { 0 };
  g_autofree char *pixels = find_pictures (dataset, &paths);
  const gboolean ok = add_rows (dataset, path, &paths, pixels, error);

  for (guint i = 0; i < N_SPLITS; i++)
    g_free (paths.of_split[i]);
  return ok;
}

/* ---- label.csv in each folder -------------------------------------------- */

/* No header: the name, in some versions a box, and the votes at the end. */
static gboolean
open_folder (
    Dataset *dataset, const char *path, DatasetSplit split, GError **error)
{
  g_autoptr (GPtrArray) rows = csv_read (path, error);
  g_autofree char *folder = g_path_get_dirname (path);

  for (guint i = 0; rows && i < rows->len; i++) {
    const CsvRow *row = rows->pdata[i];
    const guint n = row->fields->len;
    Face *face;

    if (!add_row (dataset, path, row, n > N_VOTES ? n - N_VOTES : 1, folder,
            dataset_field (row, 0), split, &face, error))
      return FALSE;
  }
  return rows != NULL;
}

static gboolean
recognise (const Dataset *dataset)
{
  const CsvRow *header = dataset->header;

  if (!dataset->is_folder)
    return header && dataset_column (header, "image name") >= 0 &&
           dataset_column (header, "nf") >= 0;
  for (guint i = 0; i < G_N_ELEMENTS (folders); i++) {
    const char *const names[] = { tables[0], folders[i].table, NULL };
    g_autofree char *found = dataset_find (dataset->root, names);

    if (found)
      return TRUE;
  }
  return FALSE;
}

static gboolean
open_ferplus (Dataset *dataset, GError **error)
{
  g_autofree char *path = dataset->is_folder
                              ? dataset_find (dataset->root, tables)
                              : g_strdup (dataset->options->path);
  gboolean found = FALSE;

  if (path)
    return open_votes (dataset, path, error);
  for (guint i = 0; i < G_N_ELEMENTS (folders); i++) {
    const char *const names[] = { folders[i].table, NULL };
    g_autofree char *table = dataset_find (dataset->root, names);

    if (table && !open_folder (dataset, table, folders[i].split, error))
      return FALSE;
    found = found || table;
  }
  return found ? TRUE
               : dataset_fail (error, dataset->root, 0,
                     "has neither fer2013new.csv nor FER2013Train/label.csv");
}

const DatasetKind dataset_ferplus = {
  .name = "ferplus",
  .layout = "fer2013new.csv, with fer2013.csv or FER2013Train/ beside it",
  .recognise = recognise,
  .open = open_ferplus,
};

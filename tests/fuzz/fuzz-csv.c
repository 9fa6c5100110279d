/* Tables: rows, lists of faces, a training's log. SPDX-License-Identifier: MIT */
#include <string.h>

#include "app.h"
#include "csv.h"
#include "faces.h"
#include "fuzzer.h"
#include "memory-file.h"
#include "train-log.h"

/* A table under a head, so that no row is the file's first. */
static GString *
write_table (const GPtrArray *rows)
{
  GString *csv = g_string_new ("head\n");

  for (guint i = 0; i < rows->len; i++) {
    const CsvRow *row = rows->pdata[i];

    for (guint j = 0; j < row->fields->len; j++)
      csv_append (csv, row->fields->pdata[j]);
    csv_end_row (csv);
  }
  return csv;
}

/* What was read, is written so that the same is read again. */
static void
check_written (const GPtrArray *rows)
{
  g_autoptr (GString) csv = write_table (rows);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) again =
      csv_read (memory_file (1, csv->str, csv->len), &error);

  g_assert_no_error (error);
  g_assert_cmpuint (again->len, ==, rows->len + 1);
  for (guint i = 0; i < rows->len; i++) {
    const GPtrArray *a = ((const CsvRow *) rows->pdata[i])->fields;
    const GPtrArray *b = ((const CsvRow *) again->pdata[i + 1])->fields;

    g_assert_cmpuint (a->len, ==, b->len);
    for (guint j = 0; j < a->len; j++)
      g_assert_cmpstr (a->pdata[j], ==, b->pdata[j]);
  }
}

static void
read_words (const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (CsvReader) reader = csv_open (path, CSV_BLANKS, &error);
  guint line = 0;

  for (CsvRow *row; (row = csv_next (reader, &error));) {
    g_assert_cmpuint (row->line, >, line);
    line = row->line;
    csv_row_free (row);
  }
}

static void
read_faces (const char *path)
{
  g_autoptr (GPtrArray) faces = g_ptr_array_new_with_free_func (face_free);
  g_autoptr (GError) error = NULL;
  const gboolean ok = faces_add_list (faces, path, "folder", &error);

  g_assert (ok == !error);
  for (guint i = 0; ok && i < faces->len; i++) {
    const RenRect *crop = &((const Face *) faces->pdata[i])->crop;

    g_assert (crop->w >= 0 && crop->h >= 0 && !crop->w == !crop->h);
  }
}

int
LLVMFuzzerInitialize (int *argc, char ***argv)
{
  /* what cannot be read has no bytes to be fuzzed */
  static const char *const paths[] = { "/nowhere", "/" };

  console_set_quiet (TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (paths); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_null (csv_read (paths[i], &error));
    g_assert_error (error, APP_ERROR, APP_ERROR_FAILED);
  }
  return 0;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  const char *path = memory_file (0, data, size);
  g_autoptr (GArray) history = g_array_new (FALSE, TRUE, sizeof (EpochRow));
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) rows = csv_read (path, &error);

  g_assert (!rows == !!error);
  if (rows)
    check_written (rows);
  read_words (path);
  read_faces (path);
  g_array_set_size (history, 4);
  train_log_read_speeds (path, history);
  return 0;
}

/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app.h"
#include "csv.h"

#define BUFFER_BYTES 65536

struct _CsvReader
{
  int fd;
  char *path;
  CsvForm form;
  guint line;      /* from 1 */
  guint64 n_bytes; /* read so far */
  int error;       /* errno of a read that failed */
  gsize at, end;   /* of the buffer */
  guint8 buffer[BUFFER_BYTES];
  GString *field;
};

static gboolean
fail (GError **error, const char *path, guint line, const char *message)
{
  g_autofree char *name = console_name (path);

  if (line)
    g_set_error (error, APP_ERROR, APP_ERROR_FAILED, "%s, line %u: %s", name,
        line, message);
  else
    g_set_error (error, APP_ERROR, APP_ERROR_FAILED, "%s: %s", name, message);
  return FALSE;
}

void
csv_row_free (CsvRow *row)
{
  g_ptr_array_unref (row->fields);
  g_free (row);
}

static void
free_row (gpointer row)
{
  csv_row_free (row);
}

/* Reads more behind what is left in the buffer; pipes give little at a time.
 * FALSE at the end. */
static gboolean
fill (CsvReader *reader)
{
  gssize n;

  if (reader->at == reader->end)
    reader->at = reader->end = 0;
  do
    n = read (
        reader->fd, reader->buffer + reader->end, BUFFER_BYTES - reader->end);
  while (n < 0 && errno == EINTR);
  if (n < 0)
    reader->error = errno;
  if (n <= 0)
    return FALSE;
  reader->end += (gsize) n;
  reader->n_bytes += (guint64) n;
  return TRUE;
}

CsvReader *
csv_open (const char *path, CsvForm form, GError **error)
{
  const int fd = strcmp (path, "-") == 0 ? dup (STDIN_FILENO)
                                         : open (path, O_RDONLY | O_CLOEXEC);
  CsvReader *reader;

  if (fd < 0) {
    fail (error, path, 0, g_strerror (errno));
    return NULL;
  }
  reader = g_new0 (CsvReader, 1);
  reader->fd = fd;
  reader->path = g_strdup (path);
  reader->form = form;
  reader->line = 1;
  reader->field = g_string_new (NULL);
  while (reader->end < 3 && fill (reader))
    ;
  if (reader->end >= 3 && memcmp (reader->buffer, "\xef\xbb\xbf", 3) == 0)
    reader->at = 3;
  return reader;
}

void
csv_close (CsvReader *reader)
{
  if (!reader)
    return;
  close (reader->fd);
  g_string_free (reader->field, TRUE);
  g_free (reader->path);
  g_free (reader);
}

/* The next byte or EOF. A limit on all bytes bounds every row, too. */
static int
next_byte (CsvReader *reader)
{
  if (reader->at == reader->end &&
      (reader->n_bytes > CSV_MAX_BYTES || !fill (reader)))
    return EOF;
  return reader->buffer[reader->at++];
}

/* Reads to the closing quote, after the opening one. Returns what follows. */
static int
read_quoted (CsvReader *reader, GError **error)
{
  const guint first = reader->line;
  int c;

  for (;;) {
    c = next_byte (reader);
    if (c == EOF) {
      fail (error, reader->path, first, "a quote is not closed");
      return EOF;
    }
    if (c == '"' && (c = next_byte (reader)) != '"')
      break;
    if (c == '\n')
      reader->line++;
    g_string_append_c (reader->field, (char) c);
  }
  if (c == '\r' && (c = next_byte (reader)) == ',')
    c = '\r';
  if (c != ',' && c != '\n' && c != EOF)
    fail (error, reader->path, reader->line, "text follows a closing quote");
  return c;
}

/* Reads one field. Returns what ended it: a comma, a newline or EOF. */
static int
read_field (CsvReader *reader, GError **error)
{
  GString *field = reader->field;
  int c;

  g_string_truncate (field, 0);
  c = next_byte (reader);
  if (c == '"')
    return read_quoted (reader, error);
  for (; c != ',' && c != '\n' && c != EOF; c = next_byte (reader))
    g_string_append_c (field, (char) c);
  if (c != ',' && field->len && field->str[field->len - 1] == '\r')
    g_string_truncate (field, field->len - 1);
  return c;
}

/* The same for fields between blanks. An empty field is none. */
static int
read_word (CsvReader *reader)
{
  GString *field = reader->field;
  int c;

  g_string_truncate (field, 0);
  do
    c = next_byte (reader);
  while (c == ' ' || c == '\t' || c == '\r');
  for (; c != ' ' && c != '\t' && c != '\r' && c != '\n' && c != EOF;
       c = next_byte (reader))
    g_string_append_c (field, (char) c);
  return c;
}

/* Reads one row, be it empty. Returns what ended it: a newline or EOF. */
static int
read_row (CsvReader *reader, CsvRow *row, GError **error)
{
  const gboolean blanks = reader->form == CSV_BLANKS;
  GError *cause = NULL;
  int c;

  do {
    c = blanks ? read_word (reader) : read_field (reader, &cause);
    if (!cause && memchr (reader->field->str, 0, reader->field->len))
      fail (&cause, reader->path, 0, "is not a text file");
    if (cause) {
      g_propagate_error (error, cause);
      return EOF;
    }
    if (!blanks || reader->field->len)
      g_ptr_array_add (
          row->fields, g_strndup (reader->field->str, reader->field->len));
  } while (c != '\n' && c != EOF);
  return c;
}

static gboolean
is_empty (const CsvRow *row)
{
  return row->fields->len == 0 ||
         (row->fields->len == 1 && !*(char *) row->fields->pdata[0]);
}

CsvRow *
csv_next (CsvReader *reader, GError **error)
{
  int end;

  do {
    g_autoptr (CsvRow) row = g_new0 (CsvRow, 1);
    GError *cause = NULL;

    row->line = reader->line;
    row->fields = g_ptr_array_new_with_free_func (g_free);
    end = read_row (reader, row, &cause);
    if (!cause && reader->error)
      fail (&cause, reader->path, 0, g_strerror (reader->error));
    else if (!cause && reader->n_bytes > CSV_MAX_BYTES)
      fail (&cause, reader->path, 0, "is larger than a table may be (1 GiB)");
    if (cause) {
      g_propagate_error (error, cause);
      return NULL;
    }
    if (end == '\n')
      reader->line++;
    if (!is_empty (row))
      return g_steal_pointer (&row);
  } while (end != EOF);
  return NULL;
}

GPtrArray *
csv_read (const char *path, GError **error)
{
  g_autoptr (CsvReader) reader = csv_open (path, CSV_COMMAS, error);
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func (free_row);
  GError *cause = NULL;
  CsvRow *row;

  if (!reader)
    return NULL;
  while ((row = csv_next (reader, &cause)))
    g_ptr_array_add (rows, row);
  if (cause) {
    g_propagate_error (error, cause);
    return NULL;
  }
  return g_steal_pointer (&rows);
}

void
csv_append (GString *csv, const char *field)
{
  const gboolean first = csv->len == 0 || csv->str[csv->len - 1] == '\n';

  if (!first)
    g_string_append_c (csv, ',');
  /* one that is empty and first would leave nothing to put a comma behind */
  if ((*field || !first) && !strpbrk (field, ",\"\r\n")) {
    g_string_append (csv, field);
    return;
  }
  g_string_append_c (csv, '"');
  for (const char *p = field; *p; p++) {
    if (*p == '"')
      g_string_append_c (csv, '"');
    g_string_append_c (csv, *p);
  }
  g_string_append_c (csv, '"');
}

void
csv_end_row (GString *csv)
{
  g_string_append_c (csv, '\n');
}

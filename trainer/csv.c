/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "app.h"
#include "csv.h"

#define CHUNK 65536

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

/* Pipes have no size to ask for, so this reads until the end. */
static GByteArray *
read_all (const char *path, GError **error)
{
  const gboolean standard = strcmp (path, "-") == 0;
  const int fd = standard ? STDIN_FILENO : open (path, O_RDONLY | O_CLOEXEC);
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  gboolean ok = FALSE;

  if (fd < 0) {
    fail (error, path, 0, g_strerror (errno));
    return NULL;
  }
  for (;;) {
    const guint end = bytes->len;
    gssize n;

    g_byte_array_set_size (bytes, end + CHUNK);
    n = read (fd, bytes->data + end, CHUNK);
    g_byte_array_set_size (bytes, end + (n > 0 ? (guint) n : 0));
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      fail (error, path, 0, g_strerror (errno));
    else if (bytes->len > CSV_MAX_BYTES)
      fail (error, path, 0, "is larger than a table may be (1 GiB)");
    else if (n > 0)
      continue;
    else
      ok = TRUE;
    break;
  }
  if (!standard)
    close (fd);
  return ok ? g_steal_pointer (&bytes) : NULL;
}

static void
free_row (gpointer data)
{
  CsvRow *row = data;

  g_ptr_array_unref (row->fields);
  g_free (row);
}

/* Reads one field from *at on; leaves *at on the comma, the end of the line or
 * the end of the text. */
static char *
read_field (const char **at, const char *end, guint *line, GError **error,
    const char *path)
{
  g_autoptr (GString) field = g_string_new (NULL);
  const char *p = *at;

  if (p < end && *p == '"') {
    const guint first = *line;

    for (p++;; p++) {
      if (p >= end) {
        fail (error, path, first, "a quote is not closed");
        return NULL;
      }
      if (*p == '"' && (p + 1 >= end || p[1] != '"'))
        break;
      if (*p == '"')
        p++;
      if (*p == '\n')
        ++*line;
      g_string_append_c (field, *p);
    }
    p++;
    if (p < end && *p == '\r' && (p + 1 == end || p[1] == '\n'))
      p++;
    if (p < end && *p != ',' && *p != '\n') {
      fail (error, path, *line, "text follows a closing quote");
      return NULL;
    }
  } else {
    const char *begin = p;

    while (p < end && *p != ',' && *p != '\n')
      p++;
    g_string_append_len (field, begin, p - begin);
    if ((p == end || *p == '\n') && field->len &&
        field->str[field->len - 1] == '\r')
      g_string_truncate (field, field->len - 1);
  }
  *at = p;
  return g_string_free (g_steal_pointer (&field), FALSE);
}

GPtrArray *
csv_read (const char *path, GError **error)
{
  g_autoptr (GByteArray) bytes = read_all (path, error);
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func (free_row);
  const char *p, *end;
  guint line = 1;

  if (!bytes)
    return NULL;
  if (bytes->len && memchr (bytes->data, 0, bytes->len)) {
    fail (error, path, 0, "is not a text file");
    return NULL;
  }
  p = (const char *) bytes->data;
  end = p + bytes->len;
  if (bytes->len >= 3 && memcmp (p, "\xef\xbb\xbf", 3) == 0)
    p += 3;

  while (p < end) {
    CsvRow *row = g_new0 (CsvRow, 1);

    row->line = line;
    row->fields = g_ptr_array_new_with_free_func (g_free);
    g_ptr_array_add (rows, row);
    for (;;) {
      char *field = read_field (&p, end, &line, error, path);

      if (!field)
        return NULL;
      g_ptr_array_add (row->fields, field);
      if (p >= end || *p == '\n')
        break;
      p++; /* the comma */
    }
    if (p < end) {
      p++;
      line++;
    }
    if (row->fields->len == 1 && !*(char *) row->fields->pdata[0])
      g_ptr_array_remove_index (rows, rows->len - 1);
  }
  return g_steal_pointer (&rows);
}

void
csv_append (GString *csv, const char *field)
{
  if (csv->len && csv->str[csv->len - 1] != '\n')
    g_string_append_c (csv, ',');
  if (!strpbrk (field, ",\"\r\n")) {
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

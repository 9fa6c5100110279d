/* Comma-separated values, RFC 4180.
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include <glib.h>

/* Most bytes of a table that is read. */
#define CSV_MAX_BYTES (G_GUINT64_CONSTANT (1) << 30)

typedef struct
{
  GPtrArray *fields; /* char*, of one row; owned */
  guint line;        /* where the row begins, from 1 */
} CsvRow;

void csv_row_free (CsvRow *row);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CsvRow, csv_row_free)

typedef enum
{
  CSV_COMMAS, /* as said below */
  CSV_BLANKS, /* fields are separated by blanks and tabs; none is quoted */
} CsvForm;

/* A table that is read row by row, since pixels in a table make it large. */
typedef struct _CsvReader CsvReader;

/* Opens a table: a file, a pipe, or "-" for standard input. Fields may be
 * quoted and then hold commas, newlines and doubled quotes; lines end in LF or
 * CRLF; a byte order mark and empty lines are skipped. Bytes are kept as they
 * are: file names need not be UTF-8. */
CsvReader *csv_open (const char *path, CsvForm form, GError **error);

/* The next row, to be freed, or NULL at the end or on an error, which names
 * file and line. */
CsvRow *csv_next (CsvReader *reader, GError **error);

void csv_close (CsvReader *reader);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CsvReader, csv_close)

/* Reads a whole table. Returns an array of CsvRow*, or NULL on an error. */
GPtrArray *csv_read (const char *path, GError **error);

/* Appends a field, quoted if need be, with a comma before it unless it is the
 * first of its line. */
void csv_append (GString *csv, const char *field);

/* Ends the line. */
void csv_end_row (GString *csv);

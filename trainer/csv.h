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

/* Reads a whole table: a file, a pipe, or "-" for standard input. Fields may be
 * quoted and then hold commas, newlines and doubled quotes; lines end in LF or
 * CRLF; a byte order mark and empty lines are skipped. Bytes are kept as they
 * are: file names need not be UTF-8. Returns an array of CsvRow*, or NULL with
 * an error that names file and line. */
GPtrArray *csv_read (const char *path, GError **error);

/* Appends a field, quoted if need be, with a comma before it unless it is the
 * first of its line. */
void csv_append (GString *csv, const char *field);

/* Ends the line. */
void csv_end_row (GString *csv);

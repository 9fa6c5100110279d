/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "app.h"
#include "csv.h"
#include "train-log.h"

#define SPEED "images_per_second"

/* ---- for people ---------------------------------------------------------- */

void
train_log_print_head (void)
{
  printf ("%s%5s  %9s  %15s  %15s  %8s  %8s%s\n", console_bold (), "epoch",
      "rate", "train loss, %", "valid. loss, %", "images/s", "time",
      console_plain ());
  fflush (stdout);
}

void
train_log_print (const EpochRow *row, double seconds, gboolean is_best)
{
  const guint whole = (guint) (seconds + .5);
  char speed[16] = "-"; /* no step was left when the run went on */

  if (isfinite (row->images_per_second))
    g_snprintf (speed, sizeof speed, "%.1f", row->images_per_second);
  printf ("%5u  %9.3g  %7.4f  %6.2f  %7.4f  %6.2f  %8s  %2u:%02u:%02u%s\n",
      row->epoch, row->learning_rate, row->train_loss,
      100 * row->train_accuracy, row->validation_loss,
      100 * row->validation_accuracy, speed, whole / 3600, whole / 60 % 60,
      whole % 60, is_best ? " *" : "");
  /* who watches a file or a pipe waits for this line, too */
  fflush (stdout);
}

/* ---- for programs -------------------------------------------------------- */

static void
append_number (GString *csv, double value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  if (isfinite (value))
    g_ascii_formatd (text, sizeof text, "%.6g", value);
  else
    text[0] = '\0';
  csv_append (csv, text);
}

gboolean
train_log_write (const char *path, const GArray *history, GError **error)
{
  static const char *const names[] = { "epoch", "learning_rate", "train_loss",
    "train_accuracy", "validation_loss", "validation_accuracy", SPEED };
  g_autoptr (GString) csv = g_string_new (NULL);
  g_autoptr (GError) cause = NULL;
  g_autofree char *shown = console_name (path);

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    csv_append (csv, names[i]);
  csv_end_row (csv);
  for (guint i = 0; i < history->len; i++) {
    const EpochRow *row = &g_array_index (history, EpochRow, i);

    append_number (csv, row->epoch);
    append_number (csv, row->learning_rate);
    append_number (csv, row->train_loss);
    append_number (csv, row->train_accuracy);
    append_number (csv, row->validation_loss);
    append_number (csv, row->validation_accuracy);
    append_number (csv, row->images_per_second);
    csv_end_row (csv);
  }
  if (g_file_set_contents_full (path, csv->str, (gssize) csv->len,
          G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0666,
          &cause))
    return TRUE;
  g_set_error (error, APP_ERROR, APP_ERROR_FAILED, "cannot write %s: %s", shown,
      cause->message);
  return FALSE;
}

void
train_log_read_speeds (const char *path, GArray *history)
{
  g_autoptr (GPtrArray) rows = csv_read (path, NULL);
  const CsvRow *head;
  guint column = 0;

  if (!rows || rows->len == 0)
    return;
  head = rows->pdata[0];
  while (column < head->fields->len &&
         strcmp (head->fields->pdata[column], SPEED) != 0)
    column++;
  for (guint i = 0; i < history->len && i + 1 < rows->len; i++) {
    const CsvRow *row = rows->pdata[i + 1];

    if (column < row->fields->len && *(char *) row->fields->pdata[column])
      g_array_index (history, EpochRow, i).images_per_second =
          g_ascii_strtod (row->fields->pdata[column], NULL);
  }
}

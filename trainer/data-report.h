/* What was found in a data set, for people and for programs.
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include "data-scan.h"

/* What was scanned. */
typedef struct
{
  const char *path;
  const char *kind;
  gboolean near_searched;
} ReportedData;

/* Prints counts, unreadable files and twins. */
void data_report_print (const Scan *scan, const ReportedData *data);

/* The same as JSON, and every group of twins, to standard output. @n_kept:
 * pictures in the list that was written, or negative */
gboolean data_report_write_json (
    const Scan *scan, const ReportedData *data, gint64 n_kept, GError **error);

/* A timeline as a page: emotion per person over time, one HTML file
 * SPDX-License-Identifier: MIT
 *
 * Nothing is loaded from elsewhere and there is no script; a policy in the page
 * forbids both. What comes from files and streams (names, labels) is escaped.
 */
#pragma once

#include "timeline.h"

/* Persons that have a row of their own: those seen longest. The others, and
 * those whom the timeline summed up, share one. */
#define REPORT_MAX_PERSONS 40

typedef struct
{
  const gchar *source; /* URI, or a name; credentials in it are not shown */
  GDateTime *date;     /* of the recording or its analysis */
} ReportInfo;

/* Returns: (transfer full): the page. @path: where it will be, for links */
GString *report_html (
    const Timeline *t, const ReportInfo *info, const gchar *path);

/**
 * report_check:
 * @path: where a report is to be written
 * @error: return location for a #GError
 *
 * To be asked before hours of work: whether report_write() has a chance.
 *
 * Returns: %FALSE with an error of #G_FILE_ERROR that names the file
 */
gboolean report_check (const gchar *path, GError **error);

/**
 * report_write:
 * @t: a finished timeline
 * @info: what it is of
 * @path: the file, which is replaced whole or not at all
 * @error: return location for a #GError
 *
 * Returns: %FALSE with an error of #G_FILE_ERROR that names the file
 */
gboolean report_write (const Timeline *t, const ReportInfo *info,
    const gchar *path, GError **error);

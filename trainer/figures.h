/* The parts of a visual report.
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include <cairo.h>

#include "metrics.h"
#include "visual-report.h"

/* What the parts show. */
typedef struct
{
  const VisualReport *report;
  gboolean have_predictions;
  Metrics metrics;     /* of the predictions */
  GPtrArray *mistakes; /* Prediction*, the least expected true class first */
} ReportData;

/* One part: its height on a page of CHART_WIDTH, 0 where there is nothing to
 * show; what it looks like, drawn from (0, 0) on. */
typedef struct
{
  const char *title;
  const char *caption; /* what it means, one line */
  double (*height) (const ReportData *data);
  void (*draw) (cairo_t *cr, const ReportData *data);
  gboolean only_picture; /* in HTML it is text, not a drawing */
} Figure;

extern const Figure figure_curves, figure_confusion, figure_classes,
    figure_reliability, figure_mistakes;

/* The figures above the others: "Accuracy", "54.50 %", "52.9 to 56.1 %". */
typedef struct
{
  const char *name;
  char *value, *remark; /* owned; remark is nullable */
} KeyFigure;

#define MAX_KEY_FIGURES 5

/* Fills @out, which key_figures_clear() empties; returns how many. */
guint key_figures (const ReportData *data, KeyFigure out[MAX_KEY_FIGURES]);
void key_figures_clear (KeyFigure *figures, guint n);

/* "98.2 %"; a dash where it is undefined. */
char *format_share (double share, guint decimals);

/* The whole report in one file. */
GString *visual_report_html (
    const ReportData *data, const Figure *const *figures);
GByteArray *visual_report_png (
    const ReportData *data, const Figure *const *figures, GError **error);

/* Precision, recall and F1 of each class as bars.
 * SPDX-License-Identifier: MIT
 */
#include <math.h>

#include "app.h"
#include "chart.h"
#include "figures.h"

#define ROW 30.0
#define NAME_WIDTH 170.0
#define COUNT_X 245.0 /* right edge of the number of faces */
#define BARS_X 275.0
#define BAR_STEP 218.0
#define BAR_WIDTH 130.0

static void
draw_bar (cairo_t *cr, double x, double y, double share, guint32 color)
{
  const ChartText text = { 11.5, FALSE, CHART_INK, CHART_LEFT, 0 };
  g_autofree char *number = format_share (share, 1);

  chart_box (cr, x, y - 6, BAR_WIDTH, 12, 3, CHART_FAINT);
  if (share > 0)
    chart_box (cr, x, y - 6, BAR_WIDTH * share, 12, 3, color);
  chart_text (cr, x + BAR_WIDTH + 10, y, &text, number);
}

static double
height (const ReportData *data)
{
  return data->have_predictions ? ROW * (data->metrics.n_classes + 1) + 4 : 0;
}

static void
draw (cairo_t *cr, const ReportData *data)
{
  static const guint32 colors[3] = { CHART_BLUE, CHART_ORANGE, CHART_GREEN };
  static const char *const names[3] = { "precision", "recall", "F1" };
  const ChartText head = { 11.5, TRUE, CHART_MUTED, CHART_LEFT, 0 };
  const ChartText head_right = { 11.5, TRUE, CHART_MUTED, CHART_RIGHT, 0 };
  const ChartText name = { 12, FALSE, CHART_INK, CHART_LEFT, NAME_WIDTH };
  const ChartText count = { 12, FALSE, CHART_INK, CHART_RIGHT, 0 };

  chart_text (cr, 0, ROW / 2, &head, "class");
  chart_text (cr, COUNT_X, ROW / 2, &head_right, "faces");
  for (guint j = 0; j < 3; j++)
    chart_text (cr, BARS_X + j * BAR_STEP, ROW / 2, &head, names[j]);

  for (guint i = 0; i < data->metrics.n_classes; i++) {
    const double y = ROW * (i + 1.5);
    g_autofree char *label = console_name (data->report->labels[i]);
    g_autofree char *faces = NULL;
    ClassMetrics m;
    double share[3];

    metrics_of_class (&data->metrics, i, &m);
    share[0] = m.precision;
    share[1] = m.recall;
    share[2] = m.f1;
    faces = console_number (m.n_true);
    chart_rule (cr, 0, y - ROW / 2, CHART_WIDTH, y - ROW / 2, CHART_FAINT);
    chart_text (cr, 0, y, &name, label);
    chart_text (cr, COUNT_X, y, &count, faces);
    for (guint j = 0; j < 3; j++)
      draw_bar (cr, BARS_X + j * BAR_STEP, y, share[j], colors[j]);
  }
}

const Figure figure_classes = {
  .title = "Classes",
  .caption = "Precision: of the faces said to be it, how many were. Recall: of "
             "those that were it, how many were found.",
  .height = height,
  .draw = draw,
  .only_picture = TRUE,
};

/* Whether a confidence of 80 % is right in 80 of 100 cases, and which
 * confidences occur.
 * SPDX-License-Identifier: MIT
 */
#include <math.h>

#include "app.h"
#include "chart.h"
#include "figures.h"

#define LEFT 58.0
#define GAP 84.0
#define SIDE ((CHART_WIDTH - LEFT - GAP - 12) / 2)
#define PLOT_HEIGHT 330.0
#define HEAD 58.0
#define FOOT 46.0

/* Confidence above and below accuracy. */
#define TOO_HIGH 0xf2ae84
#define TOO_LOW 0x9fd3ee

static const ChartScale percent = { 0, 100, 20, 0 };

static double
draw_key (cairo_t *cr, double x, double y, guint32 color, const char *text)
{
  const ChartText style = { 11, FALSE, CHART_MUTED, CHART_LEFT, 0 };

  chart_box (cr, x, y - 5, 14, 10, 0, color);
  return x + 20 + chart_text (cr, x + 20, y, &style, text) + 16;
}

/* A bar as high as the lower of accuracy and confidence, the gap to the higher
 * on top of it, and a line at the accuracy. */
static void
draw_bins (
    cairo_t *cr, const Metrics *metrics, double x, double y, double w, double h)
{
  const double width = w / METRICS_BINS;

  for (guint i = 0; i < METRICS_BINS; i++) {
    const ConfidenceBin *bin = &metrics->bins[i];
    const double left = x + i * width + 1;
    double accuracy, confidence, low, high;

    if (bin->n == 0)
      continue;
    accuracy = (double) bin->n_correct / (double) bin->n;
    confidence = bin->confidence / (double) bin->n;
    low = MIN (accuracy, confidence);
    high = MAX (accuracy, confidence);
    chart_box (cr, left, y + h * (1 - low), width - 2, h * low, 0, CHART_BLUE);
    chart_box (cr, left, y + h * (1 - high), width - 2, h * (high - low), 0,
        confidence > accuracy ? TOO_HIGH : TOO_LOW);
    chart_box (
        cr, left, y + h * (1 - accuracy) - 1, width - 2, 2, 0, CHART_INK);
  }
}

static void
draw_diagram (cairo_t *cr, const Metrics *metrics, double x, double y)
{
  static const double dashes[] = { 4, 4 };
  const ChartText heading = { 13, TRUE, CHART_INK, CHART_LEFT, 0 };
  const ChartText remark = { 12, TRUE, CHART_INK, CHART_RIGHT, 0 };
  const double w = SIDE, h = PLOT_HEIGHT;
  const ChartText key = { 11, FALSE, CHART_MUTED, CHART_LEFT, 0 };
  double key_x;
  g_autofree char *ece =
      g_strdup_printf ("ECE %.2f %%", 100 * metrics_ece (metrics));

  chart_text (cr, x, y - 38, &heading, "Accuracy by confidence");
  chart_text (cr, x + w, y - 38, &remark, ece);
  chart_box (cr, x, y - 19, 14, 2, 0, CHART_INK);
  chart_text (cr, x + 20, y - 18, &key, "accuracy");
  key_x = draw_key (cr, x + 92, y - 18, TOO_HIGH, "confidence too high");
  draw_key (cr, key_x, y - 18, TOO_LOW, "too low");
  chart_axes (cr, x, y, w, h, &percent, "confidence, %", &percent, " %");
  draw_bins (cr, metrics, x, y, w, h);
  cairo_move_to (cr, x, y + h);
  cairo_line_to (cr, x + w, y);
  chart_set_color (cr, CHART_INK, 1);
  cairo_set_line_width (cr, 1);
  cairo_set_dash (cr, dashes, 2, 0);
  cairo_stroke (cr);
  cairo_set_dash (cr, NULL, 0, 0);
}

static void
draw_histogram (cairo_t *cr, const Metrics *metrics, double x, double y)
{
  const ChartText heading = { 13, TRUE, CHART_INK, CHART_LEFT, 0 };
  const double w = SIDE, h = PLOT_HEIGHT, width = w / METRICS_BINS;
  guint64 most = 1;
  ChartScale counts;
  double key_x;

  for (guint i = 0; i < METRICS_BINS; i++)
    most = MAX (most, metrics->bins[i].n);
  chart_scale (&counts, 0, (double) most, 6, 1);
  chart_text (cr, x, y - 38, &heading, "Faces by confidence");
  key_x = draw_key (cr, x, y - 18, CHART_BLUE, "right");
  draw_key (cr, key_x, y - 18, CHART_ORANGE, "wrong");
  chart_axes (cr, x, y, w, h, &percent, "confidence, %", &counts, NULL);
  for (guint i = 0; i < METRICS_BINS; i++) {
    const ConfidenceBin *bin = &metrics->bins[i];
    const double left = x + i * width + 1;
    const double all = chart_place (&counts, (double) bin->n, 0, h);
    const double right = chart_place (&counts, (double) bin->n_correct, 0, h);

    chart_box (cr, left, y + h - right, width - 2, right, 0, CHART_BLUE);
    chart_box (cr, left, y + h - all, width - 2, all - right, 0, CHART_ORANGE);
  }
}

static double
height (const ReportData *data)
{
  return data->have_predictions ? HEAD + PLOT_HEIGHT + FOOT : 0;
}

static void
draw (cairo_t *cr, const ReportData *data)
{
  draw_diagram (cr, &data->metrics, LEFT, HEAD);
  draw_histogram (cr, &data->metrics, LEFT + SIDE + GAP, HEAD);
}

const Figure figure_reliability = {
  .title = "Reliability",
  .caption = "Where bars reach the dashed line, confidence means what it says. "
             "The expected calibration error (ECE) is the mean gap over the "
             "faces.",
  .height = height,
  .draw = draw,
};

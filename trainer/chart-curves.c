/* Loss, accuracy and learning rate over the epochs of a training.
 * SPDX-License-Identifier: MIT
 */
#include <math.h>

#include "chart.h"
#include "figures.h"

#define LEFT 58.0
#define GAP 84.0
#define PLOT_WIDTH ((CHART_WIDTH - LEFT - GAP - 12) / 2)
#define PLOT_HEIGHT 240.0
#define HEAD 58.0 /* title and legend of a plot */
#define RATE_HEIGHT 90.0
#define FOOT 46.0
/* beyond, dots would cover the line */
#define MAX_DOTS 40

/* Which number of an epoch. */
typedef double (*Value) (const EpochRow *row);

typedef struct
{
  const char *name;
  Value value;
  guint32 color;
  gboolean dashed; /* to be told apart without colours, too */
} Series;

static double
train_loss (const EpochRow *row)
{
  return row->train_loss;
}

static double
validation_loss (const EpochRow *row)
{
  return row->validation_loss;
}

static double
train_accuracy (const EpochRow *row)
{
  return 100 * row->train_accuracy;
}

static double
validation_accuracy (const EpochRow *row)
{
  return 100 * row->validation_accuracy;
}

static double
learning_rate (const EpochRow *row)
{
  return row->learning_rate > 0 ? log10 (row->learning_rate) : NAN;
}

static const EpochRow *
row_at (const GArray *history, guint i)
{
  return &g_array_index (history, EpochRow, i);
}

/* FALSE where no value is defined. */
static gboolean
find_range (const GArray *history, const Series *series, guint n_series,
    double *low, double *high)
{
  *low = INFINITY;
  *high = -INFINITY;
  for (guint i = 0; i < history->len; i++)
    for (guint j = 0; j < n_series; j++) {
      const double value = series[j].value (row_at (history, i));

      if (isfinite (value)) {
        *low = MIN (*low, value);
        *high = MAX (*high, value);
      }
    }
  return *low <= *high;
}

/* Epochs: whole numbers, a plot of one has room on either side. */
static void
scale_epochs (const GArray *history, ChartScale *scale)
{
  const double first = row_at (history, 0)->epoch;
  const double last = row_at (history, history->len - 1)->epoch;

  chart_scale (scale, first, last, 8, 1);
  /* lines reach from edge to edge */
  if (last > first) {
    scale->low = first;
    scale->high = last;
    if (scale->step > 1) { /* so that marks are round numbers */
      scale->low = floor (first / scale->step) * scale->step;
      scale->high = MAX (last, scale->low + scale->step);
    }
  } else {
    scale->low = first - 1;
    scale->high = first + 1;
  }
}

static void
draw_series (cairo_t *cr, const GArray *history, const Series *series,
    const ChartScale *xs, const ChartScale *ys, double x, double y, double w,
    double h)
{
  static const double dashes[] = { 5, 3 };
  gboolean pen_down = FALSE;

  for (guint i = 0; i < history->len; i++) {
    const EpochRow *row = row_at (history, i);
    const double value = series->value (row);
    const double px = chart_place (xs, row->epoch, x, x + w);

    if (!isfinite (value)) {
      pen_down = FALSE; /* a gap, no bridge over what is not known */
      continue;
    }
    if (pen_down)
      cairo_line_to (cr, px, chart_place (ys, value, y + h, y));
    else
      cairo_move_to (cr, px, chart_place (ys, value, y + h, y));
    pen_down = TRUE;
  }
  chart_set_color (cr, series->color, 1);
  cairo_set_line_width (cr, 2);
  cairo_set_line_join (cr, CAIRO_LINE_JOIN_ROUND);
  cairo_set_dash (cr, dashes, series->dashed ? 2 : 0, 0);
  cairo_stroke (cr);
  cairo_set_dash (cr, NULL, 0, 0);

  for (guint i = 0; i < history->len && history->len <= MAX_DOTS; i++) {
    const EpochRow *row = row_at (history, i);
    const double value = series->value (row);

    if (!isfinite (value))
      continue;
    cairo_arc (cr, chart_place (xs, row->epoch, x, x + w),
        chart_place (ys, value, y + h, y), 2.5, 0, 2 * G_PI);
    cairo_fill (cr);
  }
}

static void
draw_legend (
    cairo_t *cr, const Series *series, guint n_series, double x, double y)
{
  const ChartText text = { 11, FALSE, CHART_MUTED, CHART_LEFT, 0 };
  static const double dashes[] = { 5, 3 };

  for (guint i = 0; i < n_series; i++) {
    cairo_move_to (cr, x, y);
    cairo_line_to (cr, x + 22, y);
    chart_set_color (cr, series[i].color, 1);
    cairo_set_line_width (cr, 2);
    cairo_set_dash (cr, dashes, series[i].dashed ? 2 : 0, 0);
    cairo_stroke (cr);
    cairo_set_dash (cr, NULL, 0, 0);
    x += 28;
    x += chart_text (cr, x, y, &text, series[i].name) + 18;
  }
}

/* A ring around the epoch with the best value, and its number above. */
static void
mark_best (cairo_t *cr, const GArray *history, const Series *series,
    gboolean highest, const ChartScale *xs, const ChartScale *ys, double x,
    double y, double w, double h)
{
  ChartText text = { 11, TRUE, series->color, CHART_RIGHT, 0 };
  const EpochRow *best = NULL;

  for (guint i = 0; i < history->len; i++) {
    const EpochRow *row = row_at (history, i);
    const double value = series->value (row);

    if (isfinite (value) && (!best || (highest ? value > series->value (best)
                                               : value < series->value (best))))
      best = row;
  }
  if (best) {
    const double value = series->value (best);
    const double px = chart_place (xs, best->epoch, x, x + w);
    const double py = chart_place (ys, value, y + h, y);
    g_autofree char *label =
        highest ? g_strdup_printf ("best %.2f %%, epoch %u", value, best->epoch)
                : g_strdup_printf ("best %.3f, epoch %u", value, best->epoch);

    cairo_arc (cr, px, py, 5.5, 0, 2 * G_PI);
    chart_set_color (cr, series->color, 1);
    cairo_set_line_width (cr, 1.5);
    cairo_stroke (cr);
    /* above the plot, where no line can lie */
    chart_text (cr, x + w, y - 38, &text, label);
  }
}

static void
draw_plot (cairo_t *cr, const GArray *history, const char *title,
    const char *unit, const Series *series, gboolean highest, double x,
    double y)
{
  const ChartText heading = { 13, TRUE, CHART_INK, CHART_LEFT, 0 };
  const ChartText none = { 12, FALSE, CHART_MUTED, CHART_CENTER, 0 };
  const double w = PLOT_WIDTH, h = PLOT_HEIGHT;
  ChartScale xs, ys;
  double low, high;

  chart_text (cr, x, y - 38, &heading, title);
  if (!find_range (history, series, 2, &low, &high)) {
    chart_text (cr, x + w / 2, y + h / 2, &none, "not measured");
    return;
  }
  draw_legend (cr, series, 2, x, y - 18);
  scale_epochs (history, &xs);
  chart_scale (&ys, low, high, 6, 0);
  chart_axes (cr, x, y, w, h, &xs, "epoch", &ys, unit);
  for (guint i = 0; i < 2; i++)
    draw_series (cr, history, &series[i], &xs, &ys, x, y, w, h);
  mark_best (cr, history, &series[1], highest, &xs, &ys, x, y, w, h);
}

static void
draw_rate (cairo_t *cr, const GArray *history, double x, double y, double w)
{
  const ChartText heading = { 13, TRUE, CHART_INK, CHART_LEFT, 0 };
  const ChartText left = { 10.5, FALSE, CHART_MUTED, CHART_RIGHT, 0 };
  const Series rate = { "learning rate", learning_rate, CHART_GREEN, FALSE };
  const double h = RATE_HEIGHT;
  ChartScale xs, ys;
  double low, high;

  if (!find_range (history, &rate, 1, &low, &high))
    return;
  chart_text (cr, x, y - 20, &heading, "Learning rate");
  scale_epochs (history, &xs);
  /* powers of ten; a marked line for each as long as there are few */
  chart_scale (&ys, low, high, 3, 1);
  for (double power = ys.low; power < ys.high + .5; power += ys.step) {
    const double place = chart_place (&ys, power, y + h, y);
    g_autofree char *text = g_strdup_printf ("%g", pow (10, power));

    chart_rule (
        cr, x, place, x + w, place, power > ys.low ? CHART_FAINT : CHART_MUTED);
    chart_text (cr, x - 8, place, &left, text);
  }
  draw_series (cr, history, &rate, &xs, &ys, x, y, w, h);
}

static gboolean
has_rates (const GArray *history)
{
  for (guint i = 0; i < history->len; i++)
    if (isfinite (learning_rate (row_at (history, i))))
      return TRUE;
  return FALSE;
}

static double
height (const ReportData *data)
{
  const GArray *history = data->report->history;

  if (!history || history->len == 0)
    return 0;
  return HEAD + PLOT_HEIGHT + FOOT +
         (has_rates (history) ? 36 + RATE_HEIGHT + 10 : 0);
}

static void
draw (cairo_t *cr, const ReportData *data)
{
  static const Series loss[2] = {
    { "training", train_loss, CHART_ORANGE, TRUE },
    { "validation", validation_loss, CHART_BLUE, FALSE },
  };
  static const Series accuracy[2] = {
    { "training", train_accuracy, CHART_ORANGE, TRUE },
    { "validation", validation_accuracy, CHART_BLUE, FALSE },
  };
  const GArray *history = data->report->history;

  draw_plot (cr, history, "Loss", NULL, loss, FALSE, LEFT, HEAD);
  draw_plot (cr, history, "Accuracy", " %", accuracy, TRUE,
      LEFT + PLOT_WIDTH + GAP, HEAD);
  draw_rate (
      cr, history, LEFT, HEAD + PLOT_HEIGHT + FOOT + 36, 2 * PLOT_WIDTH + GAP);
}

const Figure figure_curves = {
  .title = "Training",
  .caption = "What is told from training pictures is flattered by the network "
             "having seen them; validation counts.",
  .height = height,
  .draw = draw,
};

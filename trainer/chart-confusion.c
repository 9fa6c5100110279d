/* Which class is taken for which.
 * SPDX-License-Identifier: MIT
 */
#include <math.h>

#include "app.h"
#include "chart.h"
#include "figures.h"

#define MAX_CELL 74.0
#define MAX_LABEL 150.0
#define MIN_LIST 180.0  /* of the most frequent confusions */
#define LEGEND 76.0     /* the colours' meaning, at right */
#define COUNT_CELL 46.0 /* smallest cell that has room for a count, too */

/* Where the matrix lies, and how its columns are named. */
typedef struct
{
  double x, y, cell;
  gboolean slanted; /* names of columns that are wider than a column */
  double label_width;
} Layout;

static double
label_size (double cell)
{
  return CLAMP (cell * .45, 8.5, 12);
}

/* Names from files, fit to be shown. */
static char *
label_of (const ReportData *data, guint class_id)
{
  return console_name (data->report->labels[class_id]);
}

static double
widest_label (const ReportData *data, const ChartText *style)
{
  /* height is asked for before there is a surface to draw on */
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_A8, 1, 1);
  cairo_t *cr = cairo_create (surface);
  double widest = 0;

  for (guint i = 0; i < data->metrics.n_classes; i++) {
    g_autofree char *label = label_of (data, i);

    widest = MAX (widest, chart_text_width (cr, style, label));
  }
  cairo_destroy (cr);
  cairo_surface_destroy (surface);
  return widest;
}

static Layout
lay_out (const ReportData *data)
{
  const guint n = data->metrics.n_classes;
  ChartText style = { 12, FALSE, CHART_INK, CHART_LEFT, MAX_LABEL };
  double label, room;
  Layout layout;

  label = widest_label (data, &style);
  room = CHART_WIDTH - 34 - label - 10 - LEGEND;
  layout.cell = floor (MIN (MAX_CELL, room / n));
  style.size = label_size (layout.cell);
  layout.label_width = widest_label (data, &style);
  layout.slanted = layout.label_width > layout.cell - 6;
  layout.x = 34 + layout.label_width + 10;
  layout.y = 26 + (layout.slanted ? layout.label_width * M_SQRT1_2 + 14 : 24);
  return layout;
}

/* White to blue over light blues: darker is more, in grey and for every colour
 * vision. */
static guint32
shade (double share)
{
  static const guint8 stops[4][3] = { { 247, 250, 253 }, { 158, 202, 225 },
    { 33, 113, 181 }, { 8, 48, 107 } };
  const double place = CLAMP (share, 0, 1) * 3;
  const guint i = MIN ((guint) place, 2);
  guint32 rgb = 0;

  for (guint c = 0; c < 3; c++)
    rgb = rgb << 8 | (guint32) (stops[i][c] +
                                (place - i) * (stops[i + 1][c] - stops[i][c]));
  return rgb;
}

static void
draw_cell (cairo_t *cr, const Layout *layout, guint row, guint column,
    guint64 n, guint64 total)
{
  const double cell = layout->cell;
  const double x = layout->x + column * cell, y = layout->y + row * cell;
  const double share = total ? (double) n / (double) total : 0;
  /* where white and ink stand out equally */
  const guint32 ink = share > .55 ? CHART_WHITE : CHART_INK;
  const ChartText number = { CLAMP (cell * .3, 7.5, 15), row == column, ink,
    CHART_CENTER, cell };
  const ChartText count = { 9.5, FALSE,
    share > .55   ? 0xd6e4f0
    : share > .15 ? CHART_INK
                  : CHART_MUTED,
    CHART_CENTER, cell - 4 };
  g_autofree char *percent = NULL;

  chart_box (cr, x + .5, y + .5, cell - 1, cell - 1, cell > 30 ? 3 : 1,
      total ? shade (share) : CHART_PANEL);
  if (!n)
    return;
  if (cell < COUNT_CELL) {
    percent = g_strdup_printf ("%.0f", 100 * share);
    chart_text (cr, x + cell / 2, y + cell / 2, &number, percent);
  } else {
    g_autofree char *text = console_number (n);

    percent = g_strdup_printf (cell < 60 ? "%.0f" : "%.1f", 100 * share);
    chart_text (cr, x + cell / 2, y + cell / 2 - 6, &number, percent);
    chart_text (cr, x + cell / 2, y + cell / 2 + 12, &count, text);
  }
}

static void
draw_labels (cairo_t *cr, const ReportData *data, const Layout *layout)
{
  const double cell = layout->cell;
  ChartText style = { label_size (cell), FALSE, CHART_INK, CHART_RIGHT,
    MAX_LABEL };
  const ChartText axis = { 11.5, TRUE, CHART_MUTED, CHART_CENTER, 0 };
  const double side = cell * data->metrics.n_classes;

  for (guint i = 0; i < data->metrics.n_classes; i++) {
    g_autofree char *label = label_of (data, i);

    style.align = CHART_RIGHT;
    chart_text (cr, layout->x - 8, layout->y + (i + .5) * cell, &style, label);
    cairo_save (cr);
    cairo_translate (cr, layout->x + (i + .5) * cell, layout->y - 10);
    if (layout->slanted) {
      cairo_rotate (cr, -G_PI_4);
      style.align = CHART_LEFT;
    } else {
      style.align = CHART_CENTER;
    }
    chart_text (cr, 0, 0, &style, label);
    cairo_restore (cr);
  }

  chart_text (cr, layout->x + side / 2, 10, &axis, "what the model says");
  cairo_save (cr);
  cairo_translate (cr, 12, layout->y + side / 2);
  cairo_rotate (cr, -G_PI_2);
  chart_text (cr, 0, 0, &axis, "what the face shows");
  cairo_restore (cr);
}

static void
draw_legend (cairo_t *cr, double x, double y, double h)
{
  const ChartText text = { 10.5, FALSE, CHART_MUTED, CHART_LEFT, 0 };
  cairo_pattern_t *colors = cairo_pattern_create_linear (0, y + h, 0, y);

  for (guint i = 0; i <= 3; i++) {
    const guint32 rgb = shade (i / 3.0);

    cairo_pattern_add_color_stop_rgb (colors, i / 3.0, (rgb >> 16) / 255.0,
        (rgb >> 8 & 0xff) / 255.0, (rgb & 0xff) / 255.0);
  }
  cairo_rectangle (cr, x, y, 14, h);
  cairo_set_source (cr, colors);
  cairo_fill (cr);
  cairo_pattern_destroy (colors);
  chart_text (cr, x + 20, y + h, &text, "0 %");
  chart_text (cr, x + 20, y + h / 2, &text, "50 %");
  chart_text (cr, x + 20, y, &text, "100 %");
}

/* ---- beside the matrix --------------------------------------------------- */

typedef struct
{
  guint shown, said;
  guint64 n;
  double share; /* of the shown class's faces */
} Confusion;

static int
compare_counts (gconstpointer a, gconstpointer b)
{
  const Confusion *p = a, *q = b;

  return p->n != q->n ? (p->n > q->n ? -1 : 1)
                      : (int) p->shown - (int) q->shown;
}

/* Off the diagonal, most faces first. */
static GArray *
find_confusions (const Metrics *metrics)
{
  GArray *list = g_array_new (FALSE, FALSE, sizeof (Confusion));

  for (guint i = 0; i < metrics->n_classes; i++) {
    ClassMetrics row;

    metrics_of_class (metrics, i, &row);
    for (guint j = 0; j < metrics->n_classes; j++) {
      const guint64 n = metrics->confusion[i][j];
      const Confusion confusion = { i, j, n, (double) n / (double) row.n_true };

      if (i != j && n)
        g_array_append_val (list, confusion);
    }
  }
  g_array_sort (list, compare_counts);
  return list;
}

static void
draw_confusions (
    cairo_t *cr, const ReportData *data, double x, double y, double h)
{
  const double width = CHART_WIDTH - x;
  const ChartText heading = { 13, TRUE, CHART_INK, CHART_LEFT, width };
  const ChartText pair = { 12, FALSE, CHART_INK, CHART_LEFT, width };
  const ChartText number = { 11, FALSE, CHART_MUTED, CHART_LEFT, width };
  g_autoptr (GArray) list = find_confusions (&data->metrics);

  if (list->len)
    chart_text (cr, x, y + 6, &heading, "Most frequent confusions");
  y += 36;
  h -= 36;
  for (guint i = 0; i < list->len && h >= 36; i++, y += 46, h -= 46) {
    const Confusion *c = &g_array_index (list, Confusion, i);
    g_autofree char *shown = label_of (data, c->shown);
    g_autofree char *said = label_of (data, c->said);
    g_autofree char *names = g_strdup_printf ("%s → %s", shown, said);
    g_autofree char *count = console_number (c->n);
    g_autofree char *text = g_strdup_printf ("%s %s, %.1f %% of %s", count,
        c->n == 1 ? "face" : "faces", 100 * c->share, shown);

    chart_text (cr, x, y, &pair, names);
    chart_text (cr, x, y + 17, &number, text);
  }
}

static double
height (const ReportData *data)
{
  Layout layout;

  if (!data->have_predictions)
    return 0;
  layout = lay_out (data);
  return layout.y + layout.cell * data->metrics.n_classes + 8;
}

static void
draw (cairo_t *cr, const ReportData *data)
{
  const guint n = data->metrics.n_classes;
  const Layout layout = lay_out (data);
  const double side = layout.cell * n;

  for (guint i = 0; i < n; i++) {
    ClassMetrics row;

    metrics_of_class (&data->metrics, i, &row);
    for (guint j = 0; j < n; j++)
      draw_cell (cr, &layout, i, j, data->metrics.confusion[i][j], row.n_true);
  }
  draw_labels (cr, data, &layout);
  draw_legend (cr, layout.x + side + 28, layout.y + 4, MIN (side - 8, 220));
  if (layout.x + side + 28 + LEGEND + MIN_LIST <= CHART_WIDTH)
    draw_confusions (cr, data, layout.x + side + 28 + LEGEND, layout.y, side);
}

const Figure figure_confusion = {
  .title = "Confusion matrix",
  .caption = "In percent of the row's faces; each row adds up to 100. On the "
             "diagonal the model is right.",
  .height = height,
  .draw = draw,
};

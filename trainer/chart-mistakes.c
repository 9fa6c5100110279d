/* The faces whose true class the model expected least.
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "app.h"
#include "chart.h"
#include "figures.h"

#define COLUMNS 8
#define ROWS 4
#define STEP (CHART_WIDTH / COLUMNS)
#define FACE 102.0
#define LINE 15.0
#define CELL_HEIGHT (FACE + 4 * LINE + 8)

static void
draw_face (cairo_t *cr, const guint8 *pixels, double x, double y)
{
  cairo_surface_t *surface = cairo_image_surface_create (
      CAIRO_FORMAT_RGB24, REN_FACE_SIZE, REN_FACE_SIZE);
  guint8 *data = cairo_image_surface_get_data (surface);

  if (!data) { /* no memory; the rest of the report is still of use */
    cairo_surface_destroy (surface);
    return;
  }
  for (guint row = 0; row < REN_FACE_SIZE; row++)
    for (guint i = 0; i < REN_FACE_SIZE; i++) {
      const guint32 pixel = pixels[row * REN_FACE_SIZE + i] * 0x010101u;

      memcpy (data + row * cairo_image_surface_get_stride (surface) + 4 * i,
          &pixel, sizeof pixel);
    }
  cairo_surface_mark_dirty (surface);

  cairo_save (cr);
  cairo_translate (cr, x, y);
  cairo_rectangle (cr, 0, 0, FACE, FACE);
  cairo_clip (cr);
  cairo_scale (cr, FACE / REN_FACE_SIZE, FACE / REN_FACE_SIZE);
  cairo_set_source_surface (cr, surface, 0, 0);
  /* without a border that fades; SVG has no such thing, and from 1.18 on Cairo
   * would enlarge the picture instead */
  if (cairo_surface_get_type (cairo_get_target (cr)) != CAIRO_SURFACE_TYPE_SVG)
    cairo_pattern_set_extend (cairo_get_source (cr), CAIRO_EXTEND_PAD);
  cairo_paint (cr);
  cairo_restore (cr);
  cairo_surface_destroy (surface);
}

static void
draw_mistake (cairo_t *cr, const ReportData *data, const Prediction *p,
    guint predicted, double x, double y)
{
  const double middle = x + FACE / 2;
  const ChartText truth = { 11.5, TRUE, CHART_INK, CHART_CENTER, STEP - 6 };
  const ChartText said = { 11.5, TRUE, CHART_RED, CHART_CENTER, STEP - 6 };
  const ChartText small = { 9, FALSE, CHART_MUTED, CHART_CENTER, STEP - 6 };
  g_autofree char *true_label =
      console_name (data->report->labels[p->true_class]);
  g_autofree char *label = console_name (data->report->labels[predicted]);
  g_autofree char *arrow = g_strdup_printf ("→ %s", label);
  g_autofree char *scores = g_strdup_printf ("%.1f %%, true %.1f %%",
      100 * (double) p->scores[predicted],
      100 * (double) p->scores[p->true_class]);
  g_autofree char *base = g_path_get_basename (p->name);
  g_autofree char *name = console_name (base);

  draw_face (cr, p->pixels, x, y);
  y += FACE + LINE * .75;
  chart_text (cr, middle, y, &truth, true_label);
  chart_text (cr, middle, y + LINE, &said, arrow);
  chart_text (cr, middle, y + 2 * LINE, &small, scores);
  chart_text (cr, middle, y + 3 * LINE - 2, &small, name);
}

static double
height (const ReportData *data)
{
  const guint n = MIN (data->mistakes->len, COLUMNS * ROWS);

  if (!data->have_predictions)
    return 0;
  return n ? (n + COLUMNS - 1) / COLUMNS * CELL_HEIGHT : 30;
}

static void
draw (cairo_t *cr, const ReportData *data)
{
  const ChartText none = { 13, FALSE, CHART_MUTED, CHART_LEFT, 0 };

  if (data->mistakes->len == 0)
    chart_text (cr, 0, 12, &none, "None: every face is recognised.");
  for (guint i = 0; i < MIN (data->mistakes->len, COLUMNS * ROWS); i++) {
    const Prediction *p = data->mistakes->pdata[i];
    guint predicted = 0;

    for (guint j = 1; j < data->metrics.n_classes; j++)
      if (p->scores[j] > p->scores[predicted])
        predicted = j;
    draw_mistake (cr, data, p, predicted,
        i % COLUMNS * STEP + (STEP - FACE) / 2, i / COLUMNS * CELL_HEIGHT);
  }
}

const Figure figure_mistakes = {
  .title = "Worst mistakes",
  .caption = "The true class, what the model says instead, and its confidence "
             "in either. Labels of data sets are wrong at times, too.",
  .height = height,
  .draw = draw,
};

/* The report as one tall picture.
 * SPDX-License-Identifier: MIT
 */
#include <math.h>

#include "app.h"
#include "chart.h"
#include "figures.h"

#define MARGIN 40.0
#define PAGE_WIDTH (CHART_WIDTH + 2 * MARGIN)
#define SCALE 1.5    /* pixels a point */
#define HEADING 70.0 /* title and caption of a figure, with the space above */
#define TILE_HEIGHT 84.0
#define MAX_TILE 260.0
#define TILE_GAP 12.0
#define FACT 24.0

static guint
count_facts (const ReportData *data)
{
  guint n = 0;

  while (data->report->facts && data->report->facts[2 * n])
    n++;
  return n;
}

static double
draw_tiles (cairo_t *cr, const ReportData *data, double y)
{
  const ChartText name = { 11, FALSE, CHART_MUTED, CHART_LEFT, 0 };
  const ChartText value = { 22, TRUE, CHART_INK, CHART_LEFT, 0 };
  KeyFigure key[MAX_KEY_FIGURES];
  const guint n = key_figures (data, key);
  const double width =
      MIN ((CHART_WIDTH - (n - 1) * TILE_GAP) / MAX (n, 1), MAX_TILE);
  const ChartText remark = { 9.5, FALSE, CHART_MUTED, CHART_LEFT, width - 20 };

  for (guint i = 0; i < n; i++) {
    const double x = i * (width + TILE_GAP);

    chart_box (cr, x, y, width, TILE_HEIGHT, 6, CHART_PANEL);
    chart_text (cr, x + 12, y + 17, &name, key[i].name);
    chart_text (cr, x + 12, y + 42, &value, key[i].value);
    if (key[i].remark)
      chart_text (cr, x + 12, y + 67, &remark, key[i].remark);
  }
  key_figures_clear (key, n);
  return n ? y + TILE_HEIGHT + 20 : y;
}

/* Draws the head of the page where there is a context, and tells how far down
 * it reaches. */
static double
draw_head (cairo_t *cr, const ReportData *data)
{
  const ChartText title = { 24, TRUE, CHART_INK, CHART_LEFT, CHART_WIDTH };
  const ChartText name = { 12, FALSE, CHART_MUTED, CHART_LEFT, 180 };
  const ChartText value = { 12, FALSE, CHART_INK, CHART_LEFT,
    CHART_WIDTH - 200 };
  const guint n_facts = count_facts (data);
  g_autofree char *shown = console_name (data->report->title);
  double y = 60;

  chart_text (cr, 0, 20, &title, shown);
  y = draw_tiles (cr, data, y);
  for (guint i = 0; i < n_facts; i++, y += FACT) {
    g_autofree char *fact = console_name (data->report->facts[2 * i]);
    g_autofree char *text = console_name (data->report->facts[2 * i + 1]);

    chart_text (cr, 0, y + FACT / 2, &name, fact);
    chart_text (cr, 200, y + FACT / 2, &value, text);
    chart_rule (cr, 0, y + FACT, CHART_WIDTH, y + FACT, CHART_FAINT);
  }
  return y;
}

static double
draw_page (cairo_t *cr, const ReportData *data, const Figure *const *figures)
{
  const ChartText title = { 17, TRUE, CHART_INK, CHART_LEFT, 0 };
  const ChartText caption = { 11, FALSE, CHART_MUTED, CHART_LEFT, CHART_WIDTH };
  double y = draw_head (cr, data);

  for (; *figures; figures++) {
    const double height = (*figures)->height (data);

    if (height <= 0)
      continue;
    chart_text (cr, 0, y + 34, &title, (*figures)->title);
    chart_text (cr, 0, y + 56, &caption, (*figures)->caption);
    cairo_save (cr);
    cairo_translate (cr, 0, y + HEADING + 8);
    (*figures)->draw (cr, data);
    cairo_restore (cr);
    y += HEADING + 8 + height;
  }
  return y;
}

static cairo_t *
start_page (cairo_surface_t *surface)
{
  cairo_t *cr = cairo_create (surface);

  cairo_scale (cr, SCALE, SCALE);
  chart_set_color (cr, CHART_WHITE, 1);
  cairo_paint (cr);
  cairo_translate (cr, MARGIN, MARGIN);
  return cr;
}

static cairo_status_t
append (void *closure, const unsigned char *data, unsigned int n_bytes)
{
  g_byte_array_append (closure, data, n_bytes);
  return CAIRO_STATUS_SUCCESS;
}

GByteArray *
visual_report_png (
    const ReportData *data, const Figure *const *figures, GError **error)
{
  g_autoptr (GByteArray) png = g_byte_array_new ();
  cairo_surface_t *surface =
      cairo_recording_surface_create (CAIRO_CONTENT_COLOR, NULL);
  cairo_t *cr = cairo_create (surface);
  cairo_status_t status;
  double height;

  /* once for the height, once for the picture */
  height = draw_page (cr, data, figures) + 2 * MARGIN;
  cairo_destroy (cr);
  cairo_surface_destroy (surface);

  surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24,
      (int) (PAGE_WIDTH * SCALE), (int) ceil (MIN (height, 1e6) * SCALE));
  cr = start_page (surface);
  draw_page (cr, data, figures);
  status = cairo_status (cr);
  cairo_destroy (cr);
  if (status == CAIRO_STATUS_SUCCESS)
    status = cairo_surface_write_to_png_stream (surface, append, png);
  cairo_surface_destroy (surface);
  if (status == CAIRO_STATUS_SUCCESS)
    return g_steal_pointer (&png);
  g_set_error (error, APP_ERROR, APP_ERROR_FAILED, "cannot draw the report: %s",
      cairo_status_to_string (status));
  return NULL;
}

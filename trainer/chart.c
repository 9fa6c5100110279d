/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <pango/pangocairo.h>

#include "chart.h"

/* The first that is installed; a machine without any still has sans-serif. */
#define FONTS "Noto Sans,Open Sans,DejaVu Sans,sans-serif"

#define MARK_SIZE 10.5

void
chart_set_color (cairo_t *cr, guint32 rgb, double alpha)
{
  cairo_set_source_rgba (cr, (rgb >> 16 & 0xff) / 255.0,
      (rgb >> 8 & 0xff) / 255.0, (rgb & 0xff) / 255.0, alpha);
}

/* ---- text ---------------------------------------------------------------- */

static PangoLayout *
make_layout (cairo_t *cr, const ChartText *style, const char *text)
{
  PangoLayout *layout = pango_cairo_create_layout (cr);
  PangoFontDescription *font = pango_font_description_from_string (FONTS);
  cairo_font_options_t *options = cairo_font_options_create ();

  /* text has the same width on every surface and at every scale */
  cairo_font_options_set_hint_metrics (options, CAIRO_HINT_METRICS_OFF);
  cairo_font_options_set_hint_style (options, CAIRO_HINT_STYLE_NONE);
  cairo_font_options_set_antialias (options, CAIRO_ANTIALIAS_GRAY);
  pango_cairo_context_set_font_options (
      pango_layout_get_context (layout), options);
  cairo_font_options_destroy (options);

  pango_font_description_set_absolute_size (font, style->size * PANGO_SCALE);
  if (style->bold)
    pango_font_description_set_weight (font, PANGO_WEIGHT_BOLD);
  pango_layout_set_font_description (layout, font);
  pango_font_description_free (font);

  pango_layout_set_single_paragraph_mode (layout, TRUE);
  pango_layout_set_text (layout, text, -1);
  if (style->max_width > 0) {
    int width;

    pango_layout_get_size (layout, &width, NULL);
    if (width > style->max_width * PANGO_SCALE) {
      pango_layout_set_width (layout, (int) (style->max_width * PANGO_SCALE));
      pango_layout_set_ellipsize (layout, PANGO_ELLIPSIZE_MIDDLE);
    }
  }
  return layout;
}

double
chart_text (
    cairo_t *cr, double x, double y, const ChartText *style, const char *text)
{
  PangoLayout *layout = make_layout (cr, style, text);
  PangoRectangle box;
  double width;

  pango_layout_get_extents (layout, NULL, &box);
  width = (double) box.width / PANGO_SCALE;
  if (style->align == CHART_CENTER)
    x -= width / 2;
  else if (style->align == CHART_RIGHT)
    x -= width;
  chart_set_color (cr, style->color, 1);
  cairo_move_to (cr, x - (double) box.x / PANGO_SCALE,
      y - (double) box.height / PANGO_SCALE / 2);
  pango_cairo_show_layout (cr, layout);
  /* a current point left behind would be joined to the next path */
  cairo_new_path (cr);
  g_object_unref (layout);
  return width;
}

double
chart_text_width (cairo_t *cr, const ChartText *style, const char *text)
{
  PangoLayout *layout = make_layout (cr, style, text);
  int width;

  pango_layout_get_size (layout, &width, NULL);
  g_object_unref (layout);
  return (double) width / PANGO_SCALE;
}

/* ---- shapes -------------------------------------------------------------- */

void
chart_box (cairo_t *cr, double x, double y, double w, double h, double radius,
    guint32 rgb)
{
  radius = MIN (radius, MIN (w, h) / 2);
  if (radius > 0) {
    cairo_new_sub_path (cr);
    cairo_arc (cr, x + w - radius, y + radius, radius, -G_PI_2, 0);
    cairo_arc (cr, x + w - radius, y + h - radius, radius, 0, G_PI_2);
    cairo_arc (cr, x + radius, y + h - radius, radius, G_PI_2, G_PI);
    cairo_arc (cr, x + radius, y + radius, radius, G_PI, 3 * G_PI_2);
    cairo_close_path (cr);
  } else {
    cairo_rectangle (cr, x, y, w, h);
  }
  chart_set_color (cr, rgb, 1);
  cairo_fill (cr);
}

void
chart_rule (
    cairo_t *cr, double x1, double y1, double x2, double y2, guint32 rgb)
{
  /* the middle of a pixel, so that the line does not cover two by half */
  cairo_move_to (cr, floor (x1) + .5, floor (y1) + .5);
  cairo_line_to (cr, floor (x2) + .5, floor (y2) + .5);
  chart_set_color (cr, rgb, 1);
  cairo_set_line_width (cr, 1);
  cairo_stroke (cr);
}

/* ---- axes ---------------------------------------------------------------- */

/* 1, 2 or 5 times a power of ten, at least @rough. */
static double
round_step (double rough)
{
  const double power = pow (10, floor (log10 (rough)));
  const double digit = rough / power;

  return power * (digit <= 1 ? 1 : digit <= 2 ? 2 : digit <= 5 ? 5 : 10);
}

void
chart_scale (
    ChartScale *scale, double low, double high, guint n_marks, double least)
{
  /* a range without width has a mark on either side; one whose ends are too
   * near for a double to count between them is no better */
  const double width = MAX (high - low, 1e-6 * MAX (fabs (high), 1e-6));
  double step = round_step (width / n_marks);

  step = MAX (step, least);
  scale->step = step;
  scale->low = floor (low / step + 1e-9) * step;
  scale->high = ceil (high / step - 1e-9) * step;
  if (scale->high <= scale->low)
    scale->high = scale->low + step;
  scale->decimals = (guint) CLAMP (-floor (log10 (step) + 1e-9), 0, 9);
}

double
chart_place (const ChartScale *scale, double value, double from, double to)
{
  return from + (to - from) * (value - scale->low) / (scale->high - scale->low);
}

static guint
count_marks (const ChartScale *scale)
{
  return (guint) floor ((scale->high - scale->low) / scale->step + 1e-6) + 1;
}

/* Of a diverged loss, all digits would not fit. */
static char *
mark_number (const ChartScale *scale, double value, const char *unit)
{
  const gboolean plain =
      MAX (fabs (scale->low), fabs (scale->high)) < 1e6 && scale->decimals <= 5;

  return plain ? g_strdup_printf (
                     "%.*f%s", (int) scale->decimals, value, unit ? unit : "")
               : g_strdup_printf ("%.3g%s", value, unit ? unit : "");
}

void
chart_axes (cairo_t *cr, double x, double y, double w, double h,
    const ChartScale *x_scale, const char *x_name, const ChartScale *y_scale,
    const char *y_unit)
{
  const ChartText left = { MARK_SIZE, FALSE, CHART_MUTED, CHART_RIGHT, 0 };
  const ChartText below = { MARK_SIZE, FALSE, CHART_MUTED, CHART_CENTER, 0 };

  for (guint i = 0; i < count_marks (y_scale); i++) {
    const double value = y_scale->low + i * y_scale->step;
    const double place = chart_place (y_scale, value, y + h, y);
    g_autofree char *text = mark_number (y_scale, value, y_unit);

    chart_rule (cr, x, place, x + w, place, i ? CHART_FAINT : CHART_MUTED);
    chart_text (cr, x - 8, place, &left, text);
  }
  for (guint i = 0; i < count_marks (x_scale); i++) {
    const double value = x_scale->low + i * x_scale->step;
    const double place = chart_place (x_scale, value, x, x + w);
    g_autofree char *text = mark_number (x_scale, value, NULL);

    chart_rule (cr, place, y + h, place, y + h + 4, CHART_MUTED);
    chart_text (cr, place, y + h + 14, &below, text);
  }
  if (x_name)
    chart_text (cr, x + w / 2, y + h + 32, &below, x_name);
}

/* What all drawings have in common: colours, text, axes.
 * SPDX-License-Identifier: MIT
 *
 * Lengths are in points of a page that is CHART_WIDTH wide; the surface behind
 * the context sets how many pixels that is.
 */
#pragma once

#include <cairo.h>
#include <glib.h>

#define CHART_WIDTH 920.0

/* 0xRRGGBB. The colours of series are Okabe and Ito's, which people of every
 * colour vision tell apart. */
#define CHART_INK 0x1c2733
#define CHART_MUTED 0x5c6976
#define CHART_FAINT 0xdfe5eb
#define CHART_PANEL 0xf5f7f9
#define CHART_WHITE 0xffffff
#define CHART_BLUE 0x0072b2
#define CHART_ORANGE 0xe69f00
#define CHART_GREEN 0x009e73
#define CHART_RED 0xd55e00

void chart_set_color (cairo_t *cr, guint32 rgb, double alpha);

typedef enum
{
  CHART_LEFT,
  CHART_CENTER,
  CHART_RIGHT,
} ChartAlign;

typedef struct
{
  double size; /* of the letters, in points */
  gboolean bold;
  guint32 color;
  ChartAlign align; /* which part of the text lies at x */
  double max_width; /* longer text is cut in the middle; 0: never */
} ChartText;

/* One line of UTF-8 whose middle, from top to bottom, lies at y. Returns its
 * width. */
double chart_text (
    cairo_t *cr, double x, double y, const ChartText *style, const char *text);

/* The width that it would have. */
double chart_text_width (cairo_t *cr, const ChartText *style, const char *text);

/* A filled rectangle; @radius of its corners may be 0. */
void chart_box (cairo_t *cr, double x, double y, double w, double h,
    double radius, guint32 rgb);

/* A straight line of a point's width, sharp where it is upright or level. */
void chart_rule (
    cairo_t *cr, double x1, double y1, double x2, double y2, guint32 rgb);

/* A range of values along an axis, and its marks. */
typedef struct
{
  double low, high;
  double step;    /* between marks */
  guint decimals; /* that the marks' numbers need */
} ChartScale;

/* A range that holds [low, high] and begins and ends at marks, of which there
 * are about @n_marks. @least: the smallest step, such as 1 for counts; 0: any.
 */
void chart_scale (
    ChartScale *scale, double low, double high, guint n_marks, double least);

/* Where a value lies in [from, to]. */
double chart_place (
    const ChartScale *scale, double value, double from, double to);

/* The frame of a plot: level lines and numbers at left for @y, numbers below
 * for @x. @y_unit, @x_name: (nullable). */
void chart_axes (cairo_t *cr, double x, double y, double w, double h,
    const ChartScale *x_scale, const char *x_name, const ChartScale *y_scale,
    const char *y_unit);

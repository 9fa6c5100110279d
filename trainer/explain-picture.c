/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "app.h"
#include "chart.h"
#include "explain-picture.h"
#include "heat-map.h"

/* In pixels. */
#define PANEL 320.0
#define GAP 22.0
#define MARGIN 26.0
#define HEAD 66.0
#define CAPTION 40.0
#define LEGEND 24.0
#define LEGEND_BAR 96u
#define FRAME 4.0 /* around the answer, where there are several panels */
#define MAX_COLUMNS 4

/* What the panels are drawn with. */
typedef struct
{
  const Explanation *explanation;
  cairo_surface_t *face, *grey;
  double width, height;
  guint columns;
} Page;

static const ChartText small_text = { 12.5, FALSE, CHART_MUTED, CHART_LEFT, 0 };

/* As large as fits into a panel, in the middle of it. */
static void
draw_surface (cairo_t *cr, cairo_surface_t *surface, double x, double y)
{
  const double w = cairo_image_surface_get_width (surface);
  const double h = cairo_image_surface_get_height (surface);
  const double scale = PANEL / MAX (w, h);

  cairo_save (cr);
  /* at whole pixels, so that a picture of a panel's size stays sharp */
  cairo_translate (cr, floor (x + (PANEL - w * scale) / 2),
      floor (y + (PANEL - h * scale) / 2));
  cairo_scale (cr, scale, scale);
  cairo_rectangle (cr, 0, 0, w, h);
  cairo_clip (cr);
  cairo_set_source_surface (cr, surface, 0, 0);
  /* the border of a small picture must not fade */
  cairo_pattern_set_extend (cairo_get_source (cr), CAIRO_EXTEND_PAD);
  cairo_paint (cr);
  cairo_restore (cr);
}

static void
draw_panel (cairo_t *cr, cairo_surface_t *surface, double x, double y)
{
  chart_box (cr, x, y, PANEL, PANEL, 0, CHART_PANEL);
  draw_surface (cr, surface, x, y);
}

static gboolean
is_empty (const float *map)
{
  for (guint i = 0; i < REN_CAM_SIZE * REN_CAM_SIZE; i++)
    if (map[i] > 0)
      return FALSE;
  return TRUE;
}

static void
draw_class (cairo_t *cr, const Page *page, guint class_id, double x, double y)
{
  const Explanation *explanation = page->explanation;
  const float *map =
      explanation->maps + (gsize) class_id * REN_CAM_SIZE * REN_CAM_SIZE;
  const gboolean is_answer = class_id == explanation->answer;
  const ChartText style = { 14, is_answer, CHART_INK, CHART_LEFT, PANEL };
  g_autofree char *text = explain_describe (explanation, class_id);
  g_autofree char *caption =
      g_strconcat (text, is_empty (map) ? ": nothing counts for it" : "", NULL);
  cairo_surface_t *colors =
      heat_map_colors (map, cairo_image_surface_get_width (page->grey),
          cairo_image_surface_get_height (page->grey));

  if (is_answer && explanation->n_shown > 1)
    chart_box (cr, x - FRAME, y - FRAME, PANEL + 2 * FRAME, PANEL + 2 * FRAME,
        2 * FRAME, CHART_BLUE);
  draw_panel (cr, page->grey, x, y);
  draw_surface (cr, colors, x, y);
  cairo_surface_destroy (colors);
  chart_text (cr, x, y + PANEL + CAPTION / 2, &style, caption);
}

static void
draw_head (cairo_t *cr, const Page *page)
{
  const Explanation *explanation = page->explanation;
  const double width = page->width - 2 * MARGIN;
  const ChartText title = { 23, TRUE, CHART_INK, CHART_LEFT, width };
  const ChartText below = { 12.5, FALSE, CHART_MUTED, CHART_LEFT, width };
  const RenRect *crop = &explanation->crop;
  g_autofree char *answer = explain_describe (explanation, explanation->answer);
  g_autofree char *model = console_name (ren_model_name (explanation->model));
  g_autofree char *origin = g_strdup_printf (
      "%s at %" G_GINT64_FORMAT ",%" G_GINT64_FORMAT ", %" G_GINT64_FORMAT
      " × %" G_GINT64_FORMAT " pixels; model %s",
      explanation->file, crop->x, crop->y, crop->w, crop->h, model);

  chart_text (cr, MARGIN, MARGIN + 12, &title, answer);
  chart_text (cr, MARGIN, MARGIN + 40, &below, origin);
}

/* The colours as they are over the face: over a grey in the middle. */
static void
draw_legend (cairo_t *cr, const Page *page)
{
  const double left = MARGIN + PANEL + GAP;
  const double y = page->height - MARGIN - LEGEND / 2;
  double x = left;

  x += chart_text (cr, x, y, &small_text, "counts for nothing");
  x = floor (x) + 10;
  chart_box (cr, x, y - 6, LEGEND_BAR, 12, 0, 0x808080);
  for (guint i = 0; i < LEGEND_BAR; i++) {
    double alpha;
    const guint32 color =
        heat_map_color ((float) i / (float) (LEGEND_BAR - 1), &alpha);

    chart_set_color (cr, color, alpha);
    cairo_rectangle (cr, x + i, y - 6, 1, 12);
    cairo_fill (cr);
  }
  chart_text (cr, x + LEGEND_BAR + 10, y, &small_text,
      page->explanation->n_shown > 1
          ? "counts most for the class; each panel has its own scale"
          : "counts most");
}

static void
draw_page (cairo_t *cr, const Page *page)
{
  const ChartText style = { 14, FALSE, CHART_INK, CHART_LEFT, PANEL };

  chart_box (cr, 0, 0, page->width, page->height, 0, CHART_WHITE);
  draw_head (cr, page);
  for (guint i = 0; i <= page->explanation->n_shown; i++) {
    const double x = MARGIN + (i % page->columns) * (PANEL + GAP);
    const double y = MARGIN + HEAD + (i / page->columns) * (PANEL + CAPTION);

    if (i > 0) {
      draw_class (cr, page, page->explanation->shown + i - 1, x, y);
    } else {
      draw_panel (cr, page->face, x, y);
      chart_text (cr, x, y + PANEL + CAPTION / 2, &style, "the face");
    }
  }
  draw_legend (cr, page);
}

static cairo_status_t
append (void *closure, const guint8 *data, guint n_bytes)
{
  g_string_append_len (closure, (const char *) data, n_bytes);
  return CAIRO_STATUS_SUCCESS;
}

gboolean
explain_picture_check (GError **error)
{
  return TRUE;
}

GString *
explain_picture (const Explanation *explanation, GError **error)
{
  const guint n_panels = explanation->n_shown + 1;
  Page page = { .explanation = explanation };
  GString *png = g_string_new (NULL);
  cairo_surface_t *surface;
  cairo_status_t status;
  cairo_t *cr;

  page.columns = MIN (n_panels, MAX_COLUMNS);
  page.width = 2 * MARGIN + page.columns * (PANEL + GAP) - GAP;
  page.height =
      2 * MARGIN + HEAD + LEGEND +
      (n_panels + page.columns - 1) / page.columns * (PANEL + CAPTION);
  page.face =
      heat_map_face (&explanation->picture, &explanation->crop, PANEL, FALSE);
  page.grey =
      heat_map_face (&explanation->picture, &explanation->crop, PANEL, TRUE);

  /* a surface that could not be made passes its error on to what is drawn
   * with it, so that it is asked for once */
  surface = cairo_image_surface_create (
      CAIRO_FORMAT_RGB24, (int) page.width, (int) page.height);
  cr = cairo_create (surface);
  draw_page (cr, &page);
  status = cairo_status (cr);
  if (status == CAIRO_STATUS_SUCCESS)
    status = cairo_surface_write_to_png_stream (surface, append, png);
  cairo_destroy (cr);
  cairo_surface_destroy (surface);
  cairo_surface_destroy (page.face);
  cairo_surface_destroy (page.grey);

  if (status == CAIRO_STATUS_SUCCESS)
    return png;
  g_set_error (error, APP_ERROR, APP_ERROR_FAILED,
      "cannot draw the picture: %s", cairo_status_to_string (status));
  g_string_free (png, TRUE);
  return NULL;
}

/* The report as one HTML file.
 * SPDX-License-Identifier: MIT
 *
 * Drawings are SVG in images of their own, as data URIs: inside of the page
 * itself, the names that Cairo gives to shapes would be those of several
 * drawings at once.
 */
#include <cairo-svg.h>
#include <math.h>

#include "app.h"
#include "chart.h"
#include "figures.h"

static const char style[] =
    "body{margin:0 auto;padding:40px 24px 80px;max-width:920px;background:#fff;"
    "color:#1c2733;font:15px/1.5 'Noto Sans','Open Sans','Segoe UI',Helvetica,"
    "Arial,'DejaVu Sans',sans-serif}\n"
    "h1{font-size:26px;line-height:1.25;margin:0 0 20px;overflow-wrap:anywhere}"
    "\nh2{font-size:20px;margin:48px 0 2px}\n"
    "p.caption,footer{color:#5c6976;font-size:13px;margin:0 0 18px}\n"
    "dl.key{display:grid;gap:12px;margin:0 0 22px;"
    "grid-template-columns:repeat(auto-fit,minmax(150px,1fr))}\n"
    "dl.key div{background:#f5f7f9;border-radius:8px;padding:10px 14px}\n"
    "dl.key dt,dl.key dd.remark{color:#5c6976;font-size:12px}\n"
    "dl.key dd{margin:0;font-size:24px;font-weight:700;line-height:1.35}\n"
    "dl.key dd.remark{font-weight:400}\n"
    "table{border-collapse:collapse;width:100%;font-size:14px;"
    "font-variant-numeric:tabular-nums}\n"
    "th,td{border-bottom:1px solid #dfe5eb;padding:5px 10px 5px 0;"
    "text-align:left;vertical-align:top;overflow-wrap:anywhere}\n"
    "th{font-weight:400;color:#5c6976}\n"
    "table.facts th{width:190px}\n"
    "table.classes th[scope=row]{color:inherit}\n"
    "table.classes td.count,table.classes th.count{text-align:right;"
    "padding-right:28px}\n"
    "table.classes td.bar{width:21%}\n"
    "td.bar span{display:inline-block;width:58px}\n"
    "td.bar i{display:inline-block;vertical-align:middle;width:calc(100% - "
    "70px);height:10px;border-radius:3px;background:#dfe5eb;overflow:hidden}\n"
    "td.bar b{display:block;height:100%}\n"
    "img{display:block;width:100%;height:auto}\n"
    "@media print{body{padding:0}h2,img{break-inside:avoid}}\n";

/* Bytes from outside as text of the page. */
static void
append_text (GString *html, const char *bytes)
{
  g_autofree char *valid = console_name (bytes);
  g_autofree char *escaped = g_markup_escape_text (valid, -1);

  g_string_append (html, escaped);
}

static void
append_head (GString *html, const ReportData *data)
{
  KeyFigure key[MAX_KEY_FIGURES];
  const guint n = key_figures (data, key);

  g_string_append (html,
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width\">\n<title>");
  append_text (html, data->report->title);
  g_string_append_printf (
      html, "</title>\n<style>\n%s</style>\n</head>\n<body>\n<h1>", style);
  append_text (html, data->report->title);
  g_string_append (html, "</h1>\n");

  if (n)
    g_string_append (html, "<dl class=\"key\">\n");
  for (guint i = 0; i < n; i++) {
    g_string_append_printf (
        html, "<div><dt>%s</dt><dd>%s</dd>", key[i].name, key[i].value);
    if (key[i].remark)
      g_string_append_printf (
          html, "<dd class=\"remark\">%s</dd>", key[i].remark);
    g_string_append (html, "</div>\n");
  }
  if (n)
    g_string_append (html, "</dl>\n");
  key_figures_clear (key, n);
}

static void
append_facts (GString *html, const char *const *facts)
{
  if (!facts || !facts[0])
    return;
  g_string_append (html, "<table class=\"facts\">\n");
  for (; facts[0]; facts += 2) {
    g_string_append (html, "<tr><th scope=\"row\">");
    append_text (html, facts[0]);
    g_string_append (html, "</th><td>");
    append_text (html, facts[1]);
    g_string_append (html, "</td></tr>\n");
  }
  g_string_append (html, "</table>\n");
}

static void
append_bar (GString *html, double share, guint32 color)
{
  g_autofree char *number = format_share (share, 1);

  g_string_append_printf (html, "<td class=\"bar\"><span>%s</span>", number);
  if (!isnan (share))
    g_string_append_printf (html,
        "<i><b style=\"width:%.1f%%;background:#%06x\"></b></i>", 100 * share,
        color);
  g_string_append (html, "</td>");
}

static void
append_classes (GString *html, const ReportData *data)
{
  g_string_append (html,
      "<table class=\"classes\">\n<tr><th>class</th><th class=\"count\">faces"
      "</th><th>precision</th><th>recall</th><th>F1</th></tr>\n");
  for (guint i = 0; i < data->metrics.n_classes; i++) {
    g_autofree char *count = NULL;
    ClassMetrics m;

    metrics_of_class (&data->metrics, i, &m);
    count = console_number (m.n_true);
    g_string_append (html, "<tr><th scope=\"row\">");
    append_text (html, data->report->labels[i]);
    g_string_append_printf (html, "</th><td class=\"count\">%s</td>", count);
    append_bar (html, m.precision, CHART_BLUE);
    append_bar (html, m.recall, CHART_ORANGE);
    append_bar (html, m.f1, CHART_GREEN);
    g_string_append (html, "</tr>\n");
  }
  g_string_append (html, "</table>\n");
}

static cairo_status_t
append (void *closure, const unsigned char *data, unsigned int n_bytes)
{
  g_byte_array_append (closure, data, n_bytes);
  return CAIRO_STATUS_SUCCESS;
}

static void
append_drawing (
    GString *html, const ReportData *data, const Figure *figure, double height)
{
  g_autoptr (GByteArray) svg = g_byte_array_new ();
  g_autofree char *text = NULL;
  cairo_surface_t *surface =
      cairo_svg_surface_create_for_stream (append, svg, CHART_WIDTH, height);
  cairo_t *cr = cairo_create (surface);

  figure->draw (cr, data);
  cairo_destroy (cr);
  cairo_surface_finish (surface);
  cairo_surface_destroy (surface);
  text = g_base64_encode (svg->data, svg->len);
  g_string_append_printf (html,
      "<img alt=\"%s\" width=\"%.0f\" height=\"%.0f\" "
      "src=\"data:image/svg+xml;base64,%s\">\n",
      figure->title, CHART_WIDTH, ceil (height), text);
}

GString *
visual_report_html (const ReportData *data, const Figure *const *figures)
{
  GString *html = g_string_new (NULL);

  append_head (html, data);
  append_facts (html, data->report->facts);
  for (; *figures; figures++) {
    const double height = (*figures)->height (data);

    if (height <= 0)
      continue;
    g_string_append_printf (html, "<h2>%s</h2>\n<p class=\"caption\">%s</p>\n",
        (*figures)->title, (*figures)->caption);
    if ((*figures)->only_picture)
      append_classes (html, data);
    else
      append_drawing (html, data, *figures, height);
  }
  g_string_append (html, "<footer>resemotenet ");
  append_text (html, ren_version_string ());
  g_string_append (html, "</footer>\n</body>\n</html>\n");
  return html;
}

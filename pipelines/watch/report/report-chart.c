/* SPDX-License-Identifier: MIT */
#include "report-chart.h"

#include <math.h>

#include "html.h"

/* Areas are drawn in so many columns at most: finer ones are noise to the eye, and
 * make the file large. */
#define MAX_COLUMNS 200
/* Units of a drawing: of a column's width, and of its whole height. */
#define UNITS 10
#define HEIGHT 100
/* The least height of a column that is not empty: 1/12 can be seen. */
#define LEAST_HEIGHT (1. / 12)

#define FACE_SIDE 44

gdouble
chart_place (const Chart *c, GstClockTime time)
{
  const Timeline *t = c->timeline;

  if (t->end <= t->origin || time <= t->origin)
    return 0;
  return MIN (1, (gdouble) (time - t->origin) / (t->end - t->origin));
}

static void
append_percent (GString *html, gdouble share)
{
  html_number (html, 100 * share, 2);
  g_string_append_c (html, '%');
}

void
chart_href (
    const Chart *c, GString *html, GstClockTime time, const gchar *otherwise)
{
  if (c->link) {
    g_string_append_printf (html, "href=\"%s#t=", c->link);
    html_number (html, (gdouble) (time / GST_MSECOND) / 1000, 3);
  } else {
    g_string_append_printf (html, "href=\"#%s", otherwise);
  }
  g_string_append_c (html, '"');
}

/* ---- axis ------------------------------------------------------------------ */

/* Milliseconds between two marks, of which there are about ten. */
static guint64
axis_step (GstClockTime length)
{
  static const guint64 steps[] = { 100, 200, 500, 1000, 2000, 5000, 10000,
    15000, 30000, 60000, 120000, 300000, 600000, 900000, 1800000, 3600000,
    7200000, 10800000, 21600000, 43200000, 86400000 };
  const guint64 wanted = length / GST_MSECOND / 10;
  guint64 day = steps[G_N_ELEMENTS (steps) - 1];

  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    if (steps[i] >= wanted)
      return steps[i];
  while (day < wanted)
    day *= 2;
  return day;
}

void
chart_axis (const Chart *c, GString *html)
{
  const Timeline *t = c->timeline;
  const GstClockTime step = axis_step (t->end - t->origin) * GST_MSECOND;
  GstClockTime time = (t->origin + step - 1) / step * step;

  g_string_append (html, "<svg class=\"axis\" width=\"100%\" height=\"22\">");
  for (; time <= t->end; time += step) {
    const gdouble place = chart_place (c, time);

    g_string_append_printf (html, "<g%s><line y1=\"17\" y2=\"22\" x1=\"",
        time / step % 2 ? " class=\"odd\"" : "");
    append_percent (html, place);
    g_string_append (html, "\" x2=\"");
    append_percent (html, place);
    g_string_append (html, "\"/><a ");
    chart_href (c, html, time, "timeline");
    g_string_append (html, "><text y=\"13\" x=\"");
    append_percent (html, place);
    g_string_append_printf (html, "\" text-anchor=\"%s\">",
        place < .02   ? "start"
        : place > .98 ? "end"
                      : "middle");
    html_clock (html, time, step < GST_SECOND);
    g_string_append (html, "</text></a></g>");
  }
  g_string_append (html, "</svg>\n");
}

/* ---- areas ------------------------------------------------------------------- */

typedef struct
{
  guint n_columns, n_labels;
  gdouble width;  /* of all columns, in units; the last may be narrower */
  gdouble *share; /* [n_columns][n_labels]: height of each label's part */
} Columns;

static gdouble *
column (const Columns *cols, guint i)
{
  return cols->share + (gsize) i * cols->n_labels;
}

static gdouble
column_sum (const Columns *cols, guint i)
{
  gdouble sum = 0;

  for (guint k = 0; k < cols->n_labels; k++)
    sum += column (cols, i)[k];
  return sum;
}

/* Edges and middle of a column, in units. */
static gdouble
column_x (const Columns *cols, guint i, gdouble part)
{
  const gdouble from = i * (gdouble) UNITS;

  return from + part * (MIN (from + UNITS, cols->width) - from);
}

static void
columns_fill (Columns *cols, const Chart *c, const TimelinePerson *person)
{
  const Timeline *t = c->timeline;
  const GstClockTime length = MAX (t->end - t->origin, 1);
  const guint64 n_bins = (length + t->bin_ns - 1) / t->bin_ns;
  const guint64 group = (n_bins + MAX_COLUMNS - 1) / MAX_COLUMNS;
  const gdouble column_ns = (gdouble) t->bin_ns * group;

  cols->n_columns = (guint) ((n_bins + group - 1) / group);
  cols->n_labels = TIMELINE_MAX_LABELS;
  cols->width = UNITS * (length / column_ns);
  cols->share = g_new0 (gdouble, (gsize) cols->n_columns * cols->n_labels);
  for (guint i = 0; i < person->cells->len; i++) {
    const TimelineCell *cell = &g_array_index (person->cells, TimelineCell, i);
    const guint at = MIN ((guint) (cell->bin / group), cols->n_columns - 1);
    const gdouble units = column_x (cols, at, 1) - column_x (cols, at, 0);

    column (cols, at)[cell->label] += cell->ns / (column_ns / UNITS * units);
  }
}

/* Heights as shares of the drawing's. Returns: what its whole height stands for */
static gdouble
columns_scale (Columns *cols, gboolean of_people)
{
  gdouble most = 1;

  for (guint i = 0; of_people && i < cols->n_columns; i++)
    most = MAX (most, ceil (column_sum (cols, i) - 1e-6));
  for (guint i = 0; i < cols->n_columns; i++) {
    const gdouble sum = column_sum (cols, i);

    for (guint k = 0; sum > 0 && k < cols->n_labels; k++)
      column (cols, i)[k] *= CLAMP (sum / most, LEAST_HEIGHT, 1) / sum;
  }
  return most;
}

/* How high the parts below a label's lie. */
static gdouble
base (const Columns *cols, guint i, guint label)
{
  gdouble sum = 0;

  for (guint k = 0; k < label; k++)
    sum += column (cols, i)[k];
  return sum;
}

static void
append_point (GString *html, gdouble x, gdouble height)
{
  html_number (html, x, 1);
  g_string_append_c (html, ',');
  html_number (html, HEIGHT * (1 - height), 1);
  g_string_append_c (html, ' ');
}

/* One edge of an area, from the middle of column @from to that of @to, in steps of 1
 * or -1, and on to the edges where a row of columns begins or ends. */
static void
append_edge (const Columns *cols, GString *html, guint label, gint from,
    gint to, gint step, gboolean begins, gboolean ends)
{
  if (begins)
    append_point (html, column_x (cols, (guint) from, step > 0 ? 0 : 1),
        base (cols, (guint) from, label));
  for (gint i = from; i != to + step; i += step)
    append_point (
        html, column_x (cols, (guint) i, .5), base (cols, (guint) i, label));
  if (ends)
    append_point (html, column_x (cols, (guint) to, step > 0 ? 1 : 0),
        base (cols, (guint) to, label));
}

/* One label's part of columns first to last, all of which are not empty; where
 * it has none in the columns beside its own, it tapers off to their middle. */
static void
append_label_run (
    const Columns *cols, GString *html, guint label, guint first, guint last)
{
  for (guint i = first; i <= last; i++) {
    guint from, to;

    if (column (cols, i)[label] <= 0)
      continue;
    from = i;
    while (i < last && column (cols, i + 1)[label] > 0)
      i++;
    to = i;
    from -= from > first;
    to += to < last;
    g_string_append_c (html, 'M');
    append_edge (cols, html, label + 1, (gint) from, (gint) to, 1,
        from == first, to == last);
    g_string_append_c (html, 'L');
    append_edge (cols, html, label, (gint) to, (gint) from, -1, to == last,
        from == first);
    html->str[html->len - 1] = 'Z';
  }
}

/* The area of a label, as a path. */
static void
append_label (const Columns *cols, GString *html, guint label)
{
  for (guint i = 0; i < cols->n_columns; i++) {
    const guint first = i;

    if (column_sum (cols, i) <= 0)
      continue;
    while (i + 1 < cols->n_columns && column_sum (cols, i + 1) > 0)
      i++;
    append_label_run (cols, html, label, first, i);
  }
}

static void
append_title (
    const Chart *c, GString *html, const TimelinePerson *p, guint label)
{
  g_string_append (html, "<title>");
  html_text (html, timeline_label (c->model, label));
  g_string_append (html, ": ");
  html_duration (html, p->label_ns[label]);
  g_string_append (html, ", ");
  html_share (html, p->ns ? (gdouble) p->label_ns[label] / p->ns : 0);
  g_string_append (html, "</title>");
}

void
chart_areas (const Chart *c, GString *html, const TimelinePerson *person,
    gboolean of_people)
{
  Columns cols;
  gdouble most;

  columns_fill (&cols, c, person);
  most = columns_scale (&cols, of_people);
  g_string_append_printf (html,
      "<svg class=\"areas%s\" width=\"100%%\" viewBox=\"0 0 ",
      of_people ? " people" : "");
  html_number (html, MAX (cols.width, 1), 1);
  g_string_append_printf (html,
      " %d\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"emotion "
      "over time\">",
      HEIGHT);
  for (guint k = 0; k < cols.n_labels; k++) {
    if (person->label_ns[k] == 0)
      continue;
    g_string_append (html, "<path fill=\"");
    html_color (html, c->colors[k]);
    g_string_append (html, "\" d=\"");
    append_label (&cols, html, k);
    g_string_append (html, "\">");
    append_title (c, html, person, k);
    g_string_append (html, "</path>");
  }
  g_string_append (html, "</svg>\n");
  if (of_people) {
    g_string_append (html, "<span class=\"most\">");
    html_number (html, most, 1);
    g_string_append (html, "</span>\n");
  }
  g_free (cols.share);
}

/* ---- faces -------------------------------------------------------------------- */

/* Least distance of two pictures, as a share of the width: on a narrow, a middle
 * and a wide screen. Those of the first are shown on all, the last on wide ones
 * only. */
static const gdouble distances[] = { .14, .085, .062 };
#define N_LEVELS G_N_ELEMENTS (distances)

/* Gives each picture the first level on which there is room for it, the more
 * confident first. */
static void
find_levels (const Chart *c, const GArray *moments, guint *levels)
{
  for (guint i = 0; i < moments->len; i++)
    levels[i] = G_MAXUINT;
  for (guint level = 0; level < N_LEVELS; level++)
    for (guint turn = 0; turn < moments->len; turn++) {
      gint best = -1;

      for (guint i = 0; i < moments->len; i++) {
        const Moment *m = &g_array_index (moments, Moment, i);
        gboolean fits = levels[i] == G_MAXUINT;

        for (guint j = 0; j < moments->len; j++)
          if (levels[j] <= level &&
              ABS (chart_place (c, m->time) -
                   chart_place (c, g_array_index (moments, Moment, j).time)) <
                  distances[level])
            fits = FALSE;
        if (fits &&
            (best < 0 || m->confidence >
                             g_array_index (moments, Moment, best).confidence))
          best = (gint) i;
      }
      if (best < 0)
        break;
      levels[best] = level;
    }
}

static void
append_face (const Chart *c, GString *html, const Moment *m, guint level,
    const gchar *row)
{
  const gdouble place = chart_place (c, m->time);

  g_string_append_printf (
      html, "<g class=\"face f%u\"><line y1=\"0\" y2=\"6\" x1=\"", level);
  append_percent (html, place);
  g_string_append (html, "\" x2=\"");
  append_percent (html, place);
  g_string_append (html, "\" stroke=\"");
  html_color (html, c->colors[m->label]);
  g_string_append (html, "\"/><a ");
  chart_href (c, html, m->time, row);
  /* moved to the left by as much of itself as it lies to the right: within the
   * row at both ends */
  g_string_append (html, " transform=\"translate(-");
  html_number (html, place * FACE_SIDE, 1);
  g_string_append (html, ")\"><title>");
  html_text (html, timeline_label (c->model, m->label));
  g_string_append_printf (
      html, " %d %% at ", (gint) (100 * m->confidence + .5));
  html_clock (html, m->time, TRUE);
  g_string_append_printf (html,
      "</title><rect y=\"5\" width=\"%d\" height=\"%d\" rx=\"7\" x=\"",
      FACE_SIDE, FACE_SIDE);
  append_percent (html, place);
  g_string_append (html, "\" fill=\"");
  html_color (html, c->colors[m->label]);
  g_string_append_printf (html,
      "\"/><image y=\"7\" width=\"%d\" height=\"%d\" "
      "transform=\"translate(2)\" x=\"",
      FACE_SIDE - 4, FACE_SIDE - 4);
  append_percent (html, place);
  g_string_append (html, "\" href=\"");
  html_jpeg (html, m->jpeg);
  g_string_append (html, "\"/></a></g>\n");
}

void
chart_faces (const Chart *c, GString *html, const TimelinePerson *person,
    const gchar *row)
{
  const GArray *moments = person->moments.list;
  guint levels[MOMENTS_MAX + 1];

  if (moments->len == 0)
    return;
  find_levels (c, moments, levels);
  g_string_append_printf (html,
      "<svg class=\"faces\" width=\"100%%\" height=\"%d\">\n", FACE_SIDE + 6);
  for (guint i = 0; i < moments->len; i++)
    if (levels[i] < N_LEVELS)
      append_face (
          c, html, &g_array_index (moments, Moment, i), levels[i], row);
  g_string_append (html, "</svg>\n");
}

/* ---- shares ---------------------------------------------------------------------- */

void
chart_shares (const Chart *c, GString *html, const TimelinePerson *person)
{
  guint64 before = 0;

  g_string_append (html, "<svg class=\"shares\" width=\"100%\" role=\"img\" "
                         "aria-label=\"share of time\">");
  for (guint k = 0; person->ns && k < TIMELINE_MAX_LABELS; k++) {
    if (person->label_ns[k] == 0)
      continue;
    g_string_append (html, "<rect height=\"100%\" x=\"");
    append_percent (html, (gdouble) before / person->ns);
    g_string_append (html, "\" width=\"");
    append_percent (html, (gdouble) person->label_ns[k] / person->ns);
    g_string_append (html, "\" fill=\"");
    html_color (html, c->colors[k]);
    g_string_append (html, "\">");
    append_title (c, html, person, k);
    g_string_append (html, "</rect>");
    before += person->label_ns[k];
  }
  g_string_append (html, "</svg>");
}

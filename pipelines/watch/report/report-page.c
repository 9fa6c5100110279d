/* The page: its parts from top to bottom
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>

#include "emotion-colors.h"
#include "html.h"
#include "report-chart.h"
#include "report-style.h"
#include "report.h"
#include "source-link.h"

/* Of labels that nobody showed, so many are listed. */
#define MAX_LISTED 12

/* One model's part of the page. */
typedef struct
{
  Chart chart;
  guint model;
  GPtrArray *persons;     /* of TimelinePerson, longest seen first; not owned */
  TimelinePerson *others; /* summed up; without any, n_people is 0 */
  TimelinePerson *all;
  guint labels[TIMELINE_MAX_LABELS]; /* longest seen first */
  guint n_labels;
} Section;

/* ---- what to show ---------------------------------------------------------- */

static gint
compare_persons (gconstpointer a, gconstpointer b)
{
  const TimelinePerson *p = *(TimelinePerson *const *) a;
  const TimelinePerson *q = *(TimelinePerson *const *) b;

  return p->ns != q->ns ? (p->ns > q->ns ? -1 : 1)
                        : (p->first < q->first ? -1 : p->first > q->first);
}

static gint
compare_labels (gconstpointer a, gconstpointer b, gpointer user_data)
{
  const guint i = *(const guint *) a, j = *(const guint *) b;
  const guint64 *ns = user_data;

  return ns[i] != ns[j] ? (ns[i] > ns[j] ? -1 : 1) : (i < j ? -1 : i > j);
}

static void
section_init (Section *s, const Timeline *t, guint model, const gchar *link)
{
  *s = (Section){ .chart = { .timeline = t,
                      .model = g_ptr_array_index (t->models, model),
                      .link = link },
    .model = model,
    .persons = g_ptr_array_new (),
    .others = timeline_person_new (model, -1),
    .all = timeline_person_new (model, -1) };

  for (guint i = 0; i < t->persons->len; i++) {
    TimelinePerson *p = g_ptr_array_index (t->persons, i);

    if (p->model == model)
      g_ptr_array_add (s->persons, p);
  }
  g_ptr_array_sort (s->persons, compare_persons);
  timeline_sum (s->others, s->chart.model->others);
  for (guint i = REPORT_MAX_PERSONS; i < s->persons->len; i++)
    timeline_sum (s->others, g_ptr_array_index (s->persons, i));
  g_ptr_array_set_size (
      s->persons, (gint) MIN (s->persons->len, REPORT_MAX_PERSONS));
  timeline_sum (s->all, s->others);
  for (guint i = 0; i < s->persons->len; i++)
    timeline_sum (s->all, g_ptr_array_index (s->persons, i));

  s->n_labels = s->chart.model->labels->len;
  emotion_colors ((const gchar *const *) s->chart.model->labels->pdata,
      s->n_labels, s->chart.colors);
  for (guint i = 0; i < s->n_labels; i++)
    s->labels[i] = i;
  qsort_r (s->labels, s->n_labels, sizeof s->labels[0], compare_labels,
      s->all->label_ns);
  while (s->n_labels > MAX_LISTED &&
         s->all->label_ns[s->labels[s->n_labels - 1]] == 0)
    s->n_labels--;
}

static void
section_clear (Section *s)
{
  g_ptr_array_unref (s->persons);
  timeline_person_free (s->others);
  timeline_person_free (s->all);
}

static gdouble
share_of (const TimelinePerson *p, guint label)
{
  return p->ns ? (gdouble) p->label_ns[label] / p->ns : 0;
}

static gboolean
tenths (const Section *s)
{
  const Timeline *t = s->chart.timeline;

  return t->end - t->origin < GST_SECOND * 60;
}

/* ---- small parts ------------------------------------------------------------- */

static void
append_chip (const Section *s, GString *html, guint label)
{
  g_string_append (html,
      "<svg class=\"chip\" width=\"11\" height=\"11\" aria-hidden=\"true\">"
      "<rect width=\"11\" height=\"11\" rx=\"3\" fill=\"");
  html_color (html, s->chart.colors[label]);
  g_string_append (html, "\"/></svg>");
}

static void
append_label (const Section *s, GString *html, guint label)
{
  append_chip (s, html, label);
  html_text (html, timeline_label (s->chart.model, label));
}

static void
append_row_id (const Section *s, GString *html, guint person)
{
  g_string_append_printf (html, "m%up%u", s->model + 1, person + 1);
}

static void
append_key (GString *html, const gchar *name)
{
  g_string_append_printf (html, "<div><dt>%s</dt><dd>", name);
}

static void
append_time_link (
    const Section *s, GString *html, GstClockTime time, const gchar *row)
{
  g_string_append (html, "<a ");
  chart_href (&s->chart, html, time, row);
  g_string_append_c (html, '>');
  html_clock (html, time, tenths (s));
  g_string_append (html, "</a>");
}

static gchar *
others_name (const Section *s)
{
  const guint n = s->others->n_people;

  return g_strdup_printf ("%u other%s", n, n == 1 ? "" : "s");
}

/* ---- top ------------------------------------------------------------------------ */

static void
append_top (GString *html, const Timeline *t, const ReportInfo *info)
{
  g_autofree gchar *name = source_link_name (info->source);
  g_autofree gchar *date =
      info->date ? g_date_time_format (info->date, "%Y-%m-%d %H:%M") : NULL;

  g_string_append (html,
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
      "'none'; img-src data:; style-src ");
  html_hash (html, report_style);
  g_string_append (html,
      "; base-uri 'none'; form-action 'none'\"/>\n"
      "<meta name=\"referrer\" content=\"no-referrer\"/>\n"
      "<meta name=\"viewport\" content=\"width=device-width, "
      "initial-scale=1\"/>\n<title>Emotions in ");
  html_text (html, name);
  g_string_append_printf (html,
      "</title>\n<style>%s</style>\n</head>\n<body>\n<header>\n<h1>Emotions "
      "in ",
      report_style);
  html_text (html, name);
  g_string_append (html, "</h1>\n<p class=\"lead\">");
  for (guint i = 0; i < t->models->len; i++) {
    const TimelineModel *model = g_ptr_array_index (t->models, i);

    g_string_append (html, i                    ? ", "
                           : t->models->len > 1 ? "Models "
                                                : "Model ");
    html_text (html, model->name ? model->name : "of unknown name");
  }
  if (date && t->models->len > 0)
    g_string_append (html, " · ");
  g_string_append_printf (html, "%s</p>\n", date ? date : "");
}

static void
append_keys (GString *html, const Timeline *t, const Section *s)
{
  g_string_append (html, "<dl class=\"key\">\n");
  append_key (html, "Length");
  html_duration (html, t->end - t->origin);
  g_string_append (html, "</dd></div>\n");
  append_key (html, "People");
  html_count (html, s ? s->all->n_people : 0);
  g_string_append (html, "</dd></div>\n");
  append_key (html, "Faces seen");
  html_count (html, t->n_faces - t->n_ignored);
  g_string_append (html, "</dd></div>\n");
  append_key (html, "Frames");
  html_count (html, t->n_frames);
  g_string_append (html, "</dd></div>\n");
  if (s && s->all->ns) {
    append_key (html, "Most of the time");
    append_label (s, html, s->labels[0]);
    g_string_append (html, "</dd></div>\n");
  }
  g_string_append (html, "</dl>\n</header>\n");
}

/* ---- one model's section -------------------------------------------------------- */

static void
append_overall (const Section *s, GString *html)
{
  g_string_append (html,
      "<section class=\"overall\">\n<h2>Share of time</h2>\n<p "
      "class=\"caption\">"
      "Of the time that faces were seen, all people together</p>\n");
  chart_shares (&s->chart, html, s->all);
  g_string_append (html, "<table>\n<tbody>\n");
  for (guint i = 0; i < s->n_labels; i++) {
    const guint label = s->labels[i];
    const gdouble share = share_of (s->all, label);

    g_string_append (html, "<tr><th scope=\"row\" class=\"label\">");
    append_label (s, html, label);
    g_string_append (html, "</th><td class=\"bar\"><svg width=\"100%\" "
                           "aria-hidden=\"true\"><rect height=\"100%\" "
                           "rx=\"3\" width=\"");
    html_number (
        html, 100 * share / MAX (share_of (s->all, s->labels[0]), 1e-9), 2);
    g_string_append (html, "%\" fill=\"");
    html_color (html, s->chart.colors[label]);
    g_string_append (html, "\"/></svg></td><td>");
    html_share (html, share);
    g_string_append (html, "</td><td>");
    html_duration (html, s->all->label_ns[label]);
    g_string_append (html, "</td></tr>\n");
  }
  g_string_append (html, "</tbody>\n</table>\n</section>\n");
}

static void
append_legend (const Section *s, GString *html)
{
  g_string_append (html, "<div class=\"row head\"><ul class=\"legend\">");
  for (guint i = 0; i < s->chart.model->labels->len; i++) {
    if (s->all->label_ns[i] == 0)
      continue;
    g_string_append (html, "<li>");
    append_label (s, html, i);
    g_string_append (html, "</li>");
  }
  g_string_append (html, "</ul><div></div><div class=\"chart\">");
  chart_axis (&s->chart, html);
  g_string_append (html, "</div></div>\n");
}

/* The most confident picture of the emotion that was shown longest, else of any. */
static const Moment *
find_portrait (const TimelinePerson *p)
{
  const guint dominant = timeline_dominant (p);
  const Moment *best = NULL;

  for (guint i = 0; i < p->moments.list->len; i++) {
    const Moment *m = &g_array_index (p->moments.list, Moment, i);

    if (!best || (m->label == dominant) > (best->label == dominant) ||
        ((m->label == dominant) == (best->label == dominant) &&
            m->confidence > best->confidence))
      best = m;
  }
  return best;
}

static void
append_who (const Section *s, GString *html, const TimelinePerson *p, guint i)
{
  const Moment *portrait = find_portrait (p);
  const guint dominant = timeline_dominant (p);

  g_string_append (html, "<div class=\"who\">");
  if (portrait) {
    g_string_append (html, "<img width=\"48\" height=\"48\" alt=\"\" src=\"");
    html_jpeg (html, portrait->jpeg);
    g_string_append (html, "\"/>");
  }
  g_string_append_printf (html, "<div><b>Person %u</b><span>", i + 1);
  html_duration (html, p->ns);
  if (p->track_id >= 0)
    g_string_append_printf (html, ", track %" G_GINT64_FORMAT, p->track_id);
  g_string_append (html, "</span><span>");
  append_label (s, html, dominant);
  g_string_append_c (html, ' ');
  html_share (html, share_of (p, dominant));
  g_string_append (html, "</span></div></div>");
}

static void
append_sum_row (const Section *s, GString *html, const TimelinePerson *p,
    const gchar *name, const gchar *remark)
{
  g_string_append_printf (html,
      "<div class=\"row\"><div class=\"who\"><div><b>%s</b><span>%s</span>"
      "</div></div><div class=\"chart\">",
      name, remark);
  chart_areas (&s->chart, html, p, TRUE);
  g_string_append (html, "</div></div>\n");
}

static void
append_timeline (const Section *s, GString *html)
{
  g_string_append (html, "<section>\n<h2>Timeline</h2>\n<p class=\"caption\">"
                         "How high a colour reaches is the share of the time "
                         "in which that emotion "
                         "was seen");
  if (s->chart.link)
    g_string_append (
        html, "; pictures and times lead to their place in the video");
  g_string_append (html, "</p>\n");
  append_legend (s, html);
  if (s->persons->len + s->others->n_people > 1)
    append_sum_row (s, html, s->all, "Everyone", "number of faces");
  for (guint i = 0; i < s->persons->len; i++) {
    const TimelinePerson *p = g_ptr_array_index (s->persons, i);
    g_autoptr (GString) row = g_string_new (NULL);

    append_row_id (s, row, i);
    g_string_append_printf (html, "<div class=\"row\" id=\"%s\">", row->str);
    append_who (s, html, p, i);
    g_string_append (html, "<div class=\"chart\">");
    chart_areas (&s->chart, html, p, FALSE);
    chart_faces (&s->chart, html, p, row->str);
    g_string_append (html, "</div></div>\n");
  }
  if (s->others->n_people > 0) {
    g_autofree gchar *name = others_name (s);

    append_sum_row (s, html, s->others, name, "seen for shorter");
  }
  g_string_append (html, "</section>\n");
}

static void
append_table_row (const Section *s, GString *html, const TimelinePerson *p,
    const gchar *name, const gchar *row)
{
  const guint dominant = timeline_dominant (p);

  g_string_append_printf (html, "<tr><th scope=\"row\">%s</th><td>", name);
  append_time_link (s, html, p->first, row);
  g_string_append (html, "</td><td>");
  append_time_link (s, html, p->last, row);
  g_string_append (html, "</td><td>");
  html_duration (html, p->ns);
  g_string_append (html, "</td><td class=\"text\">");
  append_label (s, html, dominant);
  g_string_append (html, "</td><td>");
  chart_shares (&s->chart, html, p);
  g_string_append (html, "</td>");
  for (guint i = 0; i < s->n_labels; i++) {
    g_string_append (html, "<td>");
    if (p->label_ns[s->labels[i]])
      html_share (html, share_of (p, s->labels[i]));
    else
      g_string_append (html, "–");
    g_string_append (html, "</td>");
  }
  g_string_append (html, "</tr>\n");
}

static void
append_table (const Section *s, GString *html)
{
  g_string_append (html,
      "<section>\n<h2>People</h2>\n<div class=\"wide\">\n<table>\n<thead><tr>"
      "<th>Person</th><th>First seen</th><th>Last seen</th><th>Time seen</th>"
      "<th class=\"text\">Mostly</th><th></th>");
  for (guint i = 0; i < s->n_labels; i++) {
    g_string_append (html, "<th class=\"label\">");
    html_text (html, timeline_label (s->chart.model, s->labels[i]));
    g_string_append (html, "</th>");
  }
  g_string_append (html, "</tr></thead>\n<tbody>\n");
  for (guint i = 0; i < s->persons->len; i++) {
    g_autoptr (GString) row = g_string_new (NULL);
    g_autofree gchar *name = NULL;

    append_row_id (s, row, i);
    name = g_strdup_printf ("<a href=\"#%s\">Person %u</a>", row->str, i + 1);
    append_table_row (
        s, html, g_ptr_array_index (s->persons, i), name, row->str);
  }
  if (s->others->n_people > 0) {
    g_autofree gchar *name = others_name (s);

    append_table_row (s, html, s->others, name, "timeline");
  }
  if (s->persons->len + s->others->n_people > 1)
    append_table_row (s, html, s->all, "Everyone", "timeline");
  g_string_append (html, "</tbody>\n</table>\n</div>\n</section>\n");
}

static void
append_section (GString *html, const Section *s)
{
  if (s->chart.timeline->models->len > 1) {
    g_string_append (html, "<h2 class=\"model\">Model ");
    html_text (
        html, s->chart.model->name ? s->chart.model->name : "of unknown name");
    g_string_append (html, "</h2>\n");
  }
  append_overall (s, html);
  append_timeline (s, html);
  append_table (s, html);
}

/* ---- the page -------------------------------------------------------------------- */

static void
append_end (GString *html)
{
  g_string_append (html,
      "<p class=\"note\"><b>What this can tell.</b> A network guessed what "
      "people "
      "would say that each face shows, one picture at a time; on the pictures "
      "it "
      "was tested with it is wrong about once in three. An expression is not "
      "an "
      "emotion: this says nothing certain about what a person feels, less of "
      "faces "
      "that are turned, covered or badly lit, and may be worse for some groups "
      "of "
      "people than for others. Do not decide about anybody by it.</p>\n"
      "<footer>resemotenet-watch " REN_VERSION
      " · a person is whom the face tracker took for the same; who comes back "
      "may "
      "be counted again</footer>\n</body>\n</html>\n");
}

GString *
report_html (const Timeline *t, const ReportInfo *info, const gchar *path)
{
  GString *html = g_string_new (NULL);
  g_autofree gchar *address =
      t->n_restarts == 0 ? source_link_new (info->source, path) : NULL;
  g_autoptr (GString) link = address ? g_string_new (NULL) : NULL;

  if (link)
    html_text (link, address);
  append_top (html, t, info);
  if (t->models->len == 0) {
    append_keys (html, t, NULL);
    g_string_append (html, "<p class=\"note\">No face was seen.</p>\n");
  }
  for (guint i = 0; i < t->models->len; i++) {
    Section s;

    section_init (&s, t, i, link ? link->str : NULL);
    if (i == 0) {
      append_keys (html, t, &s);
      g_string_append (html, "<main id=\"timeline\">\n");
    }
    append_section (html, &s);
    if (i + 1 == t->models->len)
      g_string_append (html, "</main>\n");
    section_clear (&s);
  }
  append_end (html);
  return html;
}

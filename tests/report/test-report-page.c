/* The report: what is in it, that it is well-formed, escaped and whole
 * SPDX-License-Identifier: MIT
 *
 * With REN_REPORT_DIR set, the reports stay there to be looked at.
 */
#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "people.h"
#include "report.h"
#include "source-link.h"

static gchar *temporary;

static gchar *
path_of (const gchar *name)
{
  const gchar *kept = g_getenv ("REN_REPORT_DIR");

  return g_build_filename (kept ? kept : temporary, name, NULL);
}

/* ---- the page, parsed -------------------------------------------------------- */

typedef struct
{
  const gchar *link; /* what addresses of the source begin with, or NULL */
  GHashTable *ids;
  GPtrArray *anchors; /* ids that are linked to */
  guint n_paths, n_images, n_links, n_rows;
  GString *style, *text;
  gchar *policy;
  gboolean in_style;
  gdouble area;          /* of all paths */
  gdouble width, height; /* of the last drawing */
} Page;

static void
check_address (Page *page, const gchar *element, const gchar *value)
{
  if (g_str_has_prefix (value, "data:image/jpeg;base64,")) {
    g_assert_true (
        g_str_equal (element, "image") || g_str_equal (element, "img"));
    page->n_images++;
    return;
  }
  g_assert_cmpstr (element, ==, "a");
  if (value[0] == '#') {
    g_ptr_array_add (page->anchors, g_strdup (value + 1));
  } else {
    g_assert_nonnull (page->link);
    g_assert_true (g_str_has_prefix (value, page->link));
    g_assert_true (g_str_has_prefix (value + strlen (page->link), "#t="));
    g_assert_null (strchr (value, ','));
    page->n_links++;
  }
}

/* Area of a path of polygons, all of which turn the same way (or are rounded to
 * nothing). */
static gdouble
path_area (const gchar *d)
{
  gdouble all = 0, area = 0, x0 = 0, y0 = 0, x1 = 0, y1 = 0;

  for (gboolean first = FALSE; *d; d += strspn (d, "L ")) {
    gchar *end;
    gdouble x, y;

    if (*d == 'M') {
      first = TRUE;
      d++;
    }
    if (*d == 'Z') {
      area += x1 * y0 - x0 * y1;
      g_assert_cmpfloat (area, >=, 0);
      all += area / 2;
      area = 0;
      d++;
      continue;
    }
    x = g_ascii_strtod (d, &end);
    g_assert_cmpint (*end, ==, ',');
    y = g_ascii_strtod (end + 1, &end);
    d = end;
    if (first) {
      x0 = x;
      y0 = y;
    } else {
      area += x1 * y - x * y1;
    }
    first = FALSE;
    x1 = x;
    y1 = y;
  }
  return all;
}

static void
on_start (GMarkupParseContext *context, const gchar *element,
    const gchar **names, const gchar **values, gpointer data, GError **error)
{
  static const gchar *const allowed[] = { "html", "head", "meta", "title",
    "style", "body", "header", "main", "section", "footer", "h1", "h2", "p",
    "b", "a", "ul", "li", "dl", "dt", "dd", "div", "span", "img", "table",
    "thead", "tbody", "tr", "th", "td", "svg", "g", "line", "text", "path",
    "rect", "image", NULL };
  Page *page = data;

  if (!g_strv_contains (allowed, element))
    g_error ("element %s", element);
  page->in_style = g_str_equal (element, "style");
  page->n_paths += g_str_equal (element, "path");
  for (; *names; names++, values++) {
    /* neither scripts nor styles in attributes */
    g_assert_false (g_str_has_prefix (*names, "on"));
    g_assert_cmpstr (*names, !=, "style");
    if (strstr (*names, "href") || strstr (*names, "src"))
      check_address (page, element, *values);
    if (g_str_equal (*names, "d"))
      page->area += path_area (*values);
    if (g_str_equal (*names, "viewBox"))
      g_assert_cmpint (
          sscanf (*values, "0 0 %lf %lf", &page->width, &page->height), ==, 2);
    if (g_str_equal (*names, "id"))
      g_assert_true (g_hash_table_add (page->ids, g_strdup (*values)));
    if (g_str_equal (*names, "class") && g_str_equal (*values, "row"))
      page->n_rows++;
    if (g_str_equal (element, "meta") && g_str_equal (*names, "content") &&
        strstr (*values, "default-src"))
      page->policy = g_strdup (*values);
  }
}

static void
on_text (GMarkupParseContext *context, const gchar *text, gsize n_bytes,
    gpointer data, GError **error)
{
  Page *page = data;

  g_string_append_len (
      page->in_style ? page->style : page->text, text, (gssize) n_bytes);
}

static void
on_end (GMarkupParseContext *context, const gchar *element, gpointer data,
    GError **error)
{
  ((Page *) data)->in_style = FALSE;
  g_string_append_c (((Page *) data)->text, '\n');
}

static void
page_clear (Page *page)
{
  g_hash_table_unref (page->ids);
  g_ptr_array_unref (page->anchors);
  g_string_free (page->style, TRUE);
  g_string_free (page->text, TRUE);
  g_free (page->policy);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Page, page_clear)

/* That the policy allows the page's own style sheet, and hardly more. */
static void
check_policy (const Page *page)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  guint8 digest[32];
  gsize n_bytes = sizeof digest;
  g_autofree gchar *base64 = NULL, *policy = NULL;

  g_checksum_update (
      sum, (const guchar *) page->style->str, (gssize) page->style->len);
  g_checksum_get_digest (sum, digest, &n_bytes);
  base64 = g_base64_encode (digest, n_bytes);
  policy = g_strdup_printf ("default-src 'none'; img-src data:; style-src "
                            "'sha256-%s'; base-uri 'none'; form-action 'none'",
      base64);
  g_assert_cmpstr (page->policy, ==, policy);
  g_assert_null (strstr (page->style->str, "url("));
  g_assert_null (strstr (page->style->str, "@import"));
}

/* Makes a report, where it can be looked at if asked for, and parses it: it is
 * well-formed, needs nothing from elsewhere, and all its links lead somewhere. */
static void
write_page (const Timeline *t, const gchar *source, const gchar *name,
    const gchar *link, Page *page)
{
  static const GMarkupParser parser = {
    .start_element = on_start, .end_element = on_end, .text = on_text
  };
  g_autoptr (GDateTime) date = g_date_time_new_utc (2031, 5, 17, 14, 3, 0);
  const ReportInfo info = { source, date };
  g_autofree gchar *path = path_of (name);
  GString *html = report_html (t, &info, path);
  g_autoptr (GMarkupParseContext) context = NULL;
  g_autoptr (GError) error = NULL;

  if (g_getenv ("REN_REPORT_DIR"))
    report_write (t, &info, path, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (html->len, <, 4 << 20);
  g_assert_true (g_utf8_validate (html->str, (gssize) html->len, NULL));

  *page = (Page){ .link = link,
    .ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL),
    .anchors = g_ptr_array_new_with_free_func (g_free),
    .style = g_string_new (NULL),
    .text = g_string_new (NULL) };
  context = g_markup_parse_context_new (&parser, 0, page, NULL);
  g_markup_parse_context_parse (context, html->str, (gssize) html->len, &error);
  g_assert_no_error (error);
  g_markup_parse_context_end_parse (context, &error);
  g_assert_no_error (error);
  g_string_free (html, TRUE);
  check_policy (page);
  for (guint i = 0; i < page->anchors->len; i++)
    g_assert_true (g_hash_table_contains (
        page->ids, g_ptr_array_index (page->anchors, i)));
}

#define assert_says(page, what)                                                \
  g_assert_nonnull (strstr ((page).text->str, what))
#define assert_silent(page, what)                                              \
  g_assert_null (strstr ((page).text->str, what))

/* ---- people ------------------------------------------------------------------ */

static void
test_small (void)
{
  g_autoptr (Timeline) t = timeline_new ();
  g_auto (Page) page = { 0 };

  people_play (t, 1, 3 * GST_SECOND, GST_SECOND / 12);
  write_page (t, "file:///films/a%20short%3Cclip.webm", "small.html",
      "file:///films/a%20short%3Cclip.webm", &page);
  assert_says (page, "Emotions in a short<clip.webm");
  assert_says (page, "2031-05-17 14:03");
  assert_says (page, "3.1 s");
  assert_says (page, "Person 1");
  assert_silent (page, "Everyone");
  assert_silent (page, "seen for shorter");
  g_assert_cmpuint (page.n_rows, ==, 1);
  g_assert_cmpuint (page.n_links, >, 5);
}

static void
test_medium (void)
{
  g_autoptr (Timeline) t = timeline_new ();
  g_autofree gchar *folder = path_of ("");
  g_autofree gchar *film =
      g_build_filename (folder, "sub", "film: 1#?.webm", NULL);
  g_autofree gchar *uri = g_filename_to_uri (film, NULL, NULL);
  g_auto (Page) page = { 0 };

  people_play (t, 5, 150 * GST_SECOND, GST_SECOND / 10);
  write_page (t, uri, "medium.html", "./sub/film%3A%201%23%3F.webm", &page);
  assert_says (page, "Everyone");
  assert_says (page, "Person 5");
  g_assert_cmpuint (page.n_rows, ==, 6);
  g_assert_cmpuint (page.n_images, >, 10);
}

/* With 60 people, who were seen for three hours. */
static void
test_large (void)
{
  g_autoptr (Timeline) t = timeline_new ();
  g_auto (Page) page = { 0 };

  people_play (t, 60, 3 * 3600 * GST_SECOND, 4 * GST_SECOND);
  write_page (t, "rtsp://user:secret@camera/1?password=secret", "large.html",
      NULL, &page);
  assert_says (page, "Emotions in rtsp://camera/1\n");
  assert_says (page, "3 h 0 min");
  assert_says (page, "Person 40");
  assert_silent (page, "Person 41");
  assert_says (page, "20 others");
  assert_silent (page, "secret");
  g_assert_cmpuint (page.n_rows, ==, 42);
}

/* Lines of the table and of the bars say what the timeline holds. */
static void
test_figures (void)
{
  g_autoptr (Timeline) t = timeline_new ();
  g_auto (Page) page = { 0 };

  for (guint i = 0; i < 80; i++) {
    const EmotionFace faces[2] = { people_face (3, i < 60 ? 0 : 2, .8f),
      people_face (8, 3, .8f) };

    timeline_add_faces (t, faces, i < 40 ? 1 : 2, i * GST_SECOND, GST_SECOND);
  }
  timeline_finish (t);
  write_page (t, "x.webm", "figures.html", NULL, &page);
  /* person, first and last time, time, mostly, then shares */
  assert_says (page, "Person 1\n\n0:00\n\n1:20\n\n1 min 20 s\n");
  assert_says (page, "Person 2\n\n0:40\n\n1:20\n\n40 s\n");
  assert_says (page, "75.0 %");
  assert_says (page, "50.0 %\n1 min 0 s\n");
  assert_says (page, "33.3 %\n40 s\n");
  assert_says (page, "16.7 %\n20 s\n");
  assert_says (page, "happy: 1 min 0 s, 75.0 %");
  g_assert_cmpuint (page.n_paths, ==, 3 + 2 + 1);
}

/* What areas cover is the time that was seen, also where a face is seen for one
 * column, and where emotions come and go. */
static void
test_areas (void)
{
  g_autoptr (Timeline) t = timeline_new ();
  g_auto (Page) page = { 0 };
  guint64 seen = 0;

  for (guint i = 0; i < 200; i++) {
    const EmotionFace face = people_face (1, i / 3 % 2 ? 0 : i % 5, .8f);
    const gboolean there = i < 60 ? i % 7 < 5 : i < 90 ? i % 4 == 0 : i != 150;

    timeline_add_faces (t, &face, there, i * GST_SECOND / 2, GST_SECOND / 2);
    seen += there;
  }
  timeline_finish (t);
  write_page (t, "x.webm", "areas.html", NULL, &page);
  /* points are rounded to a tenth of a unit, of 10 × 100 a column */
  g_assert_cmpfloat (page.width * page.height, ==, 200000);
  g_assert_cmpfloat_with_epsilon (page.area, seen * 1000., 100);
}

static void
test_nothing (void)
{
  g_autoptr (Timeline) t = timeline_new ();
  g_auto (Page) none = { 0 }, empty = { 0 };

  write_page (t, "x", "none.html", NULL, &none);
  assert_says (none, "No face was seen.");
  timeline_add_faces (t, NULL, 0, 0, GST_SECOND);
  timeline_finish (t);
  write_page (t, "x", "empty.html", NULL, &empty);
  assert_says (empty, "No face was seen.");
  assert_says (empty, "1 s");
}

/* What comes from outside is text. */
static void
test_hostile (void)
{
  static const gchar *const texts[] = { "</style><script>alert(1)</script>",
    "\" onload=\"alert(1)", "'&amp;<b>", "\x01\x1b[31m\xe2\x80\xae", "",
    "a label that goes on and on and on, and that does not end where it should",
    "anger" };
  static const gchar *const sources[] = { "javascript:alert(1)",
    "https://e/\"><script>alert(1)</script>", "data:text/html,<script>",
    "<script>alert(1)</script>", "\xff\xfe", "file:///%ff%22%3E%3Cscript%3E",
    "https://u:p@host/a.mp4", "https://host/a.mp4?token=secret", "" };

  for (guint k = 0; k < G_N_ELEMENTS (sources); k++) {
    g_autoptr (Timeline) t = timeline_new ();
    g_autofree gchar *link = source_link_new (sources[k], "/r/report.html");
    g_auto (Page) page = { 0 };

    for (guint i = 0; i < 2 * G_N_ELEMENTS (texts); i++) {
      EmotionFace face = people_face (i, 0, .8f);

      face.label = texts[i / 2];
      face.model_name = texts[i % 2];
      for (guint j = 0; j < PEOPLE_LABELS; j++)
        face.score_labels[j] = texts[j];
      timeline_add_faces (t, &face, 1, i * GST_SECOND, GST_SECOND);
    }
    timeline_finish (t);
    write_page (t, sources[k], "hostile.html", link, &page);
    assert_says (page, texts[0]);
    assert_says (page, texts[2]);
    assert_says (page, "\xef\xbf\xbd\xef\xbf\xbd[31m\xef\xbf\xbd");
    assert_silent (page, "secret");
  }
}

/* A label has its own colour and its own place, however many there are. */
static void
test_many_labels (void)
{
  g_autoptr (Timeline) t = timeline_new ();
  g_auto (Page) page = { 0 };

  for (guint i = 0; i < 320; i++) {
    g_autofree gchar *label = g_strdup_printf ("state of mind %u", i / 10 + 1);
    EmotionFace face = people_face (i % 3, 0, .8f);

    face.label = label;
    face.n_scores = 0;
    timeline_add_faces (t, &face, 1, i * GST_SECOND / 2, GST_SECOND / 2);
  }
  timeline_finish (t);
  write_page (t, "many.webm", "labels.html", NULL, &page);
  assert_says (page, "state of mind 32");
}

/* ---- links ------------------------------------------------------------------- */

static void
test_links (void)
{
  static const struct
  {
    const gchar *source, *report, *link, *name;
  } cases[] = {
    { "file:///a/b%20c.mp4", "/a/r.html", "./b%20c.mp4", "b c.mp4" },
    { "file:///a/x/b.mp4", "/a/r.html", "./x/b.mp4", "b.mp4" },
    { "file:///b.mp4", "/r.html", "./b.mp4", "b.mp4" },
    { "file:///a/b.mp4", "/ab/r.html", "file:///a/b.mp4", "b.mp4" },
    { "file:///ab/b.mp4", "/a/r.html", "file:///ab/b.mp4", "b.mp4" },
    { "http://h:8080/v.mp4", "/r.html", "http://h:8080/v.mp4",
        "http://h:8080/v.mp4" },
    { "https://u:p@h/v.mp4#t=3", "/r.html", "https://h/v.mp4",
        "https://h/v.mp4" },
    { "https://h/v.mp4?pw=p", "/r.html", NULL, "https://h/v.mp4" },
    { "rtsp://u:p@h:554/s", "/r.html", NULL, "rtsp://h:554/s" },
    { "rtsp://u:p@w:x@h/s", "/r.html", NULL, NULL },
    { "v4l2:///dev/video0", "/r.html", NULL, NULL },
    { "-", "/r.html", NULL, "standard input" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree gchar *link = source_link_new (cases[i].source, cases[i].report);
    g_autofree gchar *name = source_link_name (cases[i].source);

    g_assert_cmpstr (link, ==, cases[i].link);
    if (cases[i].name)
      g_assert_cmpstr (name, ==, cases[i].name);
    g_assert_null (strstr (name, "u:p"));
    g_assert_null (strstr (name, "w:x"));
  }
}

/* ---- the file ------------------------------------------------------------------ */

static void
check_refused (const gchar *path)
{
  g_autoptr (Timeline) t = timeline_new ();
  const ReportInfo info = { "x", NULL };
  g_autoptr (GError) error = NULL;

  g_assert_false (report_check (path, &error));
  g_assert_error (error, G_FILE_ERROR, (gint) error->code);
  g_assert_nonnull (strstr (error->message, path));
  g_clear_error (&error);
  g_assert_false (report_write (t, &info, path, &error));
  g_assert_nonnull (strstr (error->message, path));
}

static void
test_errors (void)
{
  g_autofree gchar *folder = g_build_filename (temporary, "folder", NULL);

  check_refused ("/nonexistent/report.html");
  check_refused ("/dev/full");
  g_assert_cmpint (g_mkdir (folder, 0777), ==, 0);
  check_refused (folder);
  g_rmdir (folder);
}

/* On a disk that is full, as far as this process sees. */
static void
test_whole_or_not (void)
{
  g_autoptr (Timeline) t = timeline_new ();
  const ReportInfo info = { "x", NULL };
  g_autofree gchar *path = g_build_filename (temporary, "old.html", NULL);
  g_autofree gchar *link = g_build_filename (temporary, "link.html", NULL);
  g_autofree gchar *text = NULL;
  g_autoptr (GError) error = NULL;
  struct rlimit limit, small;

  g_assert_true (g_file_set_contents (path, "old", -1, NULL));
  g_assert_cmpint (symlink ("old.html", link), ==, 0);
  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &limit), ==, 0);
  small = limit;
  small.rlim_cur = 1000;
  signal (SIGXFSZ, SIG_IGN);
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &small), ==, 0);
  g_assert_false (report_write (t, &info, link, &error));
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &limit), ==, 0);
  g_assert_nonnull (strstr (error->message, link));
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "old");
  g_clear_error (&error);

  /* what a link points at is replaced */
  g_assert_true (report_write (t, &info, link, &error));
  g_assert_no_error (error);
  g_assert_true (g_file_test (link, G_FILE_TEST_IS_SYMLINK));
  g_clear_pointer (&text, g_free);
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_true (g_str_has_prefix (text, "<!DOCTYPE html>"));
  g_unlink (link);
  g_unlink (path);
}

int
main (int argc, char **argv)
{
  int status;

  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  temporary = g_dir_make_tmp ("report-XXXXXX", NULL);
  g_test_add_func ("/report-page/small", test_small);
  g_test_add_func ("/report-page/medium", test_medium);
  g_test_add_func ("/report-page/large", test_large);
  g_test_add_func ("/report-page/figures", test_figures);
  g_test_add_func ("/report-page/areas", test_areas);
  g_test_add_func ("/report-page/nothing", test_nothing);
  g_test_add_func ("/report-page/hostile", test_hostile);
  g_test_add_func ("/report-page/many-labels", test_many_labels);
  g_test_add_func ("/report-page/links", test_links);
  g_test_add_func ("/report-page/errors", test_errors);
  g_test_add_func ("/report-page/whole-or-not", test_whole_or_not);
  status = g_test_run ();
  /* empty, or nothing was cleaned up */
  g_assert_cmpint (g_rmdir (temporary), ==, 0);
  g_free (temporary);
  return status;
}

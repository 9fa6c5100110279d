/* Reports of every shape: few and many classes, long names, short trainings.
 * SPDX-License-Identifier: MIT
 *
 * With REN_REPORT_DIR set, the reports stay there to be looked at.
 */
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "app.h"
#include "visual-report.h"

G_DEFINE_QUARK (resemotenet - app - error, app_error)

static char *
folder (void)
{
  const char *kept = g_getenv ("REN_REPORT_DIR");

  return kept ? g_strdup (kept) : g_dir_make_tmp ("report-XXXXXX", NULL);
}

static void
add_faces (GArray *predictions, guint n_faces, guint n_classes,
    double share_right, GRand *random)
{
  for (guint i = 0; i < n_faces; i++) {
    Prediction p = { .name = g_strdup_printf ("images/face-%06u.png", i),
      .true_class = i % n_classes };
    const guint said =
        g_rand_double (random) < share_right
            ? p.true_class
            : (guint) g_rand_int_range (random, 0, (gint) n_classes);
    const float top = (float) g_rand_double_range (random, 1.01 / n_classes, 1);

    for (guint j = 0; j < n_classes; j++)
      p.scores[j] = j == said ? top : (1 - top) / (float) (n_classes - 1);
    for (guint j = 0; j < REN_FACE_BYTES; j++)
      p.pixels[j] = (guint8) (j / 16 + i * 16 + (j * i) % 64);
    g_array_append_val (predictions, p);
  }
}

static GArray *
make_history (guint n_epochs)
{
  GArray *history = g_array_new (FALSE, FALSE, sizeof (EpochRow));

  for (guint i = 1; i <= n_epochs; i++) {
    const EpochRow row = { i, i < 40 ? 1e-3 : 1e-4, 1.8 * exp (-.05 * i) + .05,
      1 - .75 * exp (-.06 * i), 1.6 * exp (-.04 * i) + .01 * i,
      .7 - .5 * exp (-.05 * i), 60 };

    g_array_append_val (history, row);
  }
  return history;
}

static guint32
big_endian (const char *bytes)
{
  guint32 v;

  memcpy (&v, bytes, 4);
  return GUINT32_FROM_BE (v);
}

/* Writes it and looks at what must be so of each; returns the HTML. */
static char *
write_report (const VisualReport *report, const char *name, double *aspect)
{
  g_autofree char *dir = folder ();
  g_autofree char *file = g_strconcat (name, ".html", NULL);
  g_autofree char *picture_file = g_strconcat (name, ".png", NULL);
  g_autofree char *path = g_build_filename (dir, file, NULL);
  g_autofree char *picture_path = g_build_filename (dir, picture_file, NULL);
  g_autofree char *picture = NULL;
  char *html = NULL;
  gsize n_bytes;
  GError *error = NULL;
  GDir *listing;
  guint n_files = 0;

  g_assert_true (visual_report_write (report, path, &error));
  g_assert_no_error (error);
  g_assert_true (g_file_get_contents (path, &html, NULL, &error));
  g_assert_true (
      g_file_get_contents (picture_path, &picture, &n_bytes, &error));
  g_assert_no_error (error);
  g_assert_true (g_str_has_prefix (html, "<!DOCTYPE html>"));
  g_assert_true (g_str_has_suffix (html, "</html>\n"));
  g_assert_null (strstr (html, "<script"));
  g_assert_null (strstr (html, "http:"));
  g_assert_true (g_utf8_validate (html, -1, NULL));
  g_assert_cmpuint (n_bytes, >, 24);
  g_assert_cmpmem (picture, 8, "\x89PNG\r\n\x1a\n", 8);
  g_assert_cmpuint (big_endian (picture + 16), ==, 1500);
  *aspect = big_endian (picture + 20) / 1500.0;

  if (!g_getenv ("REN_REPORT_DIR")) {
    /* no temporary file is left */
    listing = g_dir_open (dir, 0, NULL);
    while (g_dir_read_name (listing))
      n_files++;
    g_dir_close (listing);
    g_assert_cmpuint (n_files, ==, 2);
    g_unlink (path);
    g_unlink (picture_path);
    g_rmdir (dir);
  }
  return html;
}

static guint
count (const char *text, const char *part)
{
  guint n = 0;

  for (; (text = strstr (text, part)); text++)
    n++;
  return n;
}

static void
test_classes (gconstpointer data)
{
  const guint n_classes = GPOINTER_TO_UINT (data);
  g_autoptr (GRand) random = g_rand_new_with_seed (n_classes);
  g_autoptr (GArray) predictions = predictions_new ();
  g_autofree char *name = g_strdup_printf ("classes-%u", n_classes);
  g_autofree char *html = NULL;
  g_auto (GStrv) labels = g_new0 (char *, n_classes + 1);
  const VisualReport report = { .title = "Classes",
    .labels = (const char *const *) labels,
    .predictions = predictions };
  double aspect;

  for (guint i = 0; i < n_classes; i++)
    labels[i] = i == 1 ? g_strdup ("a mixture of delight and utter disbelief "
                                   "that nobody ever named")
                       : g_strdup_printf ("emotion %u", i + 1);
  add_faces (predictions, 40 * n_classes, n_classes, .6, random);
  html = write_report (&report, name, &aspect);
  g_assert_cmpuint (count (html, "<img"), ==, 3);
  g_assert_cmpuint (count (html, "<tr><th scope=\"row\">"), ==, n_classes);
  g_assert_cmpfloat (aspect, >, 1.5);
  g_assert_cmpfloat (aspect, <, 4);
}

/* Of a training, with and without faces. */
static void
test_training (gconstpointer data)
{
  const guint n_epochs = GPOINTER_TO_UINT (data);
  static const char *const labels[] = { "happy", "sad", NULL };
  static const char *const facts[] = { "Recipe", "paper", "Batch", "16", NULL };
  g_autoptr (GRand) random = g_rand_new_with_seed (n_epochs);
  g_autoptr (GArray) predictions = predictions_new ();
  g_autoptr (GArray) history = make_history (n_epochs);
  g_autofree char *name = g_strdup_printf ("epochs-%u", n_epochs);
  g_autofree char *html = NULL;
  VisualReport report = {
    .title = "A training", .labels = labels, .history = history, .facts = facts
  };
  double alone, with_faces;

  html = write_report (&report, name, &alone);
  g_assert_cmpuint (count (html, "<img"), ==, 1);
  g_assert_nonnull (strstr (html, "<td>paper</td>"));
  g_assert_nonnull (strstr (html, "Best validation accuracy"));
  g_clear_pointer (&html, g_free);

  report.predictions = predictions;
  add_faces (predictions, 12, 2, 1, random);
  html = write_report (&report, name, &with_faces);
  g_assert_cmpuint (count (html, "<img"), ==, 4);
  g_assert_cmpfloat (with_faces, >, alone + 1);
}

/* What a training that goes wrong leaves behind is drawn all the same. */
static void
test_gaps (void)
{
  static const char *const labels[] = { "happy", "sad", NULL };
  g_autoptr (GArray) history = make_history (12);
  g_autofree char *html = NULL;
  const VisualReport report = {
    .title = "Gaps", .labels = labels, .history = history
  };
  double aspect;

  for (guint i = 0; i < history->len; i++) {
    EpochRow *row = &g_array_index (history, EpochRow, i);

    row->validation_accuracy = row->train_accuracy = NAN;
    if (i == 5 || i == 6)
      row->train_loss = i == 5 ? NAN : INFINITY;
    if (i > 8)
      row->validation_loss = NAN;
    row->learning_rate = i % 2 ? 0 : NAN;
    if (i == 11)
      row->train_loss = 3e38;
  }
  html = write_report (&report, "gaps", &aspect);
  g_assert_null (strstr (html, "nan"));
}

static void
test_escaping (void)
{
  static const char *const labels[] = { "<b>\"&'", "b\xff\x1b[2Jad", NULL };
  static const char *const facts[] = { "<i>", "<script>alert(1)</script>",
    NULL };
  g_autoptr (GRand) random = g_rand_new_with_seed (1);
  g_autoptr (GArray) predictions = predictions_new ();
  g_autofree char *html = NULL;
  const VisualReport report = { .title = "</title><script>\x01",
    .labels = labels,
    .predictions = predictions,
    .facts = facts };
  double aspect;

  add_faces (predictions, 10, 2, 0, random);
  html = write_report (&report, "escaping", &aspect);
  g_assert_nonnull (strstr (html, "&lt;script&gt;alert(1)&lt;/script&gt;"));
  g_assert_nonnull (strstr (html, "&lt;b&gt;&quot;&amp;"));
  g_assert_null (strchr (html, 0x1b));
  g_assert_null (strchr (html, 0x01));
}

/* Neither file changes unless both can be written. */
static void
test_whole_or_not (void)
{
  static const char *const labels[] = { "happy", "sad", NULL };
  g_autoptr (GArray) history = make_history (2);
  g_autofree char *dir = g_dir_make_tmp ("report-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (dir, "r.html", NULL);
  g_autofree char *picture = g_build_filename (dir, "r.png", NULL);
  g_autofree char *nowhere = g_build_filename (dir, "no", "r.html", NULL);
  g_autofree char *text = NULL;
  const VisualReport report = {
    .title = "Whole", .labels = labels, .history = history
  };
  GError *error = NULL;

  g_assert_false (visual_report_check (picture, &error));
  g_assert_error (error, APP_ERROR, APP_ERROR_USAGE);
  g_clear_error (&error);

  g_assert_false (visual_report_write (&report, nowhere, &error));
  g_assert_error (error, APP_ERROR, APP_ERROR_FAILED);
  g_clear_error (&error);

  g_assert_true (g_file_set_contents (picture, "old", -1, NULL));
  g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
  g_assert_false (visual_report_write (&report, path, &error));
  g_assert_error (error, APP_ERROR, APP_ERROR_FAILED);
  g_clear_error (&error);
  g_assert_true (g_file_get_contents (picture, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "old");
  g_unlink (picture);
  g_rmdir (path);
  /* empty, or this fails */
  g_assert_cmpint (g_rmdir (dir), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func (
      "/report/classes-2", GUINT_TO_POINTER (2), test_classes);
  g_test_add_data_func (
      "/report/classes-8", GUINT_TO_POINTER (8), test_classes);
  g_test_add_data_func (
      "/report/classes-32", GUINT_TO_POINTER (REN_MAX_CLASSES), test_classes);
  g_test_add_data_func (
      "/report/epochs-1", GUINT_TO_POINTER (1), test_training);
  g_test_add_data_func (
      "/report/epochs-2", GUINT_TO_POINTER (2), test_training);
  g_test_add_data_func (
      "/report/epochs-80", GUINT_TO_POINTER (80), test_training);
  g_test_add_func ("/report/gaps", test_gaps);
  g_test_add_func ("/report/escaping", test_escaping);
  g_test_add_func ("/report/whole-or-not", test_whole_or_not);
  return g_test_run ();
}

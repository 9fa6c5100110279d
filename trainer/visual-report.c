/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "app.h"
#include "figures.h"
#include "output-files.h"

static const Figure *const figures[] = { &figure_curves, &figure_confusion,
  &figure_classes, &figure_reliability, &figure_mistakes, NULL };

char *
format_share (double share, guint decimals)
{
  return isnan (share)
             ? g_strdup ("–")
             : g_strdup_printf ("%.*f %%", (int) decimals, 100 * share);
}

/* ---- key figures --------------------------------------------------------- */

static guint
add_figure (
    KeyFigure *out, guint n, const char *name, char *value, char *remark)
{
  out[n] = (KeyFigure){ name, value, remark };
  return n + 1;
}

static guint
figures_of_predictions (const Metrics *metrics, KeyFigure *out)
{
  g_autofree char *correct = console_number (metrics->n_correct);
  double low, high;
  guint n = 0;

  metrics_interval (metrics->n_correct, metrics->n_faces, &low, &high);
  n = add_figure (out, n, "Accuracy",
      format_share (metrics_accuracy (metrics), 2),
      g_strdup_printf (
          "95 %% interval %.1f to %.1f %%", 100 * low, 100 * high));
  n = add_figure (out, n, "Macro F1",
      format_share (metrics_macro_f1 (metrics), 2),
      g_strdup ("mean over the classes"));
  n = add_figure (out, n, "NLL",
      g_strdup_printf ("%.4f", metrics_nll (metrics)),
      g_strdup_printf ("by chance %.4f", log (metrics->n_classes)));
  n = add_figure (out, n, "Calibration error",
      format_share (metrics_ece (metrics), 2),
      g_strdup_printf ("ECE of %d bins", METRICS_BINS));
  return add_figure (out, n, "Faces", console_number (metrics->n_faces),
      g_strdup_printf ("%s recognised", correct));
}

static guint
figures_of_history (const GArray *history, KeyFigure *out)
{
  const EpochRow *best = NULL;
  guint n;

  for (guint i = 0; i < history->len; i++) {
    const EpochRow *row = &g_array_index (history, EpochRow, i);

    if (isfinite (row->validation_accuracy) &&
        (!best || row->validation_accuracy > best->validation_accuracy))
      best = row;
  }
  n = add_figure (out, 0, "Epochs", g_strdup_printf ("%u", history->len), NULL);
  if (best)
    n = add_figure (out, n, "Best validation accuracy",
        format_share (best->validation_accuracy, 2),
        g_strdup_printf ("epoch %u", best->epoch));
  return n;
}

guint
key_figures (const ReportData *data, KeyFigure out[MAX_KEY_FIGURES])
{
  const GArray *history = data->report->history;

  if (data->have_predictions)
    return figures_of_predictions (&data->metrics, out);
  return history && history->len ? figures_of_history (history, out) : 0;
}

void
key_figures_clear (KeyFigure *key_figures, guint n)
{
  for (guint i = 0; i < n; i++) {
    g_free (key_figures[i].value);
    g_free (key_figures[i].remark);
  }
}

/* ---- data ---------------------------------------------------------------- */

static int
compare_true_scores (gconstpointer a, gconstpointer b)
{
  const Prediction *p = *(Prediction *const *) a;
  const Prediction *q = *(Prediction *const *) b;
  const float x = p->scores[p->true_class], y = q->scores[q->true_class];

  /* where scores are equal, the order must not depend on the sort */
  return x != y ? (x < y ? -1 : 1) : p < q ? -1 : p > q;
}

static void
collect (const VisualReport *report, ReportData *data)
{
  *data = (ReportData){ .report = report };
  data->mistakes = g_ptr_array_new ();
  data->metrics.n_classes = g_strv_length ((char **) report->labels);
  data->have_predictions = report->predictions && report->predictions->len;

  for (guint i = 0; data->have_predictions && i < report->predictions->len;
       i++) {
    Prediction *p = &g_array_index (report->predictions, Prediction, i);

    if (metrics_add_scores (&data->metrics, p->true_class, p->scores) !=
        p->true_class)
      g_ptr_array_add (data->mistakes, p);
  }
  g_ptr_array_sort (data->mistakes, compare_true_scores);
}

/* ---- the files ----------------------------------------------------------- */

gboolean
visual_report_check (const char *path, GError **error)
{
  g_autofree char *shown = console_name (path);

  if (g_str_has_suffix (path, ".html"))
    return TRUE;
  g_set_error (error, APP_ERROR, APP_ERROR_USAGE,
      "--report '%s' does not end in .html; the report is written there, and "
      "as a picture beside it, with .png",
      shown);
  return FALSE;
}

gboolean
visual_report_write (
    const VisualReport *report, const char *path, GError **error)
{
  g_autofree char *stem = g_strndup (path, strlen (path) - strlen (".html"));
  g_autofree char *picture_path = g_strconcat (stem, ".png", NULL);
  g_autoptr (GByteArray) picture = NULL;
  GString *html = NULL;
  ReportData data;
  gboolean ok = FALSE;

  g_return_val_if_fail (g_str_has_suffix (path, ".html"), FALSE);

  collect (report, &data);
  if ((picture = visual_report_png (&data, figures, error))) {
    html = visual_report_html (&data, figures);
    ok = output_files_write (
        (OutputFile[]){ { picture_path, picture->data, picture->len },
            { path, html->str, html->len } },
        2, error);
    g_string_free (html, TRUE);
  }
  g_ptr_array_unref (data.mistakes);
  return ok;
}

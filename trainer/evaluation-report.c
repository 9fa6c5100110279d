/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "app.h"
#include "csv.h"
#include "evaluation-report.h"
#include "output.h"
#include "report.h"
#include "results.h"
#include "visual-report.h"

/* "happy, sad": the classes that are, or are not, in the data. */
static char *
list_classes (const Findings *findings, gboolean common)
{
  GString *list = g_string_new (NULL);

  for (guint i = 0; i < findings->metrics.n_classes; i++)
    if (findings->common[i] == common)
      g_string_append_printf (list, "%s%s", list->len ? ", " : "",
          ren_model_label (findings->model, i));
  return g_string_free (list, FALSE);
}

/* ---- text ---------------------------------------------------------------- */

static void
print_cross (const Findings *findings)
{
  const Metrics *restricted = &findings->restricted;
  const guint n_classes = findings->metrics.n_classes;
  double low, high;

  printf ("%sOn another data set%s, of which %u of the model's %u classes have "
          "faces\n",
      console_bold (), console_plain (), findings->n_common, n_classes);
  if (findings->n_common < n_classes) {
    g_autofree char *missing = list_classes (findings, FALSE);
    g_autofree char *shown = console_name (missing);

    printf ("Left out  %s\n", shown);
  }
  metrics_interval (
      findings->metrics.n_correct, findings->metrics.n_faces, &low, &high);
  printf ("Accuracy  %.2f %%, %.2f to %.2f %%, with all outputs\n",
      100 * metrics_accuracy (&findings->metrics), 100 * low, 100 * high);
  metrics_interval (restricted->n_correct, restricted->n_faces, &low, &high);
  printf ("          %.2f %%, %.2f to %.2f %%, with the common classes' only\n",
      100 * metrics_accuracy (restricted), 100 * low, 100 * high);
  printf ("\n");
}

static void
print_one_without (const char *what, const Metrics *metrics)
{
  g_autofree char *n = console_number (metrics->n_faces);
  double low, high;

  metrics_interval (metrics->n_correct, metrics->n_faces, &low, &high);
  printf ("%s  %.2f %%, %.2f to %.2f %%, of %s faces\n", what,
      100 * metrics_accuracy (metrics), 100 * low, 100 * high, n);
}

static void
print_without_twins (const Findings *findings)
{
  g_autofree char *shown = console_name (findings->learnt);

  printf ("%sWithout the faces that have a twin in %s%s\n", console_bold (),
      shown, console_plain ());
  print_one_without ("identical       ", &findings->exact);
  print_one_without ("nearly identical", &findings->near);
  printf ("\n");
}

void
findings_print (const Findings *findings)
{
  if (findings->calibrated)
    printf ("%sCalibrated%s: temperature %.4f, was %.4f\n"
            "NLL       %.4f, was %.4f\n"
            "ECE       %.2f %%, was %.2f %%\n\n",
        console_bold (), console_plain (), (double) findings->temperature,
        (double) findings->temperature_before, metrics_nll (&findings->metrics),
        metrics_nll (&findings->before), 100 * metrics_ece (&findings->metrics),
        100 * metrics_ece (&findings->before));
  if (findings->cross)
    print_cross (findings);
  if (findings->learnt)
    print_without_twins (findings);
  report_print (findings->model, &findings->metrics);
}

/* ---- JSON ---------------------------------------------------------------- */

static void
add_class_list (JsonBuilder *builder, const char *key, const Findings *findings,
    gboolean common)
{
  json_builder_set_member_name (builder, key);
  json_builder_begin_array (builder);
  for (guint i = 0; i < findings->metrics.n_classes; i++)
    if (findings->common[i] == common)
      json_builder_add_string_value (
          builder, ren_model_label (findings->model, i));
  json_builder_end_array (builder);
}

static void
add_cross (JsonBuilder *builder, const Findings *findings)
{
  json_builder_set_member_name (builder, "cross");
  json_builder_begin_object (builder);
  add_class_list (builder, "common", findings, TRUE);
  add_class_list (builder, "left_out", findings, FALSE);
  output_json_number (
      builder, "accuracy_all_outputs", metrics_accuracy (&findings->metrics));
  output_json_number (builder, "accuracy_common_outputs",
      metrics_accuracy (&findings->restricted));
  output_json_number (builder, "macro_f1_common_outputs",
      metrics_macro_f1 (&findings->restricted));
  json_builder_end_object (builder);
}

static void
add_one_without (JsonBuilder *builder, const char *key, const Metrics *metrics)
{
  json_builder_set_member_name (builder, key);
  json_builder_begin_object (builder);
  report_add_accuracy (builder, metrics);
  json_builder_end_object (builder);
}

static void
add_without_twins (JsonBuilder *builder, const Findings *findings)
{
  json_builder_set_member_name (builder, "without_twins");
  json_builder_begin_object (builder);
  output_json_text (builder, "of", findings->learnt);
  add_one_without (builder, "identical", &findings->exact);
  add_one_without (builder, "near", &findings->near);
  json_builder_end_object (builder);
}

void
findings_add_json (JsonBuilder *builder, const Findings *findings)
{
  results_add_model (builder, findings->model);
  output_json_text (builder, "data", findings->data);
  if (findings->split)
    output_json_text (builder, "split", findings->split);
  json_builder_set_member_name (builder, "tta");
  json_builder_add_boolean_value (builder, findings->mirrored);
  output_json_number (builder, "temperature", (double) findings->temperature);
  report_add_json (builder, findings->model, &findings->metrics);
  if (findings->calibrated) {
    json_builder_set_member_name (builder, "before_calibration");
    json_builder_begin_object (builder);
    output_json_number (
        builder, "temperature", (double) findings->temperature_before);
    output_json_number (builder, "nll", metrics_nll (&findings->before));
    output_json_number (builder, "ece", metrics_ece (&findings->before));
    json_builder_end_object (builder);
  }
  if (findings->cross)
    add_cross (builder, findings);
  if (findings->learnt)
    add_without_twins (builder, findings);
  results_add_skipped (builder, findings->skipped);
}

/* ---- CSV ----------------------------------------------------------------- */

GString *
findings_csv (const Findings *findings, const Evaluation *evaluation)
{
  RenModel *model = findings->model;
  GString *csv = g_string_new (NULL);

  csv_append (csv, "file");
  csv_append (csv, "label");
  csv_append (csv, "predicted");
  results_append_labels (csv, model);
  csv_end_row (csv);
  for (guint i = 0; i < evaluation->faces->len; i++) {
    const Face *face = evaluation->faces->pdata[i];
    float scores[REN_MAX_CLASSES];
    const guint predicted =
        evaluation_scores (evaluation, i, findings->temperature, scores);

    csv_append (csv, face_name (face));
    csv_append (csv, ren_model_label (model, (guint) face->label));
    csv_append (csv, ren_model_label (model, predicted));
    results_append_numbers (csv, scores, evaluation->n_classes);
    csv_end_row (csv);
  }
  return csv;
}

/* ---- the picture book ---------------------------------------------------- */

static void
add_fact (GPtrArray *facts, const char *name, char *value)
{
  g_ptr_array_add (facts, g_strdup (name));
  g_ptr_array_add (facts, value);
}

static void
add_cross_facts (GPtrArray *facts, const Findings *findings)
{
  g_autofree char *missing = list_classes (findings, FALSE);

  add_fact (facts, "On another data set",
      g_strdup_printf ("%u of the model's %u classes have faces; left out: %s",
          findings->n_common, findings->metrics.n_classes,
          *missing ? missing : "none"));
  add_fact (facts, "Accuracy, all outputs",
      g_strdup_printf ("%.2f %%", 100 * metrics_accuracy (&findings->metrics)));
  add_fact (facts, "Accuracy, common outputs",
      g_strdup_printf (
          "%.2f %%", 100 * metrics_accuracy (&findings->restricted)));
}

static GPtrArray *
make_facts (const Findings *findings)
{
  static const char *const keys[][2] = { { "Trained on", "trained_on" },
    { "Model's own claim", "accuracy" }, { "Licence", "license" } };
  GPtrArray *facts = g_ptr_array_new_with_free_func (g_free);

  add_fact (facts, "Model", g_strdup (ren_model_name (findings->model)));
  add_fact (facts, "Data",
      findings->split
          ? g_strdup_printf ("%s, split %s", findings->data, findings->split)
          : g_strdup (findings->data));
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++) {
    const char *value = ren_model_metadata (findings->model, keys[i][1]);

    if (value)
      add_fact (facts, keys[i][0], g_strdup (value));
  }
  if (findings->calibrated)
    add_fact (facts, "Temperature",
        g_strdup_printf ("%.4f, fitted on these faces; before it was %.4f: NLL "
                         "%.4f, ECE %.2f %%",
            (double) findings->temperature,
            (double) findings->temperature_before,
            metrics_nll (&findings->before),
            100 * metrics_ece (&findings->before)));
  else
    add_fact (facts, "Temperature",
        g_strdup_printf ("%.4f", (double) findings->temperature));
  add_fact (facts, "Scores of",
      g_strdup (findings->mirrored
                    ? "the mean of the face's outputs and its mirror image's"
                    : "the face as it is"));
  if (findings->cross)
    add_cross_facts (facts, findings);
  if (findings->skipped->len)
    add_fact (facts, "Unreadable, left out",
        g_strdup_printf ("%u pictures", findings->skipped->len));
  g_ptr_array_add (facts, NULL);
  return facts;
}

/* "fer2013/validation": what people call a data set. */
static char *
short_name (const char *path)
{
  g_autofree char *absolute = g_canonicalize_filename (path, NULL);
  g_autofree char *parent = g_path_get_dirname (absolute);
  g_autofree char *folder = g_path_get_basename (parent);
  g_autofree char *name = g_path_get_basename (absolute);

  return g_build_filename (folder, name, NULL);
}

gboolean
findings_write_report (const Findings *findings, const GArray *predictions,
    const char *path, GError **error)
{
  g_autoptr (GPtrArray) facts = make_facts (findings);
  g_autofree char *data = short_name (findings->data);
  g_autofree char *title =
      g_strdup_printf ("%s on %s%s%s", ren_model_name (findings->model), data,
          findings->split ? ", " : "", findings->split ? findings->split : "");
  const char *labels[REN_MAX_CLASSES + 1] = { NULL };
  const VisualReport report = { .title = title,
    .labels = labels,
    .predictions = predictions,
    .facts = (const char *const *) facts->pdata };

  for (guint i = 0; i < findings->metrics.n_classes; i++)
    labels[i] = ren_model_label (findings->model, i);
  return visual_report_write (&report, path, error);
}

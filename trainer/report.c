/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>

#include "app.h"
#include "output.h"
#include "report.h"

/* Columns of a class in the matrix; with seven classes it fits a terminal of
 * 80 columns. */
#define CELL 9
#define MAX_NAME 14

static void
append_percent (GString *line, double share, int width)
{
  g_autofree char *text = isnan (share)
                              ? g_strdup (console_is_utf8 () ? "–" : "-")
                              : g_strdup_printf ("%.1f %%", 100 * share);

  console_pad (line, text, -width);
}

static int
name_width (const RenModel *model)
{
  guint width = 8;

  for (guint i = 0; i < ren_model_n_classes (model); i++) {
    g_autofree char *label = console_name (ren_model_label (model, i));

    width = MAX (width, console_width (label));
  }
  return (int) MIN (width, MAX_NAME);
}

static void
print_classes (const RenModel *model, const Metrics *metrics)
{
  const int width = name_width (model);

  printf ("%s%-*s%12s%12s%12s%12s%s\n", console_bold (), width + 2, "Class",
      "pictures", "precision", "recall", "F1", console_plain ());
  for (guint i = 0; i < metrics->n_classes; i++) {
    g_autofree char *label = console_name (ren_model_label (model, i));
    g_autoptr (GString) line = g_string_new (NULL);
    ClassMetrics m;
    g_autofree char *count = NULL;

    metrics_of_class (metrics, i, &m);
    count = console_number (m.n_true);
    console_pad (line, label, width + 2);
    console_pad (line, count, -12);
    append_percent (line, m.precision, 12);
    append_percent (line, m.recall, 12);
    append_percent (line, m.f1, 12);
    printf ("%s\n", line->str);
  }
}

/* Rows are what the faces show, columns what the model says; each row adds up
 * to the class's pictures. */
static void
print_matrix (const RenModel *model, const Metrics *metrics)
{
  const int width = name_width (model);
  g_autoptr (GString) head = g_string_new (NULL);

  console_pad (head, "Shown", width);
  for (guint j = 0; j < metrics->n_classes; j++) {
    g_autofree char *label = console_name (ren_model_label (model, j));
    g_autoptr (GString) cell = g_string_new (NULL);

    /* a column's name may fill it but for the gap */
    if (console_width (label) > CELL - 1)
      console_pad (cell, label, CELL - 1);
    else
      g_string_append (cell, label);
    console_pad (head, cell->str, -CELL);
  }
  printf ("%s%*s%s\n%s%s%s\n", console_dim (),
      width + (int) metrics->n_classes * CELL, "predicted", console_plain (),
      console_bold (), head->str, console_plain ());

  for (guint i = 0; i < metrics->n_classes; i++) {
    g_autofree char *label = console_name (ren_model_label (model, i));
    g_autoptr (GString) line = g_string_new (NULL);

    console_pad (line, label, width);
    for (guint j = 0; j < metrics->n_classes; j++) {
      const guint64 n = metrics->confusion[i][j];
      g_autofree char *text =
          n ? console_number (n) : g_strdup (console_is_utf8 () ? "·" : ".");

      g_string_append (line, i == j ? console_bold ()
                             : n    ? ""
                                    : console_dim ());
      console_pad (line, text, -CELL);
      g_string_append (line, i == j || !n ? console_plain () : "");
    }
    printf ("%s\n", line->str);
  }
}

void
report_print (const RenModel *model, const Metrics *metrics)
{
  g_autofree char *correct = console_number (metrics->n_correct);
  g_autofree char *total = console_number (metrics->n_faces);
  double low, high;

  printf ("%sAccuracy  %.2f %%%s  (%s of %s pictures)\n", console_bold (),
      100 * metrics_accuracy (metrics), console_plain (), correct, total);
  metrics_interval (metrics->n_correct, metrics->n_faces, &low, &high);
  printf ("          %.2f to %.2f %% (95 %% confidence interval, Wilson)\n",
      100 * low, 100 * high);
  printf ("Macro F1  %.2f %%\n", 100 * metrics_macro_f1 (metrics));
  if (metrics->n_scored) {
    printf ("NLL       %.4f\n", metrics_nll (metrics));
    printf ("ECE       %.2f %%\n", 100 * metrics_ece (metrics));
  }
  printf ("\n");
  print_classes (model, metrics);
  printf ("\n");
  print_matrix (model, metrics);
}

void
report_add_accuracy (JsonBuilder *builder, const Metrics *metrics)
{
  double low, high;

  json_builder_set_member_name (builder, "pictures");
  json_builder_add_int_value (builder, (gint64) metrics->n_faces);
  json_builder_set_member_name (builder, "correct");
  json_builder_add_int_value (builder, (gint64) metrics->n_correct);
  output_json_number (builder, "accuracy", metrics_accuracy (metrics));
  metrics_interval (metrics->n_correct, metrics->n_faces, &low, &high);
  json_builder_set_member_name (builder, "accuracy_interval");
  json_builder_begin_object (builder);
  output_json_number (builder, "low", low);
  output_json_number (builder, "high", high);
  json_builder_end_object (builder);
}

void
report_add_json (
    JsonBuilder *builder, const RenModel *model, const Metrics *metrics)
{
  report_add_accuracy (builder, metrics);
  output_json_number (builder, "macro_f1", metrics_macro_f1 (metrics));
  output_json_number (builder, "nll", metrics_nll (metrics));
  output_json_number (builder, "ece", metrics_ece (metrics));

  json_builder_set_member_name (builder, "classes");
  json_builder_begin_array (builder);
  for (guint i = 0; i < metrics->n_classes; i++) {
    ClassMetrics m;

    metrics_of_class (metrics, i, &m);
    json_builder_begin_object (builder);
    output_json_text (builder, "label", ren_model_label (model, i));
    json_builder_set_member_name (builder, "pictures");
    json_builder_add_int_value (builder, (gint64) m.n_true);
    json_builder_set_member_name (builder, "predicted");
    json_builder_add_int_value (builder, (gint64) m.n_predicted);
    output_json_number (builder, "precision", m.precision);
    output_json_number (builder, "recall", m.recall);
    output_json_number (builder, "f1", m.f1);
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);

  /* [true class][predicted class], in the order of `classes` */
  json_builder_set_member_name (builder, "confusion");
  json_builder_begin_array (builder);
  for (guint i = 0; i < metrics->n_classes; i++) {
    json_builder_begin_array (builder);
    for (guint j = 0; j < metrics->n_classes; j++)
      json_builder_add_int_value (builder, (gint64) metrics->confusion[i][j]);
    json_builder_end_array (builder);
  }
  json_builder_end_array (builder);
}

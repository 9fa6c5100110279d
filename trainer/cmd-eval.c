/* resemotenet eval: how good a model is on a data set.
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>

#include "app.h"
#include "dataset.h"
#include "faces.h"
#include "output.h"
#include "report.h"
#include "results.h"

static struct
{
  char *data, *images;
  gboolean json, csv;
} options;

static const GOptionEntry entries[] = {
  { "data", 'd', G_OPTION_FLAG_NONE, G_OPTION_ARG_FILENAME, &options.data,
      "Folder with a folder per class, or a CSV file", "DIR|CSV" },
  { "images", 'i', G_OPTION_FLAG_NONE, G_OPTION_ARG_FILENAME, &options.images,
      "What the CSV's file names are relative to", "DIR" },
  { "json", 'j', G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, &options.json,
      "The report as JSON", NULL },
  { "csv", 'c', G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, &options.csv,
      "Every prediction as CSV instead of the report", NULL },
  { NULL }
};

typedef struct
{
  RenModel *model;
  Metrics metrics;
  GString *csv; /* NULL unless asked for */
} Evaluation;

static void
add_result (const Face *face, const float *logits, gpointer user_data)
{
  Evaluation *evaluation = user_data;
  RenModel *model = evaluation->model;
  float scores[REN_MAX_CLASSES];
  const guint predicted = ren_softmax (logits, ren_model_n_classes (model),
      ren_model_temperature (model), scores);

  metrics_add (&evaluation->metrics, (guint) face->label, predicted);
  if (!evaluation->csv)
    return;
  csv_append (evaluation->csv, face_name (face));
  csv_append (evaluation->csv, ren_model_label (model, (guint) face->label));
  csv_append (evaluation->csv, ren_model_label (model, predicted));
  results_append_numbers (evaluation->csv, scores, ren_model_n_classes (model));
  csv_end_row (evaluation->csv);
}

static gboolean
write_json (
    const Evaluation *evaluation, const GPtrArray *skipped, GError **error)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  results_add_model (builder, evaluation->model);
  output_json_text (builder, "data", options.data);
  report_add_json (builder, evaluation->model, &evaluation->metrics);
  results_add_skipped (builder, skipped);
  json_builder_end_object (builder);
  return output_write_json (builder, error);
}

static void
begin_csv (Evaluation *evaluation)
{
  evaluation->csv = g_string_new (NULL);
  csv_append (evaluation->csv, "file");
  csv_append (evaluation->csv, "label");
  csv_append (evaluation->csv, "predicted");
  results_append_labels (evaluation->csv, evaluation->model);
  csv_end_row (evaluation->csv);
}

static gboolean
evaluate (GError **error)
{
  g_autoptr (RenModel) model = options_open_model (error);
  g_autoptr (GPtrArray) faces = NULL;
  g_autoptr (GPtrArray) skipped = NULL;
  Evaluation evaluation = { .model = model };
  gboolean ok;

  if (!model ||
      !(faces = dataset_open (options.data, options.images, model, error)))
    return FALSE;
  results_note_labels (model);
  evaluation.metrics.n_classes = ren_model_n_classes (model);
  if (options.csv)
    begin_csv (&evaluation);

  console_progress_begin (faces->len, "pictures");
  ok = faces_classify (model, faces, add_result, &evaluation, &skipped, error);
  if (ok && options.json)
    ok = write_json (&evaluation, skipped, error);
  else if (ok && options.csv)
    ok = output_write (evaluation.csv, error);
  /* stdout is for people unless a table for programs is on it */
  if (ok && ((!options.json && !options.csv) || output_is_file ()))
    report_print (model, &evaluation.metrics);

  if (evaluation.csv)
    g_string_free (evaluation.csv, TRUE);
  return ok;
}

static gboolean
run (char **arguments, GError **error)
{
  gboolean ok = FALSE;

  if (arguments[0])
    g_set_error (error, APP_ERROR, APP_ERROR_USAGE,
        "'%s' is too much: the data set is --data DIR or --data FILE.csv",
        arguments[0]);
  else if (!options.data)
    g_set_error_literal (error, APP_ERROR, APP_ERROR_USAGE,
        "no data: give --data DIR or --data FILE.csv");
  else if (options.json && options.csv)
    g_set_error_literal (error, APP_ERROR, APP_ERROR_USAGE,
        "--json and --csv exclude each other");
  else if (shared_options.output && !options.json && !options.csv)
    g_set_error_literal (
        error, APP_ERROR, APP_ERROR_USAGE, "--output needs --json or --csv");
  else
    ok = evaluate (error);
  g_clear_pointer (&options.data, g_free);
  g_clear_pointer (&options.images, g_free);
  return ok;
}

const Command command_eval = {
  .name = "eval",
  .arguments = "--data DIR|CSV",
  .summary = "Measure how good a model is on pictures whose emotion is known.",
  .description =
      "A folder holds a folder of pictures for each class; its name is the\n"
      "class, in any letter case, also as angry/anger, happy/happiness,\n"
      "sad/sadness, surprise/surprised, fear/fearful/scared,\n"
      "disgust/disgusted. A CSV file has the columns ImageName,Label, where\n"
      "labels are names, or numbers in the model's order. Each picture is\n"
      "one face. With --output FILE the report is printed as well.\n"
      "\n"
      "Examples:\n"
      "  resemotenet eval --model fer.pth --data fer2013/validation\n"
      "  resemotenet eval -m fer.pth -d test.csv -i pictures --csv -o "
      "out.csv\n",
  .entries = entries,
  .shared = OPTIONS_RUN | OPTIONS_LABELS | OPTIONS_OUTPUT,
  .run = run,
};

/* resemotenet eval: how good a model is on a data set.
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "app.h"
#include "calibration.h"
#include "dataset.h"
#include "evaluation-report.h"
#include "evaluation-twins.h"
#include "model-file.h"
#include "labels.h"
#include "output.h"
#include "results.h"
#include "visual-report.h"

static struct
{
  char *data, *kind, *images, *split, *votes, *report, *calibrate, *twins_in;
  gboolean json, csv, tta, cross;
} options;

static const GOptionEntry entries[] = {
  { "data", 'd', G_OPTION_FLAG_NONE, G_OPTION_ARG_FILENAME, &options.data,
      "Folder or table of pictures whose emotion is known", "PATH" },
  { "split", 's', G_OPTION_FLAG_NONE, G_OPTION_ARG_FILENAME, &options.split,
      "any (default), train, validation or test", "SPLIT" },
  { "json", 'j', G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, &options.json,
      "The report as JSON", NULL },
  { "csv", 'c', G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, &options.csv,
      "Every prediction as CSV instead of the report", NULL },
  { "report", 'r', G_OPTION_FLAG_NONE, G_OPTION_ARG_FILENAME, &options.report,
      "Charts and the worst mistakes, as HTML and PNG", "HTML" },
  { "tta", 0, G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, &options.tta,
      "Mean of a face's outputs and its mirror image's", NULL },
  { "calibrate", 0, G_OPTION_FLAG_NONE, G_OPTION_ARG_FILENAME,
      &options.calibrate, "Fit the temperature, write a model with it",
      "MODEL" },
  G_OPTION_ENTRY_NULL
};

static const GOptionEntry more_entries[] = {
  { "cross", 0, G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, &options.cross,
      "The data are of another kind than the training's", NULL },
  { "kind", 'k', G_OPTION_FLAG_NONE, G_OPTION_ARG_FILENAME, &options.kind,
      "Layout of the data set; default: told by files", "KIND" },
  { "images", 'i', G_OPTION_FLAG_NONE, G_OPTION_ARG_FILENAME, &options.images,
      "What names in a table are relative to", "DIR" },
  { "votes", 0, G_OPTION_FLAG_NONE, G_OPTION_ARG_FILENAME, &options.votes,
      "FERPlus: majority (default), soft or paper", "USE" },
  { "twins-in", 0, G_OPTION_FLAG_NONE, G_OPTION_ARG_FILENAME, &options.twins_in,
      "Also measure without what has a twin there", "PATH" },
  G_OPTION_ENTRY_NULL
};

/* Fits the temperature on the data and measures with both. */
static gboolean
calibrate (Evaluation *evaluation, Findings *findings, GError **error)
{
  findings->calibrated = TRUE;
  findings->temperature_before = findings->temperature;
  evaluation_measure (
      evaluation, findings->temperature_before, &findings->before);
  return calibration_fit ((const float *) evaluation->logits->data,
      (const guint *) evaluation->classes->data, evaluation->faces->len,
      evaluation->n_classes, &findings->temperature, error);
}

/* The model as it was, but for the temperature. */
static gboolean
write_calibrated (const Findings *findings, GError **error)
{
  const RenModel *model = findings->model;
  const gboolean trimmed = ren_model_metadata (model, "live_taps") != NULL;
  char digits[G_ASCII_DTOSTR_BUF_SIZE];
  g_autofree char *more = NULL;
  g_autoptr (RenModel) calibrated = NULL;

  g_ascii_formatd (
      digits, sizeof digits, "%.6g", (double) findings->temperature);
  calibrated =
      ren_model_annotate (findings->model, "temperature", digits, error);
  if (!calibrated)
    return FALSE;
  more = g_strconcat ("temperature ", digits, NULL);
  return model_file_write (calibrated, options.calibrate,
      ren_model_precision (model), trimmed, more, error);
}

static gboolean
compare_classes (
    const Evaluation *evaluation, Findings *findings, GError **error)
{
  findings->cross = TRUE;
  findings->n_common = evaluation_classes (evaluation, findings->common);
  if (findings->n_common < 2) {
    g_set_error_literal (error, APP_ERROR, APP_ERROR_FAILED,
        "--cross: the data have faces of one of the model's classes only; "
        "there is nothing to tell apart");
    return FALSE;
  }
  evaluation_measure_among (evaluation, findings->temperature, findings->common,
      &findings->restricted);
  return TRUE;
}

static gboolean
find_out (Evaluation *evaluation, Findings *findings, GError **error)
{
  findings->temperature = ren_model_temperature (findings->model);
  findings->mirrored = options.tta;
  findings->data = options.data;
  if (options.calibrate && !calibrate (evaluation, findings, error))
    return FALSE;
  evaluation_measure (evaluation, findings->temperature, &findings->metrics);
  return !options.cross || compare_classes (evaluation, findings, error);
}

/* Twins that the model has seen flatter it. */
static gboolean
leave_out_twins (const Evaluation *evaluation, const DatasetOptions *measured,
    Findings *findings, GError **error)
{
  DatasetOptions again = *measured;
  const DatasetOptions learnt = {
    .path = options.twins_in, .split = SPLIT_TRAIN, .labels = measured->labels
  };

  again.said = TRUE;
  findings->learnt = options.twins_in;
  return evaluation_without_twins (evaluation, findings->temperature, &again,
      &learnt, &findings->exact, &findings->near, error);
}

static gboolean
write_json (const Findings *findings, GError **error)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  findings_add_json (builder, findings);
  json_builder_end_object (builder);
  return output_write_json (builder, error);
}

static gboolean
write_csv (
    const Findings *findings, const Evaluation *evaluation, GError **error)
{
  GString *csv = findings_csv (findings, evaluation);
  const gboolean ok = output_write (csv, error);

  g_string_free (csv, TRUE);
  return ok;
}

static gboolean
write_results (
    const Findings *findings, const Evaluation *evaluation, GError **error)
{
  if (options.calibrate && !write_calibrated (findings, error))
    return FALSE;
  if (options.report) {
    g_autofree char *shown = console_name (options.report);

    if (!findings_write_report (
            findings, evaluation->predictions, options.report, error))
      return FALSE;
    console_note ("wrote %s and the same as .png", shown);
  }
  if (options.json && !write_json (findings, error))
    return FALSE;
  if (options.csv && !write_csv (findings, evaluation, error))
    return FALSE;
  /* stdout is for people unless a table for programs is on it */
  if ((!options.json && !options.csv) || output_is_file ())
    findings_print (findings);
  return TRUE;
}

/* A network knows what it learnt from: with that, accuracy is flattered. */
static void
note_splits (const GPtrArray *faces)
{
  g_autofree char *shown = console_name (options.data);
  g_autoptr (GString) names = g_string_new (NULL);
  guint n[N_SPLITS] = { 0 }, n_splits = 0;

  for (guint i = 0; i < faces->len; i++)
    n[((const Face *) faces->pdata[i])->split]++;
  for (guint i = 0; i < N_SPLITS; i++) {
    g_autofree char *number = console_number (n[i]);

    if (!n[i])
      continue;
    g_string_append_printf (names, "%s%s %s", n_splits++ ? ", " : "",
        dataset_split_name ((DatasetSplit) i), number);
  }
  if (n_splits > 1)
    console_note ("%s: all splits are measured together (%s); --split names "
                  "one",
        shown, names->str);
}

static gboolean
evaluate (GError **error)
{
  g_autoptr (RenModel) model = options_open_model (error);
  g_autofree const char **labels = model ? labels_of_model (model) : NULL;
  DatasetOptions data = { .path = options.data,
    .kind = options.kind,
    .images = options.images,
    .labels = labels };
  g_autoptr (GPtrArray) faces = NULL;
  g_autoptr (GPtrArray) skipped = NULL;
  g_autofree Findings *findings = g_new0 (Findings, 1);
  Evaluation evaluation;
  gboolean ok;

  if (!model ||
      (options.split &&
          !dataset_parse_split (options.split, &data.split, error)) ||
      (options.votes &&
          !dataset_parse_votes (options.votes, &data.votes, error)) ||
      !(faces = dataset_open (&data, error)))
    return FALSE;
  results_note_labels (model);
  if (!options.split)
    note_splits (faces);

  evaluation_init (&evaluation, model, options.report != NULL);
  console_progress_begin (faces->len, "pictures");
  ok = faces_classify (model, faces, options.tta ? FACES_MIRROR : FACES_DEFAULT,
      evaluation_add, &evaluation, &skipped, error);
  if (ok) {
    findings->model = model;
    /* a data set without splits has been taken as a whole */
    if (data.split != SPLIT_ANY &&
        ((const Face *) faces->pdata[0])->split == data.split)
      findings->split = dataset_split_name (data.split);
    findings->skipped = skipped;
    ok = find_out (&evaluation, findings, error) &&
         (!options.twins_in ||
             leave_out_twins (&evaluation, &data, findings, error)) &&
         write_results (findings, &evaluation, error);
  }
  evaluation_clear (&evaluation);
  return ok;
}

static gboolean
check_options (char **arguments, GError **error)
{
  const char *wrong = NULL;

  if (arguments[0]) {
    g_set_error (error, APP_ERROR, APP_ERROR_USAGE,
        "'%s' is too much: the data set is --data PATH", arguments[0]);
    return FALSE;
  }
  if (!options.data)
    wrong = "no data: give --data PATH";
  else if (options.json && options.csv)
    wrong = "--json and --csv exclude each other";
  else if (shared_options.output && !options.json && !options.csv)
    wrong = "--output needs --json or --csv";
  else if (options.calibrate && options.tta)
    wrong = "--calibrate and --tta exclude each other: outside of this command "
            "no mirror images are classified, and a temperature that suits "
            "their mean does not suit one face";
  else if (options.calibrate &&
           !g_str_has_suffix (options.calibrate, MODEL_FILE_EXTENSION))
    wrong = "--calibrate writes a model: its file must end "
            "in " MODEL_FILE_EXTENSION;
  if (wrong) {
    g_set_error_literal (error, APP_ERROR, APP_ERROR_USAGE, wrong);
    return FALSE;
  }
  return !options.report || visual_report_check (options.report, error);
}

static gboolean
run (char **arguments, GError **error)
{
  const gboolean ok = check_options (arguments, error) && evaluate (error);

  g_clear_pointer (&options.data, g_free);
  g_clear_pointer (&options.kind, g_free);
  g_clear_pointer (&options.images, g_free);
  g_clear_pointer (&options.split, g_free);
  g_clear_pointer (&options.votes, g_free);
  g_clear_pointer (&options.twins_in, g_free);
  g_clear_pointer (&options.report, g_free);
  g_clear_pointer (&options.calibrate, g_free);
  return ok;
}

const Command command_eval = {
  .name = "eval",
  .arguments = "--data PATH",
  .summary = "Measure how good a model is on pictures whose emotion is known.",
  .examples =
      "  resemotenet eval --model fer.pth --data fer2013/validation\n"
      "  resemotenet eval -m fer.pth -d fer2013/test --tta --report fer.html\n",
  .entries = entries,
  .more = more_entries,
  .shared = OPTIONS_RUN | OPTIONS_LABELS | OPTIONS_OUTPUT,
  .run = run,
};

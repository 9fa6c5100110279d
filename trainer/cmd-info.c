/* resemotenet info: what a model file holds.
 * SPDX-License-Identifier: MIT
 */
#include <json-glib/json-glib.h>
#include <stdio.h>
#include <string.h>

#include "app.h"
#include "labels.h"
#include "model-file.h"
#include "output.h"

#define NAME_COLUMNS 13

/* Metadata that have a line of their own. */
static const char *const own_line[] = { "format", "format_version", "labels",
  "input", "temperature", "precision", "sha256", "live_taps", NULL };

static struct
{
  gboolean json;
} options;

static const GOptionEntry entries[] = { { "json", 'j', G_OPTION_FLAG_NONE,
                                            G_OPTION_ARG_NONE, &options.json,
                                            "As JSON", NULL },
  G_OPTION_ENTRY_NULL };

static gboolean
is_trimmed (const RenModel *model)
{
  return ren_model_metadata (model, "live_taps") != NULL;
}

static const char *
checksum_name (ChecksumState state)
{
  return state == CHECKSUM_RIGHT   ? "right"
         : state == CHECKSUM_WRONG ? "wrong"
                                   : "none";
}

/* ---- text ---------------------------------------------------------------- */

static void G_GNUC_PRINTF (2, 3)
    print_line (const char *name, const char *format, ...)
{
  g_autofree char *text = NULL, *safe = NULL;
  g_autoptr (GString) line = g_string_new ("  ");
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  safe = console_name (text);
  g_string_append (line, console_dim ());
  /* names of metadata come from the file and may be of any length */
  if (console_width (name) < NAME_COLUMNS)
    console_pad (line, name, NAME_COLUMNS);
  else
    g_string_append_printf (line, "%s ", name);
  printf ("%s%s%s\n", line->str, console_plain (), safe);
}

static void
print_metadata (const RenModel *model)
{
  g_autofree const char **keys = ren_model_metadata_keys (model);
  gboolean first = TRUE;

  for (const char **key = keys; *key; key++) {
    g_autofree char *name = console_name (*key);

    if (g_strv_contains (own_line, *key))
      continue;
    if (first)
      printf ("\n");
    first = FALSE;
    print_line (name, "%s", ren_model_metadata (model, *key));
  }
}

static void
print_text (const char *path, const RenModel *model, const ModelFile *file)
{
  g_autofree char *shown = console_name (path);
  g_autofree const char **names = labels_of_model (model);
  g_autofree char *labels = labels_list (names);
  g_autofree char *parameters = console_number (ren_model_n_parameters (model));
  g_autofree char *size = g_format_size (file->n_bytes);
  const char *input = ren_model_metadata (model, "input");
  const float temperature = ren_model_temperature (model);

  printf ("%s%s%s\n", console_bold (), shown, console_plain ());
  print_line ("Kind", "%s",
      file->is_archive ? "PyTorch (zip archive by torch.save)" : "safetensors");
  print_line ("Size", "%s", size);
  print_line ("Complete", "%s",
      is_trimmed (model)
          ? "yes, trimmed: weights that cannot matter are left out"
          : "yes, every tensor of the network is there");
  if (file->checksum != CHECKSUM_NONE)
    print_line (
        "Checksum", "%s", file->checksum == CHECKSUM_RIGHT ? "right" : "WRONG");
  print_line ("Network", "ResEmoteNet, %s parameters", parameters);
  print_line (
      "Precision", "%s", ren_precision_name (ren_model_precision (model)));
  print_line ("Labels", "%s", labels);
  if (ren_model_labels_assumed (model))
    print_line ("", "assumed: the file names none, --labels sets others");
  if (input)
    print_line ("Input", "%s", input);
  else
    print_line ("Input", "64 x 64 grey, normalised as the authors do it");
  if (temperature == 1.0f)
    print_line ("Temperature", "1 (scores are not calibrated)");
  else
    print_line ("Temperature", "%g", (double) temperature);
  print_metadata (model);
}

/* ---- JSON ---------------------------------------------------------------- */

static void
add_boolean (JsonBuilder *builder, const char *key, gboolean value)
{
  json_builder_set_member_name (builder, key);
  json_builder_add_boolean_value (builder, value);
}

static gboolean
print_json (const char *path, const RenModel *model, const ModelFile *file,
    GError **error)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autofree const char **keys = ren_model_metadata_keys (model);

  json_builder_begin_object (builder);
  output_json_file (builder, path, path);
  output_json_text (
      builder, "kind", file->is_archive ? "pytorch" : "safetensors");
  json_builder_set_member_name (builder, "bytes");
  json_builder_add_int_value (builder, (gint64) file->n_bytes);
  add_boolean (builder, "complete", TRUE);
  add_boolean (builder, "trimmed", is_trimmed (model));
  output_json_text (builder, "checksum", checksum_name (file->checksum));
  json_builder_set_member_name (builder, "parameters");
  json_builder_add_int_value (builder, (gint64) ren_model_n_parameters (model));
  output_json_text (
      builder, "precision", ren_precision_name (ren_model_precision (model)));
  json_builder_set_member_name (builder, "labels");
  json_builder_begin_array (builder);
  for (guint i = 0; i < ren_model_n_classes (model); i++)
    json_builder_add_string_value (builder, ren_model_label (model, i));
  json_builder_end_array (builder);
  add_boolean (builder, "labels_assumed", ren_model_labels_assumed (model));
  output_json_number (builder, "temperature", ren_model_temperature (model));
  json_builder_set_member_name (builder, "metadata");
  json_builder_begin_object (builder);
  for (const char **key = keys; *key; key++)
    output_json_text (builder, *key, ren_model_metadata (model, *key));
  json_builder_end_object (builder);
  json_builder_end_object (builder);
  return output_write_json (builder, error);
}

static gboolean
show (const char *path, GError **error)
{
  g_autoptr (RenModel) model = options_load_model (path, error);
  g_autofree char *shown = console_name (path);
  ModelFile file = { 0 };

  if (!model || !model_file_examine (model, &file, error))
    return FALSE;
  if (!options.json)
    print_text (path, model, &file);
  else if (!print_json (path, model, &file, error))
    return FALSE;
  if (file.checksum == CHECKSUM_WRONG) {
    g_set_error (error, APP_ERROR, APP_ERROR_FAILED,
        "%s: the weights are not those that the checksum was made of: the "
        "file is damaged, get it again",
        shown);
    return FALSE;
  }
  return TRUE;
}

static gboolean
run (char **arguments, GError **error)
{
  g_autofree char *path = g_strdup (arguments[0]);

  if (path && arguments[1]) {
    g_set_error_literal (
        error, APP_ERROR, APP_ERROR_USAGE, "too many files: one at a time");
    return FALSE;
  }
  if (!path)
    path = options_default_model ("name a file", error);
  return path && show (path, error);
}

const Command command_info = {
  .name = "info",
  .arguments = "[MODEL]",
  .summary = "Show what a model file holds: labels, size, origin.",
  .examples = "  resemotenet info fer.safetensors\n"
              "  resemotenet info --json fer.pth\n",
  .entries = entries,
  .shared = OPTIONS_LABELS | OPTIONS_OUTPUT,
  .run = run,
};

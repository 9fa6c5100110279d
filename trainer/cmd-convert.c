/* resemotenet convert: from one model file to another.
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "app.h"
#include "labels.h"
#include "model-file.h"
#include "results.h"

static struct
{
  char *precision;
  char **metadata;
  gboolean trim;
} options;

static const GOptionEntry entries[] = {
  { "precision", 'p', G_OPTION_FLAG_NONE, G_OPTION_ARG_STRING,
      &options.precision, "fp32, fp16 or bf16; default: that of IN", "TYPE" },
  { "trim", 0, G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, &options.trim,
      "Leave out weights that cannot matter at 64x64 pixels", NULL },
  { "metadata", 0, G_OPTION_FLAG_NONE, G_OPTION_ARG_STRING_ARRAY,
      &options.metadata, "Note it in OUT, such as license=MIT", "KEY=VALUE" },
  G_OPTION_ENTRY_NULL
};

static gboolean
read_precision (RenPrecision *precision, GError **error)
{
  const char *text = options.precision;

  *precision = REN_PRECISION_AUTO;
  if (!text || (ren_precision_from_name (text, precision) &&
                   *precision != REN_PRECISION_INT8))
    return TRUE;
  g_set_error (error, APP_ERROR, APP_ERROR_USAGE,
      "--precision '%s' is none of fp32, fp16, bf16%s", text,
      *precision == REN_PRECISION_INT8
          ? "; 'resemotenet quantize' makes an int8 model"
          : "");
  return FALSE;
}

/* The model with what --metadata says; takes over the one without. */
static RenModel *
annotate (RenModel *model, GError **error)
{
  for (char **m = options.metadata; m && *m && model; m++) {
    g_auto (GStrv) parts = g_strsplit (*m, "=", 2);
    RenModel *noted = NULL;

    if (parts[0] && parts[1]) {
      noted = ren_model_annotate (
          model, parts[0], *parts[1] ? parts[1] : NULL, error);
    } else {
      g_autofree char *shown = console_name (*m);

      g_set_error (error, APP_ERROR, APP_ERROR_USAGE,
          "--metadata '%s' is not KEY=VALUE", shown);
    }
    ren_model_unref (model);
    model = noted;
  }
  return model;
}

static gboolean
convert (const char *in, const char *out, GError **error)
{
  g_autoptr (RenModel) model = NULL;
  g_autofree const char **names = NULL;
  g_autofree char *labels = NULL;
  g_autofree char *more = NULL;
  RenPrecision precision;

  /* a wrong name for a format should not cost the time to read a model */
  if (!read_precision (&precision, error) ||
      !(model = options_load_model (in, error)) ||
      !(model = annotate (g_steal_pointer (&model), error)))
    return FALSE;
  results_note_labels (model);
  names = labels_of_model (model);
  labels = labels_list (names);
  more = g_strconcat ("labels ", labels, NULL);
  return model_file_write (model, out, precision, options.trim, more, error);
}

/* ONNX is of the precision that it runs in. */
static gboolean
check_onnx (GError **error)
{
  if (!options.precision && !options.metadata)
    return TRUE;
  g_set_error_literal (error, APP_ERROR, APP_ERROR_USAGE,
      "--precision and --metadata are for " MODEL_FILE_EXTENSION
      " files: ONNX is written in fp32, or int8 from an int8 model");
  return FALSE;
}

static gboolean
run (char **arguments, GError **error)
{
  const guint n = g_strv_length (arguments);
  gboolean ok = FALSE;

  if (n != 2)
    g_set_error_literal (error, APP_ERROR, APP_ERROR_USAGE,
        n < 2 ? "two files are needed: the model to read and the one to write"
              : "too many files: one model to read, one to write");
  else if (g_str_has_suffix (arguments[1], MODEL_FILE_ONNX))
    ok = check_onnx (error) && convert (arguments[0], arguments[1], error);
  else
    ok = model_file_check_name (arguments[1], error) &&
         convert (arguments[0], arguments[1], error);
  g_clear_pointer (&options.precision, g_free);
  g_clear_pointer (&options.metadata, g_strfreev);
  return ok;
}

const Command command_convert = {
  .name = "convert",
  .arguments = "IN OUT" MODEL_FILE_EXTENSION "|OUT" MODEL_FILE_ONNX,
  .summary = "Write a PyTorch or safetensors model as safetensors or ONNX.",
  .examples = "  resemotenet convert fer.pth fer.safetensors\n"
              "  resemotenet convert fer.pth small.safetensors --precision "
              "fp16 --trim\n",
  .entries = entries,
  .shared = OPTIONS_LABELS,
  .run = run,
};

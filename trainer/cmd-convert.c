/* resemotenet convert: from one model file to another.
 * SPDX-License-Identifier: MIT
 */
#include <string.h>
#include <sys/stat.h>

#include "app.h"
#include "interrupts.h"
#include "labels.h"
#include "results.h"

#define EXTENSION ".safetensors"

static struct
{
  char *precision;
  gboolean trim;
} options;

static const GOptionEntry entries[] = {
  { "precision", 'p', G_OPTION_FLAG_NONE, G_OPTION_ARG_STRING,
      &options.precision, "fp32, fp16 or bf16; default: that of IN", "P" },
  { "trim", 0, G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, &options.trim,
      "Leave out weights that cannot matter at 64x64 pixels", NULL },
  { NULL }
};

static gboolean
read_precision (const RenModel *model, RenPrecision *precision, GError **error)
{
  const char *text = options.precision;

  if (!text)
    *precision = ren_model_precision (model);
  else if (strcmp (text, "fp32") == 0)
    *precision = REN_PRECISION_FP32;
  else if (strcmp (text, "fp16") == 0)
    *precision = REN_PRECISION_FP16;
  else if (strcmp (text, "bf16") == 0)
    *precision = REN_PRECISION_BF16;
  else {
    g_set_error (error, APP_ERROR, APP_ERROR_USAGE,
        "--precision '%s' is none of fp32, fp16, bf16", text);
    return FALSE;
  }
  return TRUE;
}

static gboolean
convert (const char *in, const char *out, GError **error)
{
  g_autoptr (RenModel) model = NULL;
  g_autofree char *shown = console_name (out);
  RenPrecision precision = REN_PRECISION_FP32;
  struct stat info;
  gboolean ok;

  /* a wrong name for a format should not cost the time to read a model */
  if (!(model = options_load_model (in, error)) ||
      !read_precision (model, &precision, error))
    return FALSE;
  results_note_labels (model);

  interrupts_hold ();
  ok = ren_model_save (model, out, precision,
      options.trim ? REN_SAVE_TRIMMED : REN_SAVE_DEFAULT, error);
  interrupts_release ();
  if (ok && stat (out, &info) == 0) {
    g_autofree char *size = g_format_size ((guint64) info.st_size);
    g_autofree const char **names = labels_of_model (model);
    g_autofree char *labels = labels_list (names);

    console_note ("wrote %s: %s, labels %s", shown, size, labels);
  }
  return ok;
}

static gboolean
run (char **arguments, GError **error)
{
  const guint n = g_strv_length (arguments);
  gboolean ok = FALSE;

  if (n != 2) {
    g_set_error_literal (error, APP_ERROR, APP_ERROR_USAGE,
        n < 2 ? "two files are needed: the model to read and the one to write"
              : "too many files: one model to read, one to write");
  } else if (!g_str_has_suffix (arguments[1], EXTENSION)) {
    g_autofree char *shown = console_name (arguments[1]);

    g_set_error (error, APP_ERROR, APP_ERROR_USAGE,
        "'%s' does not end in " EXTENSION
        ": that is the only format written; in Python, "
        "safetensors.torch.load_file() reads it",
        shown);
  } else {
    ok = convert (arguments[0], arguments[1], error);
  }
  g_clear_pointer (&options.precision, g_free);
  return ok;
}

const Command command_convert = {
  .name = "convert",
  .arguments = "IN OUT" EXTENSION,
  .summary = "Write a PyTorch or safetensors model as safetensors.",
  .description =
      "fp16 and bf16 halve the file. --trim halves it again, without a change\n"
      "in results; PyTorch cannot load such a file until it is converted "
      "back.\n"
      "OUT appears whole or not at all; an earlier file of that name is\n"
      "replaced.\n"
      "\n"
      "Examples:\n"
      "  resemotenet convert fer.pth fer.safetensors\n"
      "  resemotenet convert fer.pth small.safetensors --precision fp16 "
      "--trim\n",
  .entries = entries,
  .shared = OPTIONS_LABELS,
  .run = run,
};

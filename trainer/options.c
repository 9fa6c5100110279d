/* The options that subcommands share, the model that they name, their errors.
 * SPDX-License-Identifier: MIT
 */
#include "app.h"

G_DEFINE_QUARK (resemotenet - app - error, app_error)

#define DEFAULT_BATCH 32

SharedOptions shared_options = { .precision = REN_PRECISION_AUTO,
  .batch = DEFAULT_BATCH };

/* Texts are FILENAME, not STRING: GOption would refuse bytes that are not of
 * the locale's charset, which in the C locale is everything but ASCII. */
static const GOptionEntry model_entries[] = {
  { "model", 'm', G_OPTION_FLAG_NONE, G_OPTION_ARG_FILENAME,
      &shared_options.model,
      "safetensors or PyTorch file, in place of the default", "MODEL" },
  G_OPTION_ENTRY_NULL
};

static const GOptionEntry precision_entries[] = {
  { "precision", 'p', G_OPTION_FLAG_NONE, G_OPTION_ARG_FILENAME,
      &shared_options.precision_name,
      "Run it in fp32, fp16 or int8; auto: as stored", "TYPE" },
  G_OPTION_ENTRY_NULL
};

static const GOptionEntry batch_entries[] = {
  { "threads", 't', G_OPTION_FLAG_NONE, G_OPTION_ARG_INT,
      &shared_options.threads, "1 to 64; 0, the default: all processors", "N" },
  { "batch", 'b', G_OPTION_FLAG_NONE, G_OPTION_ARG_INT, &shared_options.batch,
      "Faces in one pass, 1 to 256; default 32", "N" },
  G_OPTION_ENTRY_NULL
};

static const GOptionEntry labels_entries[] = {
  { "labels", 'l', G_OPTION_FLAG_NONE, G_OPTION_ARG_FILENAME,
      &shared_options.labels, "The model's labels, in its order", "A,B,…" },
  G_OPTION_ENTRY_NULL
};

static const GOptionEntry output_entries[] = {
  { "output", 'o', G_OPTION_FLAG_NONE, G_OPTION_ARG_FILENAME,
      &shared_options.output, "Write there, whole or not at all", "FILE" },
  G_OPTION_ENTRY_NULL
};

static const GOptionEntry general_entries[] = {
  { "quiet", 'q', G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, &shared_options.quiet,
      "No notes and no progress bar", NULL },
  { "help", 'h', G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, &shared_options.help,
      "Show this help", NULL },
  { "help-all", 0, G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE,
      &shared_options.help_all, "Show all options", NULL },
  G_OPTION_ENTRY_NULL
};

void
options_add (GOptionContext *context, const Command *command)
{
  GOptionGroup *more =
      g_option_group_new ("more", "More options:", "", NULL, NULL);

  /* GOption's own --help would exit() from within */
  g_option_context_set_help_enabled (context, FALSE);
  g_option_context_add_main_entries (context, command->entries, NULL);
  if (command->shared & OPTIONS_MODEL)
    g_option_context_add_main_entries (context, model_entries, NULL);
  if (command->shared & OPTIONS_OUTPUT)
    g_option_context_add_main_entries (context, output_entries, NULL);
  g_option_context_add_main_entries (context, general_entries, NULL);

  /* what few need, so that --help fits a screen */
  if (command->more)
    g_option_group_add_entries (more, command->more);
  if (command->shared & OPTIONS_PRECISION)
    g_option_group_add_entries (more, precision_entries);
  if (command->shared & OPTIONS_BATCH)
    g_option_group_add_entries (more, batch_entries);
  if (command->shared & OPTIONS_LABELS)
    g_option_group_add_entries (more, labels_entries);
  g_option_context_add_group (context, more);
}

/* bf16 is for files: nothing is calculated in it. */
static gboolean
check_precision (GError **error)
{
  const char *name = shared_options.precision_name;
  g_autofree char *shown = NULL;

  shared_options.precision = REN_PRECISION_AUTO;
  if (!name || (ren_precision_from_name (name, &shared_options.precision) &&
                   shared_options.precision != REN_PRECISION_BF16))
    return TRUE;
  shown = console_name (name);
  g_set_error (error, APP_ERROR, APP_ERROR_USAGE,
      "--precision '%s' is none of auto, fp32, fp16, int8", shown);
  return FALSE;
}

gboolean
options_check (const Command *command, GError **error)
{
  if (shared_options.threads < 0 || shared_options.threads > 64) {
    g_set_error (error, APP_ERROR, APP_ERROR_USAGE,
        "--threads %d is out of range: 1 to 64, or 0 for all processors",
        shared_options.threads);
    return FALSE;
  }
  if (shared_options.batch < 1 || shared_options.batch > 256) {
    g_set_error (error, APP_ERROR, APP_ERROR_USAGE,
        "--batch %d is out of range: 1 to 256", shared_options.batch);
    return FALSE;
  }
  return check_precision (error);
}

void
options_clear (void)
{
  g_clear_pointer (&shared_options.model, g_free);
  g_clear_pointer (&shared_options.labels, g_free);
  g_clear_pointer (&shared_options.precision_name, g_free);
  g_clear_pointer (&shared_options.output, g_free);
}

RenModel *
options_load_model (const char *path, GError **error)
{
  g_autoptr (RenModel) model = ren_model_load (path, error);
  g_auto (GStrv) labels = NULL;

  if (!model || !shared_options.labels)
    return g_steal_pointer (&model);

  labels = g_strsplit (shared_options.labels, ",", -1);
  for (char **label = labels; *label; label++)
    g_strstrip (*label);
  if (g_strv_length (labels) != ren_model_n_classes (model)) {
    g_set_error (error, APP_ERROR, APP_ERROR_USAGE,
        "--labels names %u classes, the model has %u", g_strv_length (labels),
        ren_model_n_classes (model));
    return NULL;
  }
  return ren_model_relabel (model, (const char *const *) labels, error);
}

char *
options_default_model (const char *advice, GError **error)
{
  g_autoptr (GError) cause = NULL;
  char *path = ren_model_default_path (&cause);

  if (!path)
    g_set_error (error, APP_ERROR, APP_ERROR_USAGE, "no model: %s (%s)", advice,
        cause->message);
  return path;
}

RenModel *
options_open_model (GError **error)
{
  g_autofree char *path =
      shared_options.model ? g_strdup (shared_options.model)
                           : options_default_model ("give --model FILE", error);

  return path ? options_load_model (path, error) : NULL;
}

/* resemotenet bench: how fast this machine is, and what limits it.
 * SPDX-License-Identifier: MIT
 */
#include "app.h"
#include "bench.h"
#include "output.h"

static const guint infer_batches[] = { 1, 8, 32, 0 };
static const guint train_batches[] = { 16, 64, 0 };

/* No number that anybody gives. */
#define UNSET (-G_MAXDOUBLE)

static struct
{
  gboolean train, pipeline, layers, json;
  int batch;   /* 0 = the usual ones */
  int threads; /* 0 = one for each processor */
  double seconds;
} options = { .seconds = UNSET };

static const GOptionEntry entries[] = {
  { "train", 0, G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, &options.train,
      "Measure training: steps on made-up pictures", NULL },
  { "pipeline", 0, G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, &options.pipeline,
      "Measure what the GStreamer element adds", NULL },
  { "batch", 'b', G_OPTION_FLAG_NONE, G_OPTION_ARG_INT, &options.batch,
      "Faces at a time, 1 to 256; training: 2 to 1024", "N" },
  { "threads", 't', G_OPTION_FLAG_NONE, G_OPTION_ARG_INT, &options.threads,
      "1 to 64; 0, the default: all processors", "N" },
  { "seconds", 's', G_OPTION_FLAG_NONE, G_OPTION_ARG_DOUBLE, &options.seconds,
      "Of each measurement, 0 to 3600; default 2, train: 10", "S" },
  { "layers", 'l', G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, &options.layers,
      "Show what each layer takes", NULL },
  { "json", 'j', G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, &options.json,
      "As JSON", NULL },
  G_OPTION_ENTRY_NULL
};

static gboolean
check (char **arguments, GError **error)
{
  const int least = options.train ? 2 : 1, most = options.train ? 1024 : 256;
  g_autofree char *message = NULL;

  if (arguments[0])
    message = g_strdup_printf ("'%s' is too much", arguments[0]);
  else if (options.batch != 0 &&
           (options.batch < least || options.batch > most))
    message = g_strdup_printf (
        "--batch %d is out of range: %d to %d", options.batch, least, most);
  else if (options.threads < 0 || options.threads > 64)
    message = g_strdup_printf (
        "--threads %d is out of range: 1 to 64, or 0 for all processors",
        options.threads);
  else if (!(options.seconds >= 0 && options.seconds <= 3600))
    message = g_strdup_printf (
        "--seconds %g is out of range: 0 to 3600", options.seconds);
  else if (options.train && shared_options.model)
    message = g_strdup ("--model and --train exclude each other: training is "
                        "as fast whatever the weights");
  else if (options.train && options.pipeline)
    message = g_strdup ("--pipeline and --train exclude each other");
  else if (options.layers && (options.train || options.pipeline))
    message = g_strdup_printf ("--layers is of inference alone: leave out %s",
        options.train ? "--train" : "--pipeline");
  else if (options.train && shared_options.precision_name)
    message = g_strdup ("--precision and --train exclude each other: training "
                        "is fp32");
  if (message)
    g_set_error (error, APP_ERROR, APP_ERROR_USAGE, "%s", message);
  return !message;
}

static gboolean
measure_batches (RenModel *model, guint n_threads, GString *text,
    JsonBuilder *builder, GError **error)
{
  const guint given[] = { (guint) options.batch, 0 };
  const guint *batch = options.batch   ? given
                       : options.train ? train_batches
                                       : infer_batches;

  for (; *batch; batch++) {
    if (text->len)
      g_string_append_c (text, '\n');
    if (!(options.train
                ? bench_train (
                      *batch, n_threads, options.seconds, text, builder, error)
                : bench_infer (model, *batch, n_threads, options.seconds,
                      options.layers, text, builder, error)))
      return FALSE;
  }
  return TRUE;
}

static gboolean
measure (RenModel *model, GString *text, JsonBuilder *builder, GError **error)
{
  const guint n_threads = options.threads ? (guint) options.threads
                                          : MIN (64, g_get_num_processors ());

  bench_json_count (builder, "threads", n_threads);
  json_builder_set_member_name (builder, "runs");
  json_builder_begin_array (builder);
  if (!(options.pipeline
              ? bench_pipeline (model, (guint) options.batch, n_threads,
                    options.seconds, text, builder, error)
              : measure_batches (model, n_threads, text, builder, error)))
    return FALSE;
  json_builder_end_array (builder);
  return TRUE;
}

static gboolean
run (char **arguments, GError **error)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (RenModel) model = NULL;

  if (options.seconds == UNSET)
    options.seconds = options.train ? 10 : 2;
  if (!check (arguments, error))
    return FALSE;
  if (!options.train && !(model = options_open_model (error)))
    return FALSE;
  json_builder_begin_object (builder);
  if (!measure (model, text, builder, error))
    return FALSE;
  json_builder_end_object (builder);
  return options.json ? output_write_json (builder, error)
                      : output_write (text, error);
}

const Command command_bench = {
  .name = "bench",
  .arguments = "",
  .summary = "Measure how fast this machine is, and what limits it.",
  .examples =
      "  resemotenet bench -m fer.safetensors --batch 1 --threads 1 --layers\n"
      "  resemotenet bench --train --batch 128 --threads 2 --json\n",
  .entries = entries,
  .shared = OPTIONS_OUTPUT | OPTIONS_MODEL | OPTIONS_PRECISION,
  .run = run,
};

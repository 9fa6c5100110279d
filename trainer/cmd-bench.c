/* resemotenet bench: how fast this machine is, and what limits it.
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <sys/resource.h>

#include "app.h"
#include "output.h"

/* Classes do not matter to the speed; these are the usual seven. */
#define N_CLASSES 7

/* Steps that are timed at least, so that there is a median. */
#define MIN_STEPS 3

/* Of the time for a batch size, the share that goes to what there can be. */
#define PEAK_SHARE 0.1

static const int usual_batches[] = { 16, 64 };

static struct
{
  gboolean train, json;
  int batch;   /* 0 = usual_batches */
  int threads; /* 0 = one for each processor */
  double seconds;
} options = { .seconds = 10 };

static const GOptionEntry entries[] = {
  { "train", 0, G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, &options.train,
      "Measure training: steps on made-up pictures", NULL },
  { "batch", 'b', G_OPTION_FLAG_NONE, G_OPTION_ARG_INT, &options.batch,
      "Pictures a step, 2 to 1024; default: 16, then 64", "N" },
  { "threads", 't', G_OPTION_FLAG_NONE, G_OPTION_ARG_INT, &options.threads,
      "1 to 64; 0, the default: all processors", "N" },
  { "seconds", 's', G_OPTION_FLAG_NONE, G_OPTION_ARG_DOUBLE, &options.seconds,
      "For each batch size, up to 3600; default 10", "S" },
  { "json", 'j', G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, &options.json,
      "As JSON", NULL },
  { NULL }
};

typedef struct
{
  double median, min, max;
} Spread;

/* What was measured of one batch size. */
typedef struct
{
  guint batch, n_steps;
  Spread images_per_second;
  double backward_ms, update_ms; /* medians; backward: with forward */
  RenTrainerCost cost;
  double peak, gflops; /* GFLOP/s: the most there can be, and reached */
  guint64 n_bytes;     /* of all terms of the traffic */
  double gb_per_second;
  guint64 peak_bytes; /* of the process, up to now */
} Result;

/* ---- measuring ----------------------------------------------------------- */

static int
compare_doubles (gconstpointer a, gconstpointer b)
{
  const double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

static Spread
spread_of (GArray *values)
{
  const double *v = (const double *) (gpointer) values->data;
  const guint n = values->len;

  g_array_sort (values, compare_doubles);
  return (Spread){
    .median = (v[(n - 1) / 2] + v[n / 2]) / 2, .min = v[0], .max = v[n - 1]
  };
}

/* Noise, and a class for each: what is in a picture does not change the work.
 */
static void
make_up (guint n, float *faces, float *targets)
{
  for (gsize i = 0; i < (gsize) n * REN_FACE_BYTES; i++)
    faces[i] = 255 * ren_random_float (1, i);
  for (guint i = 0; i < n * N_CLASSES; i++)
    targets[i] = i % N_CLASSES == i / N_CLASSES % N_CLASSES;
}

static double
milliseconds (gint64 from_us, gint64 to_us)
{
  return (double) MAX (1, to_us - from_us) / 1e3;
}

static void
time_steps (RenTrainer *trainer, Result *result)
{
  const guint n = result->batch;
  g_autofree float *faces = g_new (float, (gsize) n *REN_FACE_BYTES);
  g_autofree float *targets = g_new (float, (gsize) n *N_CLASSES);
  g_autoptr (GArray) speed = g_array_new (FALSE, FALSE, sizeof (double));
  g_autoptr (GArray) backward = g_array_new (FALSE, FALSE, sizeof (double));
  g_autoptr (GArray) update = g_array_new (FALSE, FALSE, sizeof (double));
  double spent_ms = 0;

  make_up (n, faces, targets);
  /* the first step fetches pages and says nothing */
  for (guint step = 0; step < 1 + MIN_STEPS || spent_ms < 1e3 * options.seconds;
       step++) {
    const gint64 start = g_get_monotonic_time ();
    gint64 middle, end;
    double b, u, images;

    ren_trainer_backward (trainer, faces, targets, n, NULL);
    middle = g_get_monotonic_time ();
    ren_trainer_update (trainer, 1e-3);
    end = g_get_monotonic_time ();
    if (step == 0)
      continue;
    b = milliseconds (start, middle);
    u = milliseconds (middle, end);
    images = 1e3 * n / (b + u);
    spent_ms += b + u;
    g_array_append_val (backward, b);
    g_array_append_val (update, u);
    g_array_append_val (speed, images);
  }
  result->n_steps = speed->len;
  result->images_per_second = spread_of (speed);
  result->backward_ms = spread_of (backward).median;
  result->update_ms = spread_of (update).median;
}

static guint64
peak_memory (void)
{
  struct rusage usage = { 0 };

  getrusage (RUSAGE_SELF, &usage);
  return (guint64) usage.ru_maxrss * 1024;
}

static gboolean
measure (guint batch, guint n_threads, Result *result, GError **error)
{
  static const char *const labels[N_CLASSES + 1] = { "0", "1", "2", "3", "4",
    "5", "6", NULL };
  g_autoptr (RenTrainer) trainer = NULL;
  const RenTrainerCost *cost = &result->cost;
  RenTrainerOptions o;
  double steps_per_second;

  *result = (Result){ .batch = batch };
  ren_trainer_options_init (&o);
  o.max_batch = batch;
  o.n_threads = n_threads;
  /* what else runs on the machine slows both if they are close in time */
  result->peak = 2e-9 * ren_limit_measure (REN_LIMIT_FP32, n_threads,
                            PEAK_SHARE * options.seconds, error);
  if (result->peak <= 0 || !(trainer = ren_trainer_new (labels, &o, error)))
    return FALSE;
  time_steps (trainer, result);
  ren_trainer_cost (trainer, batch, &result->cost);
  steps_per_second = result->images_per_second.median / batch;
  result->gflops = 2e-9 * (double) cost->multiply_adds * steps_per_second;
  result->n_bytes = cost->weights_forward + cost->weights_backward +
                    cost->gradient + cost->update_read + cost->update_written +
                    cost->activations;
  result->gb_per_second = 1e-9 * (double) result->n_bytes * steps_per_second;
  result->peak_bytes = peak_memory ();
  return TRUE;
}

/* ---- results ------------------------------------------------------------- */

/* Terms of the traffic, in the order of a step. */
static const struct
{
  const char *key, *name;
  gsize offset;
} terms[] = {
  { "weights_forward", "weights, forward",
      G_STRUCT_OFFSET (RenTrainerCost, weights_forward) },
  { "activations", "activations and their gradients",
      G_STRUCT_OFFSET (RenTrainerCost, activations) },
  { "weights_backward", "weights, backward",
      G_STRUCT_OFFSET (RenTrainerCost, weights_backward) },
  { "gradient", "weights' gradient",
      G_STRUCT_OFFSET (RenTrainerCost, gradient) },
  { "update_read", "update: weights, momentum, gradient read",
      G_STRUCT_OFFSET (RenTrainerCost, update_read) },
  { "update_written", "update: weights, momentum written",
      G_STRUCT_OFFSET (RenTrainerCost, update_written) },
};

static guint64
term (const Result *result, guint i)
{
  return G_STRUCT_MEMBER (guint64, &result->cost, terms[i].offset);
}

static void
add_text (GString *text, const Result *r, guint n_threads)
{
  const Spread *speed = &r->images_per_second;

  g_string_append_printf (text,
      "batch %u, %u thread%s\n"
      "  Speed        %.1f images/s (%.1f to %.1f in %u steps)\n"
      "  A step       %.0f ms forward and backward, %.1f ms update\n"
      "  Arithmetic   %.2f G multiply-adds an image, %.1f GFLOP/s:\n"
      "               %.0f %% of the %.1f that this processor can do\n"
      "  Memory       %.0f MB at most in use\n"
      "  Traffic      %.0f MB a step, %.1f GB/s:\n",
      r->batch, n_threads, n_threads == 1 ? "" : "s", speed->median, speed->min,
      speed->max, r->n_steps, r->backward_ms, r->update_ms,
      1e-9 * (double) r->cost.multiply_adds / r->batch, r->gflops,
      100 * r->gflops / r->peak, r->peak, 1e-6 * (double) r->peak_bytes,
      1e-6 * (double) r->n_bytes, r->gb_per_second);
  for (guint i = 0; i < G_N_ELEMENTS (terms); i++)
    g_string_append_printf (
        text, "    %6.0f MB  %s\n", 1e-6 * (double) term (r, i), terms[i].name);
}

static void
add_json_count (JsonBuilder *builder, const char *key, guint64 n)
{
  json_builder_set_member_name (builder, key);
  json_builder_add_int_value (builder, (gint64) n);
}

static void
add_json (JsonBuilder *builder, const Result *r)
{
  json_builder_begin_object (builder);
  add_json_count (builder, "batch", r->batch);
  add_json_count (builder, "steps", r->n_steps);
  json_builder_set_member_name (builder, "images_per_second");
  json_builder_begin_object (builder);
  output_json_number (builder, "median", r->images_per_second.median);
  output_json_number (builder, "min", r->images_per_second.min);
  output_json_number (builder, "max", r->images_per_second.max);
  json_builder_end_object (builder);
  output_json_number (builder, "forward_backward_ms", r->backward_ms);
  output_json_number (builder, "update_ms", r->update_ms);
  add_json_count (
      builder, "multiply_adds_per_image", r->cost.multiply_adds / r->batch);
  output_json_number (builder, "gflops", r->gflops);
  output_json_number (builder, "peak_gflops", r->peak);
  output_json_number (builder, "peak_share", r->gflops / r->peak);
  add_json_count (builder, "peak_memory_bytes", r->peak_bytes);
  add_json_count (builder, "bytes_per_step", r->n_bytes);
  output_json_number (builder, "gigabytes_per_second", r->gb_per_second);
  json_builder_set_member_name (builder, "bytes");
  json_builder_begin_object (builder);
  for (guint i = 0; i < G_N_ELEMENTS (terms); i++)
    add_json_count (builder, terms[i].key, term (r, i));
  json_builder_end_object (builder);
  json_builder_end_object (builder);
}

/* ---- the command --------------------------------------------------------- */

static gboolean
check (char **arguments, GError **error)
{
  g_autofree char *message = NULL;

  if (arguments[0])
    message = g_strdup_printf ("'%s' is too much", arguments[0]);
  else if (!options.train)
    message = g_strdup ("what to measure is missing: --train");
  else if (options.batch != 0 && (options.batch < 2 || options.batch > 1024))
    message = g_strdup_printf (
        "--batch %d is out of range: 2 to 1024", options.batch);
  else if (options.threads < 0 || options.threads > 64)
    message = g_strdup_printf (
        "--threads %d is out of range: 1 to 64, or 0 for all processors",
        options.threads);
  else if (!(options.seconds >= 0 && options.seconds <= 3600))
    message = g_strdup_printf (
        "--seconds %g is out of range: 0 to 3600", options.seconds);
  if (message)
    g_set_error (error, APP_ERROR, APP_ERROR_USAGE, "%s", message);
  return !message;
}

static gboolean
run (char **arguments, GError **error)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (GString) text = g_string_new (NULL);
  guint n_threads, n_batches;

  if (!check (arguments, error))
    return FALSE;
  n_threads = options.threads ? (guint) options.threads
                              : MIN (64, g_get_num_processors ());
  n_batches = options.batch ? 1 : G_N_ELEMENTS (usual_batches);
  json_builder_begin_object (builder);
  add_json_count (builder, "threads", n_threads);
  json_builder_set_member_name (builder, "runs");
  json_builder_begin_array (builder);
  for (guint i = 0; i < n_batches; i++) {
    const int batch = options.batch ? options.batch : usual_batches[i];
    Result result;

    if (!measure ((guint) batch, n_threads, &result, error))
      return FALSE;
    if (text->len)
      g_string_append_c (text, '\n');
    add_text (text, &result, n_threads);
    add_json (builder, &result);
  }
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  return options.json ? output_write_json (builder, error)
                      : output_write (text, error);
}

const Command command_bench = {
  .name = "bench",
  .arguments = "--train",
  .summary = "Measure how fast this machine trains, and what limits it.",
  .description =
      "Speeds are medians of steps; compare them on one machine only, and "
      "while\n"
      "nothing else runs. Traffic is counted from the network's shapes: what "
      "has to\n"
      "come from or go to memory, with nothing kept in a cache from layer to "
      "layer.\n"
      "\n"
      "Examples:\n"
      "  resemotenet bench --train\n"
      "  resemotenet bench --train --batch 128 --threads 2 --json\n",
  .entries = entries,
  .shared = OPTIONS_OUTPUT,
  .run = run,
};

/* How fast a machine trains, and what limits it. SPDX-License-Identifier: MIT */
#include "bench.h"
#include "output.h"

/* Classes do not matter to the speed; these are the usual seven. */
#define N_CLASSES 7

/* Of the time for a batch size, the share that goes to what there can be. */
#define PEAK_SHARE 0.1

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

static void
time_steps (RenTrainer *trainer, double seconds, Result *result)
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
  for (guint step = 0; step < 1 + BENCH_MIN_TURNS || spent_ms < 1e3 * seconds;
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
    b = bench_milliseconds (start, middle);
    u = bench_milliseconds (middle, end);
    images = 1e3 * n / (b + u);
    spent_ms += b + u;
    g_array_append_val (backward, b);
    g_array_append_val (update, u);
    g_array_append_val (speed, images);
  }
  result->n_steps = speed->len;
  result->images_per_second = bench_spread (speed);
  result->backward_ms = bench_spread (backward).median;
  result->update_ms = bench_spread (update).median;
}

static gboolean
measure (guint batch, guint n_threads, double seconds, Result *result,
    GError **error)
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
                            PEAK_SHARE * seconds, error);
  if (result->peak <= 0 || !(trainer = ren_trainer_new (labels, &o, error)))
    return FALSE;
  time_steps (trainer, seconds, result);
  ren_trainer_cost (trainer, batch, &result->cost);
  steps_per_second = result->images_per_second.median / batch;
  result->gflops = 2e-9 * (double) cost->multiply_adds * steps_per_second;
  result->n_bytes = cost->weights_forward + cost->weights_backward +
                    cost->gradient + cost->update_read + cost->update_written +
                    cost->activations;
  result->gb_per_second = 1e-9 * (double) result->n_bytes * steps_per_second;
  result->peak_bytes = bench_peak_memory ();
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
add_json (JsonBuilder *builder, const Result *r)
{
  json_builder_begin_object (builder);
  bench_json_count (builder, "batch", r->batch);
  bench_json_count (builder, "steps", r->n_steps);
  bench_json_spread (builder, "images_per_second", &r->images_per_second);
  output_json_number (builder, "forward_backward_ms", r->backward_ms);
  output_json_number (builder, "update_ms", r->update_ms);
  bench_json_count (
      builder, "multiply_adds_per_image", r->cost.multiply_adds / r->batch);
  output_json_number (builder, "gflops", r->gflops);
  output_json_number (builder, "peak_gflops", r->peak);
  output_json_number (builder, "peak_share", r->gflops / r->peak);
  bench_json_count (builder, "peak_memory_bytes", r->peak_bytes);
  bench_json_count (builder, "bytes_per_step", r->n_bytes);
  output_json_number (builder, "gigabytes_per_second", r->gb_per_second);
  json_builder_set_member_name (builder, "bytes");
  json_builder_begin_object (builder);
  for (guint i = 0; i < G_N_ELEMENTS (terms); i++)
    bench_json_count (builder, terms[i].key, term (r, i));
  json_builder_end_object (builder);
  json_builder_end_object (builder);
}

gboolean
bench_train (guint batch, guint n_threads, double seconds, GString *text,
    JsonBuilder *builder, GError **error)
{
  Result result;

  if (!measure (batch, n_threads, seconds, &result, error))
    return FALSE;
  add_text (text, &result, n_threads);
  add_json (builder, &result);
  return TRUE;
}

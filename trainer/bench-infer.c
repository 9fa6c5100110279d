/* How fast a machine runs a model, and what limits it.
 * SPDX-License-Identifier: MIT */
#include "bench.h"
#include "output.h"

/* Of the time for a batch size, the share that goes to what there can be. */
#define LIMIT_SHARE 0.1

typedef struct
{
  RenPlanStep step; /* name and cost */
  GArray *seconds;  /* of turns */
  double median;    /* seconds */
} Layer;

typedef struct
{
  RenPrecision precision; /* of the arithmetic */
  guint batch, n_threads, n_turns;
  Spread face_ms;
  RenPlanCost cost;                     /* of a turn */
  double multiply_adds, read;           /* a second, of the median turn */
  double most_multiply_adds, most_read; /* what there can be */
  guint n_layers;
  Layer layers[REN_PLAN_MAX_STEPS];
} Result;

static gboolean
measure_limits (double seconds, Result *r, GError **error)
{
  const RenLimit arithmetic =
      r->precision == REN_PRECISION_INT8 ? REN_LIMIT_INT8 : REN_LIMIT_FP32;

  r->most_multiply_adds = ren_limit_measure (
      arithmetic, r->n_threads, LIMIT_SHARE * seconds, error);
  r->most_read = r->most_multiply_adds > 0
                     ? ren_limit_measure (REN_LIMIT_READ, r->n_threads,
                           LIMIT_SHARE * seconds, error)
                     : 0;
  return r->most_read > 0;
}

static void
add_turn (Result *r, const RenPlanStep *steps)
{
  for (guint i = 0; i < r->n_layers; i++) {
    Layer *layer = &r->layers[i];

    layer->step = steps[i];
    if (!layer->seconds)
      layer->seconds = g_array_new (FALSE, FALSE, sizeof (double));
    g_array_append_val (layer->seconds, steps[i].seconds);
  }
}

static void
finish_layers (Result *r)
{
  for (guint i = 0; i < r->n_layers; i++) {
    Layer *layer = &r->layers[i];

    /* never 0, whatever the clock says */
    layer->median = MAX (1e-9, bench_spread (layer->seconds).median);
    g_clear_pointer (&layer->seconds, g_array_unref);
  }
}

static void
time_turns (RenPlan *plan, double seconds, Result *r)
{
  const guint n = r->batch;
  g_autofree guint8 *faces = g_malloc ((gsize) n * REN_FACE_BYTES);
  g_autofree float *logits = g_new (float, (gsize) n *REN_MAX_CLASSES);
  g_autoptr (GArray) times = g_array_new (FALSE, FALSE, sizeof (double));
  double spent_ms = 0;

  /* noise: what is in a face does not change the work */
  for (gsize i = 0; i < (gsize) n * REN_FACE_BYTES; i++)
    faces[i] = (guint8) ren_random (1, i);
  /* the first turn fetches pages and says nothing */
  for (guint turn = 0; turn < 1 + BENCH_MIN_TURNS || spent_ms < 1e3 * seconds;
       turn++) {
    const gint64 start = g_get_monotonic_time ();
    RenPlanStep steps[REN_PLAN_MAX_STEPS];
    double ms;

    r->n_layers = ren_plan_profile (plan, faces, n, logits, steps);
    if (turn == 0)
      continue;
    add_turn (r, steps);
    ms = bench_milliseconds (start, g_get_monotonic_time ());
    spent_ms += ms;
    ms /= n;
    g_array_append_val (times, ms);
  }
  r->n_turns = times->len;
  r->face_ms = bench_spread (times);
  finish_layers (r);
}

static double
layer_multiply_adds (const Layer *layer)
{
  return (double) layer->step.cost.multiply_adds / layer->median;
}

static double
layer_read (const Layer *layer)
{
  return (double) layer->step.cost.weight_bytes / layer->median;
}

static void
add_text (GString *text, const Result *r)
{
  g_string_append_printf (text,
      "batch %u, %u thread%s, %s\n"
      "  A face       %.2f ms (%.2f to %.2f in %u turns), %.0f faces/s\n"
      "  Arithmetic   %.0f M multiply-adds a face, %.1f G/s:\n"
      "               %.0f %% of the %.1f that this processor can do\n"
      "  Weights      %.0f MB a turn, %.1f GB/s:\n"
      "               %.0f %% of the %.1f that can be read from memory\n",
      r->batch, r->n_threads, r->n_threads == 1 ? "" : "s",
      ren_precision_name (r->precision), r->face_ms.median, r->face_ms.min,
      r->face_ms.max, r->n_turns, 1e3 / r->face_ms.median,
      1e-6 * (double) r->cost.multiply_adds / r->batch, 1e-9 * r->multiply_adds,
      100 * r->multiply_adds / r->most_multiply_adds,
      1e-9 * r->most_multiply_adds, 1e-6 * (double) r->cost.weight_bytes,
      1e-9 * r->read, 100 * r->read / r->most_read, 1e-9 * r->most_read);
}

static void
add_layers_text (GString *text, const Result *r)
{
  g_string_append (text,
      "  Layer             us a face    multiply-adds          weights\n");
  for (guint i = 0; i < r->n_layers; i++) {
    const Layer *layer = &r->layers[i];

    g_string_append_printf (text,
        "  %-17s %9.1f %8.1f G/s %3.0f %% %7.1f GB/s %3.0f %%\n",
        layer->step.name, 1e6 * layer->median / r->batch,
        1e-9 * layer_multiply_adds (layer),
        100 * layer_multiply_adds (layer) / r->most_multiply_adds,
        1e-9 * layer_read (layer), 100 * layer_read (layer) / r->most_read);
  }
}

static void
add_layers_json (JsonBuilder *builder, const Result *r)
{
  json_builder_set_member_name (builder, "layers");
  json_builder_begin_array (builder);
  for (guint i = 0; i < r->n_layers; i++) {
    const Layer *layer = &r->layers[i];

    json_builder_begin_object (builder);
    json_builder_set_member_name (builder, "name");
    json_builder_add_string_value (builder, layer->step.name);
    output_json_number (builder, "face_us", 1e6 * layer->median / r->batch);
    output_json_number (
        builder, "multiply_adds_per_second", layer_multiply_adds (layer));
    output_json_number (builder, "read_bytes_per_second", layer_read (layer));
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
}

static void
add_json (JsonBuilder *builder, const Result *r)
{
  json_builder_begin_object (builder);
  output_json_text (builder, "precision", ren_precision_name (r->precision));
  bench_json_count (builder, "batch", r->batch);
  bench_json_count (builder, "threads", r->n_threads);
  bench_json_count (builder, "turns", r->n_turns);
  bench_json_spread (builder, "face_ms", &r->face_ms);
  bench_json_count (
      builder, "multiply_adds_per_face", r->cost.multiply_adds / r->batch);
  bench_json_count (builder, "weight_bytes_per_turn", r->cost.weight_bytes);
  output_json_number (builder, "multiply_adds_per_second", r->multiply_adds);
  output_json_number (builder, "multiply_adds_limit", r->most_multiply_adds);
  output_json_number (builder, "read_bytes_per_second", r->read);
  output_json_number (builder, "read_limit", r->most_read);
  add_layers_json (builder, r);
  json_builder_end_object (builder);
}

gboolean
bench_infer (RenModel *model, guint batch, guint n_threads, double seconds,
    gboolean layers, GString *text, JsonBuilder *builder, GError **error)
{
  g_autoptr (RenPlan) plan =
      ren_plan_new (model, shared_options.precision, batch, n_threads, error);
  Result r = { .batch = batch, .n_threads = n_threads };
  double turns_per_second;

  if (!plan)
    return FALSE;
  r.precision = ren_plan_precision (plan);
  /* what else runs on the machine slows both if they are close in time */
  if (!measure_limits (seconds, &r, error))
    return FALSE;
  time_turns (plan, seconds, &r);
  ren_plan_cost (plan, batch, &r.cost);
  turns_per_second = 1e3 / (r.face_ms.median * batch);
  r.multiply_adds = (double) r.cost.multiply_adds * turns_per_second;
  r.read = (double) r.cost.weight_bytes * turns_per_second;
  add_text (text, &r);
  if (layers)
    add_layers_text (text, &r);
  add_json (builder, &r);
  return TRUE;
}

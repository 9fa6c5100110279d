/* The insides of training: row kernels of every instruction set against plain
 * C, the lists of rows against the definition of a convolution, gradients
 * against finite differences, the decay of taps that only meet padding.
 * SPDX-License-Identifier: MIT */
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../memory/sanitized.h"
#include "trainer-private.h"

/* Sanitizers make a step twenty to fifty times as long, and see in one all that
 * it touches: what is about numbers is there done for the first layer, whose
 * gradient has come through all others, and for the last. */
static gboolean
is_left_out (RenLayerId id)
{
  return SANITIZED && id != REN_CONV1 && id != REN_FC4;
}

static float *
random_floats (guint64 key, gsize n)
{
  float *x = g_new (float, n);

  for (gsize i = 0; i < n; i++)
    x[i] = 2 * ren_random_float (key, i) - 1;
  return x;
}

/* k products of numbers below 1, summed in another order, differ by some
 * sqrt (k) × 2^-24; a misplaced one by 0.1 and more. */
static void
check_close (const float *a, const float *b, gsize n, gsize k)
{
  const float tolerance = (float) (k + 64) / (1 << 23);

  for (gsize i = 0; i < n; i++)
    g_assert_cmpfloat (fabsf (a[i] - b[i]), <=, tolerance);
}

/* ---- kernels of each instruction set ------------------------------------- */

typedef struct
{
  const char *name;
  guint isa;
} Table;

static const Table tables[] = { { "vector", REN_CPU_VECTOR },
  { "avx2", REN_CPU_AVX2 }, { "avx512f", REN_CPU_AVX512F } };

/* The same loops, compiled otherwise: products and sums may be fused. */
static void
test_norms (gconstpointer data)
{
  enum
  {
    N = 64, /* channels: two blocks */
    SIZE = 6,
    STRIDE = 80,
    PIXELS = SIZE * SIZE
  };
  const Table *table = data;
  RenNormKernels k, plain;
  g_autofree float *vectors = random_floats (6, 4 * N);
  g_autofree float *d_out = random_floats (8, PIXELS / 4 * STRIDE);
  g_autofree float *keep = random_floats (9, PIXELS / 4 * N);
  RenPool2 p = { SIZE, N, STRIDE, STRIDE, vectors, vectors + N, vectors + 2 * N,
    vectors + 3 * N };
  float *z[2], out[2][PIXELS / 4 * STRIDE] = { 0 };
  float picked[2][PIXELS / 4 * N], sums[2][2 * N] = { 0 };
  guint8 pick[2][PIXELS / 4 * N];

  if ((ren_cpu_detect () & table->isa) != table->isa) {
    g_test_skip ("this processor does not have these instructions");
    return;
  }
  ren_norm_init (&plain, REN_CPU_REFERENCE);
  ren_norm_init (&k, table->isa);
  for (guint i = 0; i < 2; i++) {
    const RenNormKernels *use = i ? &plain : &k;

    z[i] = random_floats (7, PIXELS * STRIDE);
    use->pool (&p, z[i], keep, out[i], picked[i], pick[i]);
    use->pool_gradient_sums (
        &p, d_out, 1.25f, picked[i], pick[i], sums[i], sums[i] + N);
    use->pool_gradient (&p, z[i], d_out, 1.25f, pick[i], vectors, vectors + N);
  }
  g_assert_cmpmem (pick[0], sizeof pick[0], pick[1], sizeof pick[1]);
  check_close (out[0], out[1], PIXELS / 4 * STRIDE, 8);
  check_close (picked[0], picked[1], PIXELS / 4 * N, 8);
  check_close (sums[0], sums[1], 2 * N, PIXELS);
  check_close (z[0], z[1], PIXELS * STRIDE, 64);
  g_free (z[0]);
  g_free (z[1]);
}

/* ---- lists of rows ------------------------------------------------------- */

/* Taps by the definition: output (y, x) reads input (y × stride + ky − pad, …).
 * Every pair of pixels that a tap connects must be in the lists once, forward
 * and backward, for every image. */
static void
check_map (RenLayerId id, gboolean backward, guint n_images)
{
  const RenLayer *layer = &ren_network[id];
  const guint size = layer->size_in, n_out = ren_layer_size_out (layer);
  const guint kernel = layer->kernel, live = ren_layer_live_taps (layer);
  const guint in_pixels = size * size, out_pixels = n_out * n_out;
  const guint in_stride = 3, out_stride = 5;
  g_autofree guint8 *seen =
      g_new0 (guint8, (gsize) n_images * in_pixels * n_images * out_pixels);
  guint n_seen = 0, n_expected = 0, n_written = 0;
  RenMap map = { 0 };

  g_assert_true (ren_map_init (
      &map, layer, backward, n_images, in_stride, out_stride, NULL));
  for (guint g = 0; g < map.n_groups; g++) {
    const RenRows rows =
        ren_map_rows (&map, g, n_images, 0, map.groups[g].rows.n_taps);

    n_written += rows.n_rows;
    for (guint r = 0; r < rows.n_rows; r++)
      for (guint t = 0; t < rows.n_taps; t++) {
        const guint source = (guint) (rows.from[r] + rows.shift[t]);
        const guint dest = (guint) rows.to[r];
        const guint in = (backward ? dest : source) / in_stride;
        const guint out = (backward ? source : dest) / out_stride;
        const guint p = in % in_pixels, q = out % out_pixels;
        guint tap = 0, left = rows.weight[t];
        guint8 *cell = seen + (gsize) in * n_images * out_pixels + out;

        while (!(live >> tap & 1) || left-- > 0)
          tap++;
        g_assert_cmpuint ((backward ? dest : source) % in_stride, ==, 0);
        g_assert_cmpuint (in / in_pixels, ==, out / out_pixels);
        g_assert_cmpint ((gint) (p / size), ==,
            (gint) (q / n_out * layer->stride + tap / kernel) -
                (gint) kernel / 2);
        g_assert_cmpint ((gint) (p % size), ==,
            (gint) (q % n_out * layer->stride + tap % kernel) -
                (gint) kernel / 2);
        g_assert_cmpuint (*cell, ==, 0);
        *cell = 1;
        n_seen++;
      }
  }
  for (guint q = 0; q < out_pixels; q++)
    for (guint t = 0; t < kernel * kernel; t++) {
      const gint y =
          (gint) (q / n_out * layer->stride + t / kernel) - (gint) kernel / 2;
      const gint x =
          (gint) (q % n_out * layer->stride + t % kernel) - (gint) kernel / 2;

      n_expected += y >= 0 && x >= 0 && y < (gint) size && x < (gint) size;
    }
  g_assert_cmpuint (n_seen, ==, n_images * n_expected);
  g_assert_cmpuint (
      n_written, ==, n_images * (backward ? in_pixels : out_pixels));
  ren_map_clear (&map);
}

static void
test_maps (void)
{
  for (RenLayerId id = REN_CONV2; id < REN_FC1; id++)
    if (ren_network[id].kernel)
      for (gint backward = 0; backward < 2; backward++)
        check_map (id, backward, ren_network[id].size_in <= 8 ? 2 : 1);
}

/* ---- gradients by finite differences ------------------------------------- */

#define N_FACES 6

typedef struct
{
  RenTrainer *trainer;
  float *faces, targets[N_FACES * 7];
} Difference;

static double
loss_at (Difference *d)
{
  /* update is never called: same step, same dropout */
  return ren_trainer_backward (d->trainer, d->faces, d->targets, N_FACES, NULL);
}

/* Moves a tensor along its own gradient: loss must change by step × |g|². One
 * direction of many weights at once stands out of single precision's noise
 * where a single weight would not. */
static void
check_tensor (Difference *d, RenLayerId id, RenPart part)
{
  RenTrainer *trainer = d->trainer;
  const RenLayerLayout *at = &trainer->net->layout.layer[id];
  const gsize start = part == REN_PART_WEIGHT      ? at->weight
                      : part == REN_PART_BIAS      ? at->bias
                      : part == REN_PART_NORM_BIAS ? at->beta
                                                   : at->gamma;
  const gsize n = part == REN_PART_WEIGHT
                      ? at->n_panels * ren_layout_panel_size (at)
                      : at->c_out;
  g_autofree float *w =
      g_memdup2 (trainer->weights + start, n * sizeof (float));
  g_autofree float *g = NULL;
  double square = 0, step, up, down, expected, error;
  char name[REN_TENSOR_NAME_MAX];

  loss_at (d);
  g = g_memdup2 (trainer->gradient + start, n * sizeof (float));
  for (gsize i = 0; i < n; i++)
    square += (double) g[i] * g[i];
  if (part == REN_PART_BIAS && ren_network[id].norm) {
    g_assert_cmpfloat (square, ==, 0); /* the norm takes it away */
    return;
  }
  g_assert_cmpfloat (square, >, 0);
  expected = 4e-3; /* wanted change, far above rounding of a loss of 2 */
  step = expected / square;
  for (gsize i = 0; i < n; i++)
    trainer->weights[start + i] = (float) (w[i] + step / 2 * g[i]);
  up = loss_at (d);
  for (gsize i = 0; i < n; i++)
    trainer->weights[start + i] = (float) (w[i] - step / 2 * g[i]);
  down = loss_at (d);
  memcpy (trainer->weights + start, w, n * sizeof (float));
  error = fabs (up - down - expected) / expected;
  ren_tensor_name (id, part, name);
  g_test_message (
      "%s: |g| %.3g, off by %.2g %%", name, sqrt (square), 100 * error);
  /* curvature and ReLUs that change sides; a wrong sign, factor or part gives
   * 50 % and more */
  g_assert_cmpfloat (error, <, .1);
}

static void
test_finite_differences (void)
{
  static const char *const labels[] = { "a", "b", "c", "d", "e", "f", "g",
    NULL };
  Difference d = { 0 };
  RenTrainerOptions options;
  g_autoptr (GError) error = NULL;

  ren_trainer_options_init (&options);
  options.max_batch = N_FACES;
  options.n_threads = 2;
  options.label_smoothing = .1f;
  options.class_weights[2] = 2;
  d.trainer = ren_trainer_new (labels, &options, &error);
  g_assert_no_error (error);
  d.faces = random_floats (10, N_FACES * REN_FACE_BYTES);
  for (gsize i = 0; i < N_FACES * REN_FACE_BYTES; i++)
    d.faces[i] = 128 + 100 * d.faces[i];
  for (guint i = 0; i < N_FACES; i++)
    d.targets[i * 7 + i] = 1;
  /* at the initial weights, later layers see almost nothing of the faces */
  for (RenLayerId id = REN_FC1; id <= REN_FC4; id++) {
    const RenLayerLayout *at = &d.trainer->net->layout.layer[id];

    for (gsize i = 0; i < at->n_panels * ren_layout_panel_size (at); i++)
      d.trainer->weights[at->weight + i] *= 3;
  }

  for (RenLayerId id = 0; id < REN_N_LAYERS; id++)
    for (RenPart part = 0; part <= REN_PART_NORM_BIAS; part++)
      if (ren_layer_has_part (id, part) && !is_left_out (id))
        check_tensor (&d, id, part);
  ren_trainer_free (d.trainer);
  g_free (d.faces);
}

/* ---- taps that only meet padding ----------------------------------------- */

static void
test_decay (void)
{
  for (gint nesterov = 0; nesterov < 2; nesterov++) {
    const double rate = .05, momentum = .9, decay = .01, pull = .1;
    double w = .7, m = 0, average = .7;
    RenDecay d;

    ren_decay_init (&d);
    for (guint step = 0; step < 100; step++) {
      const double g = decay * w; /* the gradient is 0 */

      m = momentum * m + g;
      w -= rate * (nesterov ? g + momentum * m : m);
      average += pull * (w - average);
      ren_decay_step (&d, rate, momentum, decay, nesterov, pull);
      g_assert_cmpfloat (fabs (d.weight * .7 - w), <, 1e-12);
      g_assert_cmpfloat (fabs (d.momentum * .7 - m), <, 1e-12);
      g_assert_cmpfloat (fabs (d.average * .7 - average), <, 1e-12);
    }
  }
}

/* ---- same numbers on any number of threads ------------------------------- */

static RenTrainer *
some_steps (guint n_threads, const float *faces, const float *targets)
{
  static const char *const labels[] = { "a", "b", NULL };
  RenTrainerOptions options;
  g_autoptr (GError) error = NULL;
  RenTrainer *trainer;

  ren_trainer_options_init (&options);
  options.max_batch = 19; /* images of the last hands are one fewer */
  options.n_threads = n_threads;
  options.average_decay = .9f;
  trainer = ren_trainer_new (labels, &options, &error);
  g_assert_no_error (error);
  for (guint step = 0; step < (SANITIZED ? 1 : 3); step++) {
    ren_trainer_backward (trainer, faces, targets, 19, NULL);
    ren_trainer_update (trainer, .01);
  }
  return trainer;
}

static void
test_threads (void)
{
  g_autofree float *faces = random_floats (11, 19 * REN_FACE_BYTES);
  float targets[19 * 2] = { 0 };
  RenTrainer *one, *five;
  const RenLayout *layout;

  for (guint i = 0; i < 19; i++)
    targets[i * 2 + i % 2] = 1;
  one = some_steps (1, faces, targets);
  five = some_steps (5, faces, targets);
  layout = &one->net->layout;
  g_assert_true (memcmp (one->weights, five->weights,
                     layout->n_parameters * sizeof (float)) == 0);
  g_assert_true (memcmp (one->average, five->average,
                     layout->n_parameters * sizeof (float)) == 0);
  g_assert_true (memcmp (one->running, five->running,
                     layout->n_running * sizeof (float)) == 0);
  ren_trainer_free (one);
  ren_trainer_free (five);
}

/* ---- numbers that are none ----------------------------------------------- */

/* A number that is none must reach the loss, where it is noticed, wherever it
 * comes up: a maximum or a ReLU that swallows it hides that a training has
 * come to nothing. */
static void
test_not_a_number (void)
{
  static const char *const labels[] = { "a", "b", NULL };
  g_autofree float *faces = random_floats (12, 4 * REN_FACE_BYTES);
  const float targets[4 * 2] = { 1, 0, 0, 1, 1, 0, 0, 1 };
  g_autoptr (GError) error = NULL;
  g_autoptr (RenTrainer) trainer = NULL;
  RenTrainerOptions options;

  ren_trainer_options_init (&options);
  options.max_batch = 4;
  options.n_threads = 1;
  options.dropout = options.dropout_fc = 0;
  trainer = ren_trainer_new (labels, &options, &error);
  g_assert_no_error (error);
  g_assert_true (
      isfinite (ren_trainer_backward (trainer, faces, targets, 4, NULL)));
  for (RenLayerId id = 0; id < REN_N_LAYERS; id++) {
    const RenLayerLayout *at = &trainer->net->layout.layer[id];
    float *w = trainer->weights + at->weight;
    const float before = *w;

    if (is_left_out (id))
      continue;
    *w = NAN;
    g_test_message ("%s", ren_network[id].name);
    g_assert_false (
        isfinite (ren_trainer_backward (trainer, faces, targets, 4, NULL)));
    *w = before;
  }
}

/* ---- what a checkpoint says ---------------------------------------------- */

static void
test_state (void)
{
  static const char *const locales[] = { "C", "de_DE.UTF-8", "fr_FR.UTF-8" };
  /* `%a`, as earlier checkpoints have it */
  static const char hex[] =
      "layout 1 seed 5 steps 18446744073709551615 decay 0x1.8p-1 0x0p+0 0x1p+0";
  static const char *const damaged[] = { "", "layout", "layout 1",
    "layout 1 seed -5 steps 7 decay 1 0 1",
    "layout 1 seed 5 steps 18446744073709551616 decay 1 0 1",
    "layout 1 seed 5 steps 7 decay nan 0 1",
    "layout 1 seed 5 steps 7 decay 1 inf 1",
    "layout 1 seed 5 steps 7 decay 1 0 1e999",
    "layout 1 seed 5 steps 7 decay 1 0 1x",
    "layout 1 seed 5 steps 7 decay 1 0 ",
    "layout 1 seed 5 steps 7 decay 1 0 1 1",
    "layout 1 seed 5 steps  decay 1 0 1" };
  RenTrainer trainer = { 0 }, other = { 0 };
  guint64 version;

  g_assert_true (ren_trainer_state_from_text (&other, hex, &version));
  g_assert_cmpuint (version, ==, 1);
  g_assert_cmpuint (other.options.seed, ==, 5);
  g_assert_cmpuint (other.n_steps, ==, G_MAXUINT64);
  g_assert_cmpfloat (other.decay.weight, ==, .75);
  g_assert_cmpfloat (other.decay.momentum, ==, 0);
  g_assert_cmpfloat (other.decay.average, ==, 1);
  for (guint i = 0; i < G_N_ELEMENTS (damaged); i++)
    g_assert_false (ren_trainer_state_from_text (&other, damaged[i], &version));
  /* a later one may have more to say */
  ren_trainer_state_from_text (&other, "layout 12 seed x", &version);
  g_assert_cmpuint (version, ==, 12);

  trainer.options.seed = G_MAXUINT64;
  trainer.n_steps = 12345;
  trainer.decay = (RenDecay){ .1 + .2, -1 / 3., 0x1p-1070 };
  for (guint i = 0; i < G_N_ELEMENTS (locales); i++) {
    g_autofree char *text = NULL;

    if (!setlocale (LC_ALL, locales[i]))
      continue;
    text = ren_trainer_state_to_text (&trainer);
    g_assert_true (ren_trainer_state_from_text (&other, text, &version));
    setlocale (LC_ALL, "C");
    g_assert_true (ren_trainer_state_from_text (&other, text, &version));
    g_assert_cmpuint (other.options.seed, ==, trainer.options.seed);
    g_assert_cmpuint (other.n_steps, ==, trainer.n_steps);
    g_assert_true (
        memcmp (&other.decay, &trainer.decay, sizeof other.decay) == 0);
  }
}

/* ---- what is refused ----------------------------------------------------- */

static void
test_arguments (void)
{
  static const char *const labels[] = { "a", "b", NULL };
  static const char *const one[] = { "a", NULL };
  static const char *const twice[] = { "a", "a", NULL };
  const char *const *bad_labels[] = { one, twice };
  RenTrainerOptions good, bad[7];

  ren_trainer_options_init (&good);
  good.n_threads = 1;
  good.max_batch = 2;
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    bad[i] = good;
  bad[0].max_batch = 1;
  bad[1].momentum = 1;
  bad[2].dropout = NAN;
  bad[3].class_weights[1] = 0;
  bad[4].n_ranks = 2; /* without sum */
  bad[5].weight_decay = -1;
  bad[6].label_smoothing = 1;
  for (guint i = 0; i < G_N_ELEMENTS (bad) + 2; i++) {
    g_autoptr (GError) error = NULL;
    const gboolean about_labels = i >= G_N_ELEMENTS (bad);

    g_assert_null (ren_trainer_new (
        about_labels ? bad_labels[i - G_N_ELEMENTS (bad)] : labels,
        about_labels ? &good : &bad[i], &error));
    g_assert_error (error, REN_ERROR, REN_ERROR_ARGUMENT);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (tables); i++) {
    g_autofree char *norm = g_strconcat ("/train/norm/", tables[i].name, NULL);

    g_test_add_data_func (norm, &tables[i], test_norms);
  }
  g_test_add_func ("/train/maps", test_maps);
  g_test_add_func ("/train/decay", test_decay);
  g_test_add_func ("/train/arguments", test_arguments);
  g_test_add_func ("/train/state", test_state);
  g_test_add_func ("/train/not-a-number", test_not_a_number);
  g_test_add_func ("/train/finite-differences", test_finite_differences);
  g_test_add_func ("/train/threads", test_threads);
  return g_test_run ();
}

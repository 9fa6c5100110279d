/* Models of 8 bits: the same bits from every instruction set, batch and file, and
 * files that are refused. SPDX-License-Identifier: MIT */
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "plan.h"
#include "random-model.h"

enum
{
  N_FACES = 5
};

typedef struct
{
  Fixture fixture;
  RenModel *model; /* int8 */
  guint8 *faces;
  char *dir, *path;
  float logits[N_FACES * N_CLASSES];
} Quantized;

static void
run (RenModel *model, RenPrecision precision, RenCpu cpu, guint batch,
    guint n_threads, const guint8 *faces, float *logits)
{
  g_autoptr (GError) error = NULL;
  RenPlan *plan =
      ren_plan_new_for (model, precision, cpu, batch, n_threads, &error);

  g_assert_no_error (error);
  ren_plan_run (plan, faces, N_FACES, logits);
  ren_plan_unref (plan);
}

static void
quantized_init (Quantized *q)
{
  g_autoptr (GError) error = NULL;

  fixture_init (&q->fixture);
  q->faces = random_faces (N_FACES);
  q->model =
      ren_model_quantize (&q->fixture.model, q->faces, N_FACES, 2, &error);
  g_assert_no_error (error);
  g_assert_cmpint (ren_model_precision (q->model), ==, REN_PRECISION_INT8);
  run (q->model, REN_PRECISION_INT8, REN_CPU_REFERENCE, 4, 2, q->faces,
      q->logits);
  q->dir = g_dir_make_tmp ("quantize-XXXXXX", NULL);
  q->path = g_build_filename (q->dir, "q.safetensors", NULL);
}

static void
quantized_clear (Quantized *q)
{
  ren_model_unref (q->model);
  fixture_clear (&q->fixture);
  g_remove (q->path);
  g_rmdir (q->dir);
  g_free (q->path);
  g_free (q->dir);
  g_free (q->faces);
}

static void
test_like_floats (gconstpointer data)
{
  Quantized *q = (Quantized *) data;
  float floats[N_FACES * N_CLASSES];
  double mean = 0, squares = 0, errors = 0;

  run (&q->fixture.model, REN_PRECISION_FP32, ren_cpu_detect (), 4, 1, q->faces,
      floats);
  for (guint i = 0; i < N_FACES * N_CLASSES; i++)
    mean += floats[i] / (N_FACES * N_CLASSES);
  for (guint i = 0; i < N_FACES * N_CLASSES; i++) {
    squares += (floats[i] - mean) * (floats[i] - mean);
    errors += (floats[i] - q->logits[i]) * (floats[i] - q->logits[i]);
  }
  g_test_message ("error of logits: %.2f %% of their spread",
      100 * sqrt (errors / squares));
  g_assert_cmpfloat (sqrt (errors / squares), <, .05);
}

static void
test_same_bits (gconstpointer data)
{
  Quantized *q = (Quantized *) data;
  static const RenCpu sets[] = { REN_CPU_VECTOR, REN_CPU_AVX2,
    REN_CPU_AVX2 | REN_CPU_AVX_VNNI, REN_CPU_AVX2 | REN_CPU_AVX512F,
    REN_CPU_AVX2 | REN_CPU_AVX512F | REN_CPU_AVX512_VNNI, REN_CPU_NEON,
    REN_CPU_NEON | REN_CPU_DOTPROD,
    REN_CPU_NEON | REN_CPU_DOTPROD | REN_CPU_I8MM };
  static const guint batches[] = { 1, 3, 8, 16 };
  float got[N_FACES * N_CLASSES];

  for (guint i = 0; i < G_N_ELEMENTS (sets); i++) {
    if ((ren_cpu_detect () & sets[i]) != sets[i])
      continue;
    run (q->model, REN_PRECISION_INT8, sets[i], 5, 1, q->faces, got);
    g_assert_cmpmem (got, sizeof got, q->logits, sizeof q->logits);
  }
  for (guint i = 0; i < G_N_ELEMENTS (batches); i++)
    for (guint n_threads = 1; n_threads <= 8; n_threads *= 2) {
      run (q->model, REN_PRECISION_INT8, ren_cpu_detect (), batches[i],
          n_threads, q->faces, got);
      g_assert_cmpmem (got, sizeof got, q->logits, sizeof q->logits);
    }
}

/* What the same model says of the same faces on every processor: SHA-256 of the
 * logits' bits, little endian. Of another architecture there is nothing else to
 * compare with. It may change with the numbers of random-model.c, and with how
 * int8 is defined: the rounding, the order of floats' sums, weights' packing. */
#define EVERYWHERE                                                             \
  "d32896eb52d9e4a35fb1f86ff82fe05e13feac0a6b2bbd70045662689da9d294"

static void
test_everywhere (gconstpointer data)
{
  Quantized *q = (Quantized *) data;
  float *steps = q->model->tensors->output_scale;
  float found[REN_N_LAYERS], logits[N_FACES * N_CLASSES];
  guint32 bits[N_FACES * N_CLASSES];
  g_autofree char *sum = NULL;

  /* steps that are found by a pass of floats are not the same everywhere */
  memcpy (found, steps, sizeof found);
  for (RenLayerId id = 0; id < REN_N_LAYERS; id++)
    steps[id] = ren_layer_has_output_scale (id) ? 1 / (30.f - id) : 0;
  run (q->model, REN_PRECISION_INT8, ren_cpu_detect (), N_FACES, 1, q->faces,
      logits);
  memcpy (steps, found, sizeof found);
  memcpy (bits, logits, sizeof bits);
  for (guint i = 0; i < G_N_ELEMENTS (bits); i++) {
    g_test_message ("logit %u: %.9g", i, logits[i]);
    bits[i] = GUINT32_TO_LE (bits[i]);
  }
  sum = g_compute_checksum_for_data (
      G_CHECKSUM_SHA256, (const guchar *) bits, sizeof bits);
  g_assert_cmpstr (sum, ==, EVERYWHERE);
}

static void
test_file (gconstpointer data)
{
  Quantized *q = (Quantized *) data;
  g_autoptr (GError) error = NULL;
  g_autoptr (RenModel) model = NULL;
  g_autofree char *bytes = NULL;
  g_autofree char *same_bytes = NULL;
  gsize n_bytes, n_same;
  float got[N_FACES * N_CLASSES];

  /* not of itself */
  g_assert_false (ren_model_save (&q->fixture.model, q->path,
      REN_PRECISION_INT8, REN_SAVE_DEFAULT, &error));
  g_assert_error (error, REN_ERROR, REN_ERROR_ARGUMENT);
  g_clear_error (&error);

  g_assert_true (ren_model_save (
      q->model, q->path, REN_PRECISION_INT8, REN_SAVE_DEFAULT, &error));
  model = ren_model_load (q->path, &error);
  g_assert_no_error (error);
  g_assert_cmpint (ren_model_precision (model), ==, REN_PRECISION_INT8);
  g_assert_cmpstr (ren_model_metadata (model, "precision"), ==, "int8");
  g_assert_true (ren_model_verify (model, &error));
  run (model, REN_PRECISION_INT8, ren_cpu_detect (), 4, 2, q->faces, got);
  g_assert_cmpmem (got, sizeof got, q->logits, sizeof q->logits);

  /* written again it is the same file */
  g_assert_true (g_file_get_contents (q->path, &bytes, &n_bytes, NULL));
  g_assert_cmpuint (n_bytes, <, 37 << 20);
  g_assert_true (ren_model_save (
      model, q->path, REN_PRECISION_INT8, REN_SAVE_TRIMMED, &error));
  g_assert_true (g_file_get_contents (q->path, &same_bytes, &n_same, NULL));
  g_assert_cmpmem (bytes, n_bytes, same_bytes, n_same);
  g_assert_null (ren_model_quantize (model, q->faces, 1, 1, &error));
  g_assert_error (error, REN_ERROR, REN_ERROR_ARGUMENT);
}

/* As numbers of another format its weights are what they stand for. */
static void
test_back_to_floats (gconstpointer data)
{
  Quantized *q = (Quantized *) data;
  g_autoptr (GError) error = NULL;
  g_autoptr (RenModel) floats = NULL;
  float got[N_FACES * N_CLASSES], direct[N_FACES * N_CLASSES];

  g_assert_true (ren_model_save (
      q->model, q->path, REN_PRECISION_FP32, REN_SAVE_TRIMMED, &error));
  floats = ren_model_load (q->path, &error);
  g_assert_no_error (error);
  g_assert_cmpint (ren_model_precision (floats), ==, REN_PRECISION_FP32);
  for (RenLayerId id = 0; id < REN_N_LAYERS; id++) {
    const guint64 n = ren_tensor_size (id, REN_PART_WEIGHT, N_CLASSES);
    const guint64 first = n / 3, some = MIN (n - first, 5000);
    g_autofree float *a = g_new (float, some);
    g_autofree float *b = g_new (float, some);
    g_autofree float *original = g_new (float, some);

    g_assert_true (ren_model_read_tensor (
        q->model, id, REN_PART_WEIGHT, first, some, a, NULL));
    g_assert_true (ren_model_read_tensor (
        floats, id, REN_PART_WEIGHT, first, some, b, NULL));
    g_assert_true (ren_model_read_tensor (
        &q->fixture.model, id, REN_PART_WEIGHT, first, some, original, NULL));
    g_assert_cmpmem (a, some * sizeof *a, b, some * sizeof *b);
    for (guint64 i = 0; i < some; i++) /* half a step of 1 / 127 */
      g_assert_cmpfloat (fabsf (a[i] - original[i]), <=, 1.001f / 254);
  }
  /* a plan of floats, of either */
  run (floats, REN_PRECISION_FP32, ren_cpu_detect (), 4, 1, q->faces, got);
  run (q->model, REN_PRECISION_FP32, ren_cpu_detect (), 4, 1, q->faces, direct);
  g_assert_cmpmem (got, sizeof got, direct, sizeof direct);
}

static void
run_file (const char *path, RenPrecision precision, RenPrecision expected,
    const Quantized *q, float *logits)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RenModel) model = ren_model_load (path, &error);
  g_autoptr (RenPlan) plan =
      model ? ren_plan_new (model, precision, 4, 2, &error) : NULL;

  g_assert_no_error (error);
  g_assert_cmpint (ren_plan_precision (plan), ==, expected);
  ren_plan_run (plan, q->faces, N_FACES, logits);
}

/* What a file of 8 bits runs in when asked is what a file converted from it
 * runs in by itself. */
static void
test_precisions (gconstpointer data)
{
  Quantized *q = (Quantized *) data;
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (q->dir, "other.safetensors", NULL);
  float wide[N_FACES * N_CLASSES], half[N_FACES * N_CLASSES];
  float got[N_FACES * N_CLASSES];
  double spread = 0, rounding;

  /* in what it is stored in */
  g_assert_true (ren_model_save (
      q->model, q->path, REN_PRECISION_AUTO, REN_SAVE_DEFAULT, &error));
  run_file (q->path, REN_PRECISION_AUTO, REN_PRECISION_INT8, q, got);
  g_assert_cmpmem (got, sizeof got, q->logits, sizeof got);
  run_file (q->path, REN_PRECISION_INT8, REN_PRECISION_INT8, q, got);
  g_assert_cmpmem (got, sizeof got, q->logits, sizeof got);

  run_file (q->path, REN_PRECISION_FP32, REN_PRECISION_FP32, q, wide);
  run_file (q->path, REN_PRECISION_FP16, REN_PRECISION_FP16, q, half);
  g_assert_true (ren_model_save (
      q->model, path, REN_PRECISION_FP32, REN_SAVE_TRIMMED, &error));
  run_file (path, REN_PRECISION_AUTO, REN_PRECISION_FP32, q, got);
  g_assert_cmpmem (got, sizeof got, wide, sizeof wide);
  run_file (path, REN_PRECISION_FP16, REN_PRECISION_FP16, q, got);
  g_assert_cmpmem (got, sizeof got, half, sizeof half);

  /* a file of fp16 has the first three layers' weights in fp16 as well, each
   * off by 2^-11 of itself at most; the plan takes them as they are */
  g_assert_true (ren_model_save (
      q->model, path, REN_PRECISION_FP16, REN_SAVE_DEFAULT, &error));
  run_file (path, REN_PRECISION_AUTO, REN_PRECISION_FP16, q, got);
  for (guint i = 0; i < G_N_ELEMENTS (wide); i++)
    for (guint j = 0; j < i; j++)
      spread = MAX (spread, fabsf (wide[i] - wide[j]));
  rounding = largest_difference (got, half, G_N_ELEMENTS (got));
  g_test_message ("fp16: %.2g of %.2g", rounding, spread);
  g_assert_cmpfloat (rounding, <=, spread / 512);
  /* which is less than what tells the three apart */
  g_assert_cmpfloat (largest_difference (q->logits, wide, G_N_ELEMENTS (wide)),
      >, 3 * rounding);
  g_assert_cmpfloat (
      largest_difference (half, wide, G_N_ELEMENTS (wide)), >, 0);
  g_remove (path);
}

/* Runs what is to be refused when the plan is made. */
static void
assert_refused (RenModel *model, const char *message)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (ren_plan_new (model, REN_PRECISION_AUTO, 1, 1, &error));
  g_assert_error (error, REN_ERROR, REN_ERROR_CORRUPT);
  g_assert_nonnull (strstr (error->message, message));
}

static void
test_bad_scales (gconstpointer data)
{
  Quantized *q = (Quantized *) data;
  static const float bad[] = { 0, -1, INFINITY, NAN };
  RenTensors *tensors = q->model->tensors;
  float *scales =
      (float *) tensors->tensor[REN_BLOCK2_CONV1][REN_PART_WEIGHT].scale;
  float *of_conv3 = (float *) tensors->tensor[REN_CONV3][REN_PART_WEIGHT].scale;
  const float good = tensors->output_scale[REN_FC1];
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    tensors->output_scale[REN_FC1] = bad[i];
    assert_refused (q->model, "fc1");
  }
  tensors->output_scale[REN_FC1] = good;
  scales[3] = NAN;
  assert_refused (q->model, "res_block2.conv1");
  scales[3] = 1;
  of_conv3[4] = -of_conv3[4];
  assert_refused (q->model, "conv3");
  of_conv3[4] = -of_conv3[4];
  g_assert_null (ren_plan_new_for (
      &q->fixture.model, REN_PRECISION_INT8, ren_cpu_detect (), 1, 1, &error));
  g_assert_error (error, REN_ERROR, REN_ERROR_UNSUPPORTED);
}

/* One text of the header for another of the same length. */
static void
assert_file_refused (
    Quantized *q, const char *from, const char *to, gint code, const char *why)
{
  g_autofree char *bytes = NULL;
  g_autoptr (GError) error = NULL;
  gsize n_bytes;
  char *at;

  g_assert_cmpuint (strlen (from), ==, strlen (to));
  g_assert_true (ren_model_save (
      q->model, q->path, REN_PRECISION_INT8, REN_SAVE_DEFAULT, &error));
  g_assert_true (g_file_get_contents (q->path, &bytes, &n_bytes, NULL));
  at = memmem (bytes, 16384, from, strlen (from));
  g_assert_nonnull (at);
  memcpy (at, to, strlen (to));
  g_assert_true (g_file_set_contents (q->path, bytes, (gssize) n_bytes, NULL));
  g_assert_null (ren_model_load (q->path, &error));
  g_assert_error (error, REN_ERROR, code);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, why));
}

static void
test_bad_files (gconstpointer data)
{
  Quantized *q = (Quantized *) data;
  assert_file_refused (q, "\"fc2.weight.scale\"", "\"fc2.weight.scalf\"",
      REN_ERROR_NETWORK, "'fc2.weight.scale' is missing");
  assert_file_refused (q, "\"conv1.output.scale\"", "\"conv1.output.scald\"",
      REN_ERROR_NETWORK, "'conv1.output.scale' is missing");
  assert_file_refused (q, "[16,9,128,32,4]", "[16,9,128,4,32]",
      REN_ERROR_NETWORK, "res_block1.conv2.weight");
  assert_file_refused (q, "[16,9,128,32,4]", "[16,9,128,128] ",
      REN_ERROR_NETWORK, "res_block1.conv2.weight");
}

int
main (int argc, char **argv)
{
  static Quantized q; /* large, and slow to make: one for all tests */
  int status;

  g_test_init (&argc, &argv, NULL);
  quantized_init (&q);
  g_test_add_data_func ("/quantize/like-floats", &q, test_like_floats);
  g_test_add_data_func ("/quantize/same-bits", &q, test_same_bits);
  g_test_add_data_func ("/quantize/everywhere", &q, test_everywhere);
  g_test_add_data_func ("/quantize/file", &q, test_file);
  g_test_add_data_func ("/quantize/back-to-floats", &q, test_back_to_floats);
  g_test_add_data_func ("/quantize/precisions", &q, test_precisions);
  g_test_add_data_func ("/quantize/bad-scales", &q, test_bad_scales);
  g_test_add_data_func ("/quantize/bad-files", &q, test_bad_files);
  status = g_test_run ();
  quantized_clear (&q);
  return status;
}

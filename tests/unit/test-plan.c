/* Plans: sharing, refusals, and results that do not depend on how a batch is
 * cut, how many threads run, or who else runs. SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "machine.h"
#include "../memory/sanitized.h"
#include "plan.h"
#include "random-model.h"

/* Counts what the heap is asked for; a sanitizer has its own malloc. */
#if !SANITIZED && defined(__GLIBC__)
#define COUNTS_ALLOCATIONS 1
extern void *__libc_malloc (size_t n);
extern void *__libc_realloc (void *p, size_t n);
extern void *__libc_calloc (size_t n, size_t size);
/* visible, or the libraries would go on calling glibc's */
#define VISIBLE __attribute__ ((visibility ("default")))
VISIBLE void *malloc (size_t n);
VISIBLE void *realloc (void *p, size_t n);
VISIBLE void *calloc (size_t n, size_t size);
static gint n_allocations;

void *
malloc (size_t n)
{
  g_atomic_int_inc (&n_allocations);
  return __libc_malloc (n);
}

void *
realloc (void *p, size_t n)
{
  g_atomic_int_inc (&n_allocations);
  return __libc_realloc (p, n);
}

void *
calloc (size_t n, size_t size)
{
  g_atomic_int_inc (&n_allocations);
  return __libc_calloc (n, size);
}
#endif

/* Other batches add up the same numbers in another order. */
#define TOLERANCE 1e-4

static void
test_batches_and_threads (void)
{
  enum
  {
    N = 19
  };
  static const guint batches[] = { 1, 2, 3, 7, 16, 19, 64 };
  Fixture f;
  g_autofree guint8 *faces = random_faces (N);
  float alone[N * N_CLASSES], together[N * N_CLASSES], got[N * N_CLASSES];
  RenPlan *one, *all;

  fixture_init (&f);
  one = ren_plan_new (&f.model, REN_PRECISION_AUTO, 1, 1, NULL);
  all = ren_plan_new (&f.model, REN_PRECISION_AUTO, N, 1, NULL);
  for (guint i = 0; i < N; i++)
    ren_plan_run (one, faces + i * REN_FACE_BYTES, 1, alone + i * N_CLASSES);
  ren_plan_run (all, faces, N, together);
  g_assert_cmpfloat (
      largest_difference (alone, alone + N_CLASSES, N_CLASSES), >, 1e-2);
  g_assert_cmpfloat (
      largest_difference (alone, together, G_N_ELEMENTS (alone)), <=, 1e-5);

  for (guint b = 0; b < G_N_ELEMENTS (batches); b++)
    for (guint threads = 1; threads <= 8; threads += b % 2 ? 3 : 7) {
      RenPlan *plan = ren_plan_new (
          &f.model, REN_PRECISION_AUTO, batches[b], threads, NULL);

      g_assert_cmpuint (ren_plan_n_threads (plan), ==, threads);
      g_assert_cmpuint (ren_plan_max_batch (plan), ==, batches[b]);
      memset (got, 0xff, sizeof got);
      ren_plan_run (plan, faces, N, got);
      /* a face's numbers are always summed in one order, but for the tiles that
       * few faces at a time are made without */
      for (guint i = 0; i < N; i++) {
        const guint pass = MIN (batches[b], N - i / batches[b] * batches[b]);
        const float *expected = pass < 3 ? alone : together;

        g_assert_cmpmem (expected + i * N_CLASSES, N_CLASSES * sizeof (float),
            got + i * N_CLASSES, N_CLASSES * sizeof (float));
      }
      ren_plan_unref (plan);
    }
  ren_plan_unref (one);
  ren_plan_unref (all);
  fixture_clear (&f);
}

/* Each instruction set, and weights in fp16, against plain C. */
static void
test_instruction_sets (void)
{
  enum
  {
    N = 3
  };
  static const RenCpu sets[] = { REN_CPU_VECTOR, REN_CPU_AVX2, REN_CPU_AVX512F,
    REN_CPU_NEON };
  static const RenPrecision precisions[] = { REN_PRECISION_FP32,
    REN_PRECISION_FP16 };
  Fixture f;
  g_autofree guint8 *faces = random_faces (N);

  fixture_init (&f);
  for (guint p = 0; p < G_N_ELEMENTS (precisions); p++) {
    float plain[N * N_CLASSES], got[N * N_CLASSES];
    RenPlan *plan = ren_plan_new_for (
        &f.model, precisions[p], REN_CPU_REFERENCE, N, 2, NULL);

    ren_plan_run (plan, faces, N, plain);
    ren_plan_unref (plan);
    for (guint i = 0; i < G_N_ELEMENTS (sets); i++) {
      if (!(ren_cpu_detect () & sets[i])) {
        g_test_message ("%s: not on this machine", ren_cpu_name (sets[i]));
        continue;
      }
      plan = ren_plan_new_for (&f.model, precisions[p], sets[i], N, 1, NULL);
      ren_plan_run (plan, faces, N, got);
      g_assert_cmpfloat (
          largest_difference (plain, got, G_N_ELEMENTS (got)), <=, TOLERANCE);
      ren_plan_unref (plan);
    }
  }
  fixture_clear (&f);
}

static void
assert_no_plan (Fixture *f, RenPrecision precision, gint code, const char *why)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (ren_plan_new (&f->model, precision, 1, 1, &error));
  g_assert_error (error, REN_ERROR, code);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, why));
}

static void
test_precisions (void)
{
  static const struct
  {
    RenPrecision stored, asked, runs;
  } cases[] = {
    { REN_PRECISION_FP32, REN_PRECISION_AUTO, REN_PRECISION_FP32 },
    { REN_PRECISION_FP32, REN_PRECISION_FP32, REN_PRECISION_FP32 },
    { REN_PRECISION_FP32, REN_PRECISION_FP16, REN_PRECISION_FP16 },
    { REN_PRECISION_FP16, REN_PRECISION_AUTO, REN_PRECISION_FP16 },
    { REN_PRECISION_FP16, REN_PRECISION_FP32, REN_PRECISION_FP32 },
    { REN_PRECISION_BF16, REN_PRECISION_AUTO, REN_PRECISION_FP32 },
    { REN_PRECISION_BF16, REN_PRECISION_FP16, REN_PRECISION_FP16 },
  };
  Fixture f;
  RenTensor *largest;
  gconstpointer data;
  g_autofree guint16 *ones = NULL;
  gsize n;

  fixture_init (&f);
  largest = &f.tensors.tensor[REN_BLOCK3_CONV2][REN_PART_WEIGHT];
  data = largest->data;
  n = (gsize) 2048 * 2048;
  ones = g_new (guint16, n);
  for (gsize i = 0; i < n; i++)
    ones[i] = GUINT16_TO_LE (0x1400); /* small, and a number in both */
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (RenPlan) plan = NULL;

    largest->dtype = cases[i].stored;
    largest->data = cases[i].stored == REN_PRECISION_FP32 ? data : ones;
    plan = ren_plan_new (&f.model, cases[i].asked, 1, 1, &error);
    g_assert_no_error (error);
    g_assert_cmpint (ren_plan_precision (plan), ==, cases[i].runs);
  }
  largest->dtype = REN_PRECISION_FP32;
  largest->data = data;

  assert_no_plan (
      &f, REN_PRECISION_INT8, REN_ERROR_UNSUPPORTED, "resemotenet quantize");
  assert_no_plan (&f, REN_PRECISION_BF16, REN_ERROR_ARGUMENT, "bf16");
  assert_no_plan (&f, (RenPrecision) -2, REN_ERROR_ARGUMENT, "runs in fp32");
  assert_no_plan (
      &f, REN_PRECISION_INT8 + 1, REN_ERROR_ARGUMENT, "runs in fp32");
  f.quiet[64 * REN_FC2 + 5] = 70000; /* the largest of fp16 is 65504 */
  assert_no_plan (
      &f, REN_PRECISION_FP16, REN_ERROR_UNSUPPORTED, "run it in fp32");
  fixture_clear (&f);
}

static void
test_precision_names (void)
{
  RenPrecision precision = REN_PRECISION_AUTO;

  for (RenPrecision p = REN_PRECISION_AUTO; p <= REN_PRECISION_INT8; p++) {
    g_assert_true (
        ren_precision_from_name (ren_precision_name (p), &precision));
    g_assert_cmpint (precision, ==, p);
  }
  g_assert_false (ren_precision_from_name ("", &precision));
  g_assert_false (ren_precision_from_name ("fp", &precision));
  g_assert_false (ren_precision_from_name ("FP32", &precision));
  g_assert_cmpint (precision, ==, REN_PRECISION_INT8);
}

static void
test_shared_weights (void)
{
  Fixture f;
  RenPlan *a, *b;

  fixture_init (&f);
  a = ren_plan_new (&f.model, REN_PRECISION_AUTO, 1, 1, NULL);
  b = ren_plan_new (&f.model, REN_PRECISION_AUTO, 8, 2, NULL);
  g_assert_true (a->weights == b->weights);
  ren_plan_unref (a);
  g_assert_true (f.tensors.prepared[REN_PRECISION_FP32] == b->weights);
  ren_plan_unref (b);
  fixture_clear (&f);
}

static void
test_refusals (void)
{
  Fixture f;
  GError *error = NULL;

  fixture_init (&f);
  g_assert_null (ren_plan_new (&f.model, REN_PRECISION_AUTO, 0, 1, &error));
  g_assert_error (error, REN_ERROR, REN_ERROR_ARGUMENT);
  g_clear_error (&error);
  g_assert_null (ren_plan_new (&f.model, REN_PRECISION_AUTO, 257, 1, &error));
  g_assert_error (error, REN_ERROR, REN_ERROR_ARGUMENT);
  g_clear_error (&error);
  g_assert_null (ren_plan_new (&f.model, REN_PRECISION_AUTO, 1, 65, &error));
  g_assert_error (error, REN_ERROR, REN_ERROR_ARGUMENT);
  g_clear_error (&error);
  f.gains[REN_BLOCK2_CONV2][17] = NAN;
  g_assert_null (ren_plan_new (&f.model, REN_PRECISION_AUTO, 1, 1, &error));
  g_assert_error (error, REN_ERROR, REN_ERROR_CORRUPT);
  g_assert_nonnull (strstr (error->message, "res_block2.conv2"));
  g_clear_error (&error);
  fixture_clear (&f);
}

static void
test_allocates_nothing (void)
{
#ifdef COUNTS_ALLOCATIONS
  Fixture f;
  g_autofree guint8 *faces = random_faces (9);
  float logits[9 * N_CLASSES];
  g_autoptr (RenCropper) cropper = ren_cropper_new ();
  const RenRect rects[] = { { 0, 0, 64, 300 }, { 64, 0, 1, 1 },
    { 9, 99, 50, 60 }, { -9, 400, 99, 99 }, { 0, 0, 20, 20 } };
  guint class_ids[G_N_ELEMENTS (rects)];
  RenPicture picture;
  RenPlan *plan;
  gint before;

  fixture_init (&f);
  plan = ren_plan_new (&f.model, REN_PRECISION_AUTO, 4, 3, NULL);
  before = g_atomic_int_get (&n_allocations);
  g_assert_cmpint (before, >, 0);
  ren_plan_run (plan, faces, 9, logits);
  g_assert_cmpint (g_atomic_int_get (&n_allocations), ==, before);

  /* once for each of a cropper's threads, in whichever order they come */
  ren_picture_init_gray (
      &picture, faces, REN_FACE_SIZE, REN_FACE_SIZE, 9 * REN_FACE_SIZE);
  ren_plan_unref (plan);
  plan = ren_plan_new (&f.model, REN_PRECISION_AUTO, 4, 1, NULL);
  for (guint i = 0; i < 2; i++) {
    before = g_atomic_int_get (&n_allocations);
    ren_plan_classify (plan, cropper, &picture, rects, G_N_ELEMENTS (rects),
        logits, class_ids);
  }
  g_assert_cmpint (g_atomic_int_get (&n_allocations), ==, before);
  ren_plan_unref (plan);
  fixture_clear (&f);
#else
  g_test_skip ("allocations cannot be counted under a sanitizer");
#endif
}

static void
test_limits (void)
{
  g_autoptr (GError) error = NULL;

  for (RenLimit limit = REN_LIMIT_FP32; limit <= REN_LIMIT_READ; limit++) {
    const double one = ren_limit_measure (limit, 1, .01, &error);

    g_assert_no_error (error);
    g_assert_cmpfloat (one, >, 1e6);
  }
  /* with the best instructions it is more than plain C's */
  g_assert_cmpfloat (
      ren_limit_multiply_adds (ren_cpu_detect (), FALSE, 1, .01, NULL), >,
      2 * ren_limit_multiply_adds (REN_CPU_REFERENCE, FALSE, 1, .01, NULL));
  g_assert_cmpfloat (
      ren_limit_measure (REN_LIMIT_READ, 65, .01, &error), ==, 0);
  g_assert_error (error, REN_ERROR, REN_ERROR_ARGUMENT);
  g_clear_error (&error);
  g_assert_cmpfloat (
      ren_limit_measure ((RenLimit) (REN_LIMIT_READ + 1), 1, .01, &error), ==,
      0);
  g_assert_error (error, REN_ERROR, REN_ERROR_ARGUMENT);
}

typedef struct
{
  RenPlan *plan;
  const guint8 *faces;
  const float *expected;
  gboolean wrong;
} Runner;

static gpointer
runner_main (gpointer data)
{
  Runner *r = data;
  float got[3 * N_CLASSES];

  for (guint i = 0; i < 5; i++) {
    ren_plan_run (r->plan, r->faces, 3, got);
    if (!(largest_difference (got, r->expected, G_N_ELEMENTS (got)) <=
            TOLERANCE))
      r->wrong = TRUE;
  }
  return NULL;
}

static void
test_concurrent_runs (void)
{
  Fixture f;
  g_autofree guint8 *faces = random_faces (3);
  float expected[3 * N_CLASSES];
  RenPlan *plans[3];
  Runner runners[6];
  GThread *threads[6];

  fixture_init (&f);
  for (guint i = 0; i < 3; i++)
    plans[i] = ren_plan_new (&f.model, REN_PRECISION_AUTO, 3, 2, NULL);
  ren_plan_run (plans[0], faces, 3, expected);
  for (guint i = 0; i < 6; i++) { /* two threads to a plan */
    runners[i] = (Runner){ plans[i % 3], faces, expected, FALSE };
    threads[i] = g_thread_new ("runner", runner_main, &runners[i]);
  }
  for (guint i = 0; i < 6; i++) {
    g_thread_join (threads[i]);
    g_assert_false (runners[i].wrong);
  }
  for (guint i = 0; i < 3; i++)
    ren_plan_unref (plans[i]);
  fixture_clear (&f);
}

/* Steps are one after another, and all there is to a run: what else the machine
 * does while one is measured is in it. Only what comes between the run and the
 * clock here is not, at times, which is another time soon. */
static void
test_profile (void)
{
  enum
  {
    N = 3
  };
  Fixture f;
  g_autofree guint8 *faces = random_faces (N);
  RenPlanStep steps[REN_PLAN_MAX_STEPS];
  float logits[N * N_CLASSES], expected[N * N_CLASSES];
  double share = 0;
  RenPlan *plan;

  fixture_init (&f);
  plan = ren_plan_new (&f.model, REN_PRECISION_AUTO, N, 1, NULL);
  ren_plan_run (plan, faces, N, expected);
  for (guint round = 0; round < 50 && share < .9; round++) {
    const gint64 start = g_get_monotonic_time ();
    const guint n = ren_plan_profile (plan, faces, N, logits, steps);
    const gint64 end = g_get_monotonic_time ();
    double seconds = 0;

    g_assert_cmpmem (logits, sizeof logits, expected, sizeof expected);
    for (guint i = 0; i < n; i++) {
      g_assert_cmpfloat (steps[i].seconds, >, 0);
      seconds += steps[i].seconds;
    }
    share = seconds / ((double) (end - start) / G_USEC_PER_SEC);
    g_assert_cmpfloat (
        share, <, 1.01); /* the clocks differ in what they round */
  }
  g_assert_cmpfloat (share, >=, .9);
  ren_plan_unref (plan);
  fixture_clear (&f);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/plan/batches-and-threads", test_batches_and_threads);
  g_test_add_func ("/plan/instruction-sets", test_instruction_sets);
  g_test_add_func ("/plan/precisions", test_precisions);
  g_test_add_func ("/plan/precision-names", test_precision_names);
  g_test_add_func ("/plan/shared-weights", test_shared_weights);
  g_test_add_func ("/plan/refusals", test_refusals);
  g_test_add_func ("/plan/allocates-nothing", test_allocates_nothing);
  g_test_add_func ("/plan/limits", test_limits);
  g_test_add_func ("/plan/concurrent-runs", test_concurrent_runs);
  g_test_add_func ("/plan/profile", test_profile);
  return g_test_run ();
}

/* What the header lets threads share: models, the weights and the plans made of
 * them, while others come and go. SPDX-License-Identifier: MIT */
#include "threads.h"

#define N_THREADS 4

typedef struct
{
  guint id;
  RenModel *model;
  RenPlan *plan;
  const Expected *expected;
} Sharer;

/* Runs work in threads that begin together, each with an id of its own. */
static void
run_threads (GThreadFunc work, const Sharer *shared)
{
  Sharer sharers[N_THREADS];
  GThread *threads[N_THREADS];

  for (guint i = 0; i < N_THREADS; i++) {
    sharers[i] = *shared;
    sharers[i].id = i;
    threads[i] = g_thread_new ("sharer", work, &sharers[i]);
  }
  for (guint i = 0; i < N_THREADS; i++)
    g_thread_join (threads[i]);
}

/* Three faces cut out of all of them above each other, by the plan's threads, and
 * classified, in one call and step by step. */
static void
assert_classifies (
    RenModel *model, RenPlan *plan, RenCropper *cropper, guint turn)
{
  const RenRect rects[] = { { turn, 9 * turn, 40, 50 },
    { 2, 99, 60, 70 + turn }, { 0, 7 * turn, 64, 200 } };
  guint8 got[3 * REN_FACE_BYTES], expected[REN_FACE_BYTES];
  float scores[3][N_CLASSES], expected_scores[3][N_CLASSES];
  guint class_ids[3];
  gboolean inside[3];
  RenPicture picture;

  ren_picture_init_gray (
      &picture, faces, REN_FACE_SIZE, REN_FACE_SIZE, MAX_FACES * REN_FACE_SIZE);
  ren_plan_classify (plan, cropper, &picture, rects, 3, scores[0], class_ids);
  ren_cropper_crop_faces (cropper, plan, &picture, rects, 3, got, inside);
  for (guint i = 0; i < 3; i++) {
    g_assert_true (inside[i]);
    g_assert_true (ren_cropper_crop (cropper, &picture, &rects[i], expected));
    g_assert_cmpmem (got + (gsize) i * REN_FACE_BYTES, REN_FACE_BYTES, expected,
        sizeof expected);
  }
  ren_plan_run (plan, got, 3, expected_scores[0]);
  for (guint i = 0; i < 3; i++)
    g_assert_cmpuint (class_ids[i], ==,
        ren_softmax (expected_scores[i], N_CLASSES,
            ren_model_temperature (model), expected_scores[i]));
  g_assert_cmpmem (
      scores, sizeof scores, expected_scores, sizeof expected_scores);
}

/* ---- plans of one model ------------------------------------------------------ */

/* Plans are made, run and freed; those of int8 take their weights along when
 * nobody else has any. */
static gpointer
make_and_run (gpointer data)
{
  static const RenPrecision precisions[] = { REN_PRECISION_INT8,
    REN_PRECISION_FP32, REN_PRECISION_INT8, REN_PRECISION_FP16 };
  const Sharer *s = data;
  g_autoptr (RenCropper) cropper = ren_cropper_new ();

  for (guint round = 0; round < 12; round++) {
    const guint turn = s->id + round;
    const RenPrecision precision = precisions[turn % G_N_ELEMENTS (precisions)];
    g_autoptr (GError) error = NULL;
    g_autoptr (RenPlan) plan = ren_plan_new (
        s->model, precision, 1 + 3 * turn % 5, 1 + turn % 3, &error);

    g_assert_no_error (error);
    assert_runs (plan, &s->expected[precision], turn, 1 + turn % 6);
    if (round == 0) /* all precisions, by one thread or another */
      assert_classifies (s->model, plan, cropper, turn);
  }
  return NULL;
}

static void
test_plans (void)
{
  g_autoptr (RenModel) model = load_model ();
  g_autoptr (RenPlan) fp32 = NULL, fp16 = NULL;
  g_autofree Expected *expected = g_new (Expected, REN_PRECISION_INT8 + 1);
  Sharer shared = { .model = model, .expected = expected };

  if (!model)
    return;
  /* floats take seconds to prepare: two plans keep them */
  fp32 = ren_plan_new (model, REN_PRECISION_FP32, 1, 1, NULL);
  fp16 = ren_plan_new (model, REN_PRECISION_FP16, 1, 1, NULL);
  expected[REN_PRECISION_FP32] = *expected_of (model, REN_PRECISION_FP32);
  expected[REN_PRECISION_FP16] = *expected_of (model, REN_PRECISION_FP16);
  expected[REN_PRECISION_INT8] = *expected_of (model, REN_PRECISION_INT8);
  run_threads (make_and_run, &shared);
}

/* The last plan of a model takes its weights along, while others look for them. */
static gpointer
make_and_free (gpointer data)
{
  const Sharer *s = data;

  for (guint round = 0; round < 500; round++)
    ren_plan_unref (ren_plan_new (s->model, REN_PRECISION_INT8, 1, 1, NULL));
  return NULL;
}

static void
test_weights (void)
{
  g_autoptr (RenModel) model = load_model ();
  const Sharer shared = { .model = model };

  if (model)
    run_threads (make_and_free, &shared);
}

/* ---- errors -------------------------------------------------------------------- */

static gpointer
fail (gpointer data)
{
  const Sharer *s = data;
  g_autoptr (GError) no_batch = NULL, no_file = NULL;

  g_assert_null (ren_plan_new (s->model, REN_PRECISION_AUTO, 0, 1, &no_batch));
  g_assert_error (no_batch, REN_ERROR, REN_ERROR_ARGUMENT);
  g_assert_null (ren_model_load ("/nowhere.safetensors", &no_file));
  g_assert_error (no_file, REN_ERROR, REN_ERROR_OPEN);
  return NULL;
}

/* Before any other test: what is made at the first error is made here. */
static void
test_errors (void)
{
  g_autoptr (RenModel) model = load_model ();
  const Sharer shared = { .model = model };

  if (model)
    run_threads (fail, &shared);
}

/* ---- one plan ----------------------------------------------------------------- */

static gpointer
use_the_plan (gpointer data)
{
  const Sharer *s = data;
  g_autoptr (RenCropper) cropper = ren_cropper_new ();

  for (guint round = 0; round < 10; round++) {
    const guint turn = s->id + round;

    assert_runs (s->plan, s->expected, turn, 1 + turn % 7);
    if (round % 2 == s->id % 2) /* while others only run it */
      assert_classifies (s->model, s->plan, cropper, turn);
  }
  return NULL;
}

static void
test_one_plan (void)
{
  g_autoptr (RenModel) model = load_model ();
  g_autoptr (RenPlan) plan = NULL;
  Sharer shared;

  if (!model)
    return;
  plan = ren_plan_new (model, REN_PRECISION_INT8, 4, 3, NULL);
  shared = (Sharer){ .model = model,
    .plan = plan,
    .expected = expected_of (model, REN_PRECISION_INT8) };
  run_threads (use_the_plan, &shared);
}

/* ---- one model ------------------------------------------------------------------ */

/* The last to go frees it. */
static gpointer
read_and_drop (gpointer data)
{
  const Sharer *s = data;
  g_autoptr (RenModel) model = s->model;
  g_autofree const char **keys = ren_model_metadata_keys (model);

  g_assert_nonnull (ren_model_metadata (model, keys[0]));
  g_assert_nonnull (ren_model_label (model, N_CLASSES - 1));
  for (guint i = 0; i < 20; i++) { /* they share the weights */
    g_autoptr (RenModel) other =
        ren_model_annotate (model, "license", "none", NULL);

    g_assert_cmpstr (ren_model_metadata (other, "license"), ==, "none");
  }
  return NULL;
}

static void
test_references (void)
{
  if (!model_path ())
    return;
  for (guint round = 0; round < 20; round++) {
    Sharer shared = { .model = load_model () };

    for (guint i = 1; i < N_THREADS; i++)
      ren_model_ref (shared.model);
    run_threads (read_and_drop, &shared);
  }
}

/* Nobody holds the model in between, so that some of the threads load the file
 * and the others share what these have, until it goes. */
static gpointer
load_and_run (gpointer data)
{
  const Sharer *s = data;

  for (guint round = 0; round < 10; round++) {
    RenModel *model = load_model ();
    g_autoptr (RenPlan) plan =
        ren_plan_new (model, REN_PRECISION_INT8, 2, 1 + s->id % 2, NULL);

    ren_model_unref (model); /* the plan keeps what it needs */
    assert_runs (plan, s->expected, s->id + round, 2);
  }
  return NULL;
}

/* The same of what holds a model for a moment only. Others run between a drop and
 * the next load, whose lock would order the two. */
static gpointer
load_and_drop (gpointer data)
{
  for (guint round = 0; round < 100; round++) {
    ren_model_unref (load_model ());
    g_thread_yield ();
  }
  return NULL;
}

static void
test_files (void)
{
  RenModel *model = load_model ();
  Sharer shared;

  if (!model)
    return;
  shared.expected = expected_of (model, REN_PRECISION_INT8);
  ren_model_unref (model);
  run_threads (load_and_run, &shared);
  run_threads (load_and_drop, &shared);
}

void
add_sharing_tests (void)
{
  g_test_add_func ("/threads/sharing/errors", test_errors);
  g_test_add_func ("/threads/sharing/plans", test_plans);
  g_test_add_func ("/threads/sharing/weights", test_weights);
  g_test_add_func ("/threads/sharing/one-plan", test_one_plan);
  g_test_add_func ("/threads/sharing/references", test_references);
  g_test_add_func ("/threads/sharing/files", test_files);
}

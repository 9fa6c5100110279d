/* Every number of threads with every size of a batch: the same bits as of one
 * thread. SPDX-License-Identifier: MIT */
#include "../memory/sanitized.h"
#include "threads.h"

/* Around where work is shared out otherwise: 3 faces for tiles of whole images,
 * 8 that the first layers run at a time, 32 tiles, and what leaves a rest of
 * them. */
static const guint batches[] = { 1, 2, 3, 5, 7, 8, 9, 16, 17, 31, 32, 33, 63,
  64 };

/* Sanitizers make a run up to forty times as long. They see every fourth pair of
 * bytes and every sixteenth of floats, of small batches and of large ones. */
static gboolean
is_left_out (RenPrecision precision, guint index, guint threads)
{
#if SANITIZED
  const guint step = precision == REN_PRECISION_INT8 ? 4 : 16;

  return (9 * index + threads + (guint) precision) % step != 0;
#else
  return FALSE;
#endif
}

static void
test_plans (gconstpointer data)
{
  const RenPrecision precision = GPOINTER_TO_INT (data);
  const gboolean all = g_getenv ("REN_LONG") != NULL;
  const guint n_batches = all ? MAX_FACES : G_N_ELEMENTS (batches);
  g_autoptr (RenModel) model = load_model ();
  g_autoptr (RenPlan) keeper = NULL; /* of the prepared weights */
  const Expected *expected;

  if (!model)
    return;
  keeper = ren_plan_new (model, precision, 1, 1, NULL);
  expected = expected_of (model, precision);
  for (guint index = 0; index < n_batches; index++)
    for (guint threads = 1; threads <= MAX_THREADS; threads++) {
      const guint batch = all ? index + 1 : batches[index];
      g_autoptr (GError) error = NULL;
      g_autoptr (RenPlan) plan = NULL;

      if (is_left_out (precision, index, threads))
        continue;
      plan = ren_plan_new (model, precision, batch, threads, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (ren_plan_n_threads (plan), ==, threads);
      assert_runs (plan, expected, MAX_FACES - batch, batch);
    }
}

void
add_plan_tests (void)
{
  static const RenPrecision precisions[] = { REN_PRECISION_FP32,
    REN_PRECISION_FP16, REN_PRECISION_INT8 };

  for (guint i = 0; i < G_N_ELEMENTS (precisions); i++) {
    g_autofree char *name = g_strdup_printf (
        "/threads/plans/%s", ren_precision_name (precisions[i]));

    g_test_add_data_func (name, GINT_TO_POINTER (precisions[i]), test_plans);
  }
}

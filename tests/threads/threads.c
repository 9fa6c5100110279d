/* Plans on all numbers of threads and faces, and what threads may share. Under
 * ThreadSanitizer, which sees what is not ordered; in other builds results tell.
 * SPDX-License-Identifier: MIT */
#include "threads.h"

#include <string.h>

static guint8 face_bytes[MAX_FACES * REN_FACE_BYTES];
const guint8 *const faces = face_bytes;

const char *
model_path (void)
{
  const char *path = g_getenv ("REN_INT8_MODEL");

  if (path && g_file_test (path, G_FILE_TEST_EXISTS))
    return path;
  g_test_skip ("there is no models/resemotenet.safetensors");
  return NULL;
}

RenModel *
load_model (void)
{
  const char *path = model_path ();
  g_autoptr (GError) error = NULL;
  RenModel *model = path ? ren_model_load (path, &error) : NULL;

  g_assert_no_error (error);
  if (model)
    g_assert_cmpuint (ren_model_n_classes (model), ==, N_CLASSES);
  return model;
}

const Expected *
expected_of (RenModel *model, RenPrecision precision)
{
  static Expected *made[REN_PRECISION_INT8 + 1];
  Expected *e = made[precision];
  RenPlan *one, *all;

  if (e)
    return e;
  e = made[precision] = g_new (Expected, 1);
  one = ren_plan_new (model, precision, 1, 1, NULL);
  all = ren_plan_new (model, precision, MAX_FACES, 1, NULL);
  ren_plan_run (one, faces, MAX_FACES, e->alone[0]);
  ren_plan_run (all, faces, MAX_FACES, e->together[0]);
  ren_plan_unref (one);
  ren_plan_unref (all);
  /* another face's logits would be noticed */
  for (guint i = 0; i < MAX_FACES; i++)
    for (guint j = 0; j < i; j++)
      g_assert_true (memcmp (e->alone[i], e->alone[j], sizeof *e->alone) != 0);
  if (precision == REN_PRECISION_INT8)
    g_assert_cmpmem (
        e->alone, sizeof e->alone, e->together, sizeof e->together);
  return e;
}

void
assert_runs (RenPlan *plan, const Expected *expected, guint first, guint n)
{
  const guint batch = ren_plan_max_batch (plan);
  float got[MAX_FACES + 1][N_CLASSES], untouched[N_CLASSES];

  memset (got, 0xff, sizeof got);
  memset (untouched, 0xff, sizeof untouched);
  ren_plan_run (plan, faces + (gsize) first * REN_FACE_BYTES, n, got[0]);
  for (guint i = 0; i < n; i++) {
    const guint pass = MIN (batch, n - i / batch * batch);
    const float *right =
        pass < 3 ? expected->alone[first + i] : expected->together[first + i];

    g_assert_cmpmem (got[i], sizeof *got, right, sizeof *got);
  }
  g_assert_cmpmem (got[n], sizeof *got, untouched, sizeof *got);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < sizeof face_bytes; i++)
    face_bytes[i] = (guint8) ren_random (1, i);
  add_sharing_tests ();
  add_plan_tests ();
  return g_test_run ();
}

/* Learning rates: the shapes, and torch's ReduceLROnPlateau step by step.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "schedule.h"

static void
test_shapes (void)
{
  Schedule s;

  schedule_init (&s);
  s.learning_rate = .4;
  s.epochs = 10;
  g_assert_cmpfloat (schedule_rate (&s, 0), ==, .4);
  g_assert_cmpfloat (schedule_rate (&s, 9.9), ==, .4);

  s.warmup = 2;
  g_assert_cmpfloat_with_epsilon (schedule_rate (&s, .5), .1, 1e-12);
  g_assert_cmpfloat_with_epsilon (schedule_rate (&s, 1), .2, 1e-12);
  g_assert_cmpfloat (schedule_rate (&s, 2), ==, .4);

  s.kind = SCHEDULE_COSINE;
  g_assert_cmpfloat_with_epsilon (schedule_rate (&s, 1), .2, 1e-12);
  g_assert_cmpfloat_with_epsilon (schedule_rate (&s, 2), .4, 1e-12);
  g_assert_cmpfloat_with_epsilon (
      schedule_rate (&s, 4), .2 * (1 + sqrt (.5)), 1e-12);
  g_assert_cmpfloat_with_epsilon (schedule_rate (&s, 6), .2, 1e-12);
  g_assert_cmpfloat_with_epsilon (schedule_rate (&s, 10), 0, 1e-12);
  /* a training made shorter than it was, or all warm-up */
  g_assert_cmpfloat_with_epsilon (schedule_rate (&s, 11), 0, 1e-12);
  s.warmup = 10;
  g_assert_cmpfloat (schedule_rate (&s, 10), ==, .4);
}

/* What torch 1.13's ReduceLROnPlateau (mode='max', factor=.1, patience=2) made
 * of these accuracies, lr 1. */
static void
test_plateau (void)
{
  static const struct
  {
    double accuracy, rate;
  } steps[] = {
    { .30, 1 }, { .40, 1 },
    { .40, 1 },     /* 1 that brings nothing: equal is not better */
    { .400039, 1 }, /* 2: nor is .0001 of it */
    { .4001, 1 },   /* better */
    { .39, 1 },     /* 1 */
    { .35, 1 },     /* 2 */
    { .40, .1 },    /* 3 */
    { .40, .1 },    /* 1 */
    { .40, .1 },    /* 2 */
    { .40, .01 },   /* 3 */
    { .50, .01 },   /* better */
    { .49, .01 },   /* 1 */
  };
  Schedule s, restored;

  schedule_init (&s);
  s.kind = SCHEDULE_PLATEAU;
  s.learning_rate = 1;
  s.patience = 2;
  for (guint i = 0; i < G_N_ELEMENTS (steps); i++) {
    g_autofree char *text = NULL;

    schedule_epoch (&s, steps[i].accuracy);
    g_assert_cmpfloat_with_epsilon (
        schedule_rate (&s, i), steps[i].rate, 1e-12);

    /* goes on as if there had been no break */
    text = schedule_to_text (&s);
    restored = s;
    restored.best = restored.reduced = .123;
    restored.n_bad = 77;
    g_assert_true (schedule_from_text (&restored, text));
    g_assert_cmpfloat (restored.best, ==, s.best);
    g_assert_cmpfloat (restored.reduced, ==, s.reduced);
    g_assert_cmpuint (restored.n_bad, ==, s.n_bad);
  }
}

static void
test_text (void)
{
  static const char *const wrong[] = { "", "1", "1 2", "1 2 3 4", "x 0 1",
    "1 x 1", "1 -1 1", "1 0 x", "2 0 1", "nan 0 1", "1 0 nan", "1 0 1x" };
  Schedule s;

  schedule_init (&s);
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    g_assert_false (schedule_from_text (&s, wrong[i]));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/schedule/shapes", test_shapes);
  g_test_add_func ("/schedule/plateau", test_plateau);
  g_test_add_func ("/schedule/text", test_text);
  return g_test_run ();
}

/* Scores over time: smoothing and hysteresis. SPDX-License-Identifier: MIT */
#include <math.h>

#include "resemotenet.h"

#define MS G_GUINT64_CONSTANT (1000000)
#define TAU (500 * MS)

/* Rounding of a float, some thousand times. */
#define ROUNDING 1e-5

static void
test_tau (void)
{
  const float latest[2] = { 1, 0 };
  float scores[2] = { 0, 1 };

  ren_smooth (scores, latest, 2, TAU, TAU);
  g_assert_cmpfloat_with_epsilon (scores[0], 1 - exp (-1), 1e-6);
  g_assert_cmpfloat_with_epsilon (scores[1], exp (-1), 1e-6);
  ren_smooth (scores, latest, 2, TAU, TAU);
  g_assert_cmpfloat_with_epsilon (scores[0], 1 - exp (-2), 1e-6);
}

/* What matters is the time and not how many steps it takes. */
static void
test_irregular (void)
{
  const float latest[3] = { .7f, .2f, .1f };
  float steps[3] = { 0, 0, 1 }, once[3] = { 0, 0, 1 };
  guint64 total = 0;

  for (guint i = 0; i < 1000; i++) {
    const guint64 step = (guint64) g_test_rand_int_range (0, 2000000);

    ren_smooth (steps, latest, 3, step, TAU);
    total += step;
  }
  ren_smooth (once, latest, 3, total, TAU);
  for (guint i = 0; i < 3; i++)
    g_assert_cmpfloat_with_epsilon (steps[i], once[i], ROUNDING);
  g_assert_cmpfloat (once[0], >, .5f);
  g_assert_cmpfloat (once[0], <, .7f);
}

static void
test_ends (void)
{
  const float latest[2] = { 1e-12f, 1 };
  float scores[2] = { NAN, INFINITY };

  /* no constant: no past, whatever it was */
  ren_smooth (scores, latest, 2, 0, 0);
  g_assert_cmpfloat (scores[0], ==, latest[0]);
  g_assert_cmpfloat (scores[1], ==, latest[1]);
  /* no time: no change */
  scores[0] = .25f;
  ren_smooth (scores, latest, 2, 0, TAU);
  g_assert_cmpfloat (scores[0], ==, .25f);
  /* a gap: the past is over */
  ren_smooth (scores, latest, 2, G_MAXUINT64, TAU);
  g_assert_cmpfloat (scores[0], ==, latest[0]);
  /* a constant like eternity */
  scores[0] = .25f;
  ren_smooth (scores, latest, 2, MS, G_MAXUINT64);
  g_assert_cmpfloat (scores[0], ==, .25f);
}

/* Days do not add up to an error. */
static void
test_sum (void)
{
  float scores[7] = { 1 }, latest[7], sum = 0;

  for (guint step = 0; step < 300000; step++) {
    for (guint i = 0; i < 7; i++)
      latest[i] = (float) g_test_rand_double_range (-5, 5);
    ren_softmax (latest, 7, 1, latest);
    ren_smooth (
        scores, latest, 7, (guint64) g_test_rand_int_range (0, 100000000), TAU);
  }
  for (guint i = 0; i < 7; i++)
    sum += scores[i];
  g_assert_cmpfloat_with_epsilon (sum, 1, ROUNDING);
}

static void
test_label (void)
{
  static const float near[3] = { .4f, .45f, .15f }, far[3] = { .3f, .5f, .2f };
  static const float even[3] = { .4f, .4f, .2f };

  g_assert_cmpuint (ren_steady_label (near, 3, G_MAXUINT, .1f), ==, 1);
  g_assert_cmpuint (ren_steady_label (near, 3, 0, .1f), ==, 0);
  g_assert_cmpuint (ren_steady_label (near, 3, 0, 0), ==, 1);
  g_assert_cmpuint (ren_steady_label (near, 3, 2, .1f), ==, 1);
  g_assert_cmpuint (ren_steady_label (far, 3, 0, .1f), ==, 1);
  g_assert_cmpuint (ren_steady_label (far, 3, 1, .1f), ==, 1);
  g_assert_cmpuint (ren_steady_label (far, 3, 3, 1), ==, 1);
  /* without hysteresis it is what ren_softmax() returns */
  g_assert_cmpuint (ren_steady_label (even, 3, 1, 0), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/smooth/tau", test_tau);
  g_test_add_func ("/smooth/irregular", test_irregular);
  g_test_add_func ("/smooth/ends", test_ends);
  g_test_add_func ("/smooth/sum", test_sum);
  g_test_add_func ("/smooth/label", test_label);
  return g_test_run ();
}

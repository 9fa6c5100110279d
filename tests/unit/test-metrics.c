/* Figures about scores, and the temperature that suits them.
 * SPDX-License-Identifier: MIT
 */
#include <math.h>

#include "app.h"
#include "calibration.h"
#include "metrics.h"

G_DEFINE_QUARK (resemotenet - app - error, app_error)

/* From Wilson's formula in 30 digits. */
static void
test_interval (void)
{
  static const struct
  {
    guint64 n_correct, n;
    double low, high;
  } cases[] = {
    { 0, 10, 0.0, 0.277532799862889 },
    { 10, 10, 0.722467200137111, 1.0 },
    { 50, 100, 0.403831530365996, 0.596168469634004 },
    { 1956, 3589, 0.528667472071216, 0.561233516798474 },
  };
  double low, high;

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    metrics_interval (cases[i].n_correct, cases[i].n, &low, &high);
    /* doubles, a dozen operations */
    g_assert_cmpfloat_with_epsilon (low, cases[i].low, 1e-12);
    g_assert_cmpfloat_with_epsilon (high, cases[i].high, 1e-12);
  }
  metrics_interval (0, 0, &low, &high);
  g_assert_true (isnan (low) && isnan (high));
}

static void
test_scores (void)
{
  Metrics m = { .n_classes = 2 };
  static const float sure[2] = { 1, 0 }, even[2] = { .5f, .5f },
                     unsure[2] = { .25f, .75f };

  metrics_add (&m, 0, 0);
  g_assert_true (isnan (metrics_nll (&m)));
  g_assert_true (isnan (metrics_ece (&m)));

  m = (Metrics){ .n_classes = 2 };
  g_assert_cmpuint (metrics_add_scores (&m, 0, sure), ==, 0);
  g_assert_cmpuint (metrics_add_scores (&m, 1, even), ==, 0);
  g_assert_cmpuint (metrics_add_scores (&m, 1, unsure), ==, 1);
  g_assert_cmpuint (m.n_correct, ==, 2);
  g_assert_cmpfloat_with_epsilon (
      metrics_nll (&m), (log (2) + log (4.0 / 3)) / 3, 1e-6);
  /* alone in their bins: |1 - 1|, |0 - .5|, |1 - .75| */
  g_assert_cmpfloat_with_epsilon (metrics_ece (&m), .25, 1e-6);
  g_assert_cmpuint (m.bins[METRICS_BINS - 1].n, ==, 1);

  /* a score of 0 for what is true is dear, not infinite */
  metrics_add_scores (&m, 1, sure);
  g_assert_true (isfinite (metrics_nll (&m)));
}

/* Labels drawn from the softmax at a temperature are what this one suits. */
static void
test_known_temperature (void)
{
  enum
  {
    N = 40000,
    C = 5
  };
  static const float wanted[] = { .4f, 1, 2.5f };

  for (guint t = 0; t < G_N_ELEMENTS (wanted); t++) {
    g_autoptr (GRand) random = g_rand_new_with_seed (t);
    g_autofree float *logits = g_new (float, N *C);
    g_autofree guint *classes = g_new (guint, N);
    GError *error = NULL;
    float fitted;

    for (guint i = 0; i < N; i++) {
      float scores[C];
      double left = g_rand_double (random);

      for (guint j = 0; j < C; j++)
        logits[i * C + j] = (float) g_rand_double_range (random, -4, 4);
      ren_softmax (logits + i * C, C, wanted[t], scores);
      classes[i] = C - 1;
      for (guint j = 0; j < C; j++)
        if ((left -= (double) scores[j]) < 0) {
          classes[i] = j;
          break;
        }
    }
    g_assert_true (calibration_fit (logits, classes, N, C, &fitted, &error));
    g_assert_no_error (error);
    /* the estimate's own spread is about 1 % with so many faces */
    g_assert_cmpfloat_with_epsilon (fitted / wanted[t], 1, .03);
  }
}

static void
test_no_temperature (void)
{
  static const float logits[] = { 2, 0, 0, 2 };
  static const guint right[] = { 0, 1 }, wrong[] = { 1, 0 };
  GError *error = NULL;
  float fitted;

  g_assert_false (calibration_fit (logits, right, 2, 2, &fitted, &error));
  g_assert_error (error, APP_ERROR, APP_ERROR_FAILED);
  g_clear_error (&error);
  g_assert_false (calibration_fit (logits, wrong, 2, 2, &fitted, &error));
  g_assert_error (error, APP_ERROR, APP_ERROR_FAILED);
  g_clear_error (&error);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/metrics/interval", test_interval);
  g_test_add_func ("/metrics/scores", test_scores);
  g_test_add_func ("/calibration/known-temperature", test_known_temperature);
  g_test_add_func ("/calibration/no-temperature", test_no_temperature);
  return g_test_run ();
}

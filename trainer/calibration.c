/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "app.h"
#include "calibration.h"

/* Within what a model's metadata may hold. */
#define LEAST 0.02
#define MOST 50.0

/* The derivative of the loss by the inverse temperature b: mean over the faces
 * of (expected logit under softmax (b z)) - (logit of the true class). */
static double
slope (const float *logits, const guint *classes, gsize n, guint n_classes,
    double b)
{
  double sum = 0;

  for (gsize i = 0; i < n; i++) {
    const float *z = logits + i * n_classes;
    double top = (double) z[0], total = 0, expected = 0;

    for (guint j = 1; j < n_classes; j++)
      top = MAX (top, (double) z[j]);
    for (guint j = 0; j < n_classes; j++) {
      const double weight = exp (b * ((double) z[j] - top));

      total += weight;
      expected += weight * (double) z[j];
    }
    sum += expected / total - (double) z[classes[i]];
  }
  return sum / (double) n;
}

gboolean
calibration_fit (const float *logits, const guint *classes, gsize n,
    guint n_classes, float *temperature, GError **error)
{
  double low = log (1 / MOST), high = log (1 / LEAST);

  /* the loss is convex in b, so its slope rises: zero lies where it changes
   * its sign, and halving the interval cannot miss it. Both comparisons are
   * false for what is not a number */
  if (!(slope (logits, classes, n, n_classes, exp (low)) < 0) ||
      !(slope (logits, classes, n, n_classes, exp (high)) > 0)) {
    g_set_error_literal (error, APP_ERROR, APP_ERROR_FAILED,
        "no temperature fits: calibration needs data on which the model is "
        "sometimes wrong and more often right than by chance; use data that "
        "it was not trained on, and more of it");
    return FALSE;
  }
  for (guint i = 0; i < 50; i++) {
    const double middle = (low + high) / 2;

    if (slope (logits, classes, n, n_classes, exp (middle)) < 0)
      low = middle;
    else
      high = middle;
  }
  *temperature = (float) exp (-(low + high) / 2);
  return TRUE;
}

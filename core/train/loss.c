/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "trainer-private.h"

/* One face: −Σ w_c t_c log p_c, t smoothed. Its gradient with respect to logit
 * c is p_c Σ w_k t_k − w_c t_c. */
static double
one_row (const RenTrainerOptions *options, guint n, const float *logits,
    const float *targets, double scale, float *d_logits)
{
  const double smooth = options->label_smoothing;
  double highest = logits[0], sum = 0, mass = 0, loss = 0, log_sum;
  double wt[REN_MAX_CLASSES];

  for (guint c = 1; c < n; c++)
    highest = MAX (highest, logits[c]);
  for (guint c = 0; c < n; c++)
    sum += exp (logits[c] - highest); /* above 88, expf () overflows */
  log_sum = highest + log (sum);
  for (guint c = 0; c < n; c++) {
    wt[c] =
        options->class_weights[c] * ((1 - smooth) * targets[c] + smooth / n);
    mass += wt[c];
    loss -= wt[c] * (logits[c] - log_sum);
  }
  for (guint c = 0; c < n; c++)
    d_logits[c] = (float) (scale * (exp (logits[c] - log_sum) * mass - wt[c]));
  return loss;
}

double
ren_cross_entropy (const RenTrainerOptions *options, guint n_classes,
    const float *logits, const float *targets, guint n, guint n_total,
    float *d_logits)
{
  double loss = 0;

  for (guint i = 0; i < n; i++) {
    float *d = d_logits + (gsize) i * REN_PANEL;

    for (guint c = n_classes; c < REN_PANEL; c++)
      d[c] = 0;
    loss += one_row (options, n_classes, logits + (gsize) i * REN_PANEL,
        targets + (gsize) i * n_classes, 1.0 / n_total, d);
  }
  return loss / n;
}

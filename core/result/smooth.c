/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "resemotenet.h"

void
ren_smooth (float *scores, const float *latest, guint n, guint64 elapsed_ns,
    guint64 tau_ns)
{
  const double keep = tau_ns ? exp (-(double) elapsed_ns / (double) tau_ns) : 0;

  for (guint i = 0; i < n; i++)
    scores[i] = keep > 0 ? (float) (keep * scores[i] + (1 - keep) * latest[i])
                         : latest[i];
}

guint
ren_steady_label (const float *scores, guint n, guint label, float lead)
{
  guint best = 0;

  for (guint i = 1; i < n; i++)
    if (scores[i] > scores[best])
      best = i;
  return label < n && scores[best] - scores[label] < lead ? label : best;
}

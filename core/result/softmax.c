/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "resemotenet.h"

guint
ren_softmax (const float *logits, guint n, float temperature, float *scores)
{
  guint best = 0;
  float top, sum = 0;

  for (guint i = 1; i < n; i++)
    if (logits[i] > logits[best])
      best = i;
  top = logits[best];
  /* max first: exp() overflows above 88 */
  for (guint i = 0; i < n; i++) {
    scores[i] = expf ((logits[i] - top) / temperature);
    sum += scores[i];
  }
  for (guint i = 0; i < n; i++)
    scores[i] /= sum;
  return best;
}

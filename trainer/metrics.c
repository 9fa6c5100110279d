/* SPDX-License-Identifier: MIT */
#include <float.h>
#include <math.h>

#include "metrics.h"

void
metrics_add (Metrics *metrics, guint true_class, guint predicted)
{
  metrics->n_faces++;
  metrics->n_correct += true_class == predicted;
  metrics->confusion[true_class][predicted]++;
}

static guint
bin_of (float confidence)
{
  /* intervals are open below, as those of the paper: 1 lies in the last */
  const double bin = ceil ((double) confidence * METRICS_BINS) - 1;

  return (guint) CLAMP (bin, 0, METRICS_BINS - 1);
}

guint
metrics_add_scores (Metrics *metrics, guint true_class, const float *scores)
{
  guint predicted = 0;
  ConfidenceBin *bin;

  for (guint i = 1; i < metrics->n_classes; i++)
    if (scores[i] > scores[predicted])
      predicted = i;
  metrics_add (metrics, true_class, predicted);

  metrics->n_scored++;
  metrics->loss -= log ((double) MAX (scores[true_class], FLT_MIN));
  bin = &metrics->bins[bin_of (scores[predicted])];
  bin->n++;
  bin->n_correct += true_class == predicted;
  bin->confidence += (double) scores[predicted];
  return predicted;
}

double
metrics_accuracy (const Metrics *metrics)
{
  return (double) metrics->n_correct / (double) metrics->n_faces;
}

void
metrics_of_class (const Metrics *metrics, guint class_id, ClassMetrics *out)
{
  const guint64 correct = metrics->confusion[class_id][class_id];

  *out = (ClassMetrics){ .precision = NAN, .recall = NAN, .f1 = NAN };
  for (guint i = 0; i < metrics->n_classes; i++) {
    out->n_true += metrics->confusion[class_id][i];
    out->n_predicted += metrics->confusion[i][class_id];
  }
  if (out->n_predicted)
    out->precision = (double) correct / (double) out->n_predicted;
  if (out->n_true)
    out->recall = (double) correct / (double) out->n_true;
  if (out->n_true + out->n_predicted)
    out->f1 =
        2.0 * (double) correct / (double) (out->n_true + out->n_predicted);
}

double
metrics_macro_f1 (const Metrics *metrics)
{
  double sum = 0;
  guint n = 0;

  for (guint i = 0; i < metrics->n_classes; i++) {
    ClassMetrics m;

    metrics_of_class (metrics, i, &m);
    if (isnan (m.f1))
      continue;
    sum += m.f1;
    n++;
  }
  return n ? sum / n : NAN;
}

double
metrics_nll (const Metrics *metrics)
{
  return metrics->n_scored ? metrics->loss / (double) metrics->n_scored : NAN;
}

double
metrics_ece (const Metrics *metrics)
{
  double sum = 0;

  for (guint i = 0; i < METRICS_BINS; i++) {
    const ConfidenceBin *bin = &metrics->bins[i];

    sum += fabs ((double) bin->n_correct - bin->confidence);
  }
  return metrics->n_scored ? sum / (double) metrics->n_scored : NAN;
}

void
metrics_interval (guint64 n_correct, guint64 n, double *low, double *high)
{
  const double z = 1.959963984540054; /* of the normal distribution, 97.5 % */
  const double trials = (double) n, p = (double) n_correct / trials;
  const double scale = 1 / (1 + z * z / trials);
  const double centre = scale * (p + z * z / (2 * trials));
  const double half =
      scale * z * sqrt (p * (1 - p) / trials + z * z / (4 * trials * trials));

  if (n == 0) {
    *low = *high = NAN;
    return;
  }
  *low = CLAMP (centre - half, 0, 1);
  *high = CLAMP (centre + half, 0, 1);
}

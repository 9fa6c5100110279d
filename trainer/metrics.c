/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "metrics.h"

void
metrics_add (Metrics *metrics, guint true_class, guint predicted)
{
  metrics->n_faces++;
  metrics->n_correct += true_class == predicted;
  metrics->confusion[true_class][predicted]++;
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

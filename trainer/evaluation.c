/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "evaluation.h"
#include "visual-report.h"

void
evaluation_init (
    Evaluation *evaluation, const RenModel *model, gboolean keep_pixels)
{
  evaluation->n_classes = ren_model_n_classes (model);
  evaluation->faces = g_ptr_array_new ();
  evaluation->classes = g_array_new (FALSE, FALSE, sizeof (guint));
  evaluation->logits = g_array_new (FALSE, FALSE, sizeof (float));
  evaluation->predictions = keep_pixels ? predictions_new () : NULL;
}

void
evaluation_clear (Evaluation *evaluation)
{
  g_clear_pointer (&evaluation->faces, g_ptr_array_unref);
  g_clear_pointer (&evaluation->classes, g_array_unref);
  g_clear_pointer (&evaluation->logits, g_array_unref);
  g_clear_pointer (&evaluation->predictions, g_array_unref);
}

void
evaluation_add (const Face *face, const guint8 grey[REN_FACE_BYTES],
    const float *logits, gpointer user_data)
{
  Evaluation *evaluation = user_data;
  const guint class_id = (guint) face->label;

  g_ptr_array_add (evaluation->faces, (gpointer) face);
  g_array_append_val (evaluation->classes, class_id);
  g_array_append_vals (evaluation->logits, logits, evaluation->n_classes);
  if (evaluation->predictions) {
    Prediction prediction = { .name = g_strdup (face_name (face)),
      .true_class = class_id };

    memcpy (prediction.pixels, grey, REN_FACE_BYTES);
    g_array_append_val (evaluation->predictions, prediction);
  }
}

static guint
true_class (const Evaluation *evaluation, guint i)
{
  return g_array_index (evaluation->classes, guint, i);
}

static const float *
logits_of (const Evaluation *evaluation, guint i)
{
  return &g_array_index (
      evaluation->logits, float, (gsize) i * evaluation->n_classes);
}

guint
evaluation_scores (
    const Evaluation *evaluation, guint i, float temperature, float *scores)
{
  return ren_softmax (
      logits_of (evaluation, i), evaluation->n_classes, temperature, scores);
}

void
evaluation_measure (Evaluation *evaluation, float temperature, Metrics *metrics)
{
  *metrics = (Metrics){ .n_classes = evaluation->n_classes };
  for (guint i = 0; i < evaluation->faces->len; i++) {
    float scores[REN_MAX_CLASSES];

    evaluation_scores (evaluation, i, temperature, scores);
    metrics_add_scores (metrics, true_class (evaluation, i), scores);
    if (evaluation->predictions)
      memcpy (g_array_index (evaluation->predictions, Prediction, i).scores,
          scores, evaluation->n_classes * sizeof *scores);
  }
}

guint
evaluation_classes (
    const Evaluation *evaluation, gboolean occurs[REN_MAX_CLASSES])
{
  guint n = 0;

  memset (occurs, 0, REN_MAX_CLASSES * sizeof *occurs);
  for (guint i = 0; i < evaluation->faces->len; i++) {
    const guint class_id = true_class (evaluation, i);

    n += !occurs[class_id];
    occurs[class_id] = TRUE;
  }
  return n;
}

void
evaluation_measure_among (const Evaluation *evaluation, float temperature,
    const gboolean classes[REN_MAX_CLASSES], Metrics *metrics)
{
  *metrics = (Metrics){ .n_classes = evaluation->n_classes };
  for (guint i = 0; i < evaluation->faces->len; i++) {
    const float *logits = logits_of (evaluation, i);
    float left[REN_MAX_CLASSES], scores[REN_MAX_CLASSES];

    /* exp() makes 0 of it */
    for (guint j = 0; j < evaluation->n_classes; j++)
      left[j] = classes[j] ? logits[j] : -INFINITY;
    ren_softmax (left, evaluation->n_classes, temperature, scores);
    metrics_add_scores (metrics, true_class (evaluation, i), scores);
  }
}

/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "app.h"
#include "interrupts.h"
#include "mirror.h"
#include "validate.h"

#define BATCH 32

/* A score that is 0 in floating point would make the mean infinite. */
#define LEAST_SCORE 1e-12

/* Scores of n faces. With @tta, logits are the mean with those of the mirror
 * images, as in `eval`; room for these is behind faces and scores. */
static void
classify (RenModel *model, RenPlan *plan, guint8 *faces, guint n, gboolean tta,
    float *scores)
{
  const guint n_classes = ren_model_n_classes (model);
  const float temperature = ren_model_temperature (model);

  mirror_run (plan, n_classes, tta, faces, n, scores);
  for (guint i = 0; i < n; i++)
    ren_softmax (
        scores + i * n_classes, n_classes, temperature, scores + i * n_classes);
}

static guint
highest (const float *scores, guint n)
{
  guint best = 0;

  for (guint i = 1; i < n; i++)
    if (scores[i] > scores[best])
      best = i;
  return best;
}

static void
add_face (const FaceStore *store, guint i, const guint8 *pixels,
    const float *scores, guint n_classes, Validation *sum, GArray *predictions)
{
  const Face *face = store->faces->pdata[i];
  float targets[REN_MAX_CLASSES];

  face_store_targets (store, i, n_classes, targets);
  for (guint c = 0; c < n_classes; c++)
    if (targets[c] > 0)
      sum->loss -= (double) targets[c] * log (MAX (scores[c], LEAST_SCORE));
  if ((int) highest (scores, n_classes) == face->label)
    sum->accuracy++;
  if (predictions) {
    Prediction prediction = { .name = g_strdup (face_name (face)),
      .true_class = (guint) face->label };

    memcpy (prediction.pixels, pixels, REN_FACE_BYTES);
    memcpy (prediction.scores, scores, n_classes * sizeof *scores);
    g_array_append_val (predictions, prediction);
  }
}

gboolean
validate (RenModel *model, const FaceStore *store, guint n_threads,
    gboolean tta, Validation *result, GArray *predictions, GError **error)
{
  const guint n_faces = store->faces->len;
  const guint n_classes = ren_model_n_classes (model);
  g_autoptr (RenPlan) plan =
      ren_plan_new (model, REN_PRECISION_AUTO, BATCH, n_threads, error);
  g_autoptr (RenCropper) cropper = ren_cropper_new ();
  g_autofree guint8 *faces = g_malloc (2 * BATCH * REN_FACE_BYTES);
  g_autofree float *scores = g_new (float, 2 * BATCH * n_classes);

  if (!plan)
    return FALSE;
  *result = (Validation){ 0 };
  console_progress_begin (n_faces, "images measured");
  for (guint begin = 0; begin < n_faces; begin += BATCH) {
    const guint n = MIN (BATCH, n_faces - begin);

    if (interrupts_pending ()) {
      g_set_error_literal (
          error, APP_ERROR, APP_ERROR_INTERRUPTED, "interrupted");
      return FALSE;
    }
    for (guint i = 0; i < n; i++)
      if (!face_store_read (store, begin + i, cropper,
              faces + (gsize) i * REN_FACE_BYTES, error))
        return FALSE;
    classify (model, plan, faces, n, tta, scores);
    for (guint i = 0; i < n; i++)
      add_face (store, begin + i, faces + (gsize) i * REN_FACE_BYTES,
          scores + i * n_classes, n_classes, result, predictions);
    console_progress (begin + n);
  }
  console_progress_end ();
  result->loss /= n_faces;
  result->accuracy /= n_faces;
  return TRUE;
}

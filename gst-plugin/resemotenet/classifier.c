/* resemotenet: a loaded model, and what running it on a stream needs
 * SPDX-License-Identifier: MIT
 */
#include "classifier.h"

#include <string.h>

static RenModel *
load_model (const gchar *path, const gchar *label_list, GError **error)
{
  RenModel *model = ren_model_load (path, error);
  RenModel *relabelled;
  GStrv labels;

  if (!model || !label_list || !*label_list)
    return model;

  labels = g_strsplit (label_list, ",", -1);
  for (gchar **l = labels; *l; l++)
    g_strstrip (*l);
  relabelled = ren_model_relabel (model, (const char *const *) labels, error);
  g_strfreev (labels);
  ren_model_unref (model);
  return relabelled;
}

static void
set_labels (Labels *l, RenModel *model)
{
  const gchar *names[REN_MAX_CLASSES + 1] = { NULL };

  l->model = model;
  l->n_classes = ren_model_n_classes (model);
  for (guint i = 0; i < l->n_classes; i++)
    names[i] = ren_model_label (model, i);
  l->classes = gst_emotion_classes_new (ren_model_name (model), names);

#ifdef HAVE_ANALYTICS
  /* Quarks are never freed; these are few, and made once per model. */
  for (guint i = 0; i < l->n_classes; i++)
    l->label_quarks[i] = g_quark_from_string (names[i]);
#endif
}

static RenPlan *
make_plan (RenModel *model, RenPrecision precision, guint batch_size,
    guint n_threads, GError **error)
{
  RenPlan *plan = ren_plan_new (model, precision, batch_size, n_threads, error);

  if (!plan && g_error_matches (*error, REN_ERROR, REN_ERROR_UNSUPPORTED))
    g_prefix_error (
        error, "property precision=%s: ", ren_precision_name (precision));
  return plan;
}

Classifier *
classifier_new (const gchar *path, const gchar *label_list,
    RenPrecision precision, guint batch_size, guint n_threads, GError **error)
{
  RenModel *model;
  RenPlan *plan = NULL;
  Classifier *c;

  if (!(model = load_model (path, label_list, error)))
    return NULL;
  if (!(plan = make_plan (model, precision, batch_size, n_threads, error))) {
    ren_model_unref (model);
    return NULL;
  }

  c = g_new0 (Classifier, 1);
  set_labels (&c->labels, model);
  c->plan = plan;
  c->cropper = ren_cropper_new ();
  c->batch_size = batch_size;
  c->faces = g_malloc ((gsize) batch_size * REN_FACE_BYTES);
  c->logits = g_new (gfloat, (gsize) batch_size * c->labels.n_classes);
  c->batch = g_new (Face *, batch_size);
  return c;
}

void
classifier_free (Classifier *c)
{
  if (!c)
    return;
  ren_plan_free (c->plan);
  ren_cropper_free (c->cropper);
  gst_emotion_classes_unref (c->labels.classes);
  ren_model_unref (c->labels.model);
  g_free (c->faces);
  g_free (c->logits);
  g_free (c->batch);
  g_free (c);
}

static void
run_batch (Classifier *c, guint n)
{
  guint n_classes = c->labels.n_classes;
  gfloat temperature = ren_model_temperature (c->labels.model);

  ren_plan_run (c->plan, c->faces, n, c->logits);

  for (guint i = 0; i < n; i++) {
    Result *r = &c->batch[i]->result;

    memcpy (r->logits, c->logits + (gsize) i * n_classes,
        n_classes * sizeof *r->logits);
    r->best = ren_softmax (r->logits, n_classes, temperature, r->scores);
    r->age = 0;
    c->batch[i]->has_result = TRUE;
  }
}

guint
classifier_run (Classifier *c, FramePicture *fp, GArray *faces)
{
  guint n = 0, total = 0;

  for (guint i = 0; i < faces->len; i++) {
    Face *face = &g_array_index (faces, Face, i);

    if (face->has_result)
      continue;
    if (!ren_cropper_crop (c->cropper,
            frame_picture_rows (fp, face->crop.y, face->crop.y + face->crop.h),
            &face->crop, c->faces + (gsize) n * REN_FACE_BYTES))
      continue;
    c->batch[n++] = face;
    total++;
    if (n == c->batch_size) {
      run_batch (c, n);
      n = 0;
    }
  }
  if (n)
    run_batch (c, n);
  return total;
}

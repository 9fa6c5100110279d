/* resemotenet: a loaded model, and what running it on a stream needs
 * SPDX-License-Identifier: MIT
 */
#include "classifier.h"

#include <string.h>

/* The model with other labels, or itself where none are given. */
static RenModel *
relabel (RenModel *model, const gchar *label_list, GError **error)
{
  RenModel *relabelled;
  GStrv labels;

  if (!label_list || !*label_list)
    return ren_model_ref (model);

  labels = g_strsplit (label_list, ",", -1);
  for (gchar **l = labels; *l; l++)
    g_strstrip (*l);
  relabelled = ren_model_relabel (model, (const char *const *) labels, error);
  g_strfreev (labels);
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

  l->roi_param = roi_param_new (ren_model_name (model), l->n_classes);
#ifdef HAVE_ANALYTICS
  /* Quarks are never freed; these are few, and made once per model. */
  for (guint i = 0; i < l->n_classes; i++)
    l->label_quarks[i] = g_quark_from_string (names[i]);
#endif
}

BatchMember *
classifier_new_member (const Classifier *c, gboolean shared, GError **error)
{
  BatchMember *member = batch_member_new (
      c->file, c->precision, c->batch_size, c->n_threads, shared, error);

  if (!member && g_error_matches (*error, REN_ERROR, REN_ERROR_UNSUPPORTED))
    g_prefix_error (
        error, "property precision=%s: ", ren_precision_name (c->precision));
  return member;
}

Classifier *
classifier_new (const gchar *path, const gchar *label_list,
    RenPrecision precision, guint batch_size, guint n_threads, gboolean shared,
    GError **error)
{
  Classifier *c = g_new0 (Classifier, 1);
  RenModel *model = NULL;

  c->precision = precision;
  c->batch_size = batch_size;
  c->n_threads = n_threads;
  if (!(c->file = ren_model_load (path, error)) ||
      !(model = relabel (c->file, label_list, error)) ||
      !(c->member = classifier_new_member (c, shared, error))) {
    g_clear_pointer (&model, ren_model_unref);
    classifier_free (c);
    return NULL;
  }

  set_labels (&c->labels, model);
  c->cropper = ren_cropper_new ();
  c->faces = g_malloc0 ((gsize) batch_size * REN_FACE_BYTES);
  c->logits = g_new (gfloat, (gsize) batch_size * c->labels.n_classes);
  c->batch = g_new (Face *, batch_size);
  c->crops = g_new (RenRect, batch_size);
  c->done = g_new (gboolean, batch_size);
  return c;
}

void
classifier_free (Classifier *c)
{
  if (!c)
    return;
  batch_member_free (c->member);
  g_clear_pointer (&c->cropper, ren_cropper_free);
  g_clear_pointer (&c->labels.classes, gst_emotion_classes_unref);
  gst_clear_structure (&c->labels.roi_param);
  g_clear_pointer (&c->labels.model, ren_model_unref);
  g_clear_pointer (&c->file, ren_model_unref);
  g_free (c->faces);
  g_free (c->logits);
  g_free (c->batch);
  g_free (c->crops);
  g_free (c->done);
  g_free (c);
}

/* Crops faces from faces[*next] on, until the batch is full. Returns how many it
 * holds; c->done says which of these are cropped. */
static guint
fill_batch (
    Classifier *c, FramePicture *fp, const GPtrArray *faces, guint *next)
{
  const RenPicture *picture = NULL;
  guint n = 0;

  for (; *next < faces->len && n < c->batch_size; ++*next) {
    Face *face = g_ptr_array_index (faces, *next);

    picture =
        frame_picture_rows (fp, face->crop.y, face->crop.y + face->crop.h);
    c->batch[n] = face;
    c->crops[n++] = face->crop;
  }
  ren_cropper_crop_faces (c->cropper, batch_member_own_plan (c->member),
      picture, c->crops, n, c->faces, c->done);
  return n;
}

static void
set_result (
    Classifier *c, Face *face, const gfloat *logits, const Settings *settings)
{
  const guint n_classes = c->labels.n_classes;
  Result *r = &face->result;
  gfloat latest[REN_MAX_CLASSES];

  memcpy (r->logits, logits, n_classes * sizeof *r->logits);
  ren_softmax (
      logits, n_classes, ren_model_temperature (c->labels.model), latest);
  ren_smooth (r->scores, latest, n_classes, r->age_ns,
      face->has_result ? settings->smoothing : 0);
  r->label = ren_steady_label (r->scores, n_classes,
      face->has_result ? r->label : G_MAXUINT, settings->hysteresis);
  r->age = 0;
  r->age_ns = 0;
  face->has_result = TRUE;
}

/* Returns how many results there are. */
static guint
set_results (Classifier *c, guint n, const Settings *settings)
{
  guint n_done = 0;

  for (guint i = 0; i < n; i++) {
    if (!c->done[i])
      continue;
    set_result (
        c, c->batch[i], c->logits + (gsize) i * c->labels.n_classes, settings);
    n_done++;
  }
  return n_done;
}

guint
classifier_run (Classifier *c, FramePicture *fp, const GPtrArray *faces,
    const Settings *settings, const Deadlines *deadlines, guint *n_tried,
    BatchCounts *counts, StageTimes *times)
{
  guint next = 0, total = 0;

  while (next < faces->len &&
         (next == 0 || g_get_monotonic_time () < deadlines->give_up)) {
    const GstClockTime begin = gst_util_get_timestamp ();
    const guint n = fill_batch (c, fp, faces, &next);
    const GstClockTime cropped = gst_util_get_timestamp ();

    times->crop += cropped - begin;
    /* what could not be cropped runs all the same, which harms nobody */
    batch_member_run (
        c->member, c->faces, n, deadlines->due, c->logits, counts);
    times->network += gst_util_get_timestamp () - cropped;
    total += set_results (c, n, settings);
  }
  *n_tried = next;
  return total;
}

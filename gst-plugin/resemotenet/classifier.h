/* resemotenet: a loaded model, and what running it on a stream needs
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include "face.h"
#include "frame-picture.h"
#include "write-meta.h"

/* Made in start(), freed in stop(); in between nothing of it changes size. */
typedef struct
{
  Labels labels;
  RenPlan *plan;
  RenCropper *cropper;
  guint batch_size;
  guint8 *faces;  /* [batch_size][REN_FACE_BYTES] */
  gfloat *logits; /* [batch_size][n_classes] */
  Face **batch;   /* [batch_size] */
} Classifier;

/* label_list: (nullable): comma-separated labels in place of the file's.
 * precision: of the arithmetic; the error for one that the model cannot run in
 * names the property */
Classifier *classifier_new (const gchar *path, const gchar *label_list,
    RenPrecision precision, guint batch_size, guint n_threads, GError **error);
void classifier_free (Classifier *classifier);

/* Classifies the faces of a frame that have no result yet. Returns how many
 * it was; one whose pixels cannot be had stays without a result. */
guint classifier_run (
    Classifier *classifier, FramePicture *picture, GArray *faces);

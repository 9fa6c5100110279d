/* resemotenet: a loaded model, and what running it on a stream needs
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include "batcher.h"
#include "face.h"
#include "frame-picture.h"
#include "stats.h"
#include "write-meta.h"

/* Made in start(), freed in stop(); in between nothing of it changes size. */
typedef struct
{
  Labels labels;
  RenModel *file; /* the model as it is in the file, whatever the labels */
  RenPrecision precision; /* as asked for, like n_threads */
  guint n_threads;
  BatchMember *member;
  RenCropper *cropper;
  guint batch_size;
  guint8 *faces;  /* [batch_size][REN_FACE_BYTES] */
  gfloat *logits; /* [batch_size][n_classes] */
  Face **batch;   /* [batch_size] */
  RenRect *crops; /* [batch_size] */
  gboolean *done; /* [batch_size]: cropped */
} Classifier;

/* label_list: (nullable): comma-separated labels in place of the file's.
 * precision: of the arithmetic; the error for one that the model cannot run in
 * names the property
 * shared: see batch_member_new() */
Classifier *classifier_new (const gchar *path, const gchar *label_list,
    RenPrecision precision, guint batch_size, guint n_threads, gboolean shared,
    GError **error);
void classifier_free (Classifier *classifier);

/* Returns: (transfer full): another member for the same work, to take the place
 * of the one that there is. NULL with error set where memory or threads cannot
 * be had. */
BatchMember *classifier_new_member (
    const Classifier *classifier, gboolean shared, GError **error);

/* Monotonic times, in microseconds. */
typedef struct
{
  gint64 due;     /* faces of others are waited for until then */
  gint64 give_up; /* no pass but the first begins after */
} Deadlines;

/* Classifies faces, pointers to Face, in their order, and adds to counts and
 * times. Where a face has an earlier result, the new one is smoothed with it.
 * Returns how many it was; one whose pixels cannot be had is left as it is.
 * n_tried: (out): how many of faces were not given up for want of time. */
guint classifier_run (Classifier *classifier, FramePicture *picture,
    const GPtrArray *faces, const Settings *settings,
    const Deadlines *deadlines, guint *n_tried, BatchCounts *counts,
    StageTimes *times);

/* A report that people look at: one HTML file, and the same as a picture.
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include "resemotenet.h"

/* One line of a training log. Undefined values are NaN. */
typedef struct
{
  guint epoch; /* from 1 */
  double learning_rate;
  double train_loss, train_accuracy; /* accuracies from 0 to 1 */
  double validation_loss, validation_accuracy;
  double images_per_second;
} EpochRow;

/* One classified face. */
typedef struct
{
  char *name;                    /* for people; owned */
  guint8 pixels[REN_FACE_BYTES]; /* what the network saw */
  guint true_class;
  float scores[REN_MAX_CLASSES]; /* calibrated, add up to 1 */
} Prediction;

typedef struct
{
  const char *title;           /* "fer2013/validation" */
  const char *const *labels;   /* NULL-terminated, in output order */
  const GArray *predictions;   /* Prediction */
  const GArray *history;       /* (nullable): EpochRow, of a training */
  const char *const *facts;    /* (nullable): NULL-terminated pairs: name,
                                * value, for the table at the top */
} VisualReport;

/* Writes @path (HTML, self-contained: no scripts, nothing from elsewhere) and
 * beside it the same as PNG, with the extension replaced; both whole or not at
 * all. */
gboolean visual_report_write (
    const VisualReport *report, const char *path, GError **error);

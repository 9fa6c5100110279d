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

/* An array of Prediction that frees their names; what a VisualReport takes. */
GArray *predictions_new (void);

typedef struct
{
  const char *title;         /* "fer2013/validation" */
  const char *const *labels; /* NULL-terminated, in output order */
  const GArray *predictions; /* (nullable): Prediction */
  const GArray *history;     /* (nullable): EpochRow, of a training */
  const char *const *facts;  /* (nullable): NULL-terminated pairs: name,
                              * value, for the table at the top */
} VisualReport;

/**
 * visual_report_check:
 * @path: where a report is to be written
 * @error: return location for a #GError
 *
 * Whether visual_report_write() has a chance: this build can draw, and @path
 * ends in .html. To be asked before hours of work.
 *
 * Returns: %TRUE if so; %FALSE with %APP_ERROR_USAGE
 */
gboolean visual_report_check (const char *path, GError **error);

/**
 * visual_report_write:
 * @report: what to show; parts without data are left out
 * @path: the HTML file, which ends in .html
 * @error: return location for a #GError
 *
 * Writes the report as HTML (self-contained: no scripts, nothing from
 * elsewhere) and beside it the same as a picture, with .png for .html. Neither
 * is touched unless both could be written.
 *
 * Returns: %TRUE on success; %FALSE with %APP_ERROR_FAILED
 */
gboolean visual_report_write (
    const VisualReport *report, const char *path, GError **error);

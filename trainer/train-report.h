/* What a training leaves behind for people.
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include "train-run.h"

/* The model with metadata that say where it comes from. */
RenModel *train_report_annotate (
    const TrainRun *run, RenModel *model, GError **error);

/* Writes the report on the best model, and prints how the training ended. A
 * build that cannot draw says so and leaves the report out. */
gboolean train_report_write (TrainRun *run, GError **error);

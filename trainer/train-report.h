/* What a training leaves behind for people.
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include "train-run.h"

/* The model with metadata that say where it comes from. */
RenModel *train_report_annotate (
    const TrainRun *run, RenModel *model, GError **error);

/* Measures the best model once more and writes the report; prints how it ended.
 * A build that cannot draw says so and leaves the report out. */
gboolean train_report_write (const TrainRun *run, GError **error);

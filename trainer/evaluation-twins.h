/* Accuracy on what a model cannot have seen.
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include "dataset.h"
#include "evaluation.h"

/* Measures again without the faces that have a twin in another data set, such
 * as the one that the model learnt from: @exact without identical ones, @near
 * without nearly identical ones either (see twins.h). Reads both data sets.
 *
 * @measured: how the evaluated data set was opened
 * @others: the data set to look for twins in */
gboolean evaluation_without_twins (const Evaluation *evaluation,
    float temperature, const DatasetOptions *measured,
    const DatasetOptions *others, Metrics *exact, Metrics *near,
    GError **error);

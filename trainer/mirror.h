/* Outputs of faces and their mirror images, averaged.
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include "resemotenet.h"

/* Runs n faces, at most the plan's batch. With @mirrored each one's logits are
 * the mean of the face's and of its mirror image's.
 *
 * @faces: n × REN_FACE_BYTES, and room for as much behind them
 * @logits: (out): n × n_classes, and room for as much behind them */
void mirror_run (RenPlan *plan, guint n_classes, gboolean mirrored,
    guint8 *faces, guint n, float *logits);

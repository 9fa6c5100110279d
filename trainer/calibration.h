/* Temperature scaling: scores that mean what they say.
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include "resemotenet.h"

/* The temperature of the softmax that makes the negative log likelihood of @n
 * faces least (Guo et al. 2017). @logits: n × n_classes; @classes: the true
 * ones. It is an error where no temperature does, because each face is
 * recognised, or none better than by chance. */
gboolean calibration_fit (const float *logits, const guint *classes, gsize n,
    guint n_classes, float *temperature, GError **error);

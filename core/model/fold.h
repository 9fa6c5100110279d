/* Batch norm as what it does to a convolution's sums.
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include "model.h"

/* norm (sum + bias) = scale × sum + shift; without a norm scale is 1. [c_out]
 * each. https://pytorch.org/docs/stable/generated/torch.nn.BatchNorm2d.html */
void ren_fold_norm (
    const RenModel *model, RenLayerId id, float *scale, float *shift);

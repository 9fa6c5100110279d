/* From a model's tensors to what kernels read.
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include "model.h"

/* Panel `panel` of a layer's weights as they are stored: [live tap][c_in]
 * [REN_PANEL], fp32 or fp16. FALSE if a value is beyond the range of fp16. */
gboolean ren_pack_panel (const RenModel *model, RenLayerId id, guint panel,
    RenPrecision precision, gpointer out);

/* conv1, see RenWeights. */
void ren_pack_conv1 (const RenModel *model, float *weight, float *bias);

/* Panel `panel` of a 3×3 convolution as Winograd's values: see RenWeights.
 * scale: (nullable): [c_out] */
void ren_pack_tiles (const RenModel *model, RenLayerId id, guint panel,
    guint tile_size, const float *scale, float *out);

/* [c_out][c_in] to [c_in][stride] */
void ren_pack_transposed (
    const RenModel *model, RenLayerId id, guint stride, float *out);

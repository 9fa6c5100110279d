/* From a model's tensors to what kernels read.
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include "model.h"

/* Bytes of the scratch memory that these take. They fail where a weight cannot be
 * read, see ren_model_read_tensor(). */
gsize ren_pack_scratch_bytes (void);

/* Panel `panel` of a layer's weights as they are stored: [live tap][c_in]
 * [REN_PANEL], fp32 or fp16. REN_ERROR_UNSUPPORTED if a value is beyond the range
 * of fp16. */
gboolean ren_pack_panel (const RenModel *model, RenLayerId id, guint panel,
    RenPrecision precision, gpointer scratch, gpointer out, GError **error);

/* conv1, see RenWeights. */
gboolean ren_pack_conv1 (
    const RenModel *model, float *weight, float *bias, GError **error);

/* Panel `panel` of a 3×3 convolution as Winograd's values: see RenWeights.
 * scale: (nullable): [c_out] */
gboolean ren_pack_tiles (const RenModel *model, RenLayerId id, guint panel,
    guint tile_size, const float *scale, gpointer scratch, float *out,
    GError **error);

/* [c_out][c_in] to [c_in][stride] */
gboolean ren_pack_transposed (const RenModel *model, RenLayerId id,
    guint stride, gpointer scratch, float *out, GError **error);

/* What each kind of model file is read by.
 * SPDX-License-Identifier: MIT
 *
 * A reader fills tensors that ren_tensors_new() made; on failure they may be
 * half filled, to be freed as usual. Errors do not name the file: the caller
 * does.
 */
#pragma once

#include "model.h"

/* @fd stays the caller's, and may be closed afterwards. @metadata: filled with
 * the file's __metadata__. */
gboolean ren_safetensors_read (
    int fd, RenTensors *tensors, GHashTable *metadata, GError **error);

/* A zip archive of torch.save. @fd stays the caller's. */
gboolean ren_torch_read (int fd, RenTensors *tensors, GError **error);

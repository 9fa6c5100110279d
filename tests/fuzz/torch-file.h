/* PyTorch checkpoints of the small network: a pickle, and the zip archive
 * around it.
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include <glib.h>

/* A good pickle, the same at every call: a state dict whose tensors are views of
 * the storages that fuzz_torch_archive() puts beside it, some transposed, in half
 * precision, wrapped as parameters or of untyped storages. */
GBytes *fuzz_torch_pickle (void);

/* A whole archive with that pickle. */
GByteArray *fuzz_torch_archive (const guint8 *pickle, gsize n);

/* An archive of n empty entries. */
GByteArray *fuzz_zip_of_many (guint n);

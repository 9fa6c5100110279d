/* Model files of the small network, and how they are loaded.
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include "model.h"

typedef enum
{
  FUZZ_FP32,
  FUZZ_FP16,
  FUZZ_BF16,
  FUZZ_TRIMMED, /* of fp32 */
  FUZZ_INT8,
  FUZZ_CHECKPOINT, /* with tensors of a trainer */
  FUZZ_N_MODELS
} FuzzModel;

/* A good file, the same at every call, and the bytes of it before its tensors. */
GBytes *fuzz_model_file (FuzzModel which, gsize *n_head);

/* A good file with edits (edits.h). @mend: the header's length follows them. */
GByteArray *fuzz_edit_model (
    FuzzModel which, gboolean mend, const guint8 *edits, gsize size);

/* Loads a file. Either there is a model or an error, else the program ends. */
RenModel *fuzz_load_path (const char *path);

/* Loads what a file holds: n bytes, then zeros up to @file_size. */
RenModel *fuzz_load (const guint8 *bytes, gsize n, gsize file_size);

/* Reads all of a model that is read later, when there is nobody to tell of
 * errors. */
void fuzz_use (RenModel *model);

/* Where files can be written; goes when the program ends. */
const char *fuzz_scratch_dir (void);

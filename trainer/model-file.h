/* Models as files: writing one, and what can be said of one beside the model in
 * it.
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include "resemotenet.h"

#define MODEL_FILE_EXTENSION ".safetensors"
#define MODEL_FILE_ONNX ".onnx"

/* Whether a name is one of the format that models are written in; else
 * APP_ERROR_USAGE. */
gboolean model_file_check_name (const char *path, GError **error);

/* Saves the model whole, held against Ctrl-C, and says so: "wrote PATH: 36 MB" and
 * then @more. @trim: as REN_SAVE_TRIMMED. A name that ends in .onnx is written as
 * ONNX, for which @precision does not matter. */
gboolean model_file_write (RenModel *model, const char *path,
    RenPrecision precision, gboolean trim, const char *more, GError **error);

typedef enum
{
  CHECKSUM_NONE,
  CHECKSUM_RIGHT,
  CHECKSUM_WRONG,
} ChecksumState;

typedef struct
{
  guint64 n_bytes;
  gboolean is_archive;    /* a zip archive by torch.save, not safetensors */
  ChecksumState checksum; /* of the tensor data, against the metadata's */
} ModelFile;

/* Looks at the file that a model was loaded from. */
gboolean model_file_examine (RenModel *model, ModelFile *out, GError **error);

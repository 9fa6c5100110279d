/* What can be said of a model's file beside the model in it.
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include <glib.h>

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

/* Looks at a file that ren_model_load() has accepted. @sha256: (nullable): what
 * its metadata say. */
gboolean model_file_examine (
    const char *path, const char *sha256, ModelFile *out, GError **error);

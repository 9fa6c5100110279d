/* Model files for tests: whole networks that take no room on disk.
 * SPDX-License-Identifier: MIT
 *
 * A safetensors file of zeros is a header and a hole: 320 MB that are neither
 * written nor stored.
 */
#pragma once

#include <glib.h>

#include "model.h"

/* How a file departs from a good one. */
typedef struct
{
  const char *dtype;    /* of all tensors; NULL = F32 */
  guint n_classes;      /* 0 = 7 */
  const char *prefix;   /* of all names; NULL = none */
  const char *metadata; /* JSON of `__metadata__`; NULL = none */
  const char *tensor;   /* one tensor whose entry is replaced … */
  const char *entry;    /* … by this JSON, in which $D, $S, $B and $E stand
                          * for the right dtype, shape, begin and end; NULL
                          * leaves it out */
  const char *first;    /* text put before the first tensor's entry */
  gboolean trimmed;     /* live taps only; metadata is the caller's */
  gint64 extra_bytes;   /* added to the size of the file, may be negative */
} FileSpec;

/* Header of such a file; data_size: bytes that its tensors take. */
GString *file_spec_header (const FileSpec *spec, guint64 *data_size);

/* Writes it. The first 4 bytes of every vector of the network's
 * `running_var` stay 0 like all others. */
void write_model_file (const char *path, const FileSpec *spec);

/* Where a tensor's numbers begin in a good file of that spec. */
guint64 model_file_offset (const FileSpec *spec, RenLayerId id, RenPart part);

/* A file of any text. */
void write_bytes (const char *path, const void *data, gsize n_bytes);

/* Directory of a test; files in it go with it. */
char *make_dir (void);
void remove_dir (char *dir);

/* Files that belong together.
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include <glib.h>

typedef struct
{
  const char *path;
  const void *data;
  gsize n_bytes;
} OutputFile;

/* Writes files under temporary names beside theirs, syncs them, and renames
 * them only when all are on disk: what there was before stays where one of them
 * does not fit. Symbolic links stay, what they point at is replaced. */
gboolean output_files_write (
    const OutputFile *files, guint n_files, GError **error);

/* Writing a file whole or not at all.
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include <glib.h>

/* A file under a temporary name in the directory of its final one. Until
 * ren_output_commit() succeeds, an earlier file of that name is untouched. */
typedef struct _RenOutput RenOutput;

/* Creates the temporary file. NULL with REN_ERROR_WRITE when it cannot. */
RenOutput *ren_output_open (const char *path, GError **error);

/* Appends bytes; after a failure every later call fails as well, so only the
 * commit needs to be checked. */
gboolean ren_output_write (RenOutput *out, const void *data, gsize n_bytes);

/* Replaces bytes written before, such as a header that holds a checksum. */
gboolean ren_output_rewrite (
    RenOutput *out, guint64 offset, const void *data, gsize n_bytes);

/* Syncs, renames, syncs the directory, frees @out in any case. On failure the
 * temporary file is removed and @error is REN_ERROR_WRITE. */
gboolean ren_output_commit (RenOutput *out, GError **error);

/* Removes the temporary file and frees @out. NULL is allowed. */
void ren_output_abort (RenOutput *out);

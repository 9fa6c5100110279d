/* A data set written out again without its twins.
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include "data-scan.h"

/* Writes what @keep says to @path, whole or not at all: file,label,split, and
 * x,y,w,h where faces have boxes; or emotion,pixels,Usage where the pixels lie
 * in the data set's table. Files are named by absolute paths. @n_kept: (out) */
gboolean data_list_write (const Scan *scan, const gboolean *keep,
    const char *path, guint *n_kept, GError **error);

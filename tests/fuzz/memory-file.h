/* Files that are nowhere on disk, for readers that take a path
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include <glib.h>

/* As many can be had at a time. */
#define MEMORY_FILES 4

/**
 * memory_file:
 * @which: below %MEMORY_FILES
 * @data: what it is to hold
 * @size: of @data in bytes
 *
 * Writes the file anew. It is its owner's alone, as chmod 600 has it.
 *
 * Returns: (transfer none): its path, always the same for one @which
 */
const gchar *memory_file (guint which, gconstpointer data, gsize size);

/* A folder of a fuzzer's own, in memory where the machine has /dev/shm
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include <glib.h>

typedef struct _Tree Tree;

/* Makes an empty folder. Of one process there is one. */
Tree *tree_new (void);

/* Its path, the same all the time. */
const gchar *tree_path (const Tree *tree);

/* Adds a file, or with a slash at the end of its name a folder, and the folders
 * that lead there. What has no place in it (.., names that are too long or taken)
 * is left out. */
void tree_add (Tree *tree, const gchar *name, gconstpointer data, gsize size);

/* Removes all that is in it, whoever put it there. */
void tree_clear (Tree *tree);

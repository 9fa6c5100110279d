/* User names, passwords and settings that are nobody's to see
 * SPDX-License-Identifier: MIT
 *
 * They come from files or the environment, never from properties: those are in
 * command lines, logs and drawings of the pipeline.
 */
#pragma once

#include <glib.h>

/* One setting of a file. */
typedef struct
{
  gchar *name, *value;
} Secret;

/* Reads lines `name=value`; empty lines and those that begin with # are skipped,
 * spaces around both are not part of them. *is_public tells whether everyone may
 * read the file.
 * Returns: (transfer full): an array of Secret that forgets what it held */
GPtrArray *secrets_read_file (
    const gchar *path, gboolean *is_public, GError **error);

/* Returns: (transfer none) (nullable): the value of the last of that name */
const gchar *secrets_get (const GPtrArray *secrets, const gchar *name);

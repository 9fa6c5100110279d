/* Files that hold passwords
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include <glib.h>
#include <sys/stat.h>

/* Reads at most @size - 1 bytes, of a device or a pipe as well, and ends them with
 * a byte 0. @mode: kind and permissions of the file. Returns: how many bytes, or
 * -1 with @error set where it cannot be read */
gssize secret_file_read (
    const gchar *path, gchar *text, gsize size, mode_t *mode, GError **error);

/* Reads the first line, without its end. Returns: FALSE with @error set where it
 * cannot be read, has @size bytes or more, or where others than the owner may read
 * or change the file; @line may hold a part of it and is for the caller to forget */
gboolean secret_file_read_line (
    const gchar *path, gchar *line, gsize size, GError **error);

/* Returns: (transfer full) (nullable): the path of what systemd's LoadCredential=
 * has handed over by this name, where there is more than white space in it */
gchar *secret_file_of_service (const gchar *name);

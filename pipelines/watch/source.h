/* What SOURCE names: one live stream, or files in their order.
 * SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

typedef struct
{
  gboolean live; /* it goes on by itself; what is not taken in time is lost */
  gboolean is_directory;
  GPtrArray *uris; /* of gchar *, without credentials; of a live source one */
  gchar *name;     /* for people, without credentials */
} Source;

/**
 * source_init:
 * @source: (out caller-allocates): cleared with source_clear()
 * @text: a file, a directory, an address, /dev/videoN, or - for standard input
 *
 * Files of a directory come in the order of their names, numbers in these by
 * value; hidden files and directories within it are left out.
 *
 * Returns: %FALSE with @error set where there is nothing of that name
 */
gboolean source_init (Source *source, const gchar *text, GError **error);

void source_clear (Source *source);

/**
 * source_check_output:
 * @option: what names @path, for the error
 * @path: a file that is to be written, which need not be there yet
 *
 * Returns: %FALSE with @error set where @path is one of the source's files
 */
gboolean source_check_output (const Source *source, const gchar *option,
    const gchar *path, GError **error);

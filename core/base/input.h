/* Reading a file that others may write to.
 * SPDX-License-Identifier: MIT
 *
 * Files are read, not mapped: where a mapped file becomes shorter, as by `cp` of
 * another one over it, the next look at a page that is gone is a SIGBUS, which
 * ends the program that has this library in it. Nothing guards against that: a
 * lock is only advice, a copy-on-write mapping has the same pages until they are
 * written to, and a signal's handler is the program's to install, not a
 * library's. What is read is either that of the file as it was opened, or an
 * error.
 */
#pragma once

#include <glib.h>
#include <sys/stat.h>

/* A file, open as long as this lives; any thread may read. */
typedef struct _RenInput RenInput;

/* @fd stays the caller's, and may be closed afterwards. NULL with REN_ERROR_OPEN
 * or REN_ERROR_NO_MEMORY. */
RenInput *ren_input_new (int fd, GError **error);

/* NULL is allowed. */
void ren_input_free (RenInput *input);

/* Bytes of the file when it was opened. */
guint64 ren_input_size (const RenInput *input);

/* Reads n bytes from byte `at` on. FALSE with REN_ERROR_CORRUPT where the file is
 * no longer what it was when it was opened, with REN_ERROR_OPEN where it cannot
 * be read; @data is then undefined. */
gboolean ren_input_read (
    const RenInput *input, guint64 at, gsize n, void *data, GError **error);

/* Whether a file is as it was. That is told from its size and the time of its
 * last change, which the kernel counts in steps of a few milliseconds; what is
 * done to its name, such as replacing it by rename, is no change. */
gboolean ren_file_is_unchanged (int fd, const struct stat *before);

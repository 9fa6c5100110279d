/* NumPy's file format, as far as labels need it.
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include <glib.h>

/* Reads an array of one whole number: stored as an integer, as a floating point
 * number that is whole, or as digits. Files of Python objects are refused: to
 * read them is to run them. The error says what is wrong, without the file's
 * name. */
gboolean npy_read_number (const char *path, gint64 *number, GError **error);

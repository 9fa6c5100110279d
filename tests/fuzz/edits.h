/* Inputs that differ from something good: long ones in few bytes, which reach
 * what is only read when all else is right.
 * SPDX-License-Identifier: MIT
 *
 * An input is edits, one after the other. An edit is
 *
 *   1 byte   how long the text is that it is sought by; the highest bit: among
 *            the data, not in the head
 *   n bytes  that text; if there is none, 2 bytes: where, little endian
 *   1 byte   how many bytes go there
 *   1 byte   how many bytes come in their place
 *   n bytes  these
 *
 * What is cut short at the end of the input, and what is not found, is no edit.
 */
#pragma once

#include <glib.h>

/* Applies edits to a copy of the head, n_head bytes, and the data behind it.
 * @grown (out): by how many bytes the head is longer. */
GByteArray *fuzz_edit (const guint8 *good, gsize n, gsize n_head,
    const guint8 *edits, gsize size, gssize *grown);

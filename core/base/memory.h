/* Large, aligned blocks of floats that may be refused.
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include <glib.h>

/* Rounds a count of floats up to whole cache lines. */
#define REN_ALIGN_FLOATS(n) (((gsize) (n) + 15) & ~(gsize) 15)

/* Room for n floats, aligned to 64 bytes; free with free(). NULL with
 * REN_ERROR_NO_MEMORY. Contents are undefined. */
float *ren_try_alloc_floats (gsize n, GError **error);

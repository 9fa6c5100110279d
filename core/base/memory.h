/* Memory that may be refused.
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include <glib.h>

/* Rounds a count of floats, or of bytes, up to whole cache lines. */
#define REN_ALIGN_FLOATS(n) (((gsize) (n) + 15) & ~(gsize) 15)
#define REN_ALIGN(n) (((gsize) (n) + 63) & ~(gsize) 63)

/* Room for n bytes, aligned to 64 bytes; free with free(). NULL with
 * REN_ERROR_NO_MEMORY. Contents are undefined. */
gpointer ren_try_alloc (gsize n, GError **error);

/* The same for n floats. */
float *ren_try_alloc_floats (gsize n, GError **error);

/* Memory for small things, free with g_free(): n structs, undefined or zeros, and
 * copies. What GLib allocates itself ends the program where it fails; whatever
 * has a size that a file or the network decides comes from here, where it is an
 * error. Left to GLib are strings and containers, which limits on what a file
 * may hold keep small. NULL with REN_ERROR_NO_MEMORY; never NULL otherwise, also
 * for n = 0. */
gpointer ren_try_malloc (gsize n, gsize size, GError **error);
gpointer ren_try_malloc0 (gsize n, gsize size, GError **error);
#define ren_try_new(type, n, error)                                            \
  ((type *) ren_try_malloc ((n), sizeof (type), (error)))
#define ren_try_new0(type, n, error)                                           \
  ((type *) ren_try_malloc0 ((n), sizeof (type), (error)))

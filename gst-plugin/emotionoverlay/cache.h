/* What was made and may be needed again, within a limit to its memory
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include <glib.h>

typedef struct _Cache Cache;

/* Returns: (transfer full): an empty cache of at most so many bytes */
Cache *cache_new (gsize max_bytes, GDestroyNotify free_value);
void cache_free (Cache *cache);

/* Returns: (transfer none) (nullable): what was put there; valid until the next
 * cache_put() */
gpointer cache_get (Cache *cache, const gchar *key);

/* Takes a value, of a key that is not in there, and drops those that have not
 * been asked for the longest. It stays itself, whatever its size. */
void cache_put (Cache *cache, const gchar *key, gpointer value, gsize bytes);

/* Bytes that are held now. */
gsize cache_get_bytes (const Cache *cache);

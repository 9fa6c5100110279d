/* SPDX-License-Identifier: MIT */
#include "cache.h"

struct _Cache
{
  GHashTable *by_key; /* to a link of the queue */
  GQueue entries;     /* the last one asked for first */
  gsize bytes, max_bytes;
  GDestroyNotify free_value;
};

typedef struct
{
  gchar *key;
  gpointer value;
  gsize bytes;
} Entry;

Cache *
cache_new (gsize max_bytes, GDestroyNotify free_value)
{
  Cache *cache = g_new0 (Cache, 1);

  cache->by_key = g_hash_table_new (g_str_hash, g_str_equal);
  cache->max_bytes = max_bytes;
  cache->free_value = free_value;
  return cache;
}

static void
drop_last (Cache *cache)
{
  Entry *entry = g_queue_pop_tail (&cache->entries);

  g_hash_table_remove (cache->by_key, entry->key);
  cache->bytes -= entry->bytes;
  cache->free_value (entry->value);
  g_free (entry->key);
  g_free (entry);
}

void
cache_free (Cache *cache)
{
  while (cache->entries.length)
    drop_last (cache);
  g_hash_table_unref (cache->by_key);
  g_free (cache);
}

gpointer
cache_get (Cache *cache, const gchar *key)
{
  GList *link = g_hash_table_lookup (cache->by_key, key);

  if (!link)
    return NULL;
  g_queue_unlink (&cache->entries, link);
  g_queue_push_head_link (&cache->entries, link);
  return ((Entry *) link->data)->value;
}

void
cache_put (Cache *cache, const gchar *key, gpointer value, gsize bytes)
{
  Entry *entry = g_new (Entry, 1);

  *entry = (Entry){ g_strdup (key), value, bytes };
  g_queue_push_head (&cache->entries, entry);
  g_hash_table_insert (cache->by_key, entry->key, cache->entries.head);
  cache->bytes += bytes;
  while (cache->bytes > cache->max_bytes && cache->entries.length > 1)
    drop_last (cache);
}

gsize
cache_get_bytes (const Cache *cache)
{
  return cache->bytes;
}

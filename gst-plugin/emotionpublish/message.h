/* What is published: one JSON object, and the key that Kafka sorts it by
 * SPDX-License-Identifier: MIT
 *
 * One block of bytes, so that it lies in memory and on disk alike: the key, a
 * byte 0, the JSON. Shared by all destinations.
 */
#pragma once

#include <glib.h>
#include <string.h>

/* Nothing as large is a frame's faces. */
#define MESSAGE_MAX_BYTES (16 * 1024 * 1024)

typedef struct
{
  gatomicrefcount refs;
  gsize size; /* of data, without the byte 0 that always follows */
  gchar data[];
} Message;

/* Returns: (transfer full): one whose data is to be filled in */
static inline Message *
message_alloc (gsize size)
{
  Message *message = g_malloc (sizeof *message + size + 1);

  g_atomic_ref_count_init (&message->refs);
  message->size = size;
  message->data[size] = 0;
  return message;
}

/* Returns: (transfer full) */
static inline Message *
message_new (const gchar *key, const gchar *json)
{
  const gsize key_size = strlen (key) + 1, json_size = strlen (json);
  Message *message = message_alloc (key_size + json_size);

  memcpy (message->data, key, key_size);
  memcpy (message->data + key_size, json, json_size);
  return message;
}

static inline Message *
message_ref (Message *message)
{
  g_atomic_ref_count_inc (&message->refs);
  return message;
}

static inline void
message_unref (Message *message)
{
  if (g_atomic_ref_count_dec (&message->refs))
    g_free (message);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Message, message_unref)

static inline const gchar *
message_key (const Message *message)
{
  return message->data;
}

/* The JSON, without a line end after it. */
static inline const gchar *
message_json (const Message *message, gsize *size)
{
  const gsize key_size = strlen (message->data) + 1;

  *size = message->size - key_size;
  return message->data + key_size;
}

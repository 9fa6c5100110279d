/* Messages in bounded memory, first in, first out
 * SPDX-License-Identifier: MIT
 *
 * Where there is no room for a new one the oldest make it: what happens now is
 * worth more than what happened when the trouble began. Not thread-safe.
 */
#pragma once

#include "message.h"

typedef struct
{
  GQueue messages; /* of Message */
  gsize bytes;
  gsize max_messages, max_bytes;
} MessageQueue;

void message_queue_init (
    MessageQueue *queue, gsize max_messages, gsize max_bytes);
void message_queue_clear (MessageQueue *queue);

/* Takes a reference. Returns how many messages were dropped for it; itself,
 * where it alone is too large. */
guint message_queue_push (MessageQueue *queue, Message *message);

/* Puts one back that was popped; nothing is dropped for it. (transfer full) */
void message_queue_push_back (MessageQueue *queue, Message *message);

/* Returns: (transfer full) (nullable): the oldest */
Message *message_queue_pop (MessageQueue *queue);

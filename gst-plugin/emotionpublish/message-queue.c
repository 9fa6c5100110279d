/* SPDX-License-Identifier: MIT */
#include "message-queue.h"

void
message_queue_init (MessageQueue *queue, gsize max_messages, gsize max_bytes)
{
  g_queue_init (&queue->messages);
  queue->bytes = 0;
  queue->max_messages = max_messages;
  queue->max_bytes = max_bytes;
}

void
message_queue_clear (MessageQueue *queue)
{
  g_queue_clear_full (&queue->messages, (GDestroyNotify) message_unref);
  queue->bytes = 0;
}

guint
message_queue_push (MessageQueue *queue, Message *message)
{
  const gsize size = message->size;
  guint n_dropped = 0;

  if (size > queue->max_bytes)
    return 1;
  while (queue->messages.length >= queue->max_messages ||
         queue->bytes > queue->max_bytes - size) {
    message_unref (message_queue_pop (queue));
    n_dropped++;
  }
  g_queue_push_tail (&queue->messages, message_ref (message));
  queue->bytes += size;
  return n_dropped;
}

void
message_queue_push_back (MessageQueue *queue, Message *message)
{
  g_queue_push_head (&queue->messages, message);
  queue->bytes += message->size;
}

Message *
message_queue_pop (MessageQueue *queue)
{
  Message *message = g_queue_pop_head (&queue->messages);

  if (message)
    queue->bytes -= message->size;
  return message;
}

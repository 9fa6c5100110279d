/* Where messages go: the little that a file, MQTT and Kafka have in common
 * SPDX-License-Identifier: MIT
 *
 * A destination has an outbox, whose thread calls it, and which it tells what
 * became of messages; see outbox.h. It never gives up: what cannot be reached
 * now is tried again for ever.
 */
#pragma once

#include "message.h"
#include "outbox.h"

typedef enum
{
  /* outbox_acknowledge(), outbox_return() or outbox_reject() follows, or was
   * called already */
  SEND_TAKEN,
  /* to be tried again after outbox_wake(), or in a while */
  SEND_LATER,
} SendResult;

typedef struct
{
  const gchar *name; /* in stats, messages, and of its folder in the spool */
  guint window;      /* messages that it may hold without acknowledgement */

  /* Begins to connect; with what it says from now on is for @outbox. */
  void (*start) (Destination *destination, Outbox *outbox);
  /* Hands a message over. May take a while, but not for ever. */
  SendResult (*send) (Destination *destination, guint64 id, Message *message);
  /* Optional: the stream is at its end, and all messages are through. */
  void (*finish) (Destination *destination);
  /* Closes it. May take as long as a lookup of a name does; reports are ignored
   * by now. */
  void (*free) (Destination *destination);
} DestinationClass;

struct _Destination
{
  const DestinationClass *klass;
};

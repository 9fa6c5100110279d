/* The way of messages to one destination: a queue, a spool, a thread
 * SPDX-License-Identifier: MIT
 *
 *   outbox_push() → queue in memory → [spool on disk] → window → destination
 *
 * The stream only ever touches the queue. The thread moves what is there to the
 * spool, if there is one, and as many messages as the destination may hold
 * without acknowledgement into the window, where they stay until then. What is
 * acknowledged leaves the window, and the spool, in order.
 */
#pragma once

#include "spool.h"

typedef struct _Destination Destination;
typedef struct _Outbox Outbox;

typedef struct
{
  guint64 queued;       /* messages that were put in */
  guint64 sent;         /* handed to the destination; again where that failed */
  guint64 acknowledged; /* by it */
  guint64 dropped;      /* lost for want of room or time, or refused */
  guint64 waiting;      /* in memory now, acknowledged or dropped later */
  guint64 spooled_bytes;
  guint64 corrupt_bytes; /* of the spool, that could not be read */
  guint64 reconnects;    /* connections after the first */
  gboolean connected;
} OutboxStats;

typedef enum
{
  OUTBOX_CONNECTED,
  OUTBOX_DISCONNECTED, /* or could not connect; once until it is connected */
  OUTBOX_DROPPED,      /* once until it is connected again */
  OUTBOX_SPOOL_FAILED, /* once until it works again */
} OutboxEvent;

/* Called by any of the outbox's and the destination's threads, without locks. */
typedef void (*OutboxNotify) (GObject *user, const gchar *destination,
    OutboxEvent event, const gchar *text);

/* Starts. Takes the destination and the spool, which may be NULL, and a
 * reference to @user until the thread ends. */
Outbox *outbox_new (Destination *destination, Spool *spool, guint max_messages,
    gsize max_bytes, OutboxNotify notify, GObject *user);

/* ---- for the stream ---------------------------------------------------------- */

/* Takes a reference; never waits for anything. */
void outbox_push (Outbox *outbox, Message *message);

/* Waits until all messages are acknowledged, up to @deadline_us of
 * g_get_monotonic_time() or until *cancel is set and outbox_cancel_drain() called.
 * Where they are, and @finish is set, the destination is told that this is the
 * end. */
void outbox_drain (
    Outbox *outbox, gint64 deadline_us, gboolean finish, const gint *cancel);
void outbox_cancel_drain (Outbox *outbox);

/* Stops at @deadline_us, or when all is acknowledged: what is not is in the
 * spool, or dropped. A destination that hangs even then is left to itself. */
void outbox_stop (Outbox *outbox, gint64 deadline_us, OutboxStats *stats);
void outbox_unref (Outbox *outbox);

const gchar *outbox_name (const Outbox *outbox);
void outbox_get_stats (Outbox *outbox, OutboxStats *stats);

/* ---- for the destination, from any thread -------------------------------------- */

/* The message has arrived, or will without our doing. */
void outbox_acknowledge (Outbox *outbox, guint64 id);
/* It has not, and is to be sent again, in a while. */
void outbox_return (Outbox *outbox, guint64 id);
/* It never will, whatever we do. */
void outbox_reject (Outbox *outbox, guint64 id, const gchar *reason);
/* send() may work now. */
void outbox_wake (Outbox *outbox);
/* Says how it is. The same again is ignored. */
void outbox_set_connected (
    Outbox *outbox, gboolean connected, const gchar *reason);

/* SPDX-License-Identifier: MIT */
#include "outbox.h"

#include "destination.h"
#include "message-queue.h"

/* What did not work is tried again after this time. */
#define RETRY_US (G_USEC_PER_SEC / 2)
/* The spool is synced once in this time. */
#define SYNC_US G_USEC_PER_SEC
/* Messages between two looks at everything else. */
#define BATCH 64
/* How long a destination may take, beyond the deadline, before it is left to
 * itself. */
#define GRACE_US G_USEC_PER_SEC

typedef enum
{
  ENTRY_SENT,
  ENTRY_TO_SEND, /* again */
  ENTRY_DONE,
} EntryState;

/* A message in the window. */
typedef struct
{
  Message *message;
  SpoolPosition end;
  EntryState state;
} Entry;

/* What the destination said of one. */
typedef struct
{
  guint64 id;
  EntryState state;
} Report;

struct _Outbox
{
  gatomicrefcount refs;
  const gchar *name;
  Destination *destination; /* the thread's, as are the next */
  Spool *spool;
  Entry *window; /* a ring: that of id is at id % size */
  guint window_size;
  guint64 first, next;      /* the oldest id in it; the one to be given next */
  gint64 sync_us, retry_us; /* when; 0 = need not */
  gboolean spool_failed;

  OutboxNotify notify;
  GObject *user;

  GMutex lock;    /* of what follows */
  GCond wake;     /* woken is set */
  gboolean woken; /* the thread has something to do, which it may be at */
  GCond changed;  /* idle, finished or ended are others */
  MessageQueue queue;
  GArray *reports; /* of Report */
  OutboxStats stats;
  gboolean ready; /* to send; after SEND_LATER it is not, until woken */
  gboolean idle;  /* nothing is left to be sent or acknowledged */
  gboolean finish, finished; /* is to, was called */
  gboolean stopping;
  gboolean over;  /* all is counted: what the destination says is too late */
  gboolean ended; /* and what was open is closed */
  gint64 stop_us;
  gboolean was_connected, complained; /* of no connection, since the last one */
  gboolean dropping;                  /* said that it is */
};

static Outbox *
outbox_ref (Outbox *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
outbox_unref (Outbox *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  message_queue_clear (&self->queue);
  g_array_unref (self->reports);
  g_free (self->window);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->wake);
  g_cond_clear (&self->changed);
  g_free (self);
}

const gchar *
outbox_name (const Outbox *self)
{
  return self->name;
}

/* With the lock held. */
static void
wake (Outbox *self)
{
  self->woken = TRUE;
  g_cond_signal (&self->wake);
}

static void
notify (Outbox *self, OutboxEvent event, const gchar *text)
{
  self->notify (self->user, self->name, event, text);
}

/* With the lock held. Returns whether this is to be said. */
static gboolean
count_dropped (Outbox *self, guint64 n)
{
  gboolean first = n > 0 && !self->dropping;

  self->stats.dropped += n;
  self->dropping |= n > 0;
  return first;
}

/* ---- from the stream ------------------------------------------------------------ */

void
outbox_push (Outbox *self, Message *message)
{
  gboolean complain;

  g_mutex_lock (&self->lock);
  self->stats.queued++;
  complain = count_dropped (self, message_queue_push (&self->queue, message));
  self->idle = FALSE;
  wake (self);
  g_mutex_unlock (&self->lock);
  if (complain)
    notify (self, OUTBOX_DROPPED, "the queue is full");
}

void
outbox_drain (
    Outbox *self, gint64 deadline_us, gboolean finish, const gint *cancel)
{
  gboolean in_time = TRUE;

  g_mutex_lock (&self->lock);
  while (!self->idle && !self->ended && in_time && !g_atomic_int_get (cancel))
    in_time = g_cond_wait_until (&self->changed, &self->lock, deadline_us);
  if (self->idle && finish) {
    self->finish = TRUE;
    self->finished = FALSE;
    wake (self);
    while (!self->finished && !self->ended && in_time)
      in_time = g_cond_wait_until (&self->changed, &self->lock, deadline_us);
  }
  g_mutex_unlock (&self->lock);
}

void
outbox_cancel_drain (Outbox *self)
{
  g_mutex_lock (&self->lock);
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

/* With the lock held. */
static void
read_stats (const Outbox *self, OutboxStats *stats)
{
  *stats = self->stats;
  stats->waiting = self->queue.messages.length + (self->next - self->first);
}

void
outbox_stop (Outbox *self, gint64 deadline_us, OutboxStats *stats)
{
  gboolean in_time = TRUE;

  g_mutex_lock (&self->lock);
  self->stopping = TRUE;
  self->stop_us = deadline_us;
  wake (self);
  while (!self->ended && in_time)
    in_time =
        g_cond_wait_until (&self->changed, &self->lock, deadline_us + GRACE_US);
  read_stats (self, stats);
  if (!self->over)
    stats->dropped += stats->waiting;
  g_mutex_unlock (&self->lock);
}

void
outbox_get_stats (Outbox *self, OutboxStats *stats)
{
  g_mutex_lock (&self->lock);
  read_stats (self, stats);
  g_mutex_unlock (&self->lock);
}

/* ---- from the destination ----------------------------------------------------------- */

/* With the lock held. Returns FALSE where it is too late. */
static gboolean
report (Outbox *self, guint64 id, EntryState state)
{
  const Report r = { id, state };

  if (self->over)
    return FALSE;
  g_array_append_val (self->reports, r);
  wake (self);
  return TRUE;
}

void
outbox_acknowledge (Outbox *self, guint64 id)
{
  g_mutex_lock (&self->lock);
  self->stats.acknowledged += report (self, id, ENTRY_DONE);
  g_mutex_unlock (&self->lock);
}

void
outbox_return (Outbox *self, guint64 id)
{
  g_mutex_lock (&self->lock);
  report (self, id, ENTRY_TO_SEND);
  g_mutex_unlock (&self->lock);
}

void
outbox_reject (Outbox *self, guint64 id, const gchar *reason)
{
  gboolean complain;

  g_mutex_lock (&self->lock);
  complain = report (self, id, ENTRY_DONE) && count_dropped (self, 1);
  g_mutex_unlock (&self->lock);
  if (complain)
    notify (self, OUTBOX_DROPPED, reason);
}

void
outbox_wake (Outbox *self)
{
  g_mutex_lock (&self->lock);
  self->ready = TRUE;
  wake (self);
  g_mutex_unlock (&self->lock);
}

void
outbox_set_connected (Outbox *self, gboolean connected, const gchar *reason)
{
  gboolean tell;

  g_mutex_lock (&self->lock);
  if (connected) {
    tell = !self->stats.connected;
    self->stats.reconnects += tell && self->was_connected;
    self->was_connected = TRUE;
    self->complained = self->dropping = FALSE;
    self->ready = TRUE;
    wake (self);
  } else {
    tell = !self->complained;
    self->complained = TRUE;
  }
  self->stats.connected = connected;
  g_mutex_unlock (&self->lock);
  if (tell)
    notify (self, connected ? OUTBOX_CONNECTED : OUTBOX_DISCONNECTED, reason);
}

/* ---- the thread: from the queue into the spool ------------------------------------------ */

/* All with the lock held, and let go in between. */

static void
take_losses (Outbox *self, guint64 dropped_before)
{
  const SpoolLosses *losses = spool_losses (self->spool);

  self->stats.corrupt_bytes = losses->corrupt_bytes;
  if (count_dropped (self, losses->dropped - dropped_before)) {
    g_mutex_unlock (&self->lock);
    notify (self, OUTBOX_DROPPED, "the spool is full");
    g_mutex_lock (&self->lock);
  }
}

static gboolean
append_to_spool (Outbox *self, Message *message)
{
  g_autoptr (GError) error = NULL;
  const gboolean ok = spool_append (self->spool, message, &error);

  if (!ok && !self->spool_failed)
    notify (self, OUTBOX_SPOOL_FAILED, error->message);
  self->spool_failed = !ok;
  return ok;
}

/* Returns whether something was done. */
static gboolean
store (Outbox *self)
{
  const guint64 dropped = self->spool ? spool_losses (self->spool)->dropped : 0;
  gboolean ok = TRUE;
  guint n = 0;

  if (!self->spool || (self->spool_failed && self->retry_us))
    return FALSE;
  while (n < BATCH && ok && self->queue.messages.length) {
    Message *message = message_queue_pop (&self->queue);

    g_mutex_unlock (&self->lock);
    ok = append_to_spool (self, message);
    g_mutex_lock (&self->lock);
    if (ok)
      message_unref (message);
    else
      message_queue_push_back (&self->queue, message);
    n += ok;
  }
  if (!ok)
    self->retry_us = g_get_monotonic_time () + RETRY_US;
  if (n && !self->sync_us)
    self->sync_us = g_get_monotonic_time () + SYNC_US;
  take_losses (self, dropped);
  return n > 0;
}

/* ---- the thread: the window ----------------------------------------------------------- */

static Entry *
entry_of (const Outbox *self, guint64 id)
{
  return &self->window[id % self->window_size];
}

/* What is done at its beginning leaves it. */
static void
move_window (Outbox *self)
{
  const SpoolPosition *end = NULL;

  while (self->first < self->next &&
         entry_of (self, self->first)->state == ENTRY_DONE) {
    Entry *entry = entry_of (self, self->first++);

    g_clear_pointer (&entry->message, message_unref);
    end = &entry->end;
  }
  if (!self->spool || !end)
    return;
  g_mutex_unlock (&self->lock);
  spool_acknowledge (self->spool, end);
  g_mutex_lock (&self->lock);
  if (!self->sync_us)
    self->sync_us = g_get_monotonic_time () + SYNC_US;
}

static gboolean
take_reports (Outbox *self)
{
  const guint n = self->reports->len;

  for (guint i = 0; i < n; i++) {
    const Report *r = &g_array_index (self->reports, Report, i);

    if (r->id < self->first || r->id >= self->next)
      continue;
    entry_of (self, r->id)->state = r->state;
    /* not at once: whoever refused it would again */
    if (r->state == ENTRY_TO_SEND && !self->retry_us)
      self->retry_us = g_get_monotonic_time () + RETRY_US;
  }
  g_array_set_size (self->reports, 0);
  if (n)
    move_window (self);
  return n > 0;
}

/* Puts the next message into the window. */
static gboolean
fill_window (Outbox *self)
{
  Entry *entry = entry_of (self, self->next);

  if (self->next - self->first == self->window_size)
    return FALSE;
  if (self->spool) {
    const guint64 dropped = spool_losses (self->spool)->dropped;

    g_mutex_unlock (&self->lock);
    entry->message = spool_read (self->spool, &entry->end);
    /* what could not be read at the end is not tried again */
    if (!entry->message && self->first == self->next)
      spool_acknowledge (self->spool, &entry->end);
    g_mutex_lock (&self->lock);
    take_losses (self, dropped);
  } else {
    entry->message = message_queue_pop (&self->queue);
  }
  if (!entry->message)
    return FALSE;
  entry->state = ENTRY_TO_SEND;
  self->next++;
  return TRUE;
}

/* Returns FALSE where the destination takes no more. */
static gboolean
send_entry (Outbox *self, guint64 id)
{
  Entry *entry = entry_of (self, id);
  SendResult result;

  self->ready = FALSE; /* it may be woken while it is asked */
  self->stats.sent++;
  entry->state = ENTRY_SENT;
  g_mutex_unlock (&self->lock);
  result =
      self->destination->klass->send (self->destination, id, entry->message);
  g_mutex_lock (&self->lock);
  if (result == SEND_TAKEN) {
    self->ready = TRUE;
    return TRUE;
  }
  self->stats.sent--;
  entry->state = ENTRY_TO_SEND;
  if (!self->retry_us)
    self->retry_us = g_get_monotonic_time () + RETRY_US;
  return FALSE;
}

static guint64
find_to_send (const Outbox *self)
{
  guint64 id = self->first;

  while (id < self->next && entry_of (self, id)->state != ENTRY_TO_SEND)
    id++;
  return id;
}

static gboolean
send_some (Outbox *self)
{
  guint n = 0;

  if (!self->ready)
    return FALSE;
  while (n < BATCH) {
    const guint64 id = find_to_send (self);

    if (id == self->next && !fill_window (self))
      break;
    if (!send_entry (self, id))
      break;
    n++;
  }
  return n > 0;
}

/* ---- the thread ------------------------------------------------------------------------- */

static void
sync_if_due (Outbox *self, gint64 now_us)
{
  if (!self->sync_us || now_us < self->sync_us)
    return;
  self->sync_us = 0;
  g_mutex_unlock (&self->lock);
  spool_sync (self->spool);
  g_mutex_lock (&self->lock);
}

static gboolean
is_idle (const Outbox *self)
{
  return self->first == self->next && self->queue.messages.length == 0 &&
         self->reports->len == 0 &&
         (!self->spool || spool_is_read (self->spool));
}

static void
update (Outbox *self)
{
  if (self->spool)
    self->stats.spooled_bytes = spool_bytes (self->spool);
  self->idle = is_idle (self);
  if (self->idle && self->finish) {
    self->finish = FALSE;
    if (self->destination->klass->finish) {
      g_mutex_unlock (&self->lock);
      self->destination->klass->finish (self->destination);
      g_mutex_lock (&self->lock);
    }
    self->finished = TRUE;
  }
  g_cond_broadcast (&self->changed);
}

static void
wait_for_work (Outbox *self)
{
  gint64 until_us = G_MAXINT64;

  if (self->sync_us)
    until_us = MIN (until_us, self->sync_us);
  if (self->retry_us)
    until_us = MIN (until_us, self->retry_us);
  if (self->stopping)
    until_us = MIN (until_us, self->stop_us);
  if (until_us == G_MAXINT64)
    g_cond_wait (&self->wake, &self->lock);
  else
    g_cond_wait_until (&self->wake, &self->lock, until_us);
}

/* What is left in memory is on disk, or lost. Lets go of the lock. */
static void
give_up (Outbox *self)
{
  guint64 n_lost;

  take_reports (self);
  self->over = TRUE;
  self->retry_us = 0;
  while (store (self))
    ;
  n_lost = self->queue.messages.length;
  if (!self->spool)
    for (guint64 id = self->first; id < self->next; id++)
      n_lost += entry_of (self, id)->state != ENTRY_DONE;
  while (self->first < self->next)
    message_unref (entry_of (self, self->first++)->message);
  message_queue_clear (&self->queue);
  count_dropped (self, n_lost);
  update (self);
  g_mutex_unlock (&self->lock);
  if (n_lost)
    notify (self, OUTBOX_DROPPED, "it was stopped before all was sent");
  if (self->spool)
    spool_close (self->spool);
}

static gpointer
outbox_run (gpointer data)
{
  Outbox *self = data;

  self->destination->klass->start (self->destination, self);
  g_mutex_lock (&self->lock);
  for (;;) {
    const gint64 now_us = g_get_monotonic_time ();
    gboolean busy;

    self->woken = FALSE;
    if (self->retry_us && now_us >= self->retry_us) {
      self->retry_us = 0;
      self->ready = TRUE;
    }
    busy = take_reports (self);
    busy |= store (self);
    busy |= send_some (self);
    sync_if_due (self, now_us);
    update (self);
    if (self->stopping && (is_idle (self) || now_us >= self->stop_us))
      break;
    if (!busy && !self->woken)
      wait_for_work (self);
  }
  give_up (self);

  /* who starts again at once is to find the file closed, and no last words after
   * its first */
  self->destination->klass->free (self->destination);
  g_object_unref (self->user);
  g_mutex_lock (&self->lock);
  self->ended = TRUE;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
  outbox_unref (self);
  return NULL;
}

Outbox *
outbox_new (Destination *destination, Spool *spool, guint max_messages,
    gsize max_bytes, OutboxNotify notify_function, GObject *user)
{
  Outbox *self = g_new0 (Outbox, 1);

  g_atomic_ref_count_init (&self->refs);
  self->name = destination->klass->name;
  self->destination = destination;
  self->spool = spool;
  self->window_size = destination->klass->window;
  self->window = g_new0 (Entry, self->window_size);
  self->notify = notify_function;
  self->user = g_object_ref (user);
  g_mutex_init (&self->lock);
  g_cond_init (&self->wake);
  g_cond_init (&self->changed);
  message_queue_init (&self->queue, max_messages, max_bytes);
  self->reports = g_array_new (FALSE, FALSE, sizeof (Report));
  self->ready = TRUE;
  g_thread_unref (g_thread_new (self->name, outbox_run, outbox_ref (self)));
  return self;
}

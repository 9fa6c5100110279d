/* The way of messages to a destination that does as it is told
 * SPDX-License-Identifier: MIT
 */
#include "destination.h"
#include "message.h"
#include "publish.h"

#define MIB (1024 * 1024)
#define WINDOW 8

typedef enum
{
  ACKNOWLEDGE,       /* at once */
  KEEP,              /* says nothing */
  ACKNOWLEDGE_LATER, /* from a thread of its own, the last ones first */
  RETURN_ONCE,       /* every message comes back at first */
  REJECT,
  REFUSE, /* takes nothing */
  HANG,   /* until released */
} Behaviour;

typedef struct
{
  Destination parent;
  Outbox *outbox;
  gint behaviour; /* atomic, of Behaviour */
  gint *freed;    /* atomic */
  GMutex lock;
  GArray *got;     /* of gint: numbers of the messages that were taken */
  GArray *pending; /* of guint64: ids to be acknowledged */
  GHashTable *returned;
  GThread *thread;
  gboolean quit;
  gint finished; /* atomic */
} Fake;

static gint
number_of (Message *m)
{
  gsize size;
  const gchar *json = message_json (m, &size);
  g_autofree gchar *text = g_strndup (json, size);

  return atoi (text);
}

static gpointer
acknowledge_later (gpointer data)
{
  Fake *fake = data;

  for (;;) {
    g_autoptr (GArray) ids = NULL;
    gboolean quit;

    g_mutex_lock (&fake->lock);
    ids = g_steal_pointer (&fake->pending);
    fake->pending = g_array_new (FALSE, FALSE, sizeof (guint64));
    quit = fake->quit;
    g_mutex_unlock (&fake->lock);
    for (guint i = ids->len; i > 0; i--)
      outbox_acknowledge (fake->outbox, g_array_index (ids, guint64, i - 1));
    if (quit)
      return NULL;
    g_usleep (500);
  }
}

static void
fake_start (Destination *destination, Outbox *outbox)
{
  Fake *fake = (Fake *) destination;

  fake->outbox = outbox;
  outbox_set_connected (outbox, TRUE, NULL);
  fake->thread = g_thread_new ("acknowledge", acknowledge_later, fake);
}

static SendResult
fake_send (Destination *destination, guint64 id, Message *m)
{
  Fake *fake = (Fake *) destination;
  const gint n = number_of (m);
  Behaviour behaviour;

  while ((behaviour = (Behaviour) g_atomic_int_get (&fake->behaviour)) == HANG)
    g_usleep (1000);
  if (behaviour == REFUSE)
    return SEND_LATER;
  g_mutex_lock (&fake->lock);
  if (behaviour == RETURN_ONCE &&
      g_hash_table_add (fake->returned, GINT_TO_POINTER (n + 1))) {
    g_mutex_unlock (&fake->lock);
    outbox_return (fake->outbox, id);
    return SEND_TAKEN;
  }
  g_array_append_val (fake->got, n);
  if (behaviour == ACKNOWLEDGE_LATER)
    g_array_append_val (fake->pending, id);
  g_mutex_unlock (&fake->lock);
  if (behaviour == REJECT)
    outbox_reject (fake->outbox, id, "it is too ugly");
  else if (behaviour != KEEP && behaviour != ACKNOWLEDGE_LATER)
    outbox_acknowledge (fake->outbox, id);
  return SEND_TAKEN;
}

static void
fake_finish (Destination *destination)
{
  g_atomic_int_inc (&((Fake *) destination)->finished);
}

static void
fake_free (Destination *destination)
{
  Fake *fake = (Fake *) destination;

  g_mutex_lock (&fake->lock);
  fake->quit = TRUE;
  g_mutex_unlock (&fake->lock);
  g_thread_join (fake->thread);
  g_array_unref (fake->pending);
  g_hash_table_unref (fake->returned);
  g_mutex_clear (&fake->lock);
  g_atomic_int_set (fake->freed, TRUE);
  /* got is the test's */
  g_free (fake);
}

static const DestinationClass fake_class = { "fake", WINDOW, fake_start,
  fake_send, fake_finish, fake_free };

/* ---- a test's outbox ----------------------------------------------------------- */

typedef struct
{
  Outbox *outbox;
  Fake *fake; /* until it is stopped */
  GArray *got;
  GObject *user;
  OutboxStats stats; /* when it was stopped */
  gint freed;        /* atomic */
} Way;

static gint n_events[OUTBOX_SPOOL_FAILED + 1]; /* atomic */

static void
on_event (
    GObject *user, const gchar *name, OutboxEvent event, const gchar *text)
{
  g_assert_cmpstr (name, ==, "fake");
  g_assert_true (event == OUTBOX_CONNECTED || text);
  g_atomic_int_inc (&n_events[event]);
}

static void
way_start (Way *way, Behaviour behaviour, const gchar *spool_dir,
    guint64 spool_size, guint max_messages)
{
  Fake *fake = g_new0 (Fake, 1);
  g_autoptr (GError) error = NULL;
  Spool *spool = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (n_events); i++)
    g_atomic_int_set (&n_events[i], 0);
  fake->parent.klass = &fake_class;
  fake->behaviour = (gint) behaviour;
  fake->freed = &way->freed;
  way->freed = FALSE;
  g_mutex_init (&fake->lock);
  fake->got = way->got = g_array_new (FALSE, FALSE, sizeof (gint));
  fake->pending = g_array_new (FALSE, FALSE, sizeof (guint64));
  fake->returned = g_hash_table_new (NULL, NULL);
  if (spool_dir) {
    spool = spool_open (spool_dir, spool_size, &error);
    g_assert_no_error (error);
  }
  way->fake = fake;
  way->user = g_object_new (G_TYPE_OBJECT, NULL);
  way->outbox =
      outbox_new (&fake->parent, spool, max_messages, MIB, on_event, way->user);
  wait_until (g_atomic_int_get (&n_events[OUTBOX_CONNECTED]) == 1);
}

static void
way_push (Way *way, gint from, gint to)
{
  for (gint i = from; i < to; i++) {
    g_autofree gchar *json = g_strdup_printf ("%d", i);
    g_autoptr (Message) m = message_new ("", json);

    outbox_push (way->outbox, m);
  }
}

static guint64
way_stat (Way *way, gsize offset)
{
  OutboxStats stats;

  outbox_get_stats (way->outbox, &stats);
  return *(guint64 *) (gpointer) ((gchar *) &stats + offset);
}

#define stat(way, field) way_stat (way, G_STRUCT_OFFSET (OutboxStats, field))

static void
way_stop (Way *way, gint64 timeout_us)
{
  outbox_stop (way->outbox, g_get_monotonic_time () + timeout_us, &way->stats);
  outbox_unref (way->outbox);
  /* by then the thread may just be about to let go of it */
  wait_until (g_atomic_int_get (&way->freed));
  g_object_unref (way->user);
}

/* What was taken are these numbers in this order. */
static void
check_got (const Way *way, gint from, gint to)
{
  g_assert_cmpint (way->got->len, ==, to - from);
  for (guint i = 0; i < way->got->len; i++)
    g_assert_cmpint (g_array_index (way->got, gint, i), ==, from + (gint) i);
}

static void
way_clear (Way *way)
{
  g_array_unref (way->got);
}

#define IN_TIME (20 * G_USEC_PER_SEC)
#define AT_ONCE 0

/* ---- tests --------------------------------------------------------------------- */

static void
test_through (gconstpointer spooled)
{
  static const Behaviour behaviours[] = { ACKNOWLEDGE, ACKNOWLEDGE_LATER };
  const gint n = 1000;

  for (guint i = 0; i < G_N_ELEMENTS (behaviours); i++) {
    gchar *dir = publish_dir ();
    Way way;

    way_start (&way, behaviours[i], spooled ? dir : NULL, MIB, n);
    way_push (&way, 0, n);
    way_stop (&way, IN_TIME);
    check_got (&way, 0, n);
    g_assert_cmpuint (way.stats.queued, ==, n);
    g_assert_cmpuint (way.stats.sent, ==, n);
    g_assert_cmpuint (way.stats.acknowledged, ==, n);
    g_assert_cmpuint (way.stats.dropped + way.stats.waiting, ==, 0);
    g_assert_cmpuint (way.stats.spooled_bytes, ==, 0);
    way_clear (&way);
    publish_remove_dir (dir);
  }
}

/* What comes back is sent again until it is taken. */
static void
test_return (void)
{
  Way way;

  way_start (&way, RETURN_ONCE, NULL, 0, 100);
  way_push (&way, 0, 2 * WINDOW);
  way_stop (&way, IN_TIME);
  check_got (&way, 0, 2 * WINDOW);
  g_assert_cmpuint (way.stats.sent, ==, 4 * WINDOW);
  g_assert_cmpuint (way.stats.acknowledged, ==, 2 * WINDOW);
  way_clear (&way);
}

static void
test_reject (void)
{
  Way way;

  way_start (&way, REJECT, NULL, 0, 100);
  way_push (&way, 0, 5);
  way_stop (&way, IN_TIME);
  g_assert_cmpuint (way.stats.dropped, ==, 5);
  g_assert_cmpuint (way.stats.acknowledged, ==, 0);
  g_assert_cmpint (g_atomic_int_get (&n_events[OUTBOX_DROPPED]), ==, 1);
  way_clear (&way);
}

/* A destination that takes nothing, or says nothing: the newest are kept, and
 * sent once it does. */
static void
test_outage (gconstpointer behaviour)
{
  const Behaviour b = (Behaviour) GPOINTER_TO_INT (behaviour);
  Way way;
  guint64 dropped;

  way_start (&way, b, NULL, 0, 50);
  way_push (&way, 0, 1);
  wait_until (b == REFUSE || stat (&way, sent) == 1);
  way_push (&way, 1, 10000);
  g_assert_cmpuint (stat (&way, waiting), <=, 50 + WINDOW);
  dropped = stat (&way, dropped);
  g_assert_cmpuint (dropped, >=, 10000 - 50 - WINDOW);
  g_assert_cmpint (g_atomic_int_get (&n_events[OUTBOX_DROPPED]), ==, 1);
  if (b == REFUSE) {
    g_atomic_int_set (&way.fake->behaviour, ACKNOWLEDGE);
    outbox_wake (way.outbox);
    way_stop (&way, IN_TIME);
    g_assert_cmpuint (way.got->len, ==, 10000 - way.stats.dropped);
    g_assert_cmpint (g_array_index (way.got, gint, way.got->len - 1), ==, 9999);
  } else {
    way_stop (&way, AT_ONCE);
    g_assert_cmpuint (way.stats.acknowledged, ==, 0);
    g_assert_cmpuint (way.stats.dropped, ==, 10000);
  }
  way_clear (&way);
}

/* An outage loses nothing with a spool, nor does the end in the middle of it. */
static void
test_spooled_outage (void)
{
  gchar *dir = publish_dir ();
  Way way;

  way_start (&way, KEEP, dir, MIB, 2000);
  way_push (&way, 0, 1000);
  way_stop (&way, AT_ONCE);
  g_assert_cmpuint (way.stats.dropped, ==, 0);
  g_assert_cmpuint (way.stats.spooled_bytes, >, 0);
  way_clear (&way);

  way_start (&way, ACKNOWLEDGE, dir, MIB, 2000);
  way_push (&way, 1000, 1010);
  way_stop (&way, IN_TIME);
  check_got (&way, 0, 1010);
  g_assert_cmpuint (way.stats.acknowledged, ==, 1010);
  g_assert_cmpuint (way.stats.spooled_bytes, ==, 0);
  way_clear (&way);
  publish_remove_dir (dir);
}

/* A spool that is full drops its oldest, says so, and counts right. */
static void
test_full_spool (void)
{
  const gint n = 100000;
  gchar *dir = publish_dir ();
  Way way;

  way_start (&way, REFUSE, dir, MIB, n);
  way_push (&way, 0, n);
  wait_until (stat (&way, waiting) <= WINDOW);
  g_assert_cmpuint (stat (&way, spooled_bytes), <=, MIB);
  g_assert_cmpint (g_atomic_int_get (&n_events[OUTBOX_DROPPED]), ==, 1);
  g_atomic_int_set (&way.fake->behaviour, ACKNOWLEDGE);
  way_stop (&way, IN_TIME);
  g_assert_cmpuint (way.stats.dropped, >, 0);
  g_assert_cmpuint (way.stats.acknowledged + way.stats.dropped, ==, n);
  g_assert_cmpint (g_array_index (way.got, gint, way.got->len - 1), ==, n - 1);
  way_clear (&way);
  publish_remove_dir (dir);
}

/* Out of order, the spool forgets up to what is not acknowledged yet. */
static void
test_spool_order (void)
{
  gchar *dir = publish_dir ();
  Way way;

  way_start (&way, KEEP, dir, MIB, 100);
  way_push (&way, 0, 5);
  wait_until (stat (&way, sent) == 5);
  for (guint64 id = 0; id < 5; id++)
    if (id != 2)
      outbox_acknowledge (way.outbox, id);
  wait_until (stat (&way, waiting) == 3);
  way_stop (&way, AT_ONCE);
  way_clear (&way);

  way_start (&way, ACKNOWLEDGE, dir, MIB, 100);
  way_stop (&way, IN_TIME);
  check_got (&way, 2, 5);
  way_clear (&way);
  publish_remove_dir (dir);
}

/* The end waits no longer than it is told to, and can be called off. */
static void
test_drain (void)
{
  const gint no = FALSE, yes = TRUE;
  Way way;
  gint64 start_us;

  way_start (&way, KEEP, NULL, 0, 100);
  way_push (&way, 0, 5);
  start_us = g_get_monotonic_time ();
  outbox_drain (way.outbox, start_us + 50000, TRUE, &no);
  g_assert_cmpint (g_get_monotonic_time () - start_us, >=, 50000);
  outbox_drain (way.outbox, start_us + IN_TIME, TRUE, &yes);
  g_assert_cmpint (g_get_monotonic_time () - start_us, <, IN_TIME);
  g_assert_cmpint (g_atomic_int_get (&way.fake->finished), ==, 0);
  for (guint64 id = 0; id < 5; id++)
    outbox_acknowledge (way.outbox, id);
  outbox_drain (way.outbox, start_us + IN_TIME, TRUE, &no);
  g_assert_cmpint (g_atomic_int_get (&way.fake->finished), ==, 1);
  way_stop (&way, AT_ONCE);
  g_assert_cmpuint (way.stats.dropped, ==, 0);
  way_clear (&way);
}

/* A destination that hangs is left to itself, and what it has is counted. */
static void
test_hang (void)
{
  Way way;
  const gint64 start_us = g_get_monotonic_time ();

  way_start (&way, HANG, NULL, 0, 100);
  way_push (&way, 0, 30);
  wait_until (stat (&way, queued) == 30);
  outbox_stop (way.outbox, g_get_monotonic_time (), &way.stats);
  g_assert_cmpint (g_get_monotonic_time () - start_us, <, 10 * G_USEC_PER_SEC);
  g_assert_cmpuint (way.stats.acknowledged, ==, 0);
  g_atomic_int_set (&way.fake->behaviour, KEEP);
  outbox_unref (way.outbox);
  wait_until (g_atomic_int_get (&way.freed));
  g_object_unref (way.user);
  way_clear (&way);
}

/* Many frames from one thread, stats from another, and an end at any time. */
static gpointer
look (gpointer data)
{
  Way *way = data;

  for (guint i = 0; i < 200; i++) {
    OutboxStats stats;

    outbox_get_stats (way->outbox, &stats);
    g_assert_cmpuint (stats.acknowledged, <=, stats.sent);
    outbox_wake (way->outbox);
    outbox_set_connected (way->outbox, i % 2, "by the test");
    g_usleep (50);
  }
  return NULL;
}

static void
test_race (void)
{
  for (guint round = 0; round < 10; round++) {
    gchar *dir = publish_dir ();
    GThread *looker;
    Way way;

    way_start (&way, ACKNOWLEDGE_LATER, round % 2 ? dir : NULL, MIB, 5000);
    looker = g_thread_new ("look", look, &way);
    way_push (&way, 0, 5000);
    g_thread_join (looker);
    way_stop (&way, round < 8 ? (gint64) round * 1000 : IN_TIME);
    g_assert_cmpuint (way.stats.queued, ==, 5000);
    if (round >= 8)
      check_got (&way, 0, 5000);
    else if (round % 2 == 0)
      g_assert_cmpuint (way.stats.acknowledged + way.stats.dropped, ==, 5000);
    way_clear (&way);
    publish_remove_dir (dir);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/outbox/through", NULL, test_through);
  g_test_add_data_func (
      "/outbox/through-spool", GINT_TO_POINTER (1), test_through);
  g_test_add_func ("/outbox/return", test_return);
  g_test_add_func ("/outbox/reject", test_reject);
  g_test_add_data_func (
      "/outbox/outage-refuse", GINT_TO_POINTER (REFUSE), test_outage);
  g_test_add_data_func (
      "/outbox/outage-silent", GINT_TO_POINTER (KEEP), test_outage);
  g_test_add_func ("/outbox/spooled-outage", test_spooled_outage);
  g_test_add_func ("/outbox/full-spool", test_full_spool);
  g_test_add_func ("/outbox/spool-order", test_spool_order);
  g_test_add_func ("/outbox/drain", test_drain);
  g_test_add_func ("/outbox/hang", test_hang);
  g_test_add_func ("/outbox/race", test_race);
  return g_test_run ();
}

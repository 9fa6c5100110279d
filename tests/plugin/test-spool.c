/* Messages in bounded memory and on disk. SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include "message-queue.h"
#include "message.h"
#include "publish.h"
#include "spool.h"

#define MIB (1024 * 1024)

static Message *
message (guint n, gsize size)
{
  g_autofree gchar *json = g_strdup_printf ("%0*u", (int) size, n);

  return message_new ("key", json);
}

static gint
number_of (Message *m)
{
  gsize size;
  const gchar *json = message_json (m, &size);
  g_autofree gchar *text = g_strndup (json, size);

  g_assert_cmpstr (message_key (m), ==, "key");
  return atoi (text);
}

/* ---- in memory ------------------------------------------------------------------- */

static guint
push (MessageQueue *q, guint n, gsize size)
{
  g_autoptr (Message) m = message (n, size);

  return message_queue_push (q, m);
}

static void
check_pop (MessageQueue *q, gint n)
{
  g_autoptr (Message) m = message_queue_pop (q);

  g_assert_cmpint (m ? number_of (m) : -1, ==, n);
}

static void
test_queue (void)
{
  MessageQueue q;

  /* with its key a message takes four bytes more */
  message_queue_init (&q, 3, 60);
  for (guint i = 0; i < 3; i++)
    g_assert_cmpuint (push (&q, i, 6), ==, 0);
  g_assert_cmpuint (push (&q, 3, 6), ==, 1);  /* too many */
  g_assert_cmpuint (push (&q, 4, 46), ==, 2); /* too large together */
  g_assert_cmpuint (push (&q, 5, 57), ==, 1); /* too large alone */
  check_pop (&q, 3);
  message_queue_push_back (&q, message (7, 100));
  g_assert_cmpuint (push (&q, 8, 2), ==, 1);
  check_pop (&q, 4);
  check_pop (&q, 8);
  check_pop (&q, -1);
  g_assert_cmpuint (q.bytes, ==, 0);
  push (&q, 9, 2);
  message_queue_clear (&q);
}

/* ---- on disk --------------------------------------------------------------------- */

static Spool *
open_spool (const gchar *dir, guint64 size)
{
  g_autoptr (GError) error = NULL;
  Spool *spool = spool_open (dir, size, &error);

  g_assert_no_error (error);
  return spool;
}

static void
append (Spool *spool, guint n, gsize size)
{
  g_autoptr (Message) m = message (n, size);
  g_autoptr (GError) error = NULL;

  spool_append (spool, m, &error);
  g_assert_no_error (error);
}

static void
check_read (Spool *spool, gint n, SpoolPosition *end)
{
  g_autoptr (Message) m = spool_read (spool, end);

  g_assert_cmpint (m ? number_of (m) : -1, ==, n);
}

/* As a process leaves it that is killed: open files are closed by the kernel, and
 * nothing else happens. */
static void
copy_as_killed (const gchar *from, const gchar *to)
{
  GDir *dir = g_dir_open (from, 0, NULL);
  const gchar *name;

  g_mkdir_with_parents (to, 0700);
  while ((name = g_dir_read_name (dir))) {
    g_autofree gchar *a = g_build_filename (from, name, NULL);
    g_autofree gchar *b = g_build_filename (to, name, NULL);
    g_autofree gchar *data = NULL;
    gsize size;

    g_assert_true (g_file_get_contents (a, &data, &size, NULL));
    g_assert_true (g_file_set_contents (b, data, (gssize) size, NULL));
  }
  g_dir_close (dir);
}

/* The one segment that is there. Returns: (transfer full): its path */
static gchar *
find_segment (const gchar *dir)
{
  GDir *d = g_dir_open (dir, 0, NULL);
  gchar *found = NULL;
  const gchar *name;

  while ((name = g_dir_read_name (d)))
    if (g_str_has_suffix (name, ".spool")) {
      g_assert_null (found);
      found = g_build_filename (dir, name, NULL);
    }
  g_dir_close (d);
  g_assert_nonnull (found);
  return found;
}

static void
test_order (void)
{
  gchar *dir = publish_dir ();
  g_autofree gchar *at = g_build_filename (dir, "a", "b", NULL);
  Spool *spool = open_spool (at, MIB);
  SpoolPosition end;

  check_read (spool, -1, &end);
  for (guint i = 0; i < 3; i++)
    append (spool, i, 10);
  check_read (spool, 0, &end);
  append (spool, 3, 10);
  for (gint i = 1; i < 4; i++)
    check_read (spool, i, &end);
  check_read (spool, -1, &end);
  g_assert_true (spool_is_read (spool));
  g_assert_cmpuint (spool_bytes (spool), ==, 4 * (8 + 4 + 10));
  spool_acknowledge (spool, &end);
  g_assert_cmpuint (spool_bytes (spool), ==, 0);
  spool_close (spool);

  /* nothing is left, of it or on disk */
  spool = open_spool (at, MIB);
  g_assert_true (spool_is_read (spool));
  append (spool, 9, 10);
  check_read (spool, 9, &end);
  spool_close (spool);
  publish_remove_dir (dir);
}

/* What a process that is killed did not acknowledge is sent by the next one, and
 * nothing else, wherever it is killed. */
static void
test_killed (void)
{
  const guint n = 2000, step = g_getenv ("REN_LONG") ? 1 : 97;
  gchar *dir = publish_dir ();
  g_autofree gchar *live = g_build_filename (dir, "live", NULL);
  Spool *spool = open_spool (live, 64 * MIB);
  SpoolPosition end;

  for (guint i = 0; i < n; i++) {
    append (spool, i, 500);
    if (i % 3 == 2) /* every third waits */
      continue;
    check_read (spool, (gint) (i - i / 3), &end);
    spool_acknowledge (spool, &end);
    if (i % step == 0) {
      g_autofree gchar *copy = g_build_filename (dir, "copy", NULL);
      Spool *next;

      copy_as_killed (live, copy);
      next = open_spool (copy, 64 * MIB);
      append (next, n, 500);
      for (guint j = i - i / 3 + 1; j <= i; j++)
        check_read (next, (gint) j, &end);
      check_read (next, (gint) n, &end);
      check_read (next, -1, &end);
      g_assert_cmpuint (spool_losses (next)->corrupt_bytes, ==, 0);
      spool_close (next);
      publish_remove_dir (g_steal_pointer (&copy));
    }
  }
  spool_close (spool);
  publish_remove_dir (dir);
}

/* A second one is refused, in this process and in another. */
static void
test_lock (void)
{
  gchar *dir = publish_dir ();
  Spool *spool = open_spool (dir, MIB);
  g_autoptr (GError) error = NULL;

  g_assert_null (spool_open (dir, MIB, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BUSY);
  spool_close (spool);
  spool_close (open_spool (dir, MIB));
  publish_remove_dir (dir);
}

/* The oldest make room, by segments, and are counted. */
static void
test_full (void)
{
  const guint n = 5000;
  gchar *dir = publish_dir ();
  Spool *spool = open_spool (dir, MIB);
  SpoolPosition end;
  guint64 dropped;

  append (spool, 0, 500);
  check_read (spool, 0, &end);
  for (guint i = 1; i < n; i++) {
    append (spool, i, 500);
    g_assert_cmpuint (spool_bytes (spool), <=, MIB);
  }
  dropped = spool_losses (spool)->dropped;
  g_assert_cmpuint (spool_bytes (spool), >, MIB * 3 / 4);
  /* of the first, which was read already, nothing is lost */
  for (guint i = (guint) dropped + 1; i < n; i++)
    check_read (spool, (gint) i, &end);
  check_read (spool, -1, &end);
  /* what was read of a segment that is gone may still be acknowledged */
  spool_acknowledge (spool, &(SpoolPosition){ 1, 512 });
  spool_acknowledge (spool, &end);
  g_assert_cmpuint (spool_bytes (spool), ==, 0);
  spool_close (spool);
  publish_remove_dir (dir);
}

static void
spoil (const gchar *path, goffset at)
{
  const int fd = open (path, O_RDWR);
  guint8 b;

  g_assert_cmpint (pread (fd, &b, 1, at), ==, 1);
  b ^= 0x10;
  g_assert_cmpint (pwrite (fd, &b, 1, at), ==, 1);
  close (fd);
}

/* Writes messages 0 to 9, of 100 bytes on disk, and spoils the file. */
static Spool *
spoiled_spool (const gchar *dir, goffset cut, goffset at)
{
  Spool *spool = open_spool (dir, MIB);
  gchar *file;

  for (guint i = 0; i < 10; i++)
    append (spool, i, 88);
  spool_close (spool);
  file = find_segment (dir);
  if (cut)
    g_assert_cmpint (truncate (file, cut), ==, 0);
  if (at)
    spoil (file, at);
  g_free (file);
  spool = open_spool (dir, MIB);
  append (spool, 10, 88);
  return spool;
}

static void
test_corrupt (void)
{
  static const struct
  {
    goffset cut, at;  /* bytes; 0 = not */
    gint first, last; /* messages that are lost */
    guint64 bytes;
  } cases[] = {
    { 950, 0, 9, 9, 50 },   /* a tail that was not written wholly */
    { 903, 0, 9, 9, 3 },    /* not even its header */
    { 0, 350, 3, 3, 100 },  /* a bit of a message */
    { 0, 305, 3, 3, 100 },  /* of its checksum */
    { 0, 303, 3, 9, 700 },  /* of its length: no one knows where the next is */
    { 1100, 0, 10, 9, 100 } /* zeros behind it, as after a power failure */
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    gchar *dir = publish_dir ();
    Spool *spool = spoiled_spool (dir, cases[i].cut, cases[i].at);
    SpoolPosition end;

    for (gint n = 0; n <= 10; n++)
      if (n < cases[i].first || n > cases[i].last)
        check_read (spool, n, &end);
    check_read (spool, -1, &end);
    g_assert_cmpuint (spool_losses (spool)->corrupt_bytes, ==, cases[i].bytes);
    spool_close (spool);
    publish_remove_dir (dir);
  }
}

/* Of two states one is always whole; without any, all is sent again. */
static void
test_corrupt_state (void)
{
  gchar *dir = publish_dir ();
  g_autofree gchar *state = g_build_filename (dir, "acknowledged", NULL);
  Spool *spool = open_spool (dir, MIB);
  SpoolPosition end;

  for (guint i = 0; i < 4; i++)
    append (spool, i, 88);
  for (gint i = 0; i < 3; i++) {
    check_read (spool, i, &end);
    spool_acknowledge (spool, &end);
  }
  spool_close (spool);
  spoil (state, 40); /* the third */
  spool = open_spool (dir, MIB);
  check_read (spool, 2, &end);
  spool_close (spool);
  spoil (state, 8);
  spool = open_spool (dir, MIB);
  check_read (spool, 0, &end);
  spool_close (spool);
  publish_remove_dir (dir);
}

/* A folder that cannot be one. */
static void
test_no_folder (void)
{
  gchar *dir = publish_dir ();
  g_autofree gchar *file = g_build_filename (dir, "file", NULL);
  g_autofree gchar *below = g_build_filename (file, "below", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (file, "", 0, NULL));
  g_assert_null (spool_open (below, MIB, &error));
  g_assert_nonnull (strstr (error->message, below));
  publish_remove_dir (dir);
}

/* Where the disk is full, nothing is half there, and it goes on later. */
static void
test_full_disk (void)
{
  gchar *dir = publish_dir ();
  Spool *spool = open_spool (dir, MIB);
  struct rlimit before, small;
  SpoolPosition end;
  g_autoptr (Message) m = message (2, 600);
  g_autoptr (GError) error = NULL;

  append (spool, 1, 600);
  getrlimit (RLIMIT_FSIZE, &before);
  small = before;
  small.rlim_cur = 1000;
  signal (SIGXFSZ, SIG_IGN);
  setrlimit (RLIMIT_FSIZE, &small);
  g_assert_false (spool_append (spool, m, &error));
  setrlimit (RLIMIT_FSIZE, &before);
  g_assert_nonnull (strstr (error->message, dir));
  append (spool, 3, 600);
  check_read (spool, 1, &end);
  check_read (spool, 3, &end);
  check_read (spool, -1, &end);
  g_assert_cmpuint (spool_losses (spool)->corrupt_bytes, ==, 0);
  spool_close (spool);
  publish_remove_dir (dir);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/spool/queue", test_queue);
  g_test_add_func ("/spool/order", test_order);
  g_test_add_func ("/spool/killed", test_killed);
  g_test_add_func ("/spool/lock", test_lock);
  g_test_add_func ("/spool/full", test_full);
  g_test_add_func ("/spool/corrupt", test_corrupt);
  g_test_add_func ("/spool/corrupt-state", test_corrupt_state);
  g_test_add_func ("/spool/no-folder", test_no_folder);
  g_test_add_func ("/spool/full-disk", test_full_disk);
  return g_test_run ();
}

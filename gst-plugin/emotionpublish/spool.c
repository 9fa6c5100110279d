/* SPDX-License-Identifier: MIT */
#include "spool.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define SEGMENT_SUFFIX ".spool"
#define STATE_FILE "acknowledged"
#define LOCK_FILE "lock"

/* Room is made by whole segments: an eighth of what there is, as long as that is
 * neither many files nor long to scan. */
#define MIN_SEGMENT_BYTES (64 * 1024)
#define MAX_SEGMENT_BYTES (4 * 1024 * 1024)

/* Before each message: its size, and a checksum, CRC-32, of size and message. Both
 * are little-endian, as all numbers on disk. */
#define RECORD_HEADER_BYTES 8

/* The state is two of these, written in turns, so that one is always whole:
 * how many were written, segment, offset, checksum. */
#define STATE_BYTES 32

/* Segments are numbered one by one from 1: higher numbers are not of a spool, and
 * with them there would be none left for what comes next. */
#define MAX_SEGMENT_NUMBER (G_MAXUINT64 / 2)

typedef struct
{
  guint64 number;
  guint64 size; /* bytes of whole records that are known to be in it */
} Segment;

struct _Spool
{
  gchar *dir;
  int dir_fd, lock_fd, state_fd;
  guint64 max_bytes, segment_bytes;

  GArray *segments; /* of Segment, oldest first */
  guint64 bytes;    /* of all of them */
  int write_fd;     /* the last segment, or -1 before the first message */
  gboolean unsynced, state_unsynced;

  int read_fd; /* the segment of `read`, or -1 */
  SpoolPosition read, acknowledged;
  guint64 n_states;

  SpoolLosses losses;
};

/* ---- bytes ------------------------------------------------------------------ */

static guint32
record_checksum (guint32 size_le, gconstpointer data, gsize size)
{
  const uLong crc = crc32 (0, (const Bytef *) &size_le, sizeof size_le);

  return (guint32) crc32 (crc, data, (uInt) size);
}

static gboolean
read_all (int fd, gpointer data, gsize size, guint64 offset)
{
  gchar *p = data;

  while (size > 0) {
    const gssize n = pread (fd, p, size, (off_t) offset);

    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return FALSE;
    p += n;
    size -= (gsize) n;
    offset += (gsize) n;
  }
  return TRUE;
}

static gboolean
write_all (int fd, gconstpointer data, gsize size, guint64 offset)
{
  const gchar *p = data;

  while (size > 0) {
    const gssize n = pwrite (fd, p, size, (off_t) offset);

    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return FALSE;
    p += n;
    size -= (gsize) n;
    offset += (gsize) n;
  }
  return TRUE;
}

static gboolean
is_before (const SpoolPosition *a, const SpoolPosition *b)
{
  return a->segment < b->segment ||
         (a->segment == b->segment && a->offset < b->offset);
}

/* ---- segments ----------------------------------------------------------------- */

static Segment *
nth_segment (const Spool *spool, guint n)
{
  return &g_array_index (spool->segments, Segment, n);
}

static Segment *
last_segment (const Spool *spool)
{
  return spool->segments->len ? nth_segment (spool, spool->segments->len - 1)
                              : NULL;
}

/* The first segment of this number or a higher one, or NULL. */
static Segment *
find_segment (const Spool *spool, guint64 number)
{
  for (guint i = 0; i < spool->segments->len; i++)
    if (nth_segment (spool, i)->number >= number)
      return nth_segment (spool, i);
  return NULL;
}

static void
segment_name (gchar name[32], guint64 number)
{
  g_snprintf (name, 32, "%016" G_GINT64_MODIFIER "x" SEGMENT_SUFFIX, number);
}

static gboolean
parse_segment_name (const gchar *name, guint64 *number)
{
  gchar same[32];
  gchar *end;

  *number = g_ascii_strtoull (name, &end, 16);
  segment_name (same, *number);
  return g_str_equal (name, same) && *number <= MAX_SEGMENT_NUMBER;
}

static gint
by_number (gconstpointer a, gconstpointer b)
{
  const guint64 x = ((const Segment *) a)->number;
  const guint64 y = ((const Segment *) b)->number;

  return (x > y) - (x < y);
}

static void
remove_first_segment (Spool *spool)
{
  const Segment *first = nth_segment (spool, 0);
  gchar name[32];

  segment_name (name, first->number);
  unlinkat (spool->dir_fd, name, 0);
  spool->bytes -= first->size;
  if (spool->segments->len == 1 && spool->write_fd >= 0) {
    close (spool->write_fd);
    spool->write_fd = -1;
  }
  g_array_remove_index (spool->segments, 0);
}

static int
open_segment (const Spool *spool, guint64 number, int flags)
{
  gchar name[32];

  segment_name (name, number);
  return openat (spool->dir_fd, name, flags | O_CLOEXEC, 0600);
}

static gboolean
find_segments (Spool *spool, GError **error)
{
  g_autoptr (GDir) dir = g_dir_open (spool->dir, 0, error);
  const gchar *name;

  if (!dir)
    return FALSE;
  while ((name = g_dir_read_name (dir))) {
    Segment segment;
    struct stat st;

    if (!parse_segment_name (name, &segment.number) ||
        fstatat (spool->dir_fd, name, &st, 0) != 0 || !S_ISREG (st.st_mode))
      continue;
    segment.size = (guint64) st.st_size;
    g_array_append_val (spool->segments, segment);
    spool->bytes += segment.size;
  }
  g_array_sort (spool->segments, by_number);
  return TRUE;
}

/* ---- the state ------------------------------------------------------------------ */

static guint64
state_checksum (const guint64 raw[STATE_BYTES / 8])
{
  return crc32 (0, (const Bytef *) raw, STATE_BYTES - sizeof raw[0]);
}

static gboolean
unpack_state (const guint64 raw[STATE_BYTES / 8], guint64 *n, SpoolPosition *p)
{
  *n = GUINT64_FROM_LE (raw[0]);
  p->segment = GUINT64_FROM_LE (raw[1]);
  p->offset = GUINT64_FROM_LE (raw[2]);
  return GUINT64_FROM_LE (raw[3]) == state_checksum (raw);
}

/* Without a whole one all is sent again, rather than nothing. */
static void
read_state (Spool *spool)
{
  for (guint slot = 0; slot < 2; slot++) {
    guint64 raw[STATE_BYTES / 8], n;
    SpoolPosition position;

    if (!read_all (spool->state_fd, raw, sizeof raw, slot * STATE_BYTES) ||
        !unpack_state (raw, &n, &position) || n < spool->n_states ||
        position.segment > MAX_SEGMENT_NUMBER)
      continue;
    spool->n_states = n;
    spool->acknowledged = position;
  }
}

static void
write_state (Spool *spool)
{
  const guint64 n = ++spool->n_states;
  guint64 raw[STATE_BYTES / 8] = { GUINT64_TO_LE (n),
    GUINT64_TO_LE (spool->acknowledged.segment),
    GUINT64_TO_LE (spool->acknowledged.offset) };

  raw[3] = GUINT64_TO_LE (state_checksum (raw));
  /* the file is as long as it will be: a full disk does not matter here */
  (void) write_all (spool->state_fd, raw, sizeof raw, n % 2 * STATE_BYTES);
  spool->state_unsynced = TRUE;
}

/* ---- open and close ---------------------------------------------------------------- */

static gboolean
fail (GError **error, const gchar *what, const gchar *path)
{
  const int e = errno;

  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (e), "cannot %s %s: %s",
      what, path, g_strerror (e));
  return FALSE;
}

static gboolean
open_files (Spool *spool, GError **error)
{
  struct stat st;

  /* faces and feelings are nobody else's business */
  if (g_mkdir_with_parents (spool->dir, 0700) != 0)
    return fail (error, "make the folder", spool->dir);
  spool->dir_fd = open (spool->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (spool->dir_fd < 0)
    return fail (error, "open the folder", spool->dir);
  spool->lock_fd =
      openat (spool->dir_fd, LOCK_FILE, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (spool->lock_fd < 0)
    return fail (error, "write into", spool->dir);
  if (flock (spool->lock_fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK)
      return fail (error, "lock", spool->dir);
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_BUSY,
        "the spool %s is in use: give each element a folder of its own",
        spool->dir);
    return FALSE;
  }
  spool->state_fd =
      openat (spool->dir_fd, STATE_FILE, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (spool->state_fd < 0 || fstat (spool->state_fd, &st) != 0)
    return fail (error, "write into", spool->dir);
  if (st.st_size < 2 * STATE_BYTES) {
    const gchar nothing[2 * STATE_BYTES] = { 1 }; /* no checksum matches */

    if (!write_all (spool->state_fd, nothing, sizeof nothing, 0))
      return fail (error, "write into", spool->dir);
  }
  return TRUE;
}

static void
close_fd (int *fd)
{
  if (*fd >= 0)
    close (*fd);
  *fd = -1;
}

static void
spool_free (Spool *spool)
{
  close_fd (&spool->read_fd);
  close_fd (&spool->write_fd);
  close_fd (&spool->state_fd);
  close_fd (&spool->dir_fd);
  close_fd (&spool->lock_fd);
  g_array_unref (spool->segments);
  g_free (spool->dir);
  g_free (spool);
}

Spool *
spool_open (const gchar *dir, guint64 max_bytes, GError **error)
{
  Spool *spool = g_new0 (Spool, 1);

  spool->dir = g_strdup (dir);
  spool->max_bytes = max_bytes;
  spool->segment_bytes =
      CLAMP (max_bytes / 8, MIN_SEGMENT_BYTES, MAX_SEGMENT_BYTES);
  spool->segments = g_array_new (FALSE, FALSE, sizeof (Segment));
  spool->dir_fd = spool->lock_fd = spool->state_fd = -1;
  spool->write_fd = spool->read_fd = -1;

  if (!open_files (spool, error) || !find_segments (spool, error)) {
    spool_free (spool);
    return NULL;
  }
  read_state (spool);
  while (spool->segments->len &&
         nth_segment (spool, 0)->number < spool->acknowledged.segment)
    remove_first_segment (spool);
  spool->read = spool->acknowledged;
  return spool;
}

void
spool_close (Spool *spool)
{
  /* nothing is left to be read by anyone */
  if (spool_bytes (spool) == 0)
    while (spool->segments->len)
      remove_first_segment (spool);
  spool_sync (spool);
  spool_free (spool);
}

void
spool_sync (Spool *spool)
{
  if (spool->unsynced && spool->write_fd >= 0)
    fdatasync (spool->write_fd);
  if (spool->state_unsynced)
    fdatasync (spool->state_fd);
  spool->unsynced = spool->state_unsynced = FALSE;
}

/* ---- writing ---------------------------------------------------------------------- */

/* Unread messages of the first segment. */
static guint64
count_unread (const Spool *spool)
{
  const Segment *first = nth_segment (spool, 0);
  guint64 offset =
      spool->read.segment == first->number ? spool->read.offset : 0;
  guint64 n = 0;
  guint32 header[2];
  int fd;

  if (spool->read.segment > first->number)
    return 0;
  fd = open_segment (spool, first->number, O_RDONLY);
  if (fd < 0)
    return 0;
  while (offset + RECORD_HEADER_BYTES < first->size &&
         read_all (fd, header, sizeof header, offset) && header[0] != 0) {
    offset += RECORD_HEADER_BYTES + GUINT32_FROM_LE (header[0]);
    n += offset <= first->size;
  }
  close (fd);
  return n;
}

static void
drop_first_segment (Spool *spool)
{
  const guint64 number = nth_segment (spool, 0)->number;

  spool->losses.dropped += count_unread (spool);
  remove_first_segment (spool);
  if (spool->read.segment <= number) {
    close_fd (&spool->read_fd);
    spool->read = (SpoolPosition){ number + 1, 0 };
  }
  if (spool->acknowledged.segment <= number) {
    spool->acknowledged = (SpoolPosition){ number + 1, 0 };
    write_state (spool);
  }
}

static gboolean
begin_segment (Spool *spool, GError **error)
{
  const Segment *last = last_segment (spool);
  Segment segment = {
    .number = MAX (last ? last->number : 0, spool->acknowledged.segment) + 1,
  };
  const int fd =
      open_segment (spool, segment.number, O_RDWR | O_CREAT | O_EXCL);

  if (fd < 0)
    return fail (error, "write into", spool->dir);
  spool_sync (spool);
  close_fd (&spool->write_fd);
  spool->write_fd = fd;
  g_array_append_val (spool->segments, segment);
  fsync (spool->dir_fd);
  return TRUE;
}

gboolean
spool_append (Spool *spool, Message *message, GError **error)
{
  const gsize size = message->size;
  const guint64 record = RECORD_HEADER_BYTES + size;
  g_autofree guint8 *block = NULL;
  guint32 header[2];
  Segment *last = last_segment (spool);

  if (size == 0 || size > MESSAGE_MAX_BYTES || record > spool->max_bytes) {
    spool->losses.dropped++;
    return TRUE;
  }
  if ((spool->write_fd < 0 ||
          (last->size > 0 && last->size + record > spool->segment_bytes)) &&
      !begin_segment (spool, error))
    return FALSE;
  while (spool->bytes + record > spool->max_bytes && spool->segments->len > 1)
    drop_first_segment (spool);

  /* in one piece, so that a process that is killed leaves a whole record */
  block = g_malloc (record);
  header[0] = GUINT32_TO_LE ((guint32) size);
  header[1] = GUINT32_TO_LE (record_checksum (header[0], message->data, size));
  memcpy (block, header, sizeof header);
  memcpy (block + sizeof header, message->data, size);
  last = last_segment (spool);
  if (!write_all (spool->write_fd, block, record, last->size)) {
    fail (error, "write into", spool->dir);
    if (ftruncate (spool->write_fd, (off_t) last->size) != 0)
      close_fd (&spool->write_fd); /* what is behind is known as no record */
    return FALSE;
  }
  last->size += record;
  spool->bytes += record;
  spool->unsynced = TRUE;
  return TRUE;
}

/* ---- reading ---------------------------------------------------------------------- */

/* The segment to read from, opened; NULL when all is read. */
static const Segment *
segment_to_read (Spool *spool)
{
  const Segment *segment;

  while ((segment = find_segment (spool, spool->read.segment))) {
    if (segment->number != spool->read.segment) {
      close_fd (&spool->read_fd);
      spool->read = (SpoolPosition){ segment->number, 0 };
    }
    if (spool->read_fd < 0)
      spool->read_fd = open_segment (spool, segment->number, O_RDONLY);
    if (spool->read_fd >= 0 && spool->read.offset < segment->size)
      return segment;
    if (segment == last_segment (spool))
      return NULL;
    close_fd (&spool->read_fd);
    spool->read = (SpoolPosition){ segment->number + 1, 0 };
  }
  return NULL;
}

/* Reads the record at the place to read from, and goes behind it; NULL where
 * there is none that is whole. */
static Message *
read_record (Spool *spool, const Segment *segment)
{
  const guint64 left = segment->size - spool->read.offset;
  g_autoptr (Message) message = NULL;
  guint32 header[2], size;

  if (left <= RECORD_HEADER_BYTES ||
      !read_all (spool->read_fd, header, sizeof header, spool->read.offset) ||
      (size = GUINT32_FROM_LE (header[0])) == 0 || size > MESSAGE_MAX_BYTES ||
      size > left - RECORD_HEADER_BYTES) {
    spool->losses.corrupt_bytes += left;
    spool->read.offset = segment->size;
    return NULL;
  }
  message = message_alloc (size);
  if (!read_all (spool->read_fd, message->data, size,
          spool->read.offset + RECORD_HEADER_BYTES) ||
      record_checksum (header[0], message->data, size) !=
          GUINT32_FROM_LE (header[1]) ||
      !memchr (message->data, 0, size)) {
    spool->losses.corrupt_bytes += RECORD_HEADER_BYTES + size;
    spool->read.offset += RECORD_HEADER_BYTES + size;
    return NULL;
  }
  spool->read.offset += RECORD_HEADER_BYTES + size;
  return g_steal_pointer (&message);
}

Message *
spool_read (Spool *spool, SpoolPosition *end)
{
  const Segment *segment;
  Message *message = NULL;

  while (!message && (segment = segment_to_read (spool)))
    message = read_record (spool, segment);
  *end = spool->read;
  return message;
}

void
spool_acknowledge (Spool *spool, const SpoolPosition *end)
{
  /* room may have been made beyond it since */
  if (!is_before (&spool->acknowledged, end))
    return;
  spool->acknowledged = *end;
  write_state (spool);
  while (spool->segments->len && nth_segment (spool, 0)->number < end->segment)
    remove_first_segment (spool);
}

gboolean
spool_is_read (const Spool *spool)
{
  const Segment *last = last_segment (spool);

  return !last || last->number < spool->read.segment ||
         (last->number == spool->read.segment &&
             spool->read.offset >= last->size);
}

guint64
spool_bytes (const Spool *spool)
{
  const Segment *first = spool->segments->len ? nth_segment (spool, 0) : NULL;

  if (!first || first->number != spool->acknowledged.segment)
    return spool->bytes;
  return spool->bytes - MIN (spool->acknowledged.offset, first->size);
}

const SpoolLosses *
spool_losses (const Spool *spool)
{
  return &spool->losses;
}

/* SPDX-License-Identifier: MIT */
#include "file-destination.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* How long to wait for whoever reads a pipe before looking at other things. */
#define PIPE_WAIT_MS 200

typedef struct
{
  Destination parent;
  Outbox *outbox;
  gchar *path;
  int fd;
  gboolean
      regular;    /* can be cut and rotated; standard output is left as it is */
  gboolean begun; /* what the file held before is gone, or is to stay */
  guint64 size, max_size;
  guint max_files;
  gsize n_written; /* of the line being written, where it cannot be undone */
} FileDestination;

static gboolean
fail (GError **error, const gchar *path)
{
  const int e = errno;

  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (e),
      "cannot write %s: %s", path, g_strerror (e));
  return FALSE;
}

/* ---- opening --------------------------------------------------------------------- */

static gboolean
lock_file (int fd, const gchar *path, GError **error)
{
  if (flock (fd, LOCK_EX | LOCK_NB) == 0)
    return TRUE;
  if (errno != EWOULDBLOCK)
    return fail (error, path);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_BUSY,
      "another element writes %s: give each a file of its own", path);
  return FALSE;
}

/* Cuts what a process left behind that was killed in the middle of a line. */
static gboolean
cut_tail (FileDestination *self, GError **error)
{
  guint64 end = self->size;
  gchar block[4096], first = '{';

  while (end > 0) {
    const gsize n = MIN (end, sizeof block);
    gsize i = n;

    if (pread (self->fd, block, n, (off_t) (end - n)) != (gssize) n)
      return fail (error, self->path);
    while (i > 0 && block[i - 1] != '\n')
      i--;
    if (i < n)
      first = block[i];
    end -= n - i;
    if (i > 0)
      break;
  }
  if (end == self->size)
    return TRUE;
  if (first != '{') {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
        "%s does not hold JSON lines: nothing is appended to it", self->path);
    return FALSE;
  }
  if (ftruncate (self->fd, (off_t) end) != 0)
    return fail (error, self->path);
  self->size = end;
  return TRUE;
}

static gboolean
open_file (FileDestination *self, gboolean append, GError **error)
{
  struct stat st;
  int flags = O_CREAT | O_CLOEXEC | O_APPEND | (append ? O_RDWR : O_WRONLY);

  /* as a reader, too, a named pipe opens without waiting for one */
  if (g_stat (self->path, &st) == 0 && S_ISFIFO (st.st_mode))
    flags = O_RDWR | O_CLOEXEC | O_NONBLOCK;
  self->fd = open (self->path, flags, 0666);
  if (self->fd < 0 || fstat (self->fd, &st) != 0)
    return fail (error, self->path);
  self->regular = S_ISREG (st.st_mode);
  if (!self->regular)
    return TRUE;
  self->size = (guint64) st.st_size;
  if (!lock_file (self->fd, self->path, error))
    return FALSE;
  return !append || cut_tail (self, error);
}

/* Others move files away, too, and what goes into one without its name is lost. */
static gboolean
follow_name (FileDestination *self, GError **error)
{
  const FileDestination before = *self;
  struct stat named, opened;

  if (!self->regular || self->n_written ||
      (stat (self->path, &named) == 0 && fstat (self->fd, &opened) == 0 &&
          named.st_dev == opened.st_dev && named.st_ino == opened.st_ino))
    return TRUE;
  if (open_file (self, TRUE, error)) {
    close (before.fd);
    self->begun = TRUE;
    return TRUE;
  }
  if (self->fd >= 0)
    close (self->fd);
  *self = before;
  return FALSE;
}

/* ---- writing --------------------------------------------------------------------- */

static gboolean
begin (FileDestination *self)
{
  if (!self->begun && self->regular) {
    if (ftruncate (self->fd, 0) != 0)
      return FALSE;
    self->size = 0;
  }
  self->begun = TRUE;
  return TRUE;
}

static gchar *
rotated_path (const FileDestination *self, guint n)
{
  return n ? g_strdup_printf ("%s.%u", self->path, n) : g_strdup (self->path);
}

/* FILE becomes FILE.1, FILE.1 becomes FILE.2, and so on. The new file is there
 * before the old one goes, so that nothing is lost where that fails. */
static gboolean
rotate (FileDestination *self)
{
  g_autofree gchar *new_path = g_strconcat (self->path, ".new", NULL);
  const int fd = open (
      new_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_APPEND, 0666);
  int e;

  if (fd < 0)
    return FALSE;
  for (guint n = self->max_files; n > 0; n--) {
    g_autofree gchar *from = rotated_path (self, n - 1);
    g_autofree gchar *to = rotated_path (self, n);

    if (g_rename (from, to) != 0 && n == 1 && errno != ENOENT)
      goto failed;
  }
  if (!lock_file (fd, new_path, NULL) || g_rename (new_path, self->path) != 0)
    goto failed;
  close (self->fd);
  self->fd = fd;
  self->size = 0;
  return TRUE;

failed:
  e = errno;
  g_unlink (new_path);
  close (fd);
  errno = e;
  return FALSE;
}

static gssize
write_some (FileDestination *self, const gchar *data, gsize size)
{
  gssize n;

  do
    n = write (self->fd, data, size);
  while (n < 0 && errno == EINTR);
  if (n < 0 && errno == EAGAIN) {
    struct pollfd p = { .fd = self->fd, .events = POLLOUT };

    if (poll (&p, 1, PIPE_WAIT_MS) > 0)
      return write_some (self, data, size);
    errno = EAGAIN;
  }
  return n;
}

/* Whole lines only: what cannot be written to its end is taken back, or in a
 * pipe, gone on with. */
static gboolean
write_line (FileDestination *self, const gchar *line, gsize size)
{
  gsize done = self->n_written;

  while (done < size) {
    const gssize n = write_some (self, line + done, size - done);

    if (n < 0)
      break;
    done += (gsize) n;
  }
  if (done == size) {
    self->n_written = 0;
    self->size += size;
    return TRUE;
  }
  if (!self->regular) {
    self->n_written = done;
  } else if (done > 0) {
    const int e = errno;

    if (ftruncate (self->fd, (off_t) self->size) != 0)
      self->n_written = done;
    errno = e;
  }
  return FALSE;
}

static SendResult
file_send (Destination *destination, guint64 id, Message *message)
{
  FileDestination *self = (FileDestination *) destination;
  gsize size;
  const gchar *json = message_json (message, &size);
  g_autofree gchar *line = g_malloc (size + 1);
  g_autoptr (GError) error = NULL;

  memcpy (line, json, size);
  line[size++] = '\n';
  if (!follow_name (self, &error)) {
    outbox_set_connected (self->outbox, FALSE, error->message);
    return SEND_LATER;
  }
  if (begin (self) &&
      (!self->regular || !self->max_size || self->size == 0 ||
          self->size + size <= self->max_size || rotate (self)) &&
      write_line (self, line, size)) {
    outbox_acknowledge (self->outbox, id);
    outbox_set_connected (self->outbox, TRUE, NULL);
    return SEND_TAKEN;
  }
  /* nobody reads the pipe just now */
  if (errno != EAGAIN) {
    fail (&error, self->path);
    outbox_set_connected (self->outbox, FALSE, error->message);
  }
  return SEND_LATER;
}

static void
file_start (Destination *destination, Outbox *outbox)
{
  FileDestination *self = (FileDestination *) destination;
  sigset_t set;

  self->outbox = outbox;
  /* a pipe that nobody reads any more is no reason to end the process */
  sigemptyset (&set);
  sigaddset (&set, SIGPIPE);
  pthread_sigmask (SIG_BLOCK, &set, NULL);
}

static void
file_finish (Destination *destination)
{
  /* a stream without messages has a file without lines */
  begin ((FileDestination *) destination);
}

static void
file_free (Destination *destination)
{
  FileDestination *self = (FileDestination *) destination;

  if (self->fd >= 0)
    close (self->fd);
  g_free (self->path);
  g_free (self);
}

static const DestinationClass file_class = {
  .name = "file",
  .window = 64,
  .start = file_start,
  .send = file_send,
  .finish = file_finish,
  .free = file_free,
};

Destination *
file_destination_new (const FileConfig *config, GError **error)
{
  FileDestination *self = g_new0 (FileDestination, 1);
  const gboolean is_stdout = g_str_equal (config->location, "-");
  gboolean ok = TRUE;

  self->parent.klass = &file_class;
  self->path = g_strdup (is_stdout ? "standard output" : config->location);
  self->begun = config->append;
  self->max_size = config->max_size;
  self->max_files = config->max_files;
  if (is_stdout) {
    self->fd = fcntl (STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
    ok = self->fd >= 0 || fail (error, self->path);
  } else {
    ok = open_file (self, config->append, error);
  }
  if (ok)
    return &self->parent;
  file_free (&self->parent);
  return NULL;
}

/* SPDX-License-Identifier: MIT */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "resemotenet.h"

struct _RenOutput
{
  char *path;
  char *temporary;
  int fd;
  int saved_errno; /* of the first failure, 0 = none */
};

static void
output_free (RenOutput *out)
{
  if (out->fd >= 0)
    close (out->fd);
  g_free (out->path);
  g_free (out->temporary);
  g_free (out);
}

static void
set_error (GError **error, const char *path, int err)
{
  g_set_error (error, REN_ERROR, REN_ERROR_WRITE, "cannot write %s: %s", path,
      g_strerror (err));
}

RenOutput *
ren_output_open (const char *path, GError **error)
{
  RenOutput *out = g_new0 (RenOutput, 1);
  mode_t mask;

  out->path = g_strdup (path);
  out->temporary = g_strconcat (path, ".XXXXXX", NULL);
  out->fd = g_mkstemp (out->temporary);
  if (out->fd < 0) {
    set_error (error, path, errno);
    output_free (out);
    return NULL;
  }
  /* mkstemp makes private files; give this one the mode a new file has */
  mask = umask (022);
  umask (mask);
  if (fchmod (out->fd, 0666 & ~mask) != 0)
    out->saved_errno = errno;
  return out;
}

static gboolean
write_at (RenOutput *out, gint64 offset, const void *data, gsize n_bytes)
{
  const char *p = data;

  while (n_bytes > 0 && out->saved_errno == 0) {
    gssize n = offset < 0 ? write (out->fd, p, n_bytes)
                          : pwrite (out->fd, p, n_bytes, offset);

    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0) {
      out->saved_errno = errno;
      break;
    }
    p += n;
    n_bytes -= n;
    if (offset >= 0)
      offset += n;
  }
  return out->saved_errno == 0;
}

gboolean
ren_output_write (RenOutput *out, const void *data, gsize n_bytes)
{
  return write_at (out, -1, data, n_bytes);
}

gboolean
ren_output_rewrite (
    RenOutput *out, guint64 offset, const void *data, gsize n_bytes)
{
  return write_at (out, (gint64) offset, data, n_bytes);
}

/* A rename is on disk only once its directory is. */
static void
sync_directory (const char *path)
{
  char *dir = g_path_get_dirname (path);
  int fd = open (dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  if (fd >= 0) {
    fsync (fd);
    close (fd);
  }
  g_free (dir);
}

gboolean
ren_output_commit (RenOutput *out, GError **error)
{
  if (out->saved_errno == 0 && fsync (out->fd) != 0)
    out->saved_errno = errno;
  if (out->saved_errno == 0) {
    int fd = out->fd;

    out->fd = -1;
    if (close (fd) != 0)
      out->saved_errno = errno;
  }
  if (out->saved_errno == 0 && rename (out->temporary, out->path) != 0)
    out->saved_errno = errno;

  if (out->saved_errno != 0) {
    set_error (error, out->path, out->saved_errno);
    ren_output_abort (out);
    return FALSE;
  }
  sync_directory (out->path);
  output_free (out);
  return TRUE;
}

void
ren_output_abort (RenOutput *out)
{
  if (!out)
    return;
  unlink (out->temporary);
  output_free (out);
}

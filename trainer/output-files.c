/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app.h"
#include "interrupts.h"
#include "output-files.h"

/* A file that is written but not yet where it belongs. */
typedef struct
{
  char *target,
      *temporary; /* temporary: NULL once there is nothing to remove */
} Pending;

static gboolean
fail (const OutputFile *file, int cause, GError **error)
{
  g_autofree char *shown = console_name (file->path);

  g_set_error (error, APP_ERROR, APP_ERROR_FAILED, "cannot write %s: %s", shown,
      g_strerror (cause));
  return FALSE;
}

static gboolean
write_all (int fd, const char *data, gsize n_bytes)
{
  while (n_bytes) {
    const gssize n = write (fd, data, n_bytes);

    if (n < 0 && errno != EINTR)
      return FALSE;
    data += MAX (n, 0);
    n_bytes -= (gsize) MAX (n, 0);
  }
  return TRUE;
}

static gboolean
write_temporary (const OutputFile *file, Pending *pending, GError **error)
{
  char *resolved = realpath (file->path, NULL);
  struct stat info;
  gboolean ok;
  int fd, cause;

  pending->target = g_strdup (resolved ? resolved : file->path);
  free (resolved);
  /* renaming over a device or a pipe would take it away from everybody */
  if (stat (pending->target, &info) == 0 && !S_ISREG (info.st_mode))
    return fail (file, S_ISDIR (info.st_mode) ? EISDIR : EINVAL, error);

  pending->temporary = g_strconcat (pending->target, ".XXXXXX", NULL);
  fd = g_mkstemp_full (pending->temporary, O_WRONLY | O_CLOEXEC, 0666);
  if (fd < 0) {
    cause = errno;
    g_clear_pointer (&pending->temporary, g_free);
    return fail (file, cause, error);
  }
  ok = write_all (fd, file->data, file->n_bytes) && fsync (fd) == 0;
  cause = errno;
  if (close (fd) != 0 && ok) {
    cause = errno;
    ok = FALSE;
  }
  return ok || fail (file, cause, error);
}

/* A rename that is not in the directory on disk is lost with the power. */
static void
sync_directory (const char *path)
{
  g_autofree char *directory = g_path_get_dirname (path);
  const int fd = open (directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  if (fd >= 0) {
    fsync (fd);
    close (fd);
  }
}

gboolean
output_files_write (const OutputFile *files, guint n_files, GError **error)
{
  g_autofree Pending *pending = g_new0 (Pending, n_files);
  gboolean ok = TRUE;

  interrupts_hold ();
  for (guint i = 0; ok && i < n_files; i++)
    ok = write_temporary (&files[i], &pending[i], error);
  for (guint i = 0; ok && i < n_files; i++) {
    ok = g_rename (pending[i].temporary, pending[i].target) == 0;
    if (ok) {
      g_clear_pointer (&pending[i].temporary, g_free);
      sync_directory (pending[i].target);
    } else {
      fail (&files[i], errno, error);
    }
  }
  for (guint i = 0; i < n_files; i++) {
    if (pending[i].temporary)
      g_unlink (pending[i].temporary);
    g_free (pending[i].temporary);
    g_free (pending[i].target);
  }
  interrupts_release ();
  return ok;
}

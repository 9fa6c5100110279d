/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "app.h"
#include "run-dir.h"

static void
set_paths (RunDir *dir, const char *path)
{
  *dir = (RunDir){ .path = g_strdup (path),
    .last = g_build_filename (path, "last.safetensors", NULL),
    .best = g_build_filename (path, "best.safetensors", NULL),
    .log = g_build_filename (path, "log.csv", NULL),
    .report = g_build_filename (path, "report.html", NULL),
    .report_png = g_build_filename (path, "report.png", NULL),
    .lock = -1 };
}

/* Files that a killed process was writing: the name of a whole one, a dot, six
 * letters. */
static void
remove_unfinished (const RunDir *dir)
{
  const char *const whole[] = { dir->last, dir->best, dir->log, dir->report,
    dir->report_png };
  g_autoptr (GDir) listing = g_dir_open (dir->path, 0, NULL);
  const char *name;

  while (listing && (name = g_dir_read_name (listing))) {
    g_autofree char *path = g_build_filename (dir->path, name, NULL);

    for (guint i = 0; i < G_N_ELEMENTS (whole); i++) {
      const gsize n = strlen (whole[i]);

      if (strncmp (path, whole[i], n) == 0 && path[n] == '.' &&
          strlen (path + n) == 7)
        unlink (path);
    }
  }
}

/* A killed process holds its lock until the disk has taken what it wrote. */
#define LOCK_PATIENCE_US (5 * G_USEC_PER_SEC)
#define LOCK_PAUSE_US (G_USEC_PER_SEC / 10)

static gboolean
try_lock (int fd)
{
  const gint64 end_us = g_get_monotonic_time () + LOCK_PATIENCE_US;

  while (flock (fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK || g_get_monotonic_time () > end_us)
      return FALSE;
    g_usleep (LOCK_PAUSE_US);
  }
  return TRUE;
}

/* Two trainings in one folder would take turns in overwriting each other. The
 * lock is the folder's own, and ends with the process, however that ends. */
static gboolean
lock (RunDir *dir, GError **error)
{
  g_autofree char *shown = console_name (dir->path);

  dir->lock = open (dir->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (dir->lock < 0) {
    g_set_error (error, APP_ERROR, APP_ERROR_FAILED, "cannot open %s: %s",
        shown, g_strerror (errno));
    return FALSE;
  }
  if (try_lock (dir->lock)) {
    remove_unfinished (dir);
    return TRUE;
  }
  /* some network file systems have no locks: then it is up to the user */
  if (errno != EWOULDBLOCK)
    return TRUE;
  g_set_error (error, APP_ERROR, APP_ERROR_FAILED,
      "another process trains in %s: wait for it, or end it", shown);
  return FALSE;
}

gboolean
run_dir_create (RunDir *dir, const char *path, GError **error)
{
  g_autofree char *shown = console_name (path);
  g_autofree char *quoted = g_shell_quote (path);

  set_paths (dir, path);
  dir->is_new = !g_file_test (path, G_FILE_TEST_EXISTS);
  if (g_mkdir_with_parents (path, 0777) != 0) {
    g_set_error (error, APP_ERROR, APP_ERROR_FAILED, "cannot make %s: %s",
        shown, g_strerror (errno));
    return FALSE;
  }
  if (!lock (dir, error))
    return FALSE;
  if (g_file_test (dir->last, G_FILE_TEST_EXISTS) ||
      g_file_test (dir->best, G_FILE_TEST_EXISTS)) {
    g_set_error (error, APP_ERROR, APP_ERROR_FAILED,
        "%s already holds a training: go on with it by --resume %s, or give "
        "another --output",
        shown, quoted);
    return FALSE;
  }
  /* hours later would be late to find out */
  if (access (path, W_OK | X_OK) != 0) {
    g_set_error (error, APP_ERROR, APP_ERROR_FAILED, "cannot write to %s: %s",
        shown, g_strerror (errno));
    return FALSE;
  }
  return TRUE;
}

gboolean
run_dir_open (RunDir *dir, const char *path, GError **error)
{
  g_autofree char *shown = console_name (path);

  set_paths (dir, path);
  if (!g_file_test (dir->last, G_FILE_TEST_EXISTS)) {
    g_set_error (error, APP_ERROR, APP_ERROR_FAILED,
        "%s holds no checkpoint last.safetensors to go on from: begin with "
        "--output instead of --resume",
        shown);
    return FALSE;
  }
  return lock (dir, error);
}

void
run_dir_name (RunDir *dir, const char *path)
{
  set_paths (dir, path);
}

void
run_dir_clear (RunDir *dir)
{
  /* refused, as it should be, where anything is in it */
  if (dir->path && dir->is_new)
    rmdir (dir->path);
  if (dir->path && dir->lock >= 0)
    close (dir->lock);
  dir->is_new = FALSE;
  g_clear_pointer (&dir->path, g_free);
  g_clear_pointer (&dir->last, g_free);
  g_clear_pointer (&dir->best, g_free);
  g_clear_pointer (&dir->log, g_free);
  g_clear_pointer (&dir->report, g_free);
  g_clear_pointer (&dir->report_png, g_free);
  dir->lock = -1;
}

/* SPDX-License-Identifier: MIT */
#include "json-lines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

struct _JsonLines
{
  gchar *path;
  FILE *file;
  gboolean begun;     /* what the file held before is gone */
  gint failure_errno; /* atomic: first failure to write */
};

static void
set_error (GError **error, const gchar *path, int number)
{
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (number),
      "cannot write %s: %s", path, g_strerror (number));
}

JsonLines *
json_lines_new (const gchar *path, const Source *source, GError **error)
{
  JsonLines *lines;
  FILE *file = stdout;
  int fd;

  if (!g_str_equal (path, "-")) {
    if (!source_check_output (source, "--json", path, error))
      return NULL;
    /* not truncated yet: see begin() */
    fd = open (path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0) {
      set_error (error, path, errno);
      return NULL;
    }
    file = fdopen (fd, "w");
  }
  lines = g_new0 (JsonLines, 1);
  lines->path = g_strdup (path);
  lines->file = file;
  return lines;
}

static void
fail (JsonLines *lines)
{
  g_atomic_int_compare_and_exchange (&lines->failure_errno, 0, errno);
}

static void
begin (JsonLines *lines)
{
  struct stat st;

  if (lines->begun)
    return;
  lines->begun = TRUE;
  if (lines->file != stdout && fstat (fileno (lines->file), &st) == 0 &&
      S_ISREG (st.st_mode) && ftruncate (fileno (lines->file), 0) != 0)
    fail (lines);
}

void
json_lines_take (gpointer self, const Frame *frame)
{
  JsonLines *lines = self;
  g_autofree gchar *line = frame_get_json (frame);

  begin (lines);
  if (fprintf (lines->file, "%s\n", line) < 0 || fflush (lines->file) != 0)
    fail (lines);
}

gboolean
json_lines_has_failed (JsonLines *lines)
{
  return g_atomic_int_get (&lines->failure_errno) != 0;
}

gboolean
json_lines_free (JsonLines *lines, gboolean failed, GError **error)
{
  int number;

  if (!failed)
    begin (lines); /* a video without frames has no lines */
  if (lines->file != stdout && fclose (lines->file) != 0)
    fail (lines);
  number = lines->failure_errno;
  if (number)
    set_error (error, lines->path, number);
  g_free (lines->path);
  g_free (lines);
  return number == 0;
}

/* SPDX-License-Identifier: MIT */
#include "terminal.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "user-info.h"

#define ERASE_LINE "\r\033[K"

static GMutex lock;
static gchar *status; /* what is shown, or NULL */

/* Under the lock, as is draw(). */
static void
erase (void)
{
  if (status) {
    fputs (ERASE_LINE, stderr);
    fflush (stderr);
  }
}

static void
draw (void)
{
  if (status) {
    fputs (status, stderr);
    fflush (stderr);
  }
}

void
say (const gchar *format, ...)
{
  va_list args;
  g_autofree gchar *text = NULL, *hidden = NULL;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  hidden = text_without_credentials (text);
  say_as_is (hidden);
}

void
say_as_is (const gchar *text)
{
  g_mutex_lock (&lock);
  erase ();
  fprintf (stderr, "resemotenet-watch: %s\n", text);
  draw ();
  g_mutex_unlock (&lock);
}

gboolean
print_lines (const gchar *text)
{
  gboolean ok;

  g_mutex_lock (&lock);
  erase ();
  ok = fputs (text, stdout) >= 0 && fflush (stdout) == 0;
  draw ();
  g_mutex_unlock (&lock);
  return ok;
}

gboolean
has_status_line (void)
{
  return isatty (STDERR_FILENO) && g_strcmp0 (g_getenv ("TERM"), "dumb") != 0;
}

guint
get_columns (void)
{
  struct winsize size;

  if (ioctl (STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
    return 80;
  return size.ws_col;
}

void
show_status_line (const gchar *line)
{
  if (!has_status_line ())
    return;
  g_mutex_lock (&lock);
  erase ();
  g_free (status);
  status = line
               ? g_utf8_substring (line, 0,
                     MIN (g_utf8_strlen (line, -1), (glong) get_columns () - 1))
               : NULL;
  draw ();
  g_mutex_unlock (&lock);
}

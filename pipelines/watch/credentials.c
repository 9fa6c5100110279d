/* SPDX-License-Identifier: MIT */
#include "credentials.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user-info.h"

#define USER_VARIABLE "RESEMOTENET_RTSP_USER"
#define PASSWORD_VARIABLE "RESEMOTENET_RTSP_PASSWORD"

/* Percent-encoded, or as it is where that does not decode. */
static gchar *
decode (const gchar *start, gsize length)
{
  g_autofree gchar *text = g_strndup (start, length);
  gchar *decoded = g_uri_unescape_string (text, NULL);

  return decoded ? decoded : g_steal_pointer (&text);
}

static void
set_pair (Credentials *credentials, const gchar *start, const gchar *end)
{
  const gchar *colon = memchr (start, ':', (gsize) (end - start));

  credentials_clear (credentials);
  credentials->user = decode (start, (gsize) ((colon ? colon : end) - start));
  if (colon)
    credentials->password = decode (colon + 1, (gsize) (end - colon - 1));
}

gboolean
credentials_take_from_arguments (
    Credentials *credentials, int argc, char **argv)
{
  gboolean found = FALSE;

  for (int i = 1; i < argc; i++) {
    const gchar *start, *at;

    if ((g_ascii_strncasecmp (argv[i], "rtsp", 4) != 0 &&
            g_ascii_strncasecmp (argv[i], "http", 4) != 0) ||
        !user_info_find (argv[i], &start, &at))
      continue;
    set_pair (credentials, start, at);
    memset (argv[i] + (start - argv[i]), '*', (gsize) (at - start));
    found = TRUE;
  }
  return found;
}

static gboolean
read_private_line (const gchar *path, gchar *line, gsize size, GError **error)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  struct stat st;
  gssize n;

  if (fd < 0 || fstat (fd, &st) != 0) {
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno),
        "cannot read %s: %s", path, g_strerror (errno));
    goto out;
  }
  if (st.st_mode & (S_IRWXG | S_IRWXO)) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
        "others than you may read or change %s: run chmod 600 on it", path);
    goto out;
  }
  n = read (fd, line, size - 1);
  line[MAX (n, 0)] = '\0';
  close (fd);
  line[strcspn (line, "\r\n")] = '\0';
  if (strchr (line, ':'))
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
      "the first line of %s is to be USER:PASSWORD", path);
  return FALSE;

out:
  if (fd >= 0)
    close (fd);
  return FALSE;
}

gboolean
credentials_complete (
    Credentials *credentials, const gchar *path, GError **error)
{
  gchar line[1024];

  if (path) {
    if (!read_private_line (path, line, sizeof line, error))
      return FALSE;
    credentials_clear (credentials);
    credentials->user = g_strndup (line, strcspn (line, ":"));
    credentials->password = g_strdup (strchr (line, ':') + 1);
  } else {
    if (!credentials->user)
      credentials->user = g_strdup (g_getenv (USER_VARIABLE));
    if (!credentials->password)
      credentials->password = g_strdup (g_getenv (PASSWORD_VARIABLE));
  }
  g_unsetenv (USER_VARIABLE);
  g_unsetenv (PASSWORD_VARIABLE);
  return TRUE;
}

void
credentials_clear (Credentials *credentials)
{
  g_clear_pointer (&credentials->user, g_free);
  g_clear_pointer (&credentials->password, g_free);
}

/* SPDX-License-Identifier: MIT */
#include "credentials.h"

#include <gio/gio.h>
#include <string.h>

#include "secret-file.h"
#include "user-info.h"

/* of a service, see systemd.exec(5) */
#define CREDENTIAL "rtsp"
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

static gboolean
is_of_stream (const gchar *uri)
{
  return g_ascii_strncasecmp (uri, "rtsp", 4) == 0 ||
         g_ascii_strncasecmp (uri, "http", 4) == 0;
}

gboolean
credentials_take_from_arguments (
    Credentials *credentials, int argc, char **argv)
{
  gboolean found = FALSE;

  for (int i = 1; i < argc; i++) {
    const gchar *start, *at;

    if (!user_info_find (argv[i], &start, &at))
      continue;
    if (is_of_stream (argv[i])) {
      set_pair (credentials, start, at);
      found = TRUE;
    }
    memset (argv[i] + (start - argv[i]), '*', (gsize) (at - start));
  }
  return found;
}

gchar **
credentials_hide_parameters (int argc, char **argv)
{
  gchar **copy = g_new0 (gchar *, (gsize) argc + 1);

  for (int i = 0; i < argc; i++) {
    copy[i] = g_strdup (argv[i]);
    if (i > 0)
      uri_mask_parameters (argv[i]);
  }
  return copy;
}

gboolean
credentials_complete (
    Credentials *credentials, const gchar *path, GError **error)
{
  g_autofree gchar *of_service =
      path ? NULL : secret_file_of_service (CREDENTIAL);
  gchar line[1024];
  gboolean ok = TRUE;

  path = path ? path : of_service;
  if (path) {
    ok = secret_file_read_line (path, line, sizeof line, error);
    if (ok && !strchr (line, ':')) {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
          "the first line of %s is to be USER:PASSWORD", path);
      ok = FALSE;
    }
    if (ok) {
      credentials_clear (credentials);
      credentials->user = g_strndup (line, strcspn (line, ":"));
      credentials->password = g_strdup (strchr (line, ':') + 1);
    }
    explicit_bzero (line, sizeof line);
  } else {
    if (!credentials->user)
      credentials->user = g_strdup (g_getenv (USER_VARIABLE));
    if (!credentials->password)
      credentials->password = g_strdup (g_getenv (PASSWORD_VARIABLE));
  }
  g_unsetenv (USER_VARIABLE);
  g_unsetenv (PASSWORD_VARIABLE);
  return ok;
}

static void
forget (gchar **text)
{
  if (*text)
    explicit_bzero (*text, strlen (*text));
  g_clear_pointer (text, g_free);
}

void
credentials_clear (Credentials *credentials)
{
  forget (&credentials->user);
  forget (&credentials->password);
}

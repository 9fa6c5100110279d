/* SPDX-License-Identifier: MIT */
#include "web-token.h"

#include <errno.h>
#include <gio/gio.h>
#include <string.h>
#include <sys/random.h>

#include "secret-file.h"

#define VARIABLE "RESEMOTENET_HTTP_TOKEN"
#define FILE_VARIABLE "RESEMOTENET_HTTP_TOKEN_FILE"
/* of a service, see systemd.exec(5) */
#define CREDENTIAL "http-token"
#define MIN_CHARS 16
#define MAX_CHARS 128
/* those that an address and a cookie hold as they are */
#define ALLOWED G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "-._~"

static gboolean
check (const gchar *token, const gchar *origin, GError **error)
{
  gsize n = strlen (token);

  if (n >= MIN_CHARS && n <= MAX_CHARS && strspn (token, ALLOWED) == n)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
      "%s: a token has %d to %d letters, digits or any of - . _ ~", origin,
      MIN_CHARS, MAX_CHARS);
  return FALSE;
}

gboolean
web_token_from_environment (gchar **token, GError **error)
{
  const gchar *value = g_getenv (VARIABLE);
  g_autofree gchar *path = value ? NULL : g_strdup (g_getenv (FILE_VARIABLE));
  gchar line[MAX_CHARS + 2] = "";

  *token = NULL;
  if (!value && !path)
    path = secret_file_of_service (CREDENTIAL);
  if (!value && !path)
    return TRUE;
  if ((value || secret_file_read_line (path, line, sizeof line, error)) &&
      check (value ? value : line, value ? VARIABLE : path, error))
    *token = g_strdup (value ? value : line);
  explicit_bzero (line, sizeof line);
  /* for us alone, not for programs that are started later */
  g_unsetenv (VARIABLE);
  return *token != NULL;
}

gchar *
web_token_new (GError **error)
{
  guint8 bits[16];
  GString *hex;

  if (getrandom (bits, sizeof bits, 0) != sizeof bits) {
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno),
        "no random bits for a token: %s", g_strerror (errno));
    return NULL;
  }
  hex = g_string_sized_new (2 * sizeof bits);
  for (gsize i = 0; i < sizeof bits; i++)
    g_string_append_printf (hex, "%02x", bits[i]);
  return g_string_free (hex, FALSE);
}

gboolean
web_token_equal (const gchar *token, const gchar *given)
{
  gsize n = strlen (token), n_given = given ? strlen (given) : 0;
  /* volatile: the compiler may not stop at the first difference */
  volatile guint8 differ = n != n_given;

  for (gsize i = 0; i < n_given; i++)
    differ |= (guint8) (token[i % n] ^ given[i]);
  return !differ;
}

/* SPDX-License-Identifier: MIT */
#include "secrets.h"

#include <gio/gio.h>
#include <string.h>

#include "secret-file.h"

/* Such files are short; another one was named by mistake. */
#define MAX_FILE_BYTES (64 * 1024)

static void
forget (gchar *text)
{
  if (text)
    explicit_bzero (text, strlen (text));
  g_free (text);
}

static void
secret_free (gpointer data)
{
  Secret *secret = data;

  forget (secret->name);
  forget (secret->value);
  g_free (secret);
}

/* The line is not part of the message: it may be the password. */
static gboolean
parse_line (GPtrArray *secrets, gchar *line)
{
  gchar *value;
  Secret *secret;

  g_strstrip (line);
  if (*line == 0 || *line == '#')
    return TRUE;
  value = strchr (line, '=');
  if (!value || value == line)
    return FALSE;
  *value++ = 0;
  secret = g_new (Secret, 1);
  secret->name = g_strdup (g_strchomp (line));
  secret->value = g_strdup (g_strchug (value));
  g_ptr_array_add (secrets, secret);
  return TRUE;
}

static gboolean
parse (GPtrArray *secrets, const gchar *path, gchar *text, GError **error)
{
  guint number = 1;

  for (gchar *line = text, *end; line; line = end, number++) {
    end = strchr (line, '\n');
    if (end)
      *end++ = 0;
    if (!parse_line (secrets, line)) {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
          "%s: line %u is not name=value", path, number);
      return FALSE;
    }
  }
  return TRUE;
}

GPtrArray *
secrets_read_file (const gchar *path, gboolean *is_public, GError **error)
{
  g_autoptr (GPtrArray) secrets = g_ptr_array_new_with_free_func (secret_free);
  gchar text[MAX_FILE_BYTES + 2]; /* one more says that there is more */
  mode_t mode;
  const gssize size = secret_file_read (path, text, sizeof text, &mode, error);
  gboolean ok = FALSE;

  if (size > MAX_FILE_BYTES) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
        "%s is too large for a file of settings", path);
  } else if (size >= 0) {
    *is_public = (mode & S_IROTH) != 0;
    ok = parse (secrets, path, text, error);
  }
  explicit_bzero (text, sizeof text);
  return ok ? g_steal_pointer (&secrets) : NULL;
}

const gchar *
secrets_get (const GPtrArray *secrets, const gchar *name)
{
  for (guint i = secrets->len; i > 0; i--) {
    const Secret *secret = g_ptr_array_index (secrets, i - 1);

    if (g_str_equal (secret->name, name))
      return secret->value;
  }
  return NULL;
}

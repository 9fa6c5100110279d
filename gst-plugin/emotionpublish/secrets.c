/* SPDX-License-Identifier: MIT */
#include "secrets.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

/* Of a device or a pipe, too, no more than a file of settings has. The text has a
 * byte 0 behind it, and may be longer than MAX_FILE_BYTES by one byte, which says
 * that there is more. Returns -1, with errno, where it cannot be read. */
static gssize
read_text (int fd, gchar text[MAX_FILE_BYTES + 2])
{
  gsize size = 0;
  gssize n;

  do {
    n = read (fd, text + size, MAX_FILE_BYTES + 1 - size);
    if (n > 0)
      size += (gsize) n;
  } while (n > 0 || (n < 0 && errno == EINTR));
  text[size] = 0;
  return n < 0 ? -1 : (gssize) size;
}

GPtrArray *
secrets_read_file (const gchar *path, gboolean *is_public, GError **error)
{
  g_autoptr (GPtrArray) secrets = g_ptr_array_new_with_free_func (secret_free);
  const int fd = open (path, O_RDONLY | O_CLOEXEC);
  gchar text[MAX_FILE_BYTES + 2];
  gssize size = -1;
  struct stat st;
  gboolean ok = FALSE;

  if (fd >= 0 && fstat (fd, &st) == 0)
    size = read_text (fd, text);
  if (size < 0) {
    const int e = errno;

    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (e),
        "cannot read %s: %s", path, g_strerror (e));
  } else if (size > MAX_FILE_BYTES) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
        "%s is too large for a file of settings", path);
  } else {
    *is_public = (st.st_mode & S_IROTH) != 0;
    ok = parse (secrets, path, text, error);
  }
  explicit_bzero (text, sizeof text);
  if (fd >= 0)
    close (fd);
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

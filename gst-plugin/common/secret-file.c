/* SPDX-License-Identifier: MIT */
#include "secret-file.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <string.h>
#include <unistd.h>

gssize
secret_file_read (
    const gchar *path, gchar *text, gsize size, mode_t *mode, GError **error)
{
  const int fd = open (path, O_RDONLY | O_CLOEXEC);
  struct stat st;
  gsize length = 0;
  gssize n = -1;

  if (fd >= 0 && fstat (fd, &st) == 0) {
    *mode = st.st_mode;
    do {
      n = read (fd, text + length, size - 1 - length);
      if (n > 0)
        length += (gsize) n;
    } while (n > 0 || (n < 0 && errno == EINTR));
  }
  text[length] = '\0';
  if (n < 0) {
    const int e = errno;

    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (e),
        "cannot read %s: %s", path, g_strerror (e));
  }
  if (fd >= 0)
    close (fd);
  return n < 0 ? -1 : (gssize) length;
}

/* systemd gives them to the service's user by an access control list, and then
 * their mode shows bits of the group; nobody else gets into the folder. */
static gboolean
is_of_service (const gchar *path)
{
  const gchar *folder = g_getenv ("CREDENTIALS_DIRECTORY");
  g_autofree gchar *parent = g_path_get_dirname (path);

  return folder && g_str_equal (parent, folder);
}

gboolean
secret_file_read_line (
    const gchar *path, gchar *line, gsize size, GError **error)
{
  mode_t mode;
  const gssize n = secret_file_read (path, line, size, &mode, error);
  const gsize length = strcspn (line, "\r\n");

  if (n < 0)
    return FALSE;
  if (!S_ISCHR (mode) && (mode & (S_IRWXG | S_IRWXO)) && !is_of_service (path))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
        "others than you may read or change %s: run chmod 600 on it", path);
  else if (length + 1 >= size)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
        "the first line of %s is too long", path);
  else {
    line[length] = '\0';
    return TRUE;
  }
  return FALSE;
}

gchar *
secret_file_of_service (const gchar *name)
{
  const gchar *folder = g_getenv ("CREDENTIALS_DIRECTORY");
  g_autofree gchar *path =
      folder ? g_build_filename (folder, name, NULL) : NULL;
  gchar text[4096];
  gboolean any;
  mode_t mode;

  any = path && secret_file_read (path, text, sizeof text, &mode, NULL) > 0 &&
        g_strstrip (text)[0] != '\0';
  explicit_bzero (text, sizeof text);
  return any ? g_steal_pointer (&path) : NULL;
}

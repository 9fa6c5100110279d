/* SPDX-License-Identifier: MIT */
#include "input.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "memory.h"
#include "resemotenet.h"

struct _RenInput
{
  int fd;
  struct stat opened;
};

static gboolean
fail_to_read (int err, GError **error)
{
  g_set_error (error, REN_ERROR, REN_ERROR_OPEN, "%s", g_strerror (err));
  return FALSE;
}

RenInput *
ren_input_new (int fd, GError **error)
{
  RenInput *input = ren_try_new0 (RenInput, 1, error);

  if (!input)
    return NULL;
  input->fd = fcntl (fd, F_DUPFD_CLOEXEC, 0);
  if (input->fd < 0 || fstat (input->fd, &input->opened) != 0) {
    fail_to_read (errno, error);
    g_clear_pointer (&input, ren_input_free);
  }
  return input;
}

void
ren_input_free (RenInput *input)
{
  if (!input)
    return;
  if (input->fd >= 0)
    close (input->fd);
  g_free (input);
}

guint64
ren_input_size (const RenInput *input)
{
  return (guint64) input->opened.st_size;
}

gboolean
ren_input_read (
    const RenInput *input, guint64 at, gsize n, void *data, GError **error)
{
  guint8 *to = data;

  while (n > 0) {
    const gssize got = pread (input->fd, to, n, (off_t) at);

    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return fail_to_read (errno, error);
    if (got == 0) {
      g_set_error (error, REN_ERROR, REN_ERROR_CORRUPT,
          "the file became shorter while it was read");
      return FALSE;
    }
    to += got;
    at += (guint64) got;
    n -= (gsize) got;
  }
  /* writing sets the time before it changes bytes: what was read before this is
   * found unchanged is as it was */
  if (ren_file_is_unchanged (input->fd, &input->opened))
    return TRUE;
  g_set_error (error, REN_ERROR, REN_ERROR_CORRUPT,
      "the file was written to while it was in use; load it again, and replace "
      "such a file by another one instead (mv)");
  return FALSE;
}

gboolean
ren_file_is_unchanged (int fd, const struct stat *before)
{
  struct stat now;

  return fstat (fd, &now) == 0 && now.st_size == before->st_size &&
         now.st_mtim.tv_sec == before->st_mtim.tv_sec &&
         now.st_mtim.tv_nsec == before->st_mtim.tv_nsec;
}

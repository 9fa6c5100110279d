/* SPDX-License-Identifier: MIT */
#include "memory-file.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static struct
{
  int fd;
  gchar path[32];
} files[MEMORY_FILES];

const gchar *
memory_file (guint which, gconstpointer data, gsize size)
{
  int fd;

  g_assert (which < MEMORY_FILES);
  if (!files[which].path[0]) {
    fd = memfd_create ("fuzz", MFD_CLOEXEC);
    g_assert (fd >= 0 && fchmod (fd, 0600) == 0);
    files[which].fd = fd;
    g_snprintf (
        files[which].path, sizeof files[which].path, "/proc/self/fd/%d", fd);
  }
  fd = files[which].fd;
  g_assert (ftruncate (fd, 0) == 0);
  g_assert (size == 0 || pwrite (fd, data, size, 0) == (gssize) size);
  return files[which].path;
}

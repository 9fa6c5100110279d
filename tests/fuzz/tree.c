/* SPDX-License-Identifier: MIT */
#include "tree.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MEMORY "/dev/shm"

struct _Tree
{
  gchar path[64];
};

static Tree *the_tree;

static void
remove_it (void)
{
  tree_clear (the_tree);
  rmdir (the_tree->path);
  g_free (the_tree);
}

Tree *
tree_new (void)
{
  g_assert (!the_tree);
  the_tree = g_new0 (Tree, 1);
  g_snprintf (the_tree->path, sizeof the_tree->path, "%s/fuzz-XXXXXX",
      g_access (MEMORY, W_OK | X_OK) == 0 ? MEMORY : "/tmp");
  g_assert (mkdtemp (the_tree->path));
  atexit (remove_it);
  return the_tree;
}

const gchar *
tree_path (const Tree *tree)
{
  return tree->path;
}

void
tree_add (Tree *tree, const gchar *name, gconstpointer data, gsize size)
{
  g_auto (GStrv) parts = g_strsplit (name, "/", -1);
  g_autoptr (GString) path = g_string_new (tree->path);
  int fd;

  for (guint i = 0; parts[i]; i++) {
    const gboolean last = !parts[i + 1];

    if (g_str_equal (parts[i], "..") || strlen (parts[i]) > 64 ||
        path->len > 1024)
      return;
    if (last && !*parts[i])
      return;
    g_string_append_printf (path, "/%s", parts[i]);
    if (!last)
      mkdir (path->str, 0700);
  }
  fd = open (path->str, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0)
    return;
  g_assert (size == 0 || write (fd, data, size) == (gssize) size);
  close (fd);
}

static void
clear_folder (const gchar *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const gchar *name;

  while (dir && (name = g_dir_read_name (dir))) {
    g_autofree gchar *child = g_build_filename (path, name, NULL);

    if (unlink (child) != 0) {
      clear_folder (child);
      rmdir (child);
    }
  }
}

void
tree_clear (Tree *tree)
{
  clear_folder (tree->path);
}

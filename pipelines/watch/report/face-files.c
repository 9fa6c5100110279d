/* SPDX-License-Identifier: MIT */
#include "face-files.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <unistd.h>

#define NAME_BYTES 64

struct _FaceFiles
{
  gchar *dir;
  guint n_files, max_files;
};

static gboolean
fail (const gchar *path, int cause, GError **error)
{
  g_autofree gchar *shown = g_filename_display_name (path);

  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (cause),
      "cannot write faces to %s: %s", shown, g_strerror (cause));
  return FALSE;
}

FaceFiles *
face_files_new (const gchar *dir, guint max_files, GError **error)
{
  FaceFiles *f;

  if (g_mkdir_with_parents (dir, 0777) != 0 ||
      g_access (dir, W_OK | X_OK) != 0) {
    fail (dir, errno, error);
    return NULL;
  }
  f = g_new0 (FaceFiles, 1);
  f->dir = g_strdup (dir);
  f->max_files = max_files;
  return f;
}

void
face_files_free (FaceFiles *f)
{
  g_free (f->dir);
  g_free (f);
}

guint
face_files_count (const FaceFiles *f)
{
  return f->n_files;
}

gboolean
face_files_is_full (const FaceFiles *f)
{
  return f->n_files >= f->max_files;
}

gchar *
face_files_folder_name (const gchar *label)
{
  GString *name = g_string_new (NULL);

  for (const gchar *p = label; *p; p = g_utf8_next_char (p)) {
    const gunichar c = g_utf8_get_char (p);
    const gboolean ok = g_unichar_isalnum (c) || c == '-' || c == '_';
    const gsize n = ok ? (gsize) g_unichar_to_utf8 (c, NULL) : 1;

    if (name->len + n > NAME_BYTES)
      break;
    g_string_append_unichar (name, ok ? c : '_');
  }
  if (name->len == 0)
    g_string_append_c (name, '_');
  return g_string_free (name, FALSE);
}

/* Returns: (transfer full): a path that is not taken */
static gchar *
free_path (const gchar *folder, const gchar *stem)
{
  g_autofree gchar *first = g_strconcat (stem, ".jpg", NULL);
  gchar *path = g_build_filename (folder, first, NULL);

  for (guint i = 2; g_file_test (path, G_FILE_TEST_EXISTS); i++) {
    g_autofree gchar *name = g_strdup_printf ("%s-%u.jpg", stem, i);

    g_free (path);
    path = g_build_filename (folder, name, NULL);
  }
  return path;
}

gboolean
face_files_add (FaceFiles *f, const gchar *label, guint64 frame,
    gint64 track_id, gdouble confidence, GBytes *jpeg, GError **error)
{
  g_autofree gchar *name = face_files_folder_name (label);
  g_autofree gchar *folder = g_build_filename (f->dir, name, NULL);
  g_autofree gchar *who =
      track_id >= 0 ? g_strdup_printf ("track%" G_GINT64_FORMAT, track_id)
                    : g_strdup ("face");
  g_autofree gchar *stem = g_strdup_printf ("%06" G_GUINT64_FORMAT "-%s-%02d",
      frame, who, (gint) (100 * CLAMP (confidence, 0, 1) + .5));
  g_autofree gchar *path = NULL;
  g_autoptr (GError) cause = NULL;
  gsize n_bytes;
  gconstpointer data = g_bytes_get_data (jpeg, &n_bytes);

  if (face_files_is_full (f))
    return TRUE;
  if (g_mkdir (folder, 0777) != 0 && errno != EEXIST)
    return fail (folder, errno, error);
  path = free_path (folder, stem);
  /* under a temporary name, renamed; not synced, which would hold the stream up
   * at each face */
  if (!g_file_set_contents_full (path, data, (gssize) n_bytes,
          G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_ONLY_EXISTING,
          0666, &cause)) {
    g_set_error (error, cause->domain, cause->code,
        "cannot write faces to %s: %s", f->dir, cause->message);
    return FALSE;
  }
  f->n_files++;
  return TRUE;
}

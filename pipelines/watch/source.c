/* SPDX-License-Identifier: MIT */
#include "source.h"

#include <gst/gst.h>
#include <string.h>
#include <sys/stat.h>

#include "user-info.h"

static gint
by_collation_key (gconstpointer a, gconstpointer b)
{
  g_autofree gchar *x =
      g_utf8_collate_key_for_filename (*(const gchar *const *) a, -1);
  g_autofree gchar *y =
      g_utf8_collate_key_for_filename (*(const gchar *const *) b, -1);

  return strcmp (x, y);
}

static gboolean
add_directory (GPtrArray *uris, const gchar *path, GError **error)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, error);
  g_autofree gchar *absolute = g_canonicalize_filename (path, NULL);
  const gchar *name;

  if (!dir)
    return FALSE;
  while ((name = g_dir_read_name (dir))) {
    g_autofree gchar *file = g_build_filename (absolute, name, NULL);

    if (name[0] != '.' && g_file_test (file, G_FILE_TEST_IS_REGULAR))
      g_ptr_array_add (uris, g_filename_to_uri (file, NULL, NULL));
  }
  g_ptr_array_sort (uris, by_collation_key);
  if (uris->len == 0)
    g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT,
        "%s: there are no files in this directory", path);
  return uris->len > 0;
}

static gboolean
is_live_scheme (const gchar *uri)
{
  return g_str_has_prefix (uri, "rtsp") || g_str_has_prefix (uri, "v4l2:");
}

gboolean
source_init (Source *source, const gchar *text, GError **error)
{
  gchar *uri = NULL;

  *source = (Source){ .uris = g_ptr_array_new_with_free_func (g_free) };
  if (g_str_equal (text, "-")) {
    uri = g_strdup ("fd://0");
    source->name = g_strdup ("standard input");
  } else if (g_str_has_prefix (text, "/dev/video")) {
    uri = g_strconcat ("v4l2://", text, NULL);
  } else if (gst_uri_is_valid (text)) {
    uri = user_info_remove (text);
    for (gchar *p = uri; *p != ':'; p++)
      *p = g_ascii_tolower (*p);
  } else if (!g_file_test (text, G_FILE_TEST_EXISTS)) {
    g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT,
        "%s: there is no such file", text);
    return FALSE;
  } else if (g_file_test (text, G_FILE_TEST_IS_DIR)) {
    source->is_directory = TRUE;
    if (!add_directory (source->uris, text, error))
      return FALSE;
  } else if (!(uri = gst_filename_to_uri (text, error))) {
    return FALSE;
  }
  if (uri) {
    source->live = is_live_scheme (uri);
    g_ptr_array_add (source->uris, uri);
  }
  if (!source->name)
    source->name = uri_without_credentials (text);
  return TRUE;
}

void
source_clear (Source *source)
{
  g_clear_pointer (&source->uris, g_ptr_array_unref);
  g_clear_pointer (&source->name, g_free);
}

gboolean
source_check_output (const Source *source, const gchar *option,
    const gchar *path, GError **error)
{
  struct stat a, b;

  if (stat (path, &b) != 0)
    return TRUE;
  for (guint i = 0; i < source->uris->len; i++) {
    g_autofree gchar *file =
        g_filename_from_uri (g_ptr_array_index (source->uris, i), NULL, NULL);

    if (file && stat (file, &a) == 0 && a.st_dev == b.st_dev &&
        a.st_ino == b.st_ino) {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS,
          "%s %s is the video itself", option, path);
      return FALSE;
    }
  }
  return TRUE;
}

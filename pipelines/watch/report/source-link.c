/* SPDX-License-Identifier: MIT */
#include "source-link.h"

#include <string.h>

/* An address without user name, password, query, which may hold them as well, and
 * fragment; or NULL. */
static gchar *
plain_address (const gchar *uri)
{
  g_autoptr (GUri) parsed =
      g_uri_parse (uri, G_URI_FLAGS_ENCODED | G_URI_FLAGS_PARSE_RELAXED, NULL);
  g_autoptr (GUri) plain = NULL;

  /* behind a host a path without a slash cannot be, but is read */
  if (!parsed || !g_uri_get_host (parsed) ||
      (*g_uri_get_path (parsed) && *g_uri_get_path (parsed) != '/'))
    return NULL;
  plain = g_uri_build (G_URI_FLAGS_ENCODED, g_uri_get_scheme (parsed), NULL,
      g_uri_get_host (parsed), g_uri_get_port (parsed), g_uri_get_path (parsed),
      NULL, NULL);
  return g_uri_to_string (plain);
}

static gchar *
file_link (const gchar *path, const gchar *report_path)
{
  g_autofree gchar *report = g_canonicalize_filename (report_path, NULL);
  g_autofree gchar *folder = g_path_get_dirname (report);
  g_autofree gchar *file = g_canonicalize_filename (path, NULL);
  g_autofree gchar *escaped = NULL;
  const gsize n = g_str_equal (folder, "/") ? 0 : strlen (folder);

  if (strncmp (file, folder, n) != 0 || file[n] != '/')
    return g_filename_to_uri (file, NULL, NULL);
  escaped = g_uri_escape_string (file + n + 1, "/", FALSE);
  return g_strconcat ("./", escaped, NULL);
}

gchar *
source_link_new (const gchar *source, const gchar *report_path)
{
  g_autofree gchar *path = g_filename_from_uri (source, NULL, NULL);

  if (path)
    return file_link (path, report_path);
  if (g_ascii_strncasecmp (source, "http://", 7) == 0 ||
      g_ascii_strncasecmp (source, "https://", 8) == 0)
    /* without its query it would lead elsewhere */
    return strchr (source, '?') ? NULL : plain_address (source);
  return NULL;
}

gchar *
source_link_name (const gchar *source)
{
  g_autofree gchar *path = g_filename_from_uri (source, NULL, NULL);
  gchar *name;

  if (path)
    return g_filename_display_basename (path);
  if (!source[0])
    return g_strdup ("a video");
  if (g_str_equal (source, "-"))
    return g_strdup ("standard input");
  if (!strstr (source, "://"))
    return g_utf8_make_valid (source, -1);
  name = plain_address (source);
  return name ? name : g_strdup ("a stream");
}

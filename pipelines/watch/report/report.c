/* SPDX-License-Identifier: MIT */
#include "report.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <unistd.h>

static gboolean
fail (const gchar *path, const gchar *why, gint code, GError **error)
{
  g_autofree gchar *shown = g_filename_display_name (path);

  g_set_error (
      error, G_FILE_ERROR, code, "cannot write the report %s: %s", shown, why);
  return FALSE;
}

/* What is to be replaced: symbolic links stay. */
static gchar *
resolve (const gchar *path)
{
  char *resolved = realpath (path, NULL);
  gchar *target = g_strdup (resolved ? resolved : path);

  free (resolved);
  return target;
}

gboolean
report_check (const gchar *path, GError **error)
{
  g_autofree gchar *target = resolve (path);
  g_autofree gchar *folder = g_path_get_dirname (target);
  GStatBuf info;

  /* renaming over a device or a pipe would take it away from everybody */
  if (g_stat (target, &info) == 0 && !S_ISREG (info.st_mode))
    return fail (path, "there is something of this name that is not a file",
        G_FILE_ERROR_INVAL, error);
  if (g_access (folder, W_OK | X_OK) != 0)
    return fail (path, g_strerror (errno),
        (gint) g_file_error_from_errno (errno), error);
  return TRUE;
}

gboolean
report_write (const Timeline *t, const ReportInfo *info, const gchar *path,
    GError **error)
{
  g_autofree gchar *target = resolve (path);
  g_autoptr (GError) cause = NULL;
  GString *html;
  gboolean ok;

  if (!report_check (path, error))
    return FALSE;
  html = report_html (t, info, target);
  ok = g_file_set_contents_full (target, html->str, (gssize) html->len,
      G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0666,
      &cause);
  g_string_free (html, TRUE);
  return ok || fail (path, cause->message, cause->code, error);
}

/* SPDX-License-Identifier: MIT */
#include "log.h"

#include <gst/gst.h>
#include <stdio.h>
#include <string.h>

#include "user-info.h"

typedef struct
{
  GPtrArray *secrets; /* in all forms that they are sent in */
  FILE *out;
} Log;

#ifndef GST_DISABLE_GST_DEBUG
static void
write_line (GstDebugCategory *category, GstDebugLevel level, const gchar *file,
    const gchar *function, gint line, GObject *object, GstDebugMessage *message,
    gpointer user_data)
{
  const Log *log = user_data;
  g_autofree gchar *text = gst_debug_log_get_line (
      category, level, file, function, line, object, message);
  g_autofree gchar *bare = text_without_credentials (text);
  g_autoptr (GString) hidden = g_string_new (bare);

  for (guint i = 0; i < log->secrets->len; i++)
    g_string_replace (hidden, g_ptr_array_index (log->secrets, i), "***", 0);
  fputs (hidden->str, log->out);
  fflush (log->out);
}

static void
add_secrets (GPtrArray *secrets, const Credentials *c)
{
  g_autofree gchar *pair = NULL;

  /* replacing nothing by something has no end */
  if (!c->password || !c->password[0])
    return;
  pair = g_strconcat (c->user ? c->user : "", ":", c->password, NULL);
  g_ptr_array_add (
      secrets, g_base64_encode ((const guchar *) pair, strlen (pair)));
  g_ptr_array_add (secrets, g_uri_escape_string (c->password, NULL, FALSE));
  g_ptr_array_add (secrets, g_strdup (c->password));
}

static FILE *
open_log (void)
{
  const gchar *path = g_getenv ("GST_DEBUG_FILE");
  FILE *file;

  if (!path || !path[0])
    return stderr;
  if (g_str_equal (path, "-"))
    return stdout;
  /* behind what was logged so far */
  file = fopen (path, "ae");
  return file ? file : stderr;
}

static void
log_free (gpointer data)
{
  Log *log = data;

  g_ptr_array_unref (log->secrets);
  if (log->out != stderr && log->out != stdout)
    fclose (log->out);
  g_free (log);
}

void
log_hide (const Credentials *credentials, const gchar *source)
{
  g_autofree gchar *bare = uri_without_credentials (source);
  Log *log;

  if (!gst_debug_is_active () ||
      (!credentials->password && g_str_equal (bare, source)))
    return;
  log = g_new0 (Log, 1);
  log->secrets = g_ptr_array_new_with_free_func (g_free);
  log->out = open_log ();
  add_secrets (log->secrets, credentials);
  gst_debug_remove_log_function (gst_debug_log_default);
  gst_debug_add_log_function (write_line, log, log_free);
}
#else
void
log_hide (const Credentials *credentials, const gchar *source)
{
}
#endif

void
log_details (const gchar *details)
{
  g_autofree gchar *hidden = text_without_credentials (details ? details : "");

  GST_INFO ("%s", hidden);
}

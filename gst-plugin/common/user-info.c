/* SPDX-License-Identifier: MIT */
#include "user-info.h"

#include <string.h>

/* Cameras and services want them in all places of an address, by such names. Logs
 * have the sign = behind a backslash in places. */
#define PARAMETER                                                              \
  "(?<=[?&;/])((?:[\\w.-]*(?:pass|passwd|password|passphrase|pwd|pas|token|"   \
  "secret|signature|credentials?|api_?key|access_?key|session(?:_?id)?)|usr|"  \
  "user|user_?name|login|loginuse|auth|key|sig|jwt)\\\\?=)"
#define IN_ADDRESS PARAMETER "([^&;/#]*)"
/* what ends an address in a message */
#define IN_TEXT PARAMETER "([^&;/#\\s\"'<>]*)"
#define USER_IN_TEXT "([a-z][a-z0-9+.-]*://)[^/?#\\s\"'<>]*@"

/* Bytes as they come: addresses need not be UTF-8. */
static GRegex *
get_regex (gsize *regex, const gchar *pattern)
{
  if (g_once_init_enter (regex))
    g_once_init_leave (regex,
        (gsize) g_regex_new (pattern, G_REGEX_CASELESS | G_REGEX_RAW, 0, NULL));
  return (GRegex *) *regex;
}

static GRegex *
get_parameter (void)
{
  static gsize regex;

  return get_regex (&regex, IN_ADDRESS);
}

/* Passwords are typed as they are, with any of ?#/ in them: what stands before
 * the last @ ahead of the path is one, or else a @ in the path would be. */
gboolean
user_info_find (const gchar *uri, const gchar **start, const gchar **at)
{
  const gchar *scheme_end = strstr (uri, "://"), *end;

  if (!scheme_end)
    return FALSE;
  *start = scheme_end + 3;
  end = *start + strcspn (*start, "/?#");
  *at = NULL;
  for (const gchar *p = *start; p < end; p++)
    if (*p == '@')
      *at = p;
  return *at != NULL;
}

gchar *
user_info_remove (const gchar *uri)
{
  const gchar *start, *at;

  if (!user_info_find (uri, &start, &at))
    return g_strdup (uri);
  return g_strdup_printf ("%.*s%s", (int) (start - uri), uri, at + 1);
}

void
uri_mask_parameters (gchar *uri)
{
  g_autoptr (GMatchInfo) match = NULL;
  gint start, end;

  if (!strstr (uri, "://"))
    return;
  g_regex_match (get_parameter (), uri, 0, &match);
  for (; g_match_info_fetch_pos (match, 2, &start, &end);
       g_match_info_next (match, NULL))
    memset (uri + start, '*', (gsize) (end - start));
}

gchar *
uri_without_credentials (const gchar *uri)
{
  g_autofree gchar *bare = NULL, *valid = NULL;

  if (!strstr (uri, "://"))
    return g_utf8_make_valid (uri, -1);
  bare = user_info_remove (uri);
  /* names of files need not be UTF-8, JSON is */
  valid = g_utf8_make_valid (bare, -1);
  return g_regex_replace (get_parameter (), valid, -1, 0, "\\1***", 0, NULL);
}

gchar *
text_without_credentials (const gchar *text)
{
  static gsize user, parameter;
  g_autofree gchar *bare = g_regex_replace (
      get_regex (&user, USER_IN_TEXT), text, -1, 0, "\\1", 0, NULL);

  return g_regex_replace (
      get_regex (&parameter, IN_TEXT), bare, -1, 0, "\\1***", 0, NULL);
}

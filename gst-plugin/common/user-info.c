/* SPDX-License-Identifier: MIT */
#include "user-info.h"

#include <string.h>

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

/* SPDX-License-Identifier: MIT */
#include "tags.h"

#include <gst/gst.h>

/* json-glib goes as deep as the text does, and a stack has an end. */
#define MAX_OPENED 256

static guint
count_opened (const gchar *text)
{
  guint n = 0;

  for (const gchar *p = text; *p; p++)
    n += *p == '{' || *p == '[';
  return n;
}

JsonNode *
tags_parse (const gchar *text, GError **error)
{
  g_autoptr (JsonNode) tags = NULL;
  g_autoptr (GError) why = NULL;

  if (count_opened (text) > MAX_OPENED)
    g_set_error (&why, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS,
        "it has more than %d brackets", MAX_OPENED);
  else if (g_utf8_validate (text, -1, NULL))
    tags = json_from_string (text, &why);
  if (tags && JSON_NODE_HOLDS_OBJECT (tags))
    return g_steal_pointer (&tags);
  g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS,
      "property tags is not a JSON object such as {\"floor\":2}%s%s",
      why ? ": " : "", why ? why->message : "");
  return NULL;
}

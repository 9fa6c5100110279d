/* SPDX-License-Identifier: MIT */
#include "json.h"

#include <math.h>

#include "resemotenet.h"

/* Whether brackets outside of strings nest at most max_depth deep. */
static gboolean
depth_is_within (const char *text, gsize n_bytes, guint max_depth)
{
  gboolean in_string = FALSE;
  guint depth = 0;

  for (gsize i = 0; i < n_bytes; i++) {
    char c = text[i];

    if (in_string) {
      if (c == '\\')
        i++;
      else if (c == '"')
        in_string = FALSE;
    } else if (c == '"') {
      in_string = TRUE;
    } else if (c == '[' || c == '{') {
      if (++depth > max_depth)
        return FALSE;
    } else if ((c == ']' || c == '}') && depth > 0) {
      depth--;
    } else if (c == '/' || c == '\'' || c == '#') {
      /* the parser takes comments and single quotes, in which brackets would
       * be counted wrong; JSON has neither */
      return FALSE;
    }
  }
  return TRUE;
}

JsonNode *
ren_json_parse (const char *what, const char *text, gsize n_bytes,
    guint max_depth, GError **error)
{
  g_autoptr (JsonParser) parser = NULL;
  g_autoptr (GError) reason = NULL;
  JsonNode *root;

  if (!g_utf8_validate_len (text, n_bytes, NULL)) {
    g_set_error (error, REN_ERROR, REN_ERROR_CORRUPT, "%s is not UTF-8", what);
    return NULL;
  }
  if (!depth_is_within (text, n_bytes, max_depth)) {
    g_set_error (error, REN_ERROR, REN_ERROR_CORRUPT,
        "%s is not JSON of the expected form", what);
    return NULL;
  }

  parser = json_parser_new_immutable ();
  if (!json_parser_load_from_data (parser, text, (gssize) n_bytes, &reason)) {
    g_set_error (error, REN_ERROR, REN_ERROR_CORRUPT, "%s is not JSON: %s",
        what, reason->message);
    return NULL;
  }
  root = json_parser_get_root (parser);
  if (!root) {
    g_set_error (error, REN_ERROR, REN_ERROR_CORRUPT, "%s is empty", what);
    return NULL;
  }
  return json_node_ref (root);
}

gboolean
ren_json_get_uint (JsonNode *node, guint64 *value)
{
  gint64 i;

  if (!JSON_NODE_HOLDS_VALUE (node) ||
      json_node_get_value_type (node) != G_TYPE_INT64)
    return FALSE;
  i = json_node_get_int (node);
  if (i < 0)
    return FALSE;
  *value = (guint64) i;
  return TRUE;
}

gboolean
ren_json_get_double (JsonNode *node, double *value)
{
  if (!JSON_NODE_HOLDS_VALUE (node))
    return FALSE;
  if (json_node_get_value_type (node) != G_TYPE_INT64 &&
      json_node_get_value_type (node) != G_TYPE_DOUBLE)
    return FALSE;
  *value = json_node_get_double (node);
  return isfinite (*value);
}

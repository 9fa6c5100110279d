/* SPDX-License-Identifier: MIT */
#include "json.h"

#include <math.h>
#include <string.h>

#include "resemotenet.h"

/* The number of four hexadecimal digits; -1 if they are none. */
static gint
hex_number (const char *text, gsize n_bytes)
{
  gint number = 0;

  if (n_bytes < 4)
    return -1;
  for (gsize i = 0; i < 4; i++) {
    gint digit = g_ascii_xdigit_value (text[i]);

    if (digit < 0)
      return -1;
    number = number * 16 + digit;
  }
  return number;
}

/* Bytes of the escape that follows a backslash; 0 if JSON has no such one, as of
 * half a surrogate pair, over which the parser would leak memory. */
static gsize
escape_length (const char *text, gsize n_bytes)
{
  gint first, second;

  if (n_bytes == 0 || !strchr ("\"\\/bfnrtu", text[0]))
    return 0;
  if (text[0] != 'u')
    return 1;
  first = hex_number (text + 1, n_bytes - 1);
  if (first < 0xd800 || first > 0xdfff)
    return first < 0 ? 0 : 5;
  if (n_bytes < 7 || text[5] != '\\' || text[6] != 'u')
    return 0;
  second = hex_number (text + 7, n_bytes - 7);
  return first < 0xdc00 && second >= 0xdc00 && second <= 0xdfff ? 11 : 0;
}

/* Whether it is one object or array, and nothing is in it that the parser takes
 * but JSON has not, or over which it would leak memory. Brackets outside of strings
 * nest at most max_depth deep. */
static gboolean
is_tame (const char *text, gsize n_bytes, guint max_depth)
{
  gboolean in_string = FALSE, ended = FALSE;
  guint depth = 0;

  for (gsize i = 0; i < n_bytes; i++) {
    char c = text[i];

    if (in_string) {
      if (c == '\\') {
        gsize length = escape_length (text + i + 1, n_bytes - i - 1);

        if (length == 0)
          return FALSE;
        i += length;
      } else if (c == '"') {
        in_string = FALSE;
      }
    } else if (c == '[' || c == '{') {
      if (ended || ++depth > max_depth)
        return FALSE;
    } else if (depth == 0) {
      if (!strchr (" \t\r\n", c))
        return FALSE;
    } else if (c == '"') {
      in_string = TRUE;
    } else if (c == ']' || c == '}') {
      ended = --depth == 0;
    } else if (c == '/' || c == '\'' || c == '#') {
      /* comments and single quotes, in which brackets would be counted wrong */
      return FALSE;
    }
  }
  return ended;
}

JsonNode *
ren_json_parse (const char *what, const char *text, gsize n_bytes,
    guint max_depth, GError **error)
{
  g_autoptr (JsonParser) parser = NULL;
  g_autoptr (GError) reason = NULL;

  if (!g_utf8_validate_len (text, n_bytes, NULL)) {
    g_set_error (error, REN_ERROR, REN_ERROR_CORRUPT, "%s is not UTF-8", what);
    return NULL;
  }
  if (!is_tame (text, n_bytes, max_depth)) {
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
  return json_node_ref (json_parser_get_root (parser));
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

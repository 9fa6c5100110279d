/* JSON from a file that is not trusted.
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include <json-glib/json-glib.h>

/* Parses UTF-8 text, an object or an array. json-glib before 1.10 descends into
 * nested arrays without a limit, so that text nested deeper than @max_depth is
 * refused before it is parsed. NULL with REN_ERROR_CORRUPT; @what names the text
 * in the message. */
JsonNode *ren_json_parse (const char *what, const char *text, gsize n_bytes,
    guint max_depth, GError **error);

/* A whole number that is not negative. FALSE for anything else. */
gboolean ren_json_get_uint (JsonNode *node, guint64 *value);

/* A finite number. FALSE for anything else. */
gboolean ren_json_get_double (JsonNode *node, double *value);

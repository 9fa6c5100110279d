/* What goes along with each object. SPDX-License-Identifier: MIT */
#pragma once

#include <json-glib/json-glib.h>

/* Returns: (transfer full): the JSON object that @text is, or NULL with an error
 * for the element */
JsonNode *tags_parse (const gchar *text, GError **error);

/* Which taps of a convolution a trimmed file stores.
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "json.h"
#include "match.h"
#include "metadata.h"

/* Layer whose weight has that name; only 3×3 convolutions can be trimmed. */
static gboolean
find_layer (const char *tensor, RenLayerId *id)
{
  for (*id = 0; *id < REN_N_LAYERS; ++*id) {
    char name[REN_TENSOR_NAME_MAX];

    ren_tensor_name (*id, REN_PART_WEIGHT, name);
    if (ren_network[*id].kernel == 3 && g_str_equal (name, tensor))
      return TRUE;
  }
  return FALSE;
}

static gboolean
read_taps (JsonNode *node, guint *taps)
{
  JsonArray *array;

  *taps = 0;
  if (!JSON_NODE_HOLDS_ARRAY (node))
    return FALSE;
  array = json_node_get_array (node);
  for (guint i = 0; i < json_array_get_length (array); i++) {
    guint64 tap;

    /* ascending, so that none comes twice */
    if (!ren_json_get_uint (json_array_get_element (array, i), &tap) ||
        tap >= 9 || *taps >> tap != 0)
      return FALSE;
    *taps |= 1u << tap;
  }
  return *taps != 0;
}

gboolean
ren_metadata_read_live_taps (
    GHashTable *metadata, guint live_taps[REN_N_LAYERS], GError **error)
{
  const char *text = g_hash_table_lookup (metadata, "live_taps");
  g_autoptr (JsonNode) root = NULL;
  JsonObjectIter iter;
  const char *tensor;
  JsonNode *node;

  memset (live_taps, 0, REN_N_LAYERS * sizeof *live_taps);
  if (!text)
    return TRUE;
  root = ren_json_parse ("metadata 'live_taps'", text, strlen (text), 2, error);
  if (!root)
    return FALSE;
  if (!JSON_NODE_HOLDS_OBJECT (root)) {
    g_set_error (error, REN_ERROR, REN_ERROR_CORRUPT,
        "metadata 'live_taps': not an object");
    return FALSE;
  }

  json_object_iter_init (&iter, json_node_get_object (root));
  while (json_object_iter_next (&iter, &tensor, &node)) {
    RenLayerId id;
    guint taps, needed;

    if (!find_layer (tensor, &id) || !read_taps (node, &taps)) {
      g_set_error (error, REN_ERROR, REN_ERROR_CORRUPT,
          "metadata 'live_taps': '%s' is not a 3×3 convolution with its taps "
          "in ascending order",
          tensor);
      return FALSE;
    }
    needed = ren_layer_live_taps (&ren_network[id]);
    if ((taps & needed) != needed) {
      g_set_error (error, REN_ERROR, REN_ERROR_CORRUPT,
          "metadata 'live_taps': '%s' lacks taps that meet pixels", tensor);
      return FALSE;
    }
    live_taps[id] = taps;
  }
  return TRUE;
}

char *
ren_metadata_live_taps_json (void)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;

  json_builder_begin_object (builder);
  for (RenLayerId id = 0; id < REN_N_LAYERS; id++) {
    guint taps = ren_layer_live_taps (&ren_network[id]);
    char name[REN_TENSOR_NAME_MAX];

    if (ren_network[id].kernel != 3 || taps == 0x1ff)
      continue;
    ren_tensor_name (id, REN_PART_WEIGHT, name);
    json_builder_set_member_name (builder, name);
    json_builder_begin_array (builder);
    for (guint t = 0; t < 9; t++)
      if (taps >> t & 1)
        json_builder_add_int_value (builder, t);
    json_builder_end_array (builder);
  }
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  return json_to_string (root, FALSE);
}

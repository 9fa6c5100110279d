/* SPDX-License-Identifier: MIT
 *
 * safetensors: 8 bytes of little-endian length, so many bytes of JSON, then the
 * tensors without gaps. https://huggingface.co/docs/safetensors
 *
 * The file is mapped and its numbers are used where they lie, which lets
 * processes share the memory. It must not be written to in place while it is in
 * use; replacing it by rename, as ren_model_save() does, is fine.
 */
#include "readers.h"

#include <string.h>

#include "json.h"
#include "match.h"
#include "metadata.h"
#include "size.h"

/* The format allows 100 MB. The tensors of this network take 15 kB, and JSON
 * grows about fortyfold when it is parsed. */
#define MAX_HEADER_BYTES (8u << 20)

/* {"name": {"shape": [1, 2]}}: three levels, and one to spare for other
 * writers' extensions */
#define MAX_HEADER_DEPTH 4

typedef struct
{
  const char *name; /* owned by the header */
  const char *dtype;
  guint64 begin, end; /* bytes of the data, from its start */
  guint n_dims;
  guint64 dims[REN_MAX_DIMS];
} Entry;

typedef struct
{
  const guint8 *data; /* after the header */
  guint64 n_data;
  JsonNode *header;
  GArray *entries;     /* Entry, by begin */
  GHashTable *by_name; /* → index + 1 */
} File;

typedef struct
{
  const char *name;
  guint bits;
} DType;

/* Types that the format knows; files may hold tensors of any of them beside
 * ours. */
static const DType dtypes[] = { { "F32", 32 }, { "F16", 16 }, { "BF16", 16 },
  { "F64", 64 }, { "I64", 64 }, { "I32", 32 }, { "I16", 16 }, { "I8", 8 },
  { "U64", 64 }, { "U32", 32 }, { "U16", 16 }, { "U8", 8 }, { "BOOL", 8 },
  { "F8_E5M2", 8 }, { "F8_E4M3", 8 }, { "F8_E8M0", 8 }, { "C64", 64 } };

static gboolean
corrupt (GError **error, const char *tensor, const char *why)
{
  g_set_error (error, REN_ERROR, REN_ERROR_CORRUPT,
      "safetensors header: tensor '%s': %s", tensor, why);
  return FALSE;
}

/* ---- header ---- */

static JsonNode *
parse_header (
    const guint8 *bytes, gsize n_bytes, guint64 *data_start, GError **error)
{
  JsonNode *root;
  guint64 length;

  if (n_bytes < 8) {
    g_set_error (error, REN_ERROR, REN_ERROR_CORRUPT,
        "the file is cut short: it has %" G_GSIZE_FORMAT " bytes", n_bytes);
    return NULL;
  }
  memcpy (&length, bytes, 8);
  length = GUINT64_FROM_LE (length);
  if (length > n_bytes - 8) {
    g_set_error (error, REN_ERROR, REN_ERROR_CORRUPT,
        "the file is cut short: its header has %" G_GUINT64_FORMAT
        " bytes, the file %" G_GSIZE_FORMAT,
        length, n_bytes);
    return NULL;
  }
  if (length > MAX_HEADER_BYTES) {
    g_set_error (error, REN_ERROR, REN_ERROR_UNSUPPORTED,
        "safetensors header: %" G_GUINT64_FORMAT " bytes, more than %u", length,
        MAX_HEADER_BYTES);
    return NULL;
  }
  root = ren_json_parse ("safetensors header", (const char *) bytes + 8, length,
      MAX_HEADER_DEPTH, error);
  if (root && !JSON_NODE_HOLDS_OBJECT (root)) {
    g_set_error (error, REN_ERROR, REN_ERROR_CORRUPT,
        "safetensors header: not an object");
    g_clear_pointer (&root, json_node_unref);
  }
  *data_start = 8 + length;
  return root;
}

static gboolean
read_metadata (JsonNode *node, GHashTable *metadata, GError **error)
{
  JsonObjectIter iter;
  const char *key;
  JsonNode *value;

  if (!JSON_NODE_HOLDS_OBJECT (node))
    goto odd;
  json_object_iter_init (&iter, json_node_get_object (node));
  while (json_object_iter_next (&iter, &key, &value)) {
    if (!JSON_NODE_HOLDS_VALUE (value) ||
        json_node_get_value_type (value) != G_TYPE_STRING)
      goto odd;
    g_hash_table_insert (
        metadata, g_strdup (key), json_node_dup_string (value));
  }
  return TRUE;

odd:
  g_set_error (error, REN_ERROR, REN_ERROR_CORRUPT,
      "safetensors header: '__metadata__' is not an object of strings");
  return FALSE;
}

/* An array of at most max whole numbers. */
static gboolean
read_numbers (
    JsonObject *object, const char *key, guint max, guint64 *out, guint *n)
{
  JsonNode *node = json_object_get_member (object, key);
  JsonArray *array;

  if (!node || !JSON_NODE_HOLDS_ARRAY (node))
    return FALSE;
  array = json_node_get_array (node);
  *n = json_array_get_length (array);
  if (*n > max)
    return FALSE;
  for (guint i = 0; i < *n; i++)
    if (!ren_json_get_uint (json_array_get_element (array, i), &out[i]))
      return FALSE;
  return TRUE;
}

/* Whether the shape fills the bytes exactly. */
static gboolean
check_size (const Entry *e, GError **error)
{
  guint64 n = 1;

  for (guint i = 0; i < e->n_dims; i++)
    if (!ren_size_mul (&n, n, e->dims[i]))
      return corrupt (error, e->name, "its shape is impossibly large");
  for (guint i = 0; i < G_N_ELEMENTS (dtypes); i++) {
    guint64 n_bytes;

    if (!g_str_equal (e->dtype, dtypes[i].name))
      continue;
    if (!ren_size_mul (&n_bytes, n, dtypes[i].bits / 8) ||
        n_bytes != e->end - e->begin)
      return corrupt (
          error, e->name, "its shape does not fit the bytes it takes");
  }
  return TRUE; /* of a type unknown here: never read */
}

static gboolean
read_entry (File *file, const char *name, JsonNode *node, GError **error)
{
  Entry e = { .name = name };
  JsonObject *object;
  JsonNode *dtype;
  guint64 offsets[2];
  guint n;

  if (!JSON_NODE_HOLDS_OBJECT (node))
    return corrupt (error, name, "its entry is not an object");
  object = json_node_get_object (node);

  dtype = json_object_get_member (object, "dtype");
  if (!dtype || !JSON_NODE_HOLDS_VALUE (dtype) ||
      json_node_get_value_type (dtype) != G_TYPE_STRING)
    return corrupt (error, name, "it has no dtype");
  e.dtype = json_node_get_string (dtype);
  if (!read_numbers (object, "shape", REN_MAX_DIMS, e.dims, &e.n_dims))
    return corrupt (
        error, name, "its shape is not an array of up to 8 whole numbers");
  if (!read_numbers (object, "data_offsets", 2, offsets, &n) || n != 2)
    return corrupt (error, name, "its data_offsets are not two whole numbers");
  e.begin = offsets[0];
  e.end = offsets[1];
  if (e.begin > e.end || e.end > file->n_data)
    return corrupt (error, name, "it reaches beyond the end of the file");
  if (!check_size (&e, error))
    return FALSE;

  g_array_append_val (file->entries, e);
  return TRUE;
}

/* Empty tensors come before others that begin at the same place. */
static gint
compare_entries (gconstpointer a, gconstpointer b)
{
  const Entry *x = a, *y = b;

  if (x->begin != y->begin)
    return x->begin < y->begin ? -1 : 1;
  return x->end < y->end ? -1 : x->end > y->end;
}

/* The format leaves no gaps, so that nothing can hide in a file. */
static gboolean
check_no_gaps (const File *file, GError **error)
{
  guint64 at = 0;

  for (guint i = 0; i < file->entries->len; i++) {
    const Entry *e = &g_array_index (file->entries, Entry, i);

    if (e->begin != at)
      return corrupt (error, e->name,
          e->begin < at ? "it overlaps another tensor"
                        : "there is a gap before it");
    at = e->end;
  }
  if (at != file->n_data) {
    g_set_error (error, REN_ERROR, REN_ERROR_CORRUPT,
        "the file has %" G_GUINT64_FORMAT
        " bytes of tensors, its header describes %" G_GUINT64_FORMAT,
        file->n_data, at);
    return FALSE;
  }
  return TRUE;
}

static gboolean
read_header (File *file, GHashTable *metadata, GError **error)
{
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;

  json_object_iter_init (&iter, json_node_get_object (file->header));
  while (json_object_iter_next (&iter, &name, &node)) {
    gboolean ok = g_str_equal (name, "__metadata__")
                      ? read_metadata (node, metadata, error)
                      : read_entry (file, name, node, error);

    if (!ok)
      return FALSE;
  }
  g_array_sort (file->entries, compare_entries);
  for (guint i = 0; i < file->entries->len; i++)
    g_hash_table_insert (file->by_name,
        (gpointer) g_array_index (file->entries, Entry, i).name,
        GUINT_TO_POINTER (i + 1));
  return check_no_gaps (file, error);
}

/* ---- tensors ---- */

static gboolean
find_tensor (gpointer reader, const char *name, RenFound *found, GError **error)
{
  File *file = reader;
  guint i = GPOINTER_TO_UINT (g_hash_table_lookup (file->by_name, name));
  const Entry *e;

  if (i == 0)
    return FALSE;
  e = &g_array_index (file->entries, Entry, i - 1);
  found->dtype = e->dtype;
  found->usable = TRUE;
  if (g_str_equal (e->dtype, "F32"))
    found->precision = REN_PRECISION_FP32;
  else if (g_str_equal (e->dtype, "F16"))
    found->precision = REN_PRECISION_FP16;
  else if (g_str_equal (e->dtype, "BF16"))
    found->precision = REN_PRECISION_BF16;
  else if (g_str_equal (e->dtype, "I8"))
    found->precision = REN_PRECISION_INT8;
  else
    found->usable = FALSE;
  found->n_dims = e->n_dims;
  memcpy (found->dims, e->dims, sizeof e->dims);
  found->handle = i - 1;
  return TRUE;
}

static const guint8 *
data_of (const File *file, const RenFound *found)
{
  return file->data + g_array_index (file->entries, Entry, found->handle).begin;
}

static void
use_tensors (const File *file, const RenMatch *match, RenTensors *tensors)
{
  tensors->n_classes = match->n_classes;
  tensors->file_data = file->data;
  tensors->file_data_size = file->n_data;
  for (RenLayerId id = 0; id < REN_N_LAYERS; id++)
    for (RenPart part = 0; part < REN_N_PARTS; part++) {
      const RenFound *found = &match->found[id][part];
      RenTensor *t = &tensors->tensor[id][part];

      if (!ren_layer_has_part (id, part))
        continue;
      t->dtype = found->precision;
      if (part == REN_PART_WEIGHT)
        t->live_taps = match->live_taps[id];
      /* its bytes are as many as shape and type need, and inside the file */
      t->data = data_of (file, found);
      if (found->precision == REN_PRECISION_INT8)
        t->scale = data_of (file, &match->scale[id]);
    }
  for (RenLayerId id = 0; match->quantized && id < REN_N_LAYERS; id++)
    if (ren_layer_has_output_scale (id)) {
      guint32 bits;

      memcpy (&bits, data_of (file, &match->output_scale[id]), sizeof bits);
      bits = GUINT32_FROM_LE (bits);
      memcpy (&tensors->output_scale[id], &bits, sizeof bits);
    }
}

static void
use_extras (const File *file, RenTensors *tensors)
{
  for (guint i = 0; i < file->entries->len; i++) {
    const Entry *e = &g_array_index (file->entries, Entry, i);
    RenExtra extra = { .data = file->data + e->begin };

    if (!g_str_has_prefix (e->name, REN_EXTRA_PREFIX) ||
        !g_str_equal (e->dtype, "F32") || e->n_dims != 1 ||
        strlen (e->name) >= sizeof extra.name)
      continue;
    g_strlcpy (extra.name, e->name, sizeof extra.name);
    extra.n = (e->end - e->begin) / sizeof (float);
    if (!tensors->extras)
      tensors->extras = g_array_new (FALSE, FALSE, sizeof (RenExtra));
    g_array_append_val (tensors->extras, extra);
  }
}

gboolean
ren_safetensors_read (
    int fd, RenTensors *tensors, GHashTable *metadata, GError **error)
{
  g_autofree RenMatch *match = g_new (RenMatch, 1);
  guint trimmed[REN_N_LAYERS];
  GError *reason = NULL;
  GMappedFile *mapped;
  const guint8 *bytes;
  const char *other = NULL;
  File file = { 0 };
  gboolean ok = FALSE;
  guint64 data_start;
  gsize n_bytes;

  mapped = g_mapped_file_new_from_fd (fd, FALSE, &reason);
  if (!mapped) {
    g_set_error (error, REN_ERROR, REN_ERROR_OPEN, "%s", reason->message);
    g_error_free (reason);
    return FALSE;
  }
  tensors->owner = mapped;
  tensors->owner_free = (GDestroyNotify) g_mapped_file_unref;
  bytes = (const guint8 *) g_mapped_file_get_contents (mapped);
  n_bytes = g_mapped_file_get_length (mapped);

  file.header = parse_header (bytes, n_bytes, &data_start, error);
  if (!file.header)
    return FALSE;
  file.data = bytes + data_start;
  file.n_data = n_bytes - data_start;
  file.entries = g_array_new (FALSE, FALSE, sizeof (Entry));
  file.by_name = g_hash_table_new (g_str_hash, g_str_equal);

  if (!read_header (&file, metadata, error) ||
      !ren_metadata_read_live_taps (metadata, trimmed, error))
    goto out;
  if (file.entries->len > 0)
    other = g_array_index (file.entries, Entry, 0).name;
  if (!ren_match_network (find_tensor, &file, trimmed, other, match, error))
    goto out;
  use_tensors (&file, match, tensors);
  use_extras (&file, tensors);
  ok = TRUE;

out:
  g_hash_table_unref (file.by_name);
  g_array_unref (file.entries);
  json_node_unref (file.header);
  return ok;
}

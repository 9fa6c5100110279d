/* SPDX-License-Identifier: MIT
 *
 * safetensors: 8 bytes of little-endian length, so many bytes of JSON, then the
 * tensors without gaps. https://huggingface.co/docs/safetensors
 *
 * Large matrices stay in the file, to be read by who prepares them to run, so that
 * memory never holds the 321 MB of them beside what they are packed to. All else
 * is read at once. Why nothing is mapped: base/input.h.
 */
#include "readers.h"

#include <stdlib.h>
#include <string.h>

#include "convert.h"
#include "json.h"
#include "match.h"
#include "memory.h"
#include "metadata.h"
#include "size.h"

/* The format allows 100 MB. The tensors of this network take 15 kB, and JSON
 * grows about fortyfold when it is parsed. */
#define MAX_HEADER_BYTES (8u << 20)

/* A matrix with more bytes than this is left in the file. That is nearly all. */
#define MAX_BYTES_READ (1u << 20)

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
  const RenInput *input;
  guint64 data_start; /* after the header */
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
parse_header (const RenInput *input, guint64 *data_start, GError **error)
{
  const guint64 n_bytes = ren_input_size (input);
  g_autofree char *text = NULL;
  JsonNode *root;
  guint64 length;

  if (n_bytes < 8) {
    g_set_error (error, REN_ERROR, REN_ERROR_CORRUPT,
        "the file is cut short: it has %" G_GUINT64_FORMAT " bytes", n_bytes);
    return NULL;
  }
  if (!ren_input_read (input, 0, sizeof length, &length, error))
    return NULL;
  length = GUINT64_FROM_LE (length);
  if (length > n_bytes - 8) {
    g_set_error (error, REN_ERROR, REN_ERROR_CORRUPT,
        "the file is cut short: its header has %" G_GUINT64_FORMAT
        " bytes, the file %" G_GUINT64_FORMAT,
        length, n_bytes);
    return NULL;
  }
  if (length > MAX_HEADER_BYTES) {
    g_set_error (error, REN_ERROR, REN_ERROR_UNSUPPORTED,
        "safetensors header: %" G_GUINT64_FORMAT " bytes, more than %u", length,
        MAX_HEADER_BYTES);
    return NULL;
  }
  text = ren_try_new (char, length, error);
  if (!text || !ren_input_read (input, 8, length, text, error))
    return NULL;
  root = ren_json_parse (
      "safetensors header", text, length, MAX_HEADER_DEPTH, error);
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

static guint64
bytes_of (const File *file, const RenFound *found)
{
  const Entry *e = &g_array_index (file->entries, Entry, found->handle);

  return e->end - e->begin;
}

/* The tensors that are read: without a block, only counts what they take. Else
 * they are read into it; their bytes are as many as shape and type need, and
 * inside the file. */
typedef struct
{
  const File *file;
  guint8 *block;
  gsize used;
} Reading;

static gboolean
read_found (
    Reading *r, const RenFound *found, const void **data, GError **error)
{
  const Entry *e = &g_array_index (r->file->entries, Entry, found->handle);
  guint8 *to = r->block ? r->block + r->used : NULL;
  const gsize n = e->end - e->begin;

  r->used += REN_ALIGN (n);
  *data = to;
  return !to || ren_input_read (r->file->input, r->file->data_start + e->begin,
                    n, to, error);
}

static gboolean
read_tensors (
    Reading *r, const RenMatch *match, RenTensors *tensors, GError **error)
{
  for (RenLayerId id = 0; id < REN_N_LAYERS; id++)
    for (RenPart part = 0; part < REN_N_PARTS; part++) {
      const RenFound *found = &match->found[id][part];
      RenTensor *t = &tensors->tensor[id][part];

      if (!ren_layer_has_part (id, part))
        continue;
      t->dtype = found->precision;
      if (part == REN_PART_WEIGHT)
        t->live_taps = match->live_taps[id];
      if (part == REN_PART_WEIGHT && bytes_of (r->file, found) > MAX_BYTES_READ)
        t->at = r->file->data_start +
                g_array_index (r->file->entries, Entry, found->handle).begin;
      else if (!read_found (r, found, &t->data, error))
        return FALSE;
      if (found->precision == REN_PRECISION_INT8 &&
          !read_found (r, &match->scale[id], &t->scale, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
use_tensors (const File *file, const RenMatch *match, RenTensors *tensors,
    GError **error)
{
  Reading reading = { .file = file };

  tensors->n_classes = match->n_classes;
  read_tensors (&reading, match, tensors, NULL);
  reading.block = tensors->owner = ren_try_alloc (reading.used, error);
  tensors->owner_free = free;
  reading.used = 0;
  if (!reading.block || !read_tensors (&reading, match, tensors, error))
    return FALSE;
  for (RenLayerId id = 0; match->quantized && id < REN_N_LAYERS; id++)
    if (ren_layer_has_output_scale (id)) {
      const Entry *e =
          &g_array_index (file->entries, Entry, match->output_scale[id].handle);
      float scale;

      if (!ren_input_read (file->input, file->data_start + e->begin,
              sizeof scale, &scale, error))
        return FALSE;
      ren_to_float (REN_PRECISION_FP32, &scale, 1, &tensors->output_scale[id]);
    }
  return TRUE;
}

static void
use_extras (const File *file, RenTensors *tensors)
{
  for (guint i = 0; i < file->entries->len; i++) {
    const Entry *e = &g_array_index (file->entries, Entry, i);
    RenExtra extra = { .at = file->data_start + e->begin };

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
  g_autofree RenMatch *match = ren_try_new (RenMatch, 1, error);
  guint trimmed[REN_N_LAYERS];
  const char *other = NULL;
  File file = { 0 };
  gboolean ok = FALSE;

  if (!match)
    return FALSE;
  file.input = tensors->input = ren_input_new (fd, error);
  if (!file.input)
    return FALSE;
  file.header = parse_header (file.input, &file.data_start, error);
  if (!file.header)
    return FALSE;
  tensors->data_start = file.data_start;
  file.n_data = ren_input_size (file.input) - file.data_start;
  file.entries = g_array_new (FALSE, FALSE, sizeof (Entry));
  file.by_name = g_hash_table_new (g_str_hash, g_str_equal);

  if (!read_header (&file, metadata, error) ||
      !ren_metadata_read_live_taps (metadata, trimmed, error))
    goto out;
  if (file.entries->len > 0)
    other = g_array_index (file.entries, Entry, 0).name;
  if (!ren_match_network (find_tensor, &file, trimmed, other, match, error) ||
      !use_tensors (&file, match, tensors, error))
    goto out;
  use_extras (&file, tensors);
  ok = TRUE;

out:
  g_hash_table_unref (file.by_name);
  g_array_unref (file.entries);
  json_node_unref (file.header);
  return ok;
}

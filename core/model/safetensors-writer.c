/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "convert.h"
#include "file.h"
#include "json.h"
#include "match.h"
#include "memory.h"
#include "metadata.h"
#include "model.h"

/* Elements converted at a time; a multiple of 9, so that a piece of a 3×3
 * convolution's weight holds whole filters. */
#define PIECE (9 * 8192)

typedef enum
{
  ITEM_TENSOR,
  ITEM_COUNTER, /* num_batches_tracked: one I64, 0 */
  ITEM_EXTRA,   /* a checkpoint's own */
  /* of an int8 model: */
  ITEM_PACKED,
  ITEM_WEIGHT_SCALE,
  ITEM_OUTPUT_SCALE,
} ItemKind;

/* A tensor of the file to be. */
typedef struct
{
  ItemKind kind;
  RenLayerId id;
  RenPart part;
  RenPrecision precision;
  guint live_taps; /* of a trimmed tensor; else 0 */
  const RenExtra *extra;
} Item;

static void
item_name (const Item *item, char name[REN_TENSOR_NAME_MAX])
{
  const RenLayer *layer = &ren_network[item->id];

  switch (item->kind) {
    case ITEM_COUNTER:
      /* the state dict of a batch norm also counts batches: nothing here uses
       * it, but load_state_dict (strict=True) wants it */
      g_snprintf (
          name, REN_TENSOR_NAME_MAX, "%s.num_batches_tracked", layer->norm);
      break;
    case ITEM_EXTRA:
      g_strlcpy (name, item->extra->name, REN_TENSOR_NAME_MAX);
      break;
    case ITEM_WEIGHT_SCALE:
      g_snprintf (name, REN_TENSOR_NAME_MAX, "%s.weight.scale", layer->name);
      break;
    case ITEM_OUTPUT_SCALE:
      g_snprintf (name, REN_TENSOR_NAME_MAX, "%s.output.scale", layer->name);
      break;
    default:
      ren_tensor_name (item->id, item->part, name);
  }
}

static void
add_of_kind (GArray *items, ItemKind kind, RenLayerId id)
{
  const Item item = { .kind = kind, .id = id };

  g_array_append_val (items, item);
}

/* 8-bit weights, counters, then vectors, then matrices: from the header's end,
 * at a multiple of 64, every tensor so begins at a multiple of its numbers'
 * size, and what is used in place at one of 64. */
static GArray *
list_items (RenPrecision precision, gboolean trimmed, const RenExtra *extras,
    guint n_extras)
{
  const gboolean quantized = precision == REN_PRECISION_INT8;
  GArray *items = g_array_new (FALSE, TRUE, sizeof (Item));

  for (RenLayerId id = 0; quantized && id < REN_N_LAYERS; id++)
    if (ren_layer_is_quantized (id))
      add_of_kind (items, ITEM_PACKED, id);
  for (RenLayerId id = 0; id < REN_N_LAYERS; id++)
    if (ren_network[id].norm)
      add_of_kind (items, ITEM_COUNTER, id);
  for (RenLayerId id = 0; quantized && id < REN_N_LAYERS; id++) {
    if (ren_layer_is_quantized (id))
      add_of_kind (items, ITEM_WEIGHT_SCALE, id);
    if (ren_layer_has_output_scale (id))
      add_of_kind (items, ITEM_OUTPUT_SCALE, id);
  }
  /* vectors are 0.05 % of the numbers and the most sensitive ones: variances
   * also leave the range of fp16. They stay fp32 */
  for (RenLayerId id = 0; id < REN_N_LAYERS; id++)
    for (RenPart part = REN_PART_BIAS; part < REN_N_PARTS; part++)
      if (ren_layer_has_part (id, part)) {
        Item item = { .id = id, .part = part };

        g_array_append_val (items, item);
      }
  for (RenLayerId id = 0; id < REN_N_LAYERS; id++) {
    Item item = { .id = id, .part = REN_PART_WEIGHT, .precision = precision };
    guint taps = ren_layer_live_taps (&ren_network[id]);

    if (quantized && ren_layer_is_quantized (id))
      continue;
    if (quantized)
      item.precision = REN_PRECISION_FP32;
    if (trimmed && ren_network[id].kernel == 3 && taps != 0x1ff)
      item.live_taps = taps;
    g_array_append_val (items, item);
  }
  for (guint i = 0; i < n_extras; i++) {
    Item item = { .kind = ITEM_EXTRA, .extra = &extras[i] };

    g_array_append_val (items, item);
  }
  return items;
}

/* ---- header ---- */

static guint
item_shape (const Item *item, guint n_classes, guint64 dims[5])
{
  guint n_dims;

  switch (item->kind) {
    case ITEM_COUNTER:
      return 0;
    case ITEM_EXTRA:
      dims[0] = item->extra->n;
      return 1;
    case ITEM_PACKED:
      ren_packed_shape (item->id, dims);
      return 5;
    case ITEM_WEIGHT_SCALE:
      dims[0] = ren_network[item->id].c_out;
      return 1;
    case ITEM_OUTPUT_SCALE:
      dims[0] = 1;
      return 1;
    case ITEM_TENSOR:
      break;
  }
  n_dims = ren_tensor_shape (item->id, item->part, n_classes, dims);
  if (item->live_taps) {
    dims[2] = ren_count_taps (item->live_taps);
    n_dims = 3;
  }
  return n_dims;
}

static guint64
item_bytes (const Item *item, guint n_classes)
{
  guint64 dims[5], n;
  guint n_dims = item_shape (item, n_classes, dims);

  switch (item->kind) {
    case ITEM_COUNTER:
      n = 8;
      break;
    case ITEM_PACKED:
      n = 1;
      break;
    default:
      n = ren_precision_size (item->precision);
  }
  for (guint i = 0; i < n_dims; i++)
    n *= dims[i];
  return n;
}

static const char *
item_dtype (const Item *item)
{
  if (item->kind == ITEM_COUNTER)
    return "I64";
  if (item->kind == ITEM_PACKED)
    return "I8";
  switch (item->precision) {
    case REN_PRECISION_FP16:
      return "F16";
    case REN_PRECISION_BF16:
      return "BF16";
    default:
      return "F32";
  }
}

static void
add_metadata (JsonBuilder *builder, GHashTable *metadata)
{
  g_autoptr (GList) keys = g_hash_table_get_keys (metadata);

  keys = g_list_sort (keys, (GCompareFunc) strcmp);
  json_builder_set_member_name (builder, "__metadata__");
  json_builder_begin_object (builder);
  for (GList *k = keys; k; k = k->next) {
    json_builder_set_member_name (builder, k->data);
    json_builder_add_string_value (
        builder, g_hash_table_lookup (metadata, k->data));
  }
  json_builder_end_object (builder);
}

static void
add_item (JsonBuilder *builder, const Item *item, guint n_classes, guint64 *at)
{
  char name[REN_TENSOR_NAME_MAX];
  guint64 dims[5];
  guint n_dims = item_shape (item, n_classes, dims);

  item_name (item, name);
  json_builder_set_member_name (builder, name);
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "dtype");
  json_builder_add_string_value (builder, item_dtype (item));
  json_builder_set_member_name (builder, "shape");
  json_builder_begin_array (builder);
  for (guint i = 0; i < n_dims; i++)
    json_builder_add_int_value (builder, (gint64) dims[i]);
  json_builder_end_array (builder);
  json_builder_set_member_name (builder, "data_offsets");
  json_builder_begin_array (builder);
  json_builder_add_int_value (builder, (gint64) *at);
  *at += item_bytes (item, n_classes);
  json_builder_add_int_value (builder, (gint64) *at);
  json_builder_end_array (builder);
  json_builder_end_object (builder);
}

/* Length and JSON, padded so that the tensors begin at a multiple of 64. */
static GByteArray *
make_header (const GArray *items, guint n_classes, GHashTable *metadata)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *text = NULL;
  GByteArray *header = g_byte_array_new ();
  guint64 length, at = 0;

  json_builder_begin_object (builder);
  add_metadata (builder, metadata);
  for (guint i = 0; i < items->len; i++)
    add_item (builder, &g_array_index (items, Item, i), n_classes, &at);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  text = json_to_string (root, FALSE);

  length = ((strlen (text) + 8 + 63) & ~(guint64) 63) - 8;
  length = GUINT64_TO_LE (length);
  g_byte_array_append (header, (guint8 *) &length, 8);
  g_byte_array_append (header, (guint8 *) text, strlen (text));
  while (header->len % 64 != 0)
    g_byte_array_append (header, (const guint8 *) " ", 1);
  return header;
}

/* ---- data ---- */

/* Keeps of whole 3×3 filters only the live taps, in place. Returns how many
 * numbers are left. */
static gsize
drop_taps (float *v, gsize n, guint live_taps)
{
  gsize kept = 0;

  for (gsize i = 0; i < n; i++)
    if (live_taps >> (i % 9) & 1)
      v[kept++] = v[i];
  return kept;
}

static gboolean
check_values (const Item *item, gboolean finite, gboolean fits, GError **error)
{
  char name[REN_TENSOR_NAME_MAX];

  if (finite && fits)
    return TRUE;
  ren_tensor_name (item->id, item->part, name);
  if (!finite)
    g_set_error (error, REN_ERROR, REN_ERROR_CORRUPT,
        "tensor '%s' holds numbers that are not finite", name);
  else
    g_set_error (error, REN_ERROR, REN_ERROR_UNSUPPORTED,
        "tensor '%s' holds numbers beyond the range of %s; bf16 has that of "
        "fp32",
        name, ren_precision_name (item->precision));
  return FALSE;
}

static gboolean
write_item (RenOutput *out, GChecksum *sum, const RenModel *model,
    const Item *item, float *piece, guint8 *packed, GError **error)
{
  guint64 n = ren_tensor_size (item->id, item->part, model->tensors->n_classes);
  gsize size = ren_precision_size (item->precision);

  for (guint64 at = 0; at < n; at += PIECE) {
    gsize k = MIN (PIECE, n - at);
    gboolean finite, fits;

    if (!ren_model_read_tensor (
            model, item->id, item->part, at, k, piece, error))
      return FALSE;
    if (item->live_taps)
      k = drop_taps (piece, k, item->live_taps);
    fits = ren_from_float (item->precision, piece, k, packed);
    finite = ren_find_not_finite (REN_PRECISION_FP32, piece, k) == k;
    if (!check_values (item, finite, fits, error))
      return FALSE;
    g_checksum_update (sum, packed, k * size);
    if (!ren_output_write (out, packed, k * size))
      return TRUE; /* the commit says why */
  }
  return TRUE;
}

static void
write_bytes (RenOutput *out, GChecksum *sum, const void *data, gsize n)
{
  g_checksum_update (sum, data, (gssize) n);
  ren_output_write (out, data, n);
}

/* 8-bit weights, as they are. */
static gboolean
write_packed (RenOutput *out, GChecksum *sum, const RenModel *model,
    const Item *item, guint8 *packed, GError **error)
{
  const RenTensors *tensors = model->tensors;
  const gsize n = item_bytes (item, tensors->n_classes);

  for (gsize at = 0; at < n; at += PIECE) {
    const gsize k = MIN (PIECE, n - at);
    const guint8 *bytes = ren_tensor_bytes (tensors,
        &tensors->tensor[item->id][REN_PART_WEIGHT], at, k, packed, error);

    if (!bytes) {
      g_prefix_error (error, "%s: ", model->path);
      return FALSE;
    }
    write_bytes (out, sum, bytes, k);
  }
  return TRUE;
}

static void
write_extra (
    RenOutput *out, GChecksum *sum, const RenExtra *extra, guint8 *packed)
{
  for (gsize at = 0; at < extra->n; at += PIECE) {
    const gsize k = MIN (PIECE, extra->n - at);

    ren_from_float (
        REN_PRECISION_FP32, (const float *) extra->data + at, k, packed);
    write_bytes (out, sum, packed, k * sizeof (float));
  }
}

static gboolean
write_data (RenOutput *out, GChecksum *sum, const RenModel *model,
    const GArray *items, GError **error)
{
  static const guint8 zero[8];
  g_autofree float *piece = ren_try_new (float, PIECE, error);
  g_autofree guint8 *packed =
      piece ? ren_try_new (guint8, PIECE * sizeof (float), error) : NULL;

  if (!packed)
    return FALSE;
  for (guint i = 0; i < items->len; i++) {
    const Item *item = &g_array_index (items, Item, i);

    const RenTensor *weight = &model->tensors->tensor[item->id][0];
    const gsize n = item_bytes (item, model->tensors->n_classes);

    switch (item->kind) {
      case ITEM_COUNTER:
        write_bytes (out, sum, zero, n);
        break;
      case ITEM_EXTRA:
        write_extra (out, sum, item->extra, packed);
        break;
      case ITEM_PACKED:
        if (!write_packed (out, sum, model, item, packed, error))
          return FALSE;
        break;
      case ITEM_WEIGHT_SCALE:
        write_bytes (out, sum, weight->scale, n);
        break;
      case ITEM_OUTPUT_SCALE:
        ren_from_float (REN_PRECISION_FP32,
            &model->tensors->output_scale[item->id], 1, packed);
        write_bytes (out, sum, packed, n);
        break;
      case ITEM_TENSOR:
        if (!write_item (out, sum, model, item, piece, packed, error))
          return FALSE;
        break;
    }
  }
  return TRUE;
}

gboolean
ren_model_save (RenModel *model, const char *path, RenPrecision precision,
    RenSaveFlags flags, GError **error)
{
  g_return_val_if_fail (model != NULL && path != NULL, FALSE);

  if (precision == REN_PRECISION_AUTO)
    precision = ren_model_precision (model);
  if (precision < REN_PRECISION_FP32 || precision >= REN_N_PRECISIONS) {
    g_set_error (error, REN_ERROR, REN_ERROR_ARGUMENT,
        "cannot write %s: %d is no number format", path, (gint) precision);
    return FALSE;
  }
  return ren_safetensors_write (model, path, precision, flags, NULL, 0, error);
}

gboolean
ren_safetensors_write (RenModel *model, const char *path,
    RenPrecision precision, RenSaveFlags flags, const RenExtra *extras,
    guint n_extras, GError **error)
{
  /* 8-bit weights are always of live taps only, which their shape tells */
  gboolean trimmed =
      (flags & REN_SAVE_TRIMMED) != 0 && precision != REN_PRECISION_INT8;
  guint n_classes = model->tensors->n_classes;
  g_autoptr (GArray) items = list_items (precision, trimmed, extras, n_extras);
  g_autoptr (GHashTable) metadata =
      ren_metadata_for_file (model, precision, trimmed);
  g_autoptr (GByteArray) header = make_header (items, n_classes, metadata);
  g_autoptr (GByteArray) final = NULL;
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  RenOutput *out;

  if (precision == REN_PRECISION_INT8 &&
      ren_model_precision (model) != REN_PRECISION_INT8) {
    g_set_error (error, REN_ERROR, REN_ERROR_ARGUMENT,
        "cannot write %s: the model is not int8; ren_model_quantize() makes "
        "one",
        path);
    return FALSE;
  }
  if (!(out = ren_output_open (path, error)))
    return FALSE;
  ren_output_write (out, header->data, header->len);
  if (!write_data (out, sum, model, items, error)) {
    g_prefix_error (error, "cannot write %s: ", path);
    ren_output_abort (out);
    return FALSE;
  }
  /* as long as the one with zeros in the place of the digits */
  g_hash_table_insert (
      metadata, g_strdup ("sha256"), g_strdup (g_checksum_get_string (sum)));
  final = make_header (items, n_classes, metadata);
  g_assert (final->len == header->len);
  ren_output_rewrite (out, 0, final->data, final->len);
  return ren_output_commit (out, error);
}

/* SHA-256 of a file's tensors, as text. */
static char *
checksum (const RenTensors *tensors, GError **error)
{
  const guint64 end = ren_input_size (tensors->input);
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autofree guint8 *piece = ren_try_new (guint8, PIECE, error);

  for (guint64 at = tensors->data_start; piece && at < end; at += PIECE) {
    const gsize n = MIN (PIECE, end - at);

    if (!ren_input_read (tensors->input, at, n, piece, error))
      return NULL;
    g_checksum_update (sum, piece, (gssize) n);
  }
  return piece ? g_strdup (g_checksum_get_string (sum)) : NULL;
}

gboolean
ren_model_verify (RenModel *model, GError **error)
{
  g_autofree char *found = NULL;
  const char *stored;

  g_return_val_if_fail (model != NULL, FALSE);

  stored = g_hash_table_lookup (model->metadata, "sha256");
  if (!stored || !model->tensors->input)
    return TRUE;
  found = checksum (model->tensors, error);
  if (!found) {
    g_prefix_error (error, "%s: ", model->path);
    return FALSE;
  }
  if (g_ascii_strcasecmp (stored, found) == 0)
    return TRUE;
  g_set_error (error, REN_ERROR, REN_ERROR_CORRUPT,
      "%s: the tensors are not those that were written: their SHA-256 is %s, "
      "not %s",
      model->path, found, stored);
  return FALSE;
}

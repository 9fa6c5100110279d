/* SPDX-License-Identifier: MIT */
#include "readers.h"

#include <string.h>

#include "convert.h"
#include "match.h"
#include "memory.h"
#include "pickle.h"
#include "size.h"
#include "state-dict.h"
#include "torch-archive.h"

/* The largest storage that is read. Normally each tensor has its own; one
 * storage that holds the whole network and its optimizer would have 960 MB. */
#define MAX_STORAGE_BYTES (G_GUINT64_CONSTANT (1) << 30)

typedef struct
{
  RenPickle *pickle;
  RenValue state_dict;
} Checkpoint;

/* A storage and the tensors in it that the network needs. */
typedef struct
{
  char *key;
  guint64 n_bytes;
  guint64 n_needed;  /* bytes of these tensors */
  gboolean in_place; /* they can be used where they lie */
  GArray *views;     /* View */
} Storage;

typedef struct
{
  RenTensor *to;
  RenPickleTensor from;
  char name[REN_TENSOR_NAME_MAX];
} View;

static void
storage_free (gpointer data)
{
  Storage *storage = data;

  g_free (storage->key);
  g_array_unref (storage->views);
  g_free (storage);
}

/* ---- finding ---- */

static RenPrecision
precision_of (RenElement element, gboolean *usable)
{
  *usable = TRUE;
  switch (element) {
    case REN_ELEMENT_FLOAT32:
      return REN_PRECISION_FP32;
    case REN_ELEMENT_FLOAT16:
      return REN_PRECISION_FP16;
    case REN_ELEMENT_BFLOAT16:
      return REN_PRECISION_BF16;
    default:
      *usable = FALSE;
      return REN_PRECISION_FP32;
  }
}

static gboolean
find_tensor (gpointer reader, const char *name, RenFound *found, GError **error)
{
  Checkpoint *checkpoint = reader;
  RenPickleTensor tensor;
  RenValue value;

  G_STATIC_ASSERT (REN_MAX_DIMS >= REN_PICKLE_MAX_DIMS);

  if (!ren_pickle_lookup (
          checkpoint->pickle, checkpoint->state_dict, name, &value) ||
      !ren_pickle_is_tensor (checkpoint->pickle, value))
    return FALSE;
  if (!ren_pickle_get_tensor (checkpoint->pickle, value, &tensor, error)) {
    g_prefix_error (error, "tensor '%s': ", name);
    return FALSE;
  }
  found->dtype = tensor.type_name;
  found->precision = precision_of (tensor.element, &found->usable);
  found->n_dims = tensor.n_dims;
  memcpy (found->dims, tensor.dims, sizeof tensor.dims);
  found->handle = value;
  return TRUE;
}

/* ---- laying out ---- */

/* Whether the elements lie one after the other in PyTorch's order. */
static gboolean
is_contiguous (const RenPickleTensor *t)
{
  guint64 expected = 1;

  for (guint i = t->n_dims; i-- > 0;) {
    if (t->dims[i] != 1 && t->strides[i] != expected)
      return FALSE;
    expected *= t->dims[i]; /* dims were checked against the network's */
  }
  return TRUE;
}

static Storage *
add_storage (GHashTable *storages, RenArchive *archive,
    const RenPickleTensor *t, gsize size, GError **error)
{
  g_autofree char *key = g_strndup (t->key, t->key_length);
  Storage *storage = g_hash_table_lookup (storages, key);
  guint64 claimed, n_bytes;

  if (storage)
    n_bytes = storage->n_bytes;
  else if (!ren_archive_storage_size (archive, key, &n_bytes, error))
    return NULL;

  if (!ren_size_mul (&claimed, t->storage_n, size) || claimed != n_bytes) {
    g_set_error (error, REN_ERROR, REN_ERROR_CORRUPT,
        "storage '%s' has %" G_GUINT64_FORMAT
        " bytes in the archive, not %" G_GUINT64_FORMAT
        " numbers of %" G_GSIZE_FORMAT " bytes as the pickle says",
        key, n_bytes, t->storage_n, size);
    return NULL;
  }
  if (n_bytes > MAX_STORAGE_BYTES) {
    g_set_error (error, REN_ERROR, REN_ERROR_UNSUPPORTED,
        "storage '%s' has %" G_GUINT64_FORMAT
        " bytes, far more than the network; save only model.state_dict()",
        key, n_bytes);
    return NULL;
  }
  if (!storage) {
    storage = ren_try_new0 (Storage, 1, error);
    if (!storage)
      return NULL;
    storage->key = g_steal_pointer (&key);
    storage->n_bytes = n_bytes;
    storage->in_place = TRUE;
    storage->views = g_array_new (FALSE, FALSE, sizeof (View));
    g_hash_table_insert (storages, storage->key, storage);
  }
  return storage;
}

/* Sorts the tensors by the storages they lie in. */
static gboolean
collect_storages (GHashTable *storages, RenArchive *archive,
    const RenPickle *pickle, const RenMatch *match, RenTensors *tensors,
    GError **error)
{
  for (RenLayerId id = 0; id < REN_N_LAYERS; id++)
    for (RenPart part = 0; part < REN_N_PARTS; part++) {
      const RenFound *found = &match->found[id][part];
      gsize size = ren_precision_size (found->precision);
      Storage *storage;
      View view;

      if (!ren_layer_has_part (id, part))
        continue;
      ren_tensor_name (id, part, view.name);
      view.to = &tensors->tensor[id][part];
      view.to->dtype = found->precision;
      if (part == REN_PART_WEIGHT)
        view.to->live_taps = match->live_taps[id];
      if (!ren_pickle_get_tensor (
              pickle, (RenValue) found->handle, &view.from, error))
        return FALSE;

      storage = add_storage (storages, archive, &view.from, size, error);
      if (!storage)
        return FALSE;
      storage->n_needed += ren_tensor_size (id, part, match->n_classes) * size;
      storage->in_place &= is_contiguous (&view.from);
      g_array_append_val (storage->views, view);
    }
  return TRUE;
}

/* ---- reading ---- */

/* One element after the other, stride bytes apart. */
static gboolean
row_is_finite (RenPrecision precision, const guint8 *p, guint64 n, gsize stride)
{
  const guint16 mask = precision == REN_PRECISION_FP16 ? 0x7c00 : 0x7f80;
  gboolean bad = FALSE;

  for (guint64 k = 0; k < n; k++, p += stride)
    if (precision == REN_PRECISION_FP32) {
      guint32 u;

      memcpy (&u, p, sizeof u);
      bad |= (GUINT32_FROM_LE (u) & 0x7f800000) == 0x7f800000;
    } else {
      guint16 h;

      memcpy (&h, p, sizeof h);
      bad |= (GUINT16_FROM_LE (h) & mask) == mask;
    }
  return !bad;
}

/* Copies a view of any strides to where its elements are contiguous. Without
 * such a place, only looks at them: FALSE where one is not finite. */
static gboolean
gather (const RenPickleTensor *t, RenPrecision precision, const guint8 *from,
    guint8 *to)
{
  const gsize size = ren_precision_size (precision);
  guint64 index[REN_PICKLE_MAX_DIMS] = { 0 };
  const guint last = t->n_dims - 1;
  const gsize stride = t->strides[last] * size;
  guint64 at = t->offset;

  for (;;) {
    const guint8 *p = from + at * size;
    guint i = last;

    if (!to && !row_is_finite (precision, p, t->dims[last], stride))
      return FALSE;
    for (guint64 k = 0; to && k < t->dims[last]; k++, to += size)
      memcpy (to, p + k * stride, size);
    while (i > 0) {
      i--;
      at += t->strides[i];
      if (++index[i] < t->dims[i])
        break;
      at -= t->strides[i] * t->dims[i];
      index[i] = 0;
      if (i == 0)
        return TRUE;
    }
    if (last == 0)
      return TRUE;
  }
}

static gboolean
view_is_finite (const View *view, const guint8 *whole)
{
  RenPickleTensor t = view->from;
  const guint last = t.n_dims - 1;
  guint longest = last;

  /* in any order: the longest rows are soonest done */
  for (guint i = 0; i < last; i++)
    if (t.dims[i] > t.dims[longest])
      longest = i;
  t.dims[last] = view->from.dims[longest];
  t.strides[last] = view->from.strides[longest];
  t.dims[longest] = view->from.dims[last];
  t.strides[longest] = view->from.strides[last];
  return gather (&t, view->to->dtype, whole, NULL);
}

/* What is not finite is refused before a small storage becomes large tensors. Some
 * of a storage may be of no tensor. */
static gboolean
check_finite (const Storage *storage, const guint8 *whole, GError **error)
{
  const View *first = &g_array_index (storage->views, View, 0);
  const RenPrecision precision = first->to->dtype;
  const gsize n = storage->n_bytes / ren_precision_size (precision);

  if (ren_find_not_finite (precision, whole, n) == n)
    return TRUE;
  for (guint i = 0; i < storage->views->len; i++) {
    const View *view = &g_array_index (storage->views, View, i);

    if (view_is_finite (view, whole))
      continue;
    g_set_error (error, REN_ERROR, REN_ERROR_CORRUPT,
        "tensor '%s', in storage '%s', holds numbers that are not finite; was "
        "the training run that wrote it diverging?",
        view->name, storage->key);
    return FALSE;
  }
  return TRUE;
}

static guint64
view_bytes (const View *view)
{
  guint64 n = ren_precision_size (view->to->dtype);

  for (guint i = 0; i < view->from.n_dims; i++)
    n *= view->from.dims[i]; /* checked against the network's shape */
  return n;
}

/* Reads a storage once: straight to its final place where its tensors can be
 * used as they lie, else to a place from which they are gathered. */
static gboolean
read_storage (
    RenArchive *archive, Storage *storage, GPtrArray *blocks, GError **error)
{
  /* what nobody needs is not kept: a small view of a large storage is copied */
  gboolean in_place =
      storage->in_place && storage->n_bytes / 2 <= storage->n_needed;
  g_autofree guint8 *whole = ren_try_new (guint8, storage->n_bytes, error);

  if (!whole ||
      !ren_archive_read_storage (
          archive, storage->key, whole, storage->n_bytes, error) ||
      !check_finite (storage, whole, error))
    return FALSE;

  for (guint i = 0; i < storage->views->len; i++) {
    View *view = &g_array_index (storage->views, View, i);
    gsize size = ren_precision_size (view->to->dtype);

    if (in_place) {
      view->to->data = whole + view->from.offset * size;
    } else {
      guint8 *copy = ren_try_new (guint8, view_bytes (view), error);

      if (!copy)
        return FALSE;
      g_ptr_array_add (blocks, copy);
      gather (&view->from, view->to->dtype, whole, copy);
      view->to->data = copy;
    }
  }
  if (in_place)
    g_ptr_array_add (blocks, g_steal_pointer (&whole));
  return TRUE;
}

gboolean
ren_torch_read (int fd, RenTensors *tensors, GError **error)
{
  g_autoptr (RenArchive) archive = NULL;
  g_autoptr (RenPickle) pickle = NULL;
  g_autoptr (GHashTable) storages = NULL;
  g_autofree guint8 *bytes = NULL;
  g_autofree RenMatch *match = ren_try_new (RenMatch, 1, error);
  g_autofree char *other = NULL;
  static const guint whole[REN_N_LAYERS];
  GPtrArray *blocks;
  GHashTableIter iter;
  gpointer storage;
  Checkpoint checkpoint;
  gsize n_bytes;

  if (!match)
    return FALSE;
  archive = ren_archive_open (fd, error);
  if (!archive || !ren_archive_read_pickle (archive, &bytes, &n_bytes, error))
    return FALSE;
  pickle = ren_pickle_parse (bytes, n_bytes, error);
  if (!pickle)
    return FALSE;

  checkpoint.pickle = pickle;
  if (!ren_find_state_dict (pickle, &checkpoint.state_dict, &other, error) ||
      !ren_match_network (find_tensor, &checkpoint, whole, other, match, error))
    return FALSE;
  tensors->n_classes = match->n_classes;

  storages =
      g_hash_table_new_full (g_str_hash, g_str_equal, NULL, storage_free);
  if (!collect_storages (storages, archive, pickle, match, tensors, error))
    return FALSE;

  blocks = g_ptr_array_new_with_free_func (g_free);
  tensors->owner = blocks;
  tensors->owner_free = (GDestroyNotify) g_ptr_array_unref;
  g_hash_table_iter_init (&iter, storages);
  while (g_hash_table_iter_next (&iter, NULL, &storage))
    if (!read_storage (archive, storage, blocks, error))
      return FALSE;
  return TRUE;
}

/* SPDX-License-Identifier: MIT */
#include "pickle.h"

#include <string.h>

#include "pickle-private.h"
#include "size.h"

RenValueData *
ren_pickle_value (const RenPickle *pickle, RenValue value)
{
  return &g_array_index (pickle->values, RenValueData, value);
}

void
ren_pickle_set_corrupt (
    const RenPickle *pickle, const char *what, GError **error)
{
  g_set_error (error, REN_ERROR, REN_ERROR_CORRUPT,
      "the pickle is damaged at byte %" G_GSIZE_FORMAT ": %s", pickle->at,
      what);
}

gboolean
ren_pickle_spend (RenPickle *pickle, guint n, GError **error)
{
  if (n <= REN_PICKLE_MAX_OPCODES - pickle->n_spent) {
    pickle->n_spent += n;
    return TRUE;
  }
  g_set_error (error, REN_ERROR, REN_ERROR_REFUSED,
      "refused: the pickle makes more than %u objects (byte %" G_GSIZE_FORMAT
      "); load it in Python and save only model.state_dict()",
      REN_PICKLE_MAX_OPCODES, pickle->at);
  return FALSE;
}

RenValue
ren_pickle_add (RenPickle *pickle, const RenValueData *data)
{
  g_array_append_vals (pickle->values, data, 1);
  return pickle->values->len - 1;
}

void
ren_pickle_free (RenPickle *pickle)
{
  for (guint i = 0; i < pickle->values->len; i++) {
    RenValueData *v = ren_pickle_value (pickle, i);

    if ((v->type == REN_VALUE_LIST || v->type == REN_VALUE_DICT) && v->items)
      g_array_unref (v->items);
  }
  g_array_unref (pickle->values);
  g_array_unref (pickle->items);
  g_array_unref (pickle->stack);
  g_array_unref (pickle->memo);
  g_free (pickle);
}

RenValue
ren_pickle_root (const RenPickle *pickle)
{
  return pickle->root;
}

gboolean
ren_pickle_is_dict (const RenPickle *pickle, RenValue value)
{
  return ren_pickle_value (pickle, value)->type == REN_VALUE_DICT;
}

gboolean
ren_pickle_is_tensor (const RenPickle *pickle, RenValue value)
{
  return ren_pickle_value (pickle, value)->type == REN_VALUE_TENSOR;
}

guint
ren_pickle_dict_size (const RenPickle *pickle, RenValue dict)
{
  RenValueData *v = ren_pickle_value (pickle, dict);

  return v->items ? v->items->len / 2 : 0;
}

void
ren_pickle_dict_entry (const RenPickle *pickle, RenValue dict, guint i,
    RenValue *key, RenValue *value)
{
  RenValueData *v = ren_pickle_value (pickle, dict);

  *key = g_array_index (v->items, RenValue, 2 * i);
  *value = g_array_index (v->items, RenValue, 2 * i + 1);
}

const char *
ren_pickle_string (const RenPickle *pickle, RenValue value, gsize *length)
{
  RenValueData *v = ren_pickle_value (pickle, value);

  if (v->type != REN_VALUE_STRING)
    return NULL;
  *length = v->string.length;
  return (const char *) pickle->data + v->string.at;
}

gboolean
ren_pickle_lookup (
    const RenPickle *pickle, RenValue dict, const char *key, RenValue *value)
{
  gsize wanted = strlen (key);

  for (guint i = ren_pickle_dict_size (pickle, dict); i-- > 0;) {
    RenValue k, v;
    gsize length;
    const char *text;

    ren_pickle_dict_entry (pickle, dict, i, &k, &v);
    text = ren_pickle_string (pickle, k, &length);
    if (text && length == wanted && memcmp (text, key, length) == 0) {
      *value = v;
      return TRUE;
    }
  }
  return FALSE;
}

gboolean
ren_pickle_tuple_get (
    const RenPickle *pickle, RenValue tuple, guint i, RenValue *value)
{
  RenValueData *v = ren_pickle_value (pickle, tuple);

  if (v->type != REN_VALUE_TUPLE || i >= v->tuple.n)
    return FALSE;
  *value = g_array_index (pickle->items, RenValue, v->tuple.first + i);
  return TRUE;
}

/* ---- calls ---- */

static const RenName *
name_of (const RenPickle *pickle, RenValue value)
{
  RenValueData *v = ren_pickle_value (pickle, value);

  return v->type == REN_VALUE_NAME ? v->name : NULL;
}

/* OrderedDict ([[key, value], …]), as Python 2 wrote it, and without
 * arguments, as Python 3 does. */
static gboolean
make_dict (RenPickle *pickle, RenValue args, RenValue *result, GError **error)
{
  RenValueData dict = { .type = REN_VALUE_DICT };
  RenValue list;

  if (ren_pickle_tuple_get (pickle, args, 0, &list)) {
    RenValueData *pairs = ren_pickle_value (pickle, list);

    if (pairs->type != REN_VALUE_LIST)
      return ren_pickle_corrupt (pickle, "an odd OrderedDict", error);
    /* the same list may come again and again */
    if (pairs->items && !ren_pickle_spend (pickle, pairs->items->len, error))
      return FALSE;
    for (guint i = 0; pairs->items && i < pairs->items->len; i++) {
      RenValue pair = g_array_index (pairs->items, RenValue, i), kv[2];
      RenValueData *p = ren_pickle_value (pickle, pair);

      if (p->type == REN_VALUE_LIST && p->items && p->items->len == 2) {
        kv[0] = g_array_index (p->items, RenValue, 0);
        kv[1] = g_array_index (p->items, RenValue, 1);
      } else if (!ren_pickle_tuple_get (pickle, pair, 0, &kv[0]) ||
                 !ren_pickle_tuple_get (pickle, pair, 1, &kv[1])) {
        g_clear_pointer (&dict.items, g_array_unref);
        return ren_pickle_corrupt (pickle, "an odd OrderedDict", error);
      }
      if (!dict.items)
        dict.items = g_array_new (FALSE, FALSE, sizeof (RenValue));
      g_array_append_vals (dict.items, kv, 2);
    }
  }
  *result = ren_pickle_add (pickle, &dict);
  return TRUE;
}

static RenValue
make_tensor (RenPickle *pickle, const RenName *call, RenValue args)
{
  RenValueData tensor = { .type = REN_VALUE_TENSOR };

  tensor.tensor.call = call;
  tensor.tensor.args = args;
  return ren_pickle_add (pickle, &tensor);
}

gboolean
ren_pickle_call (RenPickle *pickle, RenValue callee, RenValue args,
    RenValue *result, GError **error)
{
  RenValueData opaque = { .type = REN_VALUE_OPAQUE };
  RenValueData empty = { .type = REN_VALUE_DICT };
  const RenName *name = name_of (pickle, callee);
  RenValue first, inner;

  if (!name || ren_pickle_value (pickle, args)->type != REN_VALUE_TUPLE) {
    g_set_error (error, REN_ERROR, REN_ERROR_REFUSED,
        "refused: the pickle calls something that is not a function of "
        "PyTorch (byte %" G_GSIZE_FORMAT ")",
        pickle->at);
    return FALSE;
  }

  /* tensor with attributes: (function, class, its arguments, attributes) */
  if (name->kind == REN_NAME_FROM_TYPE) {
    if (!ren_pickle_tuple_get (pickle, args, 0, &first) ||
        !ren_pickle_tuple_get (pickle, args, 2, &inner) ||
        ren_pickle_value (pickle, inner)->type != REN_VALUE_TUPLE)
      return ren_pickle_corrupt (pickle, "an odd tensor", error);
    name = name_of (pickle, first);
    args = inner;
    if (!name || name->kind == REN_NAME_FROM_TYPE)
      return ren_pickle_corrupt (pickle, "an odd tensor", error);
  }

  switch (name->kind) {
    case REN_NAME_ORDERED_DICT:
      return make_dict (pickle, args, result, error);
    case REN_NAME_DEFAULT_DICT:
      *result = ren_pickle_add (pickle, &empty);
      return TRUE;
    case REN_NAME_TENSOR:
    case REN_NAME_TENSOR_WITH_DTYPE:
      *result = make_tensor (pickle, name, args);
      return TRUE;
    case REN_NAME_PARAMETER:
      if (!ren_pickle_tuple_get (pickle, args, 0, result) ||
          !ren_pickle_is_tensor (pickle, *result))
        return ren_pickle_corrupt (pickle, "an odd parameter", error);
      return TRUE;
    case REN_NAME_SIZE:
      if (!ren_pickle_tuple_get (pickle, args, 0, result))
        return ren_pickle_corrupt (pickle, "an odd size", error);
      return TRUE;
    case REN_NAME_INERT:
      *result = ren_pickle_add (pickle, &opaque);
      return TRUE;
    default:
      g_set_error (error, REN_ERROR, REN_ERROR_REFUSED,
          "refused: the pickle calls %s.%s, which is not a function",
          name->module, name->name);
      return FALSE;
  }
}

gboolean
ren_pickle_build (RenPickle *pickle, RenValue object, GError **error)
{
  RenValueType type = ren_pickle_value (pickle, object)->type;

  /* state of a dict is the `_metadata` that nn.Module.state_dict() adds to
   * it: versions of layers; of an inert value it does not matter */
  if (type == REN_VALUE_DICT || type == REN_VALUE_OPAQUE)
    return TRUE;
  g_set_error (error, REN_ERROR, REN_ERROR_REFUSED,
      "refused: the pickle sets the state of an object that is not plain data "
      "(BUILD at byte %" G_GSIZE_FORMAT ")",
      pickle->at);
  return FALSE;
}

/* ('storage', type, key, location, number of elements) is the only persistent
 * id that torch.save writes into archives. */
gboolean
ren_pickle_persistent (
    RenPickle *pickle, RenValue id, RenValue *result, GError **error)
{
  RenValueData storage = { .type = REN_VALUE_STORAGE };
  RenValue field[5];
  RenValueData *n;
  const RenName *type;
  const char *text;
  gsize length;

  for (guint i = 0; i < 5; i++)
    if (!ren_pickle_tuple_get (pickle, id, i, &field[i]))
      goto odd;
  text = ren_pickle_string (pickle, field[0], &length);
  if (!text || length != 7 || memcmp (text, "storage", 7) != 0)
    goto odd;
  type = name_of (pickle, field[1]);
  if (!type || type->kind != REN_NAME_STORAGE)
    goto odd;
  if (!ren_pickle_string (pickle, field[2], &length) || length == 0 ||
      length > 64)
    goto odd;
  n = ren_pickle_value (pickle, field[4]);
  if (n->type != REN_VALUE_INTEGER || n->integer < 0)
    goto odd;

  storage.storage.args = id;
  storage.storage.type = type;
  *result = ren_pickle_add (pickle, &storage);
  return TRUE;

odd:
  g_set_error (error, REN_ERROR, REN_ERROR_REFUSED,
      "refused: the pickle asks for a persistent object that is not a "
      "storage (byte %" G_GSIZE_FORMAT ")",
      pickle->at);
  return FALSE;
}

/* ---- tensors ---- */

static gboolean
get_integer (const RenPickle *pickle, RenValue tuple, guint i, guint64 *out)
{
  RenValueData *v;
  RenValue value;

  if (!ren_pickle_tuple_get (pickle, tuple, i, &value))
    return FALSE;
  v = ren_pickle_value (pickle, value);
  if (v->type != REN_VALUE_INTEGER || v->integer < 0)
    return FALSE;
  *out = (guint64) v->integer;
  return TRUE;
}

/* Index of the last element that a view touches; FALSE if it overflows or if
 * the view is empty. */
static gboolean
last_element (const RenPickleTensor *t, guint64 *last)
{
  *last = t->offset;
  for (guint i = 0; i < t->n_dims; i++) {
    guint64 reach;

    if (t->dims[i] == 0 ||
        !ren_size_mul (&reach, t->dims[i] - 1, t->strides[i]) ||
        !ren_size_add (last, *last, reach))
      return FALSE;
  }
  return TRUE;
}

static void
read_storage (
    const RenPickle *pickle, const RenValueData *storage, RenPickleTensor *t)
{
  RenValue key = 0;

  /* checked when the persistent id was met */
  ren_pickle_tuple_get (pickle, storage->storage.args, 2, &key);
  t->key = ren_pickle_string (pickle, key, &t->key_length);
  get_integer (pickle, storage->storage.args, 4, &t->storage_n);
  t->element = storage->storage.type->element;
  t->type_name = storage->storage.type->name;
}

/* An untyped storage counts bytes; the dtype beside it says of what. */
static gboolean
apply_dtype (RenPickleTensor *t, const RenName *dtype)
{
  guint64 size;

  if (!dtype || dtype->kind != REN_NAME_DTYPE)
    return FALSE;
  if (t->element != REN_ELEMENT_BYTES)
    return t->element == dtype->element;
  t->element = dtype->element;
  t->type_name = dtype->name;
  size = dtype->element == REN_ELEMENT_FLOAT32 ? 4 : 2;
  if (dtype->element == REN_ELEMENT_FLOAT64)
    size = 8;
  if (dtype->element == REN_ELEMENT_OTHER)
    return TRUE; /* never read */
  if (t->storage_n % size != 0)
    return FALSE;
  t->storage_n /= size;
  return TRUE;
}

static gboolean
odd_tensor (const char *what, GError **error)
{
  g_set_error (error, REN_ERROR, REN_ERROR_CORRUPT,
      "a tensor's record makes no sense: %s", what);
  return FALSE;
}

gboolean
ren_pickle_get_tensor (
    const RenPickle *pickle, RenValue value, RenPickleTensor *t, GError **error)
{
  RenValueData *v = ren_pickle_value (pickle, value), *sizes, *extra;
  RenValue args = v->tensor.args, storage, size, stride, dtype, metadata;
  gboolean with_dtype = v->tensor.call->kind == REN_NAME_TENSOR_WITH_DTYPE;
  guint64 last;

  memset (t, 0, sizeof *t);
  if (!ren_pickle_tuple_get (pickle, args, 0, &storage) ||
      ren_pickle_value (pickle, storage)->type != REN_VALUE_STORAGE)
    return odd_tensor ("it has no storage", error);
  read_storage (pickle, ren_pickle_value (pickle, storage), t);

  if (!get_integer (pickle, args, 1, &t->offset))
    return odd_tensor ("its offset is not a number", error);
  if (!ren_pickle_tuple_get (pickle, args, 2, &size) ||
      !ren_pickle_tuple_get (pickle, args, 3, &stride))
    return odd_tensor ("it has no size", error);
  sizes = ren_pickle_value (pickle, size);
  if (sizes->type != REN_VALUE_TUPLE ||
      ren_pickle_value (pickle, stride)->type != REN_VALUE_TUPLE ||
      sizes->tuple.n != ren_pickle_value (pickle, stride)->tuple.n ||
      sizes->tuple.n > REN_PICKLE_MAX_DIMS)
    return odd_tensor ("its size and its strides do not match", error);
  t->n_dims = sizes->tuple.n;
  for (guint i = 0; i < t->n_dims; i++) {
    if (!get_integer (pickle, size, i, &t->dims[i]))
      return odd_tensor ("a size is not a number or negative", error);
    if (!get_integer (pickle, stride, i, &t->strides[i]))
      return odd_tensor ("a stride is not a number or negative", error);
  }

  if (with_dtype && (!ren_pickle_tuple_get (pickle, args, 6, &dtype) ||
                        !apply_dtype (t, name_of (pickle, dtype))))
    return odd_tensor ("its number format does not fit its storage", error);
  /* a view that negates or conjugates says so in a dict at the end */
  if (ren_pickle_tuple_get (pickle, args, with_dtype ? 7 : 6, &metadata)) {
    extra = ren_pickle_value (pickle, metadata);
    if (extra->type != REN_VALUE_NONE &&
        (extra->type != REN_VALUE_DICT ||
            ren_pickle_dict_size (pickle, metadata) > 0))
      return odd_tensor ("it is a view of a kind that is not known", error);
  }

  if (!last_element (t, &last) || last >= t->storage_n)
    return odd_tensor ("it reaches beyond its storage", error);
  return TRUE;
}

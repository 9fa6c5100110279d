/* The stack machine of pickles: opcodes of protocols 2 to 5.
 * SPDX-License-Identifier: MIT
 *
 * Format: CPython's Lib/pickletools.py. Values refer to each other by index and
 * nothing recurses, so that depth costs nothing. Every opcode makes at most one
 * value and pushes at most one, so that memory is bounded by how many there are.
 */
#include "memory.h"
#include "pickle-private.h"
#include "pickle-stack.h"

/* clang-format off */
typedef enum
{
  OP_MARK = '(', OP_STOP = '.', OP_POP = '0', OP_POP_MARK = '1', OP_DUP = '2',
  OP_BINBYTES = 'B', OP_SHORT_BINBYTES = 'C', OP_BINFLOAT = 'G',
  OP_BININT = 'J', OP_BININT1 = 'K', OP_BININT2 = 'M', OP_NONE = 'N',
  OP_BINPERSID = 'Q', OP_REDUCE = 'R', OP_BINSTRING = 'T',
  OP_SHORT_BINSTRING = 'U', OP_BINUNICODE = 'X', OP_EMPTY_LIST = ']',
  OP_APPEND = 'a', OP_BUILD = 'b', OP_GLOBAL = 'c', OP_DICT = 'd',
  OP_APPENDS = 'e', OP_BINGET = 'h', OP_INST = 'i', OP_LONG_BINGET = 'j',
  OP_LIST = 'l', OP_OBJ = 'o', OP_BINPUT = 'q', OP_LONG_BINPUT = 'r',
  OP_SETITEM = 's', OP_TUPLE = 't', OP_SETITEMS = 'u', OP_EMPTY_TUPLE = ')',
  OP_EMPTY_DICT = '}',
  OP_PROTO = 0x80, OP_NEWOBJ = 0x81, OP_EXT1 = 0x82, OP_EXT2 = 0x83,
  OP_EXT4 = 0x84, OP_TUPLE1 = 0x85, OP_TUPLE2 = 0x86, OP_TUPLE3 = 0x87,
  OP_NEWTRUE = 0x88, OP_NEWFALSE = 0x89, OP_LONG1 = 0x8a, OP_LONG4 = 0x8b,
  OP_SHORT_BINUNICODE = 0x8c, OP_BINUNICODE8 = 0x8d, OP_BINBYTES8 = 0x8e,
  OP_EMPTY_SET = 0x8f, OP_ADDITEMS = 0x90, OP_FROZENSET = 0x91,
  OP_NEWOBJ_EX = 0x92, OP_STACK_GLOBAL = 0x93, OP_MEMOIZE = 0x94,
  OP_FRAME = 0x95, OP_BYTEARRAY8 = 0x96
} Opcode;
/* clang-format on */

/* ---- names ---- */

static gboolean
refuse_name (const char *module, gsize module_length, const char *name,
    gsize length, GError **error)
{
  g_autofree char *m = ren_pickle_printable (module, module_length);
  g_autofree char *n = ren_pickle_printable (name, length);

  g_set_error (error, REN_ERROR, REN_ERROR_REFUSED,
      "refused: the pickle asks for %s.%s, which is not plain tensor data; "
      "nothing of it was run. If you trust the file, load it in Python and "
      "save only model.state_dict()",
      m, n);
  return FALSE;
}

static gboolean
push_name (RenPickle *p, const char *module, gsize module_length,
    const char *name, gsize length, GError **error)
{
  RenValueData data = { .type = REN_VALUE_NAME };

  data.name = ren_pickle_find_name (module, module_length, name, length);
  if (!data.name)
    return refuse_name (module, module_length, name, length, error);
  return ren_pickle_push_new (p, &data);
}

/* GLOBAL and INST name what they want in two lines. */
static gboolean
take_name (RenPickle *p, gboolean refuse, GError **error)
{
  const char *module, *name;
  gsize module_length, length;

  if (!ren_pickle_take_line (p, &module, &module_length, error) ||
      !ren_pickle_take_line (p, &name, &length, error))
    return FALSE;
  return refuse ? refuse_name (module, module_length, name, length, error)
                : push_name (p, module, module_length, name, length, error);
}

static gboolean
stack_name (RenPickle *p, GError **error)
{
  RenValue module, name;
  gsize module_length, length;
  const char *m, *n;

  if (!ren_pickle_pop (p, &name, error) || !ren_pickle_pop (p, &module, error))
    return FALSE;
  m = ren_pickle_string (p, module, &module_length);
  n = ren_pickle_string (p, name, &length);
  if (!m || !n)
    return ren_pickle_corrupt (p, "a name is not text", error);
  return push_name (p, m, module_length, n, length, error);
}

static gboolean
refuse_opcode (const RenPickle *p, guint op, GError **error)
{
  const char *name = NULL;

  switch (op) {
    case OP_OBJ:
      name = "OBJ";
      break;
    case OP_NEWOBJ_EX:
      name = "NEWOBJ_EX";
      break;
    case OP_EXT1:
    case OP_EXT2:
    case OP_EXT4:
      name = "EXT";
      break;
  }
  if (name)
    g_set_error (error, REN_ERROR, REN_ERROR_REFUSED,
        "refused: the pickle makes an object by the opcode %s, which PyTorch "
        "never writes",
        name);
  else
    g_set_error (error, REN_ERROR, REN_ERROR_REFUSED,
        "refused: the pickle has the opcode 0x%02x at byte %" G_GSIZE_FORMAT
        ", which PyTorch never writes",
        op, p->at - 1);
  return FALSE;
}

/* ---- the machine ---- */

static gboolean
call (RenPickle *p, GError **error)
{
  RenValue callee, args, result;

  if (!ren_pickle_pop (p, &args, error) ||
      !ren_pickle_pop (p, &callee, error) ||
      !ren_pickle_call (p, callee, args, &result, error))
    return FALSE;
  return ren_pickle_push (p, result);
}

static gboolean
build (RenPickle *p, GError **error)
{
  RenValue state, object;

  if (!ren_pickle_pop (p, &state, error) ||
      !ren_pickle_pop (p, &object, error) ||
      !ren_pickle_build (p, object, error))
    return FALSE;
  return ren_pickle_push (p, object);
}

static gboolean
persistent (RenPickle *p, GError **error)
{
  RenValue id, result;

  if (!ren_pickle_pop (p, &id, error) ||
      !ren_pickle_persistent (p, id, &result, error))
    return FALSE;
  return ren_pickle_push (p, result);
}

/* Two's complement of any length; what exceeds 64 bits is of no use here. */
static gboolean
take_long (RenPickle *p, guint n, GError **error)
{
  guint32 at, length;
  guint64 value = 0;

  if (!ren_pickle_take_bytes (p, n, &at, &length, error))
    return FALSE;
  if (length > 8)
    return ren_pickle_push_type (p, REN_VALUE_OPAQUE, 0);
  for (guint i = 0; i < length; i++)
    value |= (guint64) p->data[at + i] << (8 * i);
  if (length > 0 && length < 8 && p->data[at + length - 1] & 0x80)
    value |= ~(guint64) 0 << (8 * length);
  return ren_pickle_push_type (p, REN_VALUE_INTEGER, (gint64) value);
}

static gboolean
discard (RenPickle *p, guint n_bytes, GError **error)
{
  guint64 ignored;

  return ren_pickle_take_number (p, n_bytes, &ignored, error);
}

/* Opcodes that push a value of their own. */
static gboolean
step_value (RenPickle *p, guint op, GError **error)
{
  guint64 n;

  switch (op) {
    case OP_NONE:
      return ren_pickle_push_type (p, REN_VALUE_NONE, 0);
    case OP_NEWTRUE:
    case OP_NEWFALSE:
      return ren_pickle_push_type (p, REN_VALUE_BOOL, op == OP_NEWTRUE);
    case OP_BININT:
      return ren_pickle_take_number (p, 4, &n, error) &&
             ren_pickle_push_type (p, REN_VALUE_INTEGER, (gint32) n);
    case OP_BININT1:
      return ren_pickle_take_number (p, 1, &n, error) &&
             ren_pickle_push_type (p, REN_VALUE_INTEGER, (gint64) n);
    case OP_BININT2:
      return ren_pickle_take_number (p, 2, &n, error) &&
             ren_pickle_push_type (p, REN_VALUE_INTEGER, (gint64) n);
    case OP_LONG1:
      return take_long (p, 1, error);
    case OP_LONG4:
      return take_long (p, 4, error);
    case OP_BINFLOAT:
      return ren_pickle_take_number (p, 8, &n, error) &&
             ren_pickle_push_type (p, REN_VALUE_OPAQUE, 0);
    case OP_SHORT_BINSTRING:
    case OP_SHORT_BINBYTES:
    case OP_SHORT_BINUNICODE:
      return ren_pickle_push_string (p, 1, error);
    case OP_BINSTRING:
    case OP_BINBYTES:
    case OP_BINUNICODE:
      return ren_pickle_push_string (p, 4, error);
    case OP_BINUNICODE8:
    case OP_BINBYTES8:
    case OP_BYTEARRAY8:
      return ren_pickle_push_string (p, 8, error);
    case OP_EMPTY_LIST:
      return ren_pickle_push_type (p, REN_VALUE_LIST, 0);
    case OP_EMPTY_DICT:
      return ren_pickle_push_type (p, REN_VALUE_DICT, 0);
    case OP_EMPTY_SET:
      return ren_pickle_push_type (p, REN_VALUE_OPAQUE, 0);
    case OP_GLOBAL:
    case OP_INST:
      return take_name (p, op == OP_INST, error);
    default:
      return refuse_opcode (p, op, error);
  }
}

static gboolean
step (RenPickle *p, guint op, GError **error)
{
  RenValue value = REN_MARK;
  guint first;
  guint64 n;

  switch (op) {
    case OP_PROTO:
      return discard (p, 1, error);
    case OP_FRAME: /* a hint to buffer so much */
      return discard (p, 8, error);
    case OP_MARK:
      return ren_pickle_push (p, REN_MARK);
    case OP_POP:
      if (p->stack->len == 0)
        return ren_pickle_corrupt (p, "its stack is empty", error);
      g_array_set_size (p->stack, p->stack->len - 1);
      return TRUE;
    case OP_POP_MARK:
      if (!ren_pickle_find_mark (p, &first, error))
        return FALSE;
      g_array_set_size (p->stack, first - 1);
      return TRUE;
    case OP_DUP:
      if (!ren_pickle_pop (p, &value, error))
        return FALSE;
      return ren_pickle_push (p, value) && ren_pickle_push (p, value);
    case OP_EMPTY_TUPLE:
      return ren_pickle_make_tuple (p, p->stack->len);
    case OP_TUPLE1:
    case OP_TUPLE2:
    case OP_TUPLE3:
      return ren_pickle_make_short_tuple (p, op - OP_TUPLE1 + 1, error);
    case OP_TUPLE:
      return ren_pickle_make_marked_tuple (p, error);
    case OP_APPEND:
      return ren_pickle_extend_top (p, 1, REN_VALUE_LIST, error);
    case OP_APPENDS:
      return ren_pickle_extend_marked (p, REN_VALUE_LIST, error);
    case OP_SETITEM:
      return ren_pickle_extend_top (p, 2, REN_VALUE_DICT, error);
    case OP_SETITEMS:
      return ren_pickle_extend_marked (p, REN_VALUE_DICT, error);
    case OP_ADDITEMS:
      return ren_pickle_extend_marked (p, REN_VALUE_OPAQUE, error);
    case OP_LIST:
      return ren_pickle_make_marked (p, REN_VALUE_LIST, error);
    case OP_DICT:
      return ren_pickle_make_marked (p, REN_VALUE_DICT, error);
    case OP_FROZENSET:
      return ren_pickle_make_marked (p, REN_VALUE_OPAQUE, error);
    case OP_BINPUT:
      return ren_pickle_take_number (p, 1, &n, error) &&
             ren_pickle_memo_put (p, n, error);
    case OP_LONG_BINPUT:
      return ren_pickle_take_number (p, 4, &n, error) &&
             ren_pickle_memo_put (p, n, error);
    case OP_MEMOIZE:
      return ren_pickle_memo_put (p, p->n_memo, error);
    case OP_BINGET:
      return ren_pickle_take_number (p, 1, &n, error) &&
             ren_pickle_memo_get (p, n, error);
    case OP_LONG_BINGET:
      return ren_pickle_take_number (p, 4, &n, error) &&
             ren_pickle_memo_get (p, n, error);
    case OP_STACK_GLOBAL:
      return stack_name (p, error);
    case OP_REDUCE:
    case OP_NEWOBJ:
      return call (p, error);
    case OP_BUILD:
      return build (p, error);
    case OP_BINPERSID:
      return persistent (p, error);
    default:
      return step_value (p, op, error);
  }
}

RenPickle *
ren_pickle_parse (const guint8 *data, gsize n_bytes, GError **error)
{
  g_autoptr (RenPickle) p = ren_try_new0 (RenPickle, 1, error);

  if (!p)
    return NULL;
  p->data = data;
  p->n_bytes = n_bytes;
  p->values = g_array_new (FALSE, FALSE, sizeof (RenValueData));
  p->items = g_array_new (FALSE, FALSE, sizeof (RenValue));
  p->stack = g_array_new (FALSE, FALSE, sizeof (RenValue));
  p->memo = g_array_new (FALSE, FALSE, sizeof (RenValue));

  if (n_bytes > REN_PICKLE_MAX_BYTES) {
    g_set_error (error, REN_ERROR, REN_ERROR_REFUSED,
        "refused: the pickle has %" G_GSIZE_FORMAT " bytes, more than %u",
        n_bytes, REN_PICKLE_MAX_BYTES);
    return NULL;
  }
  for (;;) {
    guint64 op;

    if (!ren_pickle_take_number (p, 1, &op, error) ||
        !ren_pickle_spend (p, 1, error))
      return NULL;
    if (op == OP_STOP)
      break;
    if (!step (p, (guint) op, error))
      return NULL;
  }
  if (!ren_pickle_pop (p, &p->root, error))
    return NULL;
  return g_steal_pointer (&p);
}

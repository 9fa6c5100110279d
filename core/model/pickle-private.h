/* Shared by the parts of the unpickler: opcodes, names, values.
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include "pickle.h"
#include "resemotenet.h"

typedef enum
{
  REN_VALUE_NONE,
  REN_VALUE_BOOL, /* integer: 0 or 1 */
  REN_VALUE_INTEGER,
  REN_VALUE_STRING, /* text and bytes alike: both occur as keys */
  REN_VALUE_TUPLE,
  REN_VALUE_LIST,
  REN_VALUE_DICT,
  REN_VALUE_NAME, /* a function or class from the list */
  REN_VALUE_STORAGE,
  REN_VALUE_TENSOR,
  REN_VALUE_OPAQUE, /* a value that no model needs: float, set, number of
                     * numpy … */
} RenValueType;

/* What a name on the list stands for. */
typedef enum
{
  REN_NAME_ORDERED_DICT,
  REN_NAME_DEFAULT_DICT,
  REN_NAME_TENSOR,            /* _rebuild_tensor, _rebuild_tensor_v2 */
  REN_NAME_TENSOR_WITH_DTYPE, /* _rebuild_tensor_v3 */
  REN_NAME_PARAMETER,         /* wraps a tensor */
  REN_NAME_FROM_TYPE,         /* calls one of the above */
  REN_NAME_STORAGE,
  REN_NAME_DTYPE,
  REN_NAME_SIZE, /* a tuple */
  REN_NAME_INERT,
} RenNameKind;

typedef struct
{
  const char *module, *name;
  RenNameKind kind;
  RenElement element; /* of storages and dtypes */
} RenName;

typedef struct
{
  RenValueType type;
  union
  {
    gint64 integer;
    struct
    {
      guint32 at, length; /* in the pickle's bytes */
    } string;
    struct
    {
      guint32 first, n; /* in RenPickle.items */
    } tuple;
    GArray *items; /* RenValue of a list; key, value, … of a dict; NULL while
                    * empty */
    const RenName *name;
    struct
    {
      RenValue args; /* the persistent id, a tuple that was checked */
      const RenName *type;
    } storage;
    struct
    {
      RenValue args; /* tuple of the call */
      const RenName *call;
    } tensor;
  };
} RenValueData;

struct _RenPickle
{
  const guint8 *data;
  gsize n_bytes;
  gsize at;

  GArray *values; /* RenValueData */
  GArray *items;  /* RenValue, of tuples */
  GArray *stack;  /* RenValue, or REN_MARK */
  GArray *memo;   /* RenValue, or REN_MARK where none was put */
  guint32 n_memo; /* entries that were put, for MEMOIZE */
  guint n_spent;  /* of REN_PICKLE_MAX_OPCODES */
  RenValue root;
};

/* On the stack: where the items of a container begin. */
#define REN_MARK G_MAXUINT32

/* The entry of the list, or NULL. Lengths are in bytes. */
const RenName *ren_pickle_find_name (
    const char *module, gsize module_length, const char *name, gsize length);

/* Name as it may appear in a message: control characters escaped, shortened. */
char *ren_pickle_printable (const char *text, gsize length);

RenValueData *ren_pickle_value (const RenPickle *pickle, RenValue value);

void ren_pickle_set_corrupt (
    const RenPickle *pickle, const char *what, GError **error);

/* Sets REN_ERROR_CORRUPT, with the position. Inline, so that compilers see
 * that nothing is used after it. */
static inline gboolean
ren_pickle_corrupt (const RenPickle *pickle, const char *what, GError **error)
{
  ren_pickle_set_corrupt (pickle, what, error);
  return FALSE;
}

/* Counts n opcodes, or as many items that one of them copies. REN_ERROR_REFUSED
 * where they become too many. */
gboolean ren_pickle_spend (RenPickle *pickle, guint n, GError **error);

/* Appends a value. */
RenValue ren_pickle_add (RenPickle *pickle, const RenValueData *data);

/* i-th element of a tuple; FALSE if there is none. */
gboolean ren_pickle_tuple_get (
    const RenPickle *pickle, RenValue tuple, guint i, RenValue *value);

/* The meaning of the opcodes that call or build objects. */
gboolean ren_pickle_call (RenPickle *pickle, RenValue callee, RenValue args,
    RenValue *result, GError **error);
gboolean ren_pickle_build (RenPickle *pickle, RenValue object, GError **error);
gboolean ren_pickle_persistent (
    RenPickle *pickle, RenValue id, RenValue *result, GError **error);

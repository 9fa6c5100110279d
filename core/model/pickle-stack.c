/* SPDX-License-Identifier: MIT */
#include "pickle-stack.h"

#include <string.h>

/* ---- bytes ---- */

/* Little-endian number of n <= 8 bytes. */
gboolean
ren_pickle_take_number (RenPickle *p, guint n, guint64 *out, GError **error)
{
  if (p->n_bytes - p->at < n)
    return ren_pickle_corrupt (p, "it is cut short", error);
  *out = 0;
  for (guint i = 0; i < n; i++)
    *out |= (guint64) p->data[p->at + i] << (8 * i);
  p->at += n;
  return TRUE;
}

/* A length of n bytes, then as many bytes. */
gboolean
ren_pickle_take_bytes (
    RenPickle *p, guint n, guint32 *start, guint32 *length, GError **error)
{
  guint64 size;

  if (!ren_pickle_take_number (p, n, &size, error))
    return FALSE;
  if (size > p->n_bytes - p->at)
    return ren_pickle_corrupt (p, "it is cut short", error);
  *start = (guint32) p->at;
  *length = (guint32) size;
  p->at += size;
  return TRUE;
}

/* Text up to the end of the line. */
gboolean
ren_pickle_take_line (
    RenPickle *p, const char **line, gsize *length, GError **error)
{
  const guint8 *start = p->data + p->at;
  const guint8 *end = memchr (start, '\n', p->n_bytes - p->at);

  if (!end)
    return ren_pickle_corrupt (p, "it is cut short", error);
  *line = (const char *) start;
  *length = end - start;
  p->at += *length + 1;
  return TRUE;
}

/* ---- stack ---- */

gboolean
ren_pickle_push (RenPickle *p, RenValue value)
{
  g_array_append_val (p->stack, value);
  return TRUE;
}

gboolean
ren_pickle_push_new (RenPickle *p, const RenValueData *data)
{
  return ren_pickle_push (p, ren_pickle_add (p, data));
}

gboolean
ren_pickle_push_type (RenPickle *p, RenValueType type, gint64 integer)
{
  RenValueData data = { .type = type };

  if (type == REN_VALUE_BOOL || type == REN_VALUE_INTEGER)
    data.integer = integer;
  return ren_pickle_push_new (p, &data);
}

gboolean
ren_pickle_push_string (RenPickle *p, guint n, GError **error)
{
  RenValueData data = { .type = REN_VALUE_STRING };

  return ren_pickle_take_bytes (
             p, n, &data.string.at, &data.string.length, error) &&
         ren_pickle_push_new (p, &data);
}

gboolean
ren_pickle_pop (RenPickle *p, RenValue *value, GError **error)
{
  guint n = p->stack->len;

  if (n == 0 || g_array_index (p->stack, RenValue, n - 1) == REN_MARK)
    return ren_pickle_corrupt (p, "its stack is empty", error);
  *value = g_array_index (p->stack, RenValue, n - 1);
  g_array_set_size (p->stack, n - 1);
  return TRUE;
}

/* Finds the last mark: items lie above it, at [first, stack->len). */
gboolean
ren_pickle_find_mark (RenPickle *p, guint *first, GError **error)
{
  for (guint i = p->stack->len; i-- > 0;)
    if (g_array_index (p->stack, RenValue, i) == REN_MARK) {
      *first = i + 1;
      return TRUE;
    }
  return ren_pickle_corrupt (p, "its stack has no mark", error);
}

/* ---- containers ---- */

/* Moves the top n items of the stack into a tuple. */
gboolean
ren_pickle_make_tuple (RenPickle *p, guint first)
{
  RenValueData tuple = { .type = REN_VALUE_TUPLE };

  tuple.tuple.first = p->items->len;
  tuple.tuple.n = p->stack->len - first;
  if (tuple.tuple.n > 0)
    g_array_append_vals (
        p->items, &g_array_index (p->stack, RenValue, first), tuple.tuple.n);
  g_array_set_size (p->stack, first);
  return ren_pickle_push_new (p, &tuple);
}

gboolean
ren_pickle_make_short_tuple (RenPickle *p, guint n, GError **error)
{
  for (guint i = 1; i <= n; i++)
    if (p->stack->len < i ||
        g_array_index (p->stack, RenValue, p->stack->len - i) == REN_MARK)
      return ren_pickle_corrupt (p, "its stack is empty", error);
  return ren_pickle_make_tuple (p, p->stack->len - n);
}

gboolean
ren_pickle_make_marked_tuple (RenPickle *p, GError **error)
{
  guint first;

  if (!ren_pickle_find_mark (p, &first, error))
    return FALSE;
  ren_pickle_make_tuple (p, first);
  /* the tuple took the place of its items; now it takes that of the mark */
  g_array_remove_index (p->stack, p->stack->len - 2);
  return TRUE;
}

/* Appends the items [first, stack->len) to the container that is the last
 * value below them, at index `at`. */
static gboolean
extend (RenPickle *p, guint at, guint first, RenValueType type, GError **error)
{
  guint n = p->stack->len - first;
  RenValueData *container;

  if (at >= p->stack->len || g_array_index (p->stack, RenValue, at) == REN_MARK)
    return ren_pickle_corrupt (p, "its stack is empty", error);
  container = ren_pickle_value (p, g_array_index (p->stack, RenValue, at));
  if (container->type != type || (type == REN_VALUE_DICT && n % 2 != 0))
    return ren_pickle_corrupt (p, "it adds items to what holds none", error);
  if (n > 0 && type != REN_VALUE_OPAQUE) {
    if (!container->items)
      container->items = g_array_new (FALSE, FALSE, sizeof (RenValue));
    g_array_append_vals (
        container->items, &g_array_index (p->stack, RenValue, first), n);
  }
  g_array_set_size (p->stack, at + 1);
  return TRUE;
}

/* Items above the mark, container below it. */
gboolean
ren_pickle_extend_marked (RenPickle *p, RenValueType type, GError **error)
{
  guint first;

  if (!ren_pickle_find_mark (p, &first, error))
    return FALSE;
  if (first < 2)
    return ren_pickle_corrupt (p, "its stack is empty", error);
  return extend (p, first - 2, first, type, error);
}

/* Top n items, container below them. */
gboolean
ren_pickle_extend_top (RenPickle *p, guint n, RenValueType type, GError **error)
{
  if (p->stack->len < n + 1)
    return ren_pickle_corrupt (p, "its stack is empty", error);
  for (guint i = 1; i <= n; i++)
    if (g_array_index (p->stack, RenValue, p->stack->len - i) == REN_MARK)
      return ren_pickle_corrupt (p, "its stack is empty", error);
  return extend (p, p->stack->len - n - 1, p->stack->len - n, type, error);
}

/* LIST, DICT, FROZENSET: a new container takes the place of the mark. */
gboolean
ren_pickle_make_marked (RenPickle *p, RenValueType type, GError **error)
{
  RenValueData data = { .type = type };
  guint first;

  if (!ren_pickle_find_mark (p, &first, error))
    return FALSE;
  g_array_index (p->stack, RenValue, first - 1) = ren_pickle_add (p, &data);
  return extend (p, first - 1, first, type, error);
}

/* ---- memo ---- */

gboolean
ren_pickle_memo_put (RenPickle *p, guint64 index, GError **error)
{
  RenValue empty = REN_MARK;

  /* picklers count up, from 0 or, Python 2's, from 1 */
  if (index > p->values->len)
    return ren_pickle_corrupt (p, "its memo is too large", error);
  if (p->stack->len == 0 ||
      g_array_index (p->stack, RenValue, p->stack->len - 1) == REN_MARK)
    return ren_pickle_corrupt (p, "its stack is empty", error);
  while (p->memo->len <= index)
    g_array_append_val (p->memo, empty);
  if (g_array_index (p->memo, RenValue, index) == REN_MARK)
    p->n_memo++;
  g_array_index (p->memo, RenValue, index) =
      g_array_index (p->stack, RenValue, p->stack->len - 1);
  return TRUE;
}

gboolean
ren_pickle_memo_get (RenPickle *p, guint64 index, GError **error)
{
  if (index >= p->memo->len ||
      g_array_index (p->memo, RenValue, index) == REN_MARK)
    return ren_pickle_corrupt (p, "its memo has no such entry", error);
  ren_pickle_push (p, g_array_index (p->memo, RenValue, index));
  return TRUE;
}

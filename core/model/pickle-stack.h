/* The unpickler's input, stack, containers and memo.
 * SPDX-License-Identifier: MIT
 *
 * Every function that can fail sets REN_ERROR_CORRUPT: nothing here trusts
 * what the pickle says about itself.
 */
#pragma once

#include "pickle-private.h"

/* Little-endian number of n <= 8 bytes. */
gboolean ren_pickle_take_number (
    RenPickle *p, guint n, guint64 *out, GError **error);

/* A length of n bytes, then as many bytes. */
gboolean ren_pickle_take_bytes (
    RenPickle *p, guint n, guint32 *start, guint32 *length, GError **error);

/* Text up to the end of the line. */
gboolean ren_pickle_take_line (
    RenPickle *p, const char **line, gsize *length, GError **error);

/* All of these are TRUE, for opcodes that end so. @integer: of BOOL and INTEGER */
gboolean ren_pickle_push (RenPickle *p, RenValue value);
gboolean ren_pickle_push_new (RenPickle *p, const RenValueData *data);
gboolean ren_pickle_push_type (RenPickle *p, RenValueType type, gint64 integer);
/* A string whose length takes n bytes. */
gboolean ren_pickle_push_string (RenPickle *p, guint n, GError **error);
gboolean ren_pickle_pop (RenPickle *p, RenValue *value, GError **error);

/* Finds the last mark: items lie above it, at [first, stack->len). */
gboolean ren_pickle_find_mark (RenPickle *p, guint *first, GError **error);

/* Moves the items [first, stack->len) into a tuple. TRUE, as above. */
gboolean ren_pickle_make_tuple (RenPickle *p, guint first);
/* The top n items. */
gboolean ren_pickle_make_short_tuple (RenPickle *p, guint n, GError **error);
/* The items above the mark. */
gboolean ren_pickle_make_marked_tuple (RenPickle *p, GError **error);

/* Adds the items above the mark to the container below it. */
gboolean ren_pickle_extend_marked (
    RenPickle *p, RenValueType type, GError **error);
/* Adds the top n items to the container below them. */
gboolean ren_pickle_extend_top (
    RenPickle *p, guint n, RenValueType type, GError **error);
/* A new container, with the items above the mark, takes the mark's place. */
gboolean ren_pickle_make_marked (
    RenPickle *p, RenValueType type, GError **error);

gboolean ren_pickle_memo_put (RenPickle *p, guint64 index, GError **error);
gboolean ren_pickle_memo_get (RenPickle *p, guint64 index, GError **error);

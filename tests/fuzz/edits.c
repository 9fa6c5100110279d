/* SPDX-License-Identifier: MIT */
#include "edits.h"

#include <string.h>

#define IN_DATA 0x80

typedef struct
{
  const guint8 *at;
  gsize left;
} Input;

/* NULL if so many are not left. */
static const guint8 *
take (Input *input, gsize n)
{
  const guint8 *taken = input->at;

  if (n > input->left)
    return NULL;
  input->at += n;
  input->left -= n;
  return taken;
}

/* Where an edit is, from the beginning of a part on; FALSE if nowhere. */
static gboolean
find_place (Input *input, const guint8 *part, gsize n, guint n_text, gsize *at)
{
  const guint8 *text = take (input, n_text ? n_text : 2), *found;

  if (!text)
    return FALSE;
  if (n_text == 0) {
    *at = n ? (text[0] | (gsize) text[1] << 8) % n : 0;
    return TRUE;
  }
  found = n ? memmem (part, n, text, n_text) : NULL;
  *at = found ? (gsize) (found - part) : G_MAXSIZE;
  return TRUE;
}

static void
splice (GByteArray *part, gsize at, gsize gone, const guint8 *text, gsize n)
{
  const gsize n_tail = part->len - at - gone;

  if (n > gone)
    g_byte_array_set_size (part, (guint) (part->len + n - gone));
  memmove (part->data + at + n, part->data + at + gone, n_tail);
  memcpy (part->data + at, text, n);
  g_byte_array_set_size (part, (guint) (at + n + n_tail));
}

GByteArray *
fuzz_edit (const guint8 *good, gsize n, gsize n_head, const guint8 *edits,
    gsize size, gssize *grown)
{
  GByteArray *out = g_byte_array_sized_new ((guint) n + 1);
  GByteArray *data = g_byte_array_sized_new ((guint) (n - n_head) + 1);
  Input input = { edits, size };
  const guint8 *kind;

  g_byte_array_append (out, good, (guint) n_head);
  g_byte_array_append (data, good + n_head, (guint) (n - n_head));
  while ((kind = take (&input, 1))) {
    GByteArray *part = *kind & IN_DATA ? data : out;
    const guint8 *counts, *text;
    gsize at, gone;

    if (!find_place (&input, part->data, part->len, *kind & ~IN_DATA, &at) ||
        !(counts = take (&input, 2)) || !(text = take (&input, counts[1])))
      break;
    if (at > part->len)
      continue;
    gone = MIN (counts[0], part->len - at);
    splice (part, at, gone, text, counts[1]);
  }
  *grown = (gssize) out->len - (gssize) n_head;
  g_byte_array_append (out, data->data, data->len);
  g_byte_array_unref (data);
  return out;
}

/* SPDX-License-Identifier: MIT */
#include "protobuf.h"

#include <string.h>

/* How a field is encoded. */
enum
{
  WIRE_VARINT = 0,
  WIRE_LENGTH = 2,
  WIRE_32_BITS = 5,
};

static void
append_varint (GByteArray *out, guint64 v)
{
  do {
    const guint8 byte = (guint8) ((v & 0x7f) | (v > 0x7f ? 0x80 : 0));

    g_byte_array_append (out, &byte, 1);
    v >>= 7;
  } while (v);
}

static void
append_tag (GByteArray *out, guint field, guint wire)
{
  append_varint (out, (guint64) field << 3 | wire);
}

void
ren_pb_int (GByteArray *out, guint field, gint64 value)
{
  append_tag (out, field, WIRE_VARINT);
  append_varint (out, (guint64) value);
}

void
ren_pb_float (GByteArray *out, guint field, float value)
{
  guint32 bits;

  memcpy (&bits, &value, sizeof bits);
  bits = GUINT32_TO_LE (bits);
  append_tag (out, field, WIRE_32_BITS);
  g_byte_array_append (out, (const guint8 *) &bits, sizeof bits);
}

void
ren_pb_begin (GByteArray *out, guint field, guint64 n)
{
  append_tag (out, field, WIRE_LENGTH);
  append_varint (out, n);
}

void
ren_pb_bytes (GByteArray *out, guint field, const void *data, gsize n)
{
  ren_pb_begin (out, field, n);
  g_byte_array_append (out, data, (guint) n);
}

void
ren_pb_string (GByteArray *out, guint field, const char *text)
{
  ren_pb_bytes (out, field, text, strlen (text));
}

void
ren_pb_message (GByteArray *out, guint field, GByteArray *message)
{
  ren_pb_bytes (out, field, message->data, message->len);
  g_byte_array_unref (message);
}

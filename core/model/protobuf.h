/* Writing protocol buffers, as far as ONNX needs them.
 * SPDX-License-Identifier: MIT
 *
 * https://protobuf.dev/programming-guides/encoding/
 */
#pragma once

#include <glib.h>

/* Each appends a field. */
void ren_pb_int (GByteArray *out, guint field, gint64 value);
void ren_pb_float (GByteArray *out, guint field, float value);
void ren_pb_string (GByteArray *out, guint field, const char *text);
void ren_pb_bytes (GByteArray *out, guint field, const void *data, gsize n);

/* The same for a message, which is freed. */
void ren_pb_message (GByteArray *out, guint field, GByteArray *message);

/* What goes before n bytes of a field that are written apart. */
void ren_pb_begin (GByteArray *out, guint field, guint64 n);

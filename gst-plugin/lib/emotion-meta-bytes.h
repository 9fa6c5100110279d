/* GstEmotionMeta as bytes, for other processes
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include "gstemotionmeta.h"

/* Version of what emotion_meta_to_bytes() writes. Another is another format. */
#define EMOTION_META_BYTES_VERSION 0

/* Bytes of a face's metadata, to be freed with g_free(); NULL where a field is
 * out of its range, so that nobody would read them. */
guint8 *emotion_meta_to_bytes (const GstEmotionMeta *meta, gsize *size);

/* Adds what such bytes say to the buffer. Trusts none of them: NULL, with nothing
 * added, where they are too few or too many, or a field is out of its range. */
GstEmotionMeta *emotion_meta_from_bytes (
    GstBuffer *buffer, const guint8 *data, gsize size);

/* GstEmotionMeta as bytes
 * SPDX-License-Identifier: MIT
 *
 * All of it little-endian: the fields of one size, in the order that put_meta() has, a score
 * for each class, then the model's name and the labels, each with its length in 16
 * bits and without a zero at its end.
 */
/* GStreamer's inline functions read and write numbers where none may lie */
#define GST_BYTE_READER_DISABLE_INLINES
#define GST_BYTE_WRITER_DISABLE_INLINES

#include "emotion-meta-bytes.h"

#include <gst/base/base.h>

/* of the model's name and of each label; more than anyone reads */
#define MAX_TEXT 4096

static gboolean
is_score (gfloat score)
{
  return score >= 0 && score <= 1; /* which no NaN is */
}

/* What both sides ask of a face, whatever its classes are. */
static gboolean
is_valid (const GstEmotionMeta *meta)
{
  if (meta->w < 0 || meta->h < 0 || meta->n_scores > GST_EMOTION_MAX_CLASSES ||
      meta->label_id < GST_EMOTION_LABEL_UNKNOWN ||
      meta->label_id >= (gint) meta->n_scores || !is_score (meta->confidence))
    return FALSE;
  for (guint i = 0; i < meta->n_scores; i++)
    if (!is_score (meta->scores[i]))
      return FALSE;
  return TRUE;
}

/* ---- write ------------------------------------------------------------- */

static gboolean
put_text (GstByteWriter *writer, const gchar *text)
{
  const gsize length = strlen (text);

  return length <= MAX_TEXT && g_utf8_validate (text, (gssize) length, NULL) &&
         gst_byte_writer_put_uint16_le (writer, (guint16) length) &&
         gst_byte_writer_put_data (
             writer, (const guint8 *) text, (guint) length);
}

static gboolean
put_meta (GstByteWriter *writer, const GstEmotionMeta *meta)
{
  const guint n_labels =
      meta->classes ? gst_emotion_classes_get_n_labels (meta->classes) : 0;
  gboolean ok = n_labels == meta->n_scores && is_valid (meta);

  ok = ok && gst_byte_writer_put_int32_le (writer, meta->face_id) &&
       gst_byte_writer_put_int64_le (writer, meta->track_id) &&
       gst_byte_writer_put_int32_le (writer, meta->x) &&
       gst_byte_writer_put_int32_le (writer, meta->y) &&
       gst_byte_writer_put_int32_le (writer, meta->w) &&
       gst_byte_writer_put_int32_le (writer, meta->h) &&
       gst_byte_writer_put_int32_le (writer, meta->label_id) &&
       gst_byte_writer_put_float32_le (writer, meta->confidence) &&
       gst_byte_writer_put_uint32_le (writer, meta->age) &&
       gst_byte_writer_put_uint64_le (writer, meta->age_ns) &&
       gst_byte_writer_put_uint8 (writer, (guint8) n_labels);
  for (guint i = 0; i < n_labels; i++)
    ok = ok && gst_byte_writer_put_float32_le (writer, meta->scores[i]);
  if (n_labels > 0)
    ok = ok &&
         put_text (writer, gst_emotion_classes_get_model_id (meta->classes));
  for (guint i = 0; i < n_labels; i++)
    ok = ok && put_text (writer,
                   gst_emotion_classes_get_label (meta->classes, (gint) i));
  return ok;
}

guint8 *
emotion_meta_to_bytes (const GstEmotionMeta *meta, gsize *size)
{
  GstByteWriter writer;

  gst_byte_writer_init (&writer);
  if (!put_meta (&writer, meta)) {
    gst_byte_writer_reset (&writer);
    return NULL;
  }
  *size = gst_byte_writer_get_pos (&writer);
  return gst_byte_writer_reset_and_get_data (&writer);
}

/* ---- read -------------------------------------------------------------- */

static gchar *
get_text (GstByteReader *reader)
{
  const guint8 *text;
  guint16 length;

  if (!gst_byte_reader_get_uint16_le (reader, &length) || length > MAX_TEXT ||
      !gst_byte_reader_get_data (reader, length, &text) ||
      !g_utf8_validate ((const gchar *) text, length, NULL))
    return NULL;
  return g_strndup ((const gchar *) text, length);
}

static GstEmotionClasses *
get_classes (GstByteReader *reader, guint n_labels)
{
  g_autofree gchar *model_id = get_text (reader);
  g_auto (GStrv) labels = g_new0 (gchar *, n_labels + 1);

  if (!model_id)
    return NULL;
  for (guint i = 0; i < n_labels; i++)
    if (!(labels[i] = get_text (reader)))
      return NULL;
  return gst_emotion_classes_new (model_id, (const gchar *const *) labels);
}

/* Fills in all but the classes. */
static gboolean
get_fixed (GstByteReader *reader, GstEmotionMeta *meta)
{
  guint8 n_scores;

  if (!gst_byte_reader_get_int32_le (reader, &meta->face_id) ||
      !gst_byte_reader_get_int64_le (reader, &meta->track_id) ||
      !gst_byte_reader_get_int32_le (reader, &meta->x) ||
      !gst_byte_reader_get_int32_le (reader, &meta->y) ||
      !gst_byte_reader_get_int32_le (reader, &meta->w) ||
      !gst_byte_reader_get_int32_le (reader, &meta->h) ||
      !gst_byte_reader_get_int32_le (reader, &meta->label_id) ||
      !gst_byte_reader_get_float32_le (reader, &meta->confidence) ||
      !gst_byte_reader_get_uint32_le (reader, &meta->age) ||
      !gst_byte_reader_get_uint64_le (reader, &meta->age_ns) ||
      !gst_byte_reader_get_uint8 (reader, &n_scores) ||
      n_scores > GST_EMOTION_MAX_CLASSES)
    return FALSE;
  meta->n_scores = n_scores;
  for (guint i = 0; i < n_scores; i++)
    if (!gst_byte_reader_get_float32_le (reader, &meta->scores[i]))
      return FALSE;
  return is_valid (meta);
}

GstEmotionMeta *
emotion_meta_from_bytes (GstBuffer *buffer, const guint8 *data, gsize size)
{
  g_autoptr (GstEmotionClasses) classes = NULL;
  GstEmotionMeta read = { 0 }, *meta;
  GstByteReader reader;

  if (size > G_MAXUINT)
    return NULL;
  gst_byte_reader_init (&reader, data, (guint) size);
  if (!get_fixed (&reader, &read) ||
      (read.n_scores > 0 &&
          !(classes = get_classes (&reader, read.n_scores))) ||
      gst_byte_reader_get_remaining (&reader) != 0)
    return NULL;

  meta = (GstEmotionMeta *) gst_buffer_add_meta (
      buffer, GST_EMOTION_META_INFO, NULL);
  if (!meta)
    return NULL;
  read.meta = meta->meta;
  read.classes = g_steal_pointer (&classes);
  *meta = read;
  return meta;
}

/* GStreamer emotion metadata: registration, copying and scaling
 * SPDX-License-Identifier: MIT
 */
#include "gstemotionmeta.h"

#include "emotion-meta-bytes.h"

#include <string.h>

/* Boxes are in pixels of the whole frame as gst_video_frame_map() gives it, as
 * those of GstVideoRegionOfInterestMeta are. The metadata is tagged `video`,
 * `size` and `orientation`: elements that only convert colours or scale keep
 * it (with the box scaled), elements that crop, rotate or mix drop it. */

#define UNKNOWN "unknown"

/* ---- classes ----------------------------------------------------------- */

struct _GstEmotionClasses
{
  gatomicrefcount refs;
  gchar *model_id;
  guint n_labels;
  gchar *labels[GST_EMOTION_MAX_CLASSES];
};

G_DEFINE_BOXED_TYPE (GstEmotionClasses, gst_emotion_classes,
    gst_emotion_classes_ref, gst_emotion_classes_unref)

GstEmotionClasses *
gst_emotion_classes_new (const gchar *model_id, const gchar *const *labels)
{
  GstEmotionClasses *classes;
  guint n = 0;

  g_return_val_if_fail (model_id != NULL, NULL);
  g_return_val_if_fail (labels != NULL, NULL);

  while (labels[n])
    if (++n > GST_EMOTION_MAX_CLASSES)
      return NULL;
  if (n == 0)
    return NULL;

  classes = g_new0 (GstEmotionClasses, 1);
  g_atomic_ref_count_init (&classes->refs);
  classes->model_id = g_strdup (model_id);
  classes->n_labels = n;
  for (guint i = 0; i < n; i++)
    classes->labels[i] = g_strdup (labels[i]);

  return classes;
}

GstEmotionClasses *
gst_emotion_classes_ref (GstEmotionClasses *classes)
{
  g_return_val_if_fail (classes != NULL, NULL);

  g_atomic_ref_count_inc (&classes->refs);
  return classes;
}

void
gst_emotion_classes_unref (GstEmotionClasses *classes)
{
  g_return_if_fail (classes != NULL);

  if (!g_atomic_ref_count_dec (&classes->refs))
    return;
  for (guint i = 0; i < classes->n_labels; i++)
    g_free (classes->labels[i]);
  g_free (classes->model_id);
  g_free (classes);
}

const gchar *
gst_emotion_classes_get_model_id (const GstEmotionClasses *classes)
{
  g_return_val_if_fail (classes != NULL, NULL);

  return classes->model_id;
}

guint
gst_emotion_classes_get_n_labels (const GstEmotionClasses *classes)
{
  g_return_val_if_fail (classes != NULL, 0);

  return classes->n_labels;
}

const gchar *
gst_emotion_classes_get_label (const GstEmotionClasses *classes, gint label_id)
{
  g_return_val_if_fail (classes != NULL, NULL);

  if (label_id < 0 || (guint) label_id >= classes->n_labels)
    return UNKNOWN;
  return classes->labels[label_id];
}

/* ---- metadata ---------------------------------------------------------- */

GType
gst_emotion_meta_api_get_type (void)
{
  static GType type;
  static const gchar *tags[] = { GST_META_TAG_VIDEO_STR,
    GST_META_TAG_VIDEO_SIZE_STR, GST_META_TAG_VIDEO_ORIENTATION_STR, NULL };

  if (g_once_init_enter (&type)) {
    GType t = gst_meta_api_type_register ("GstEmotionMetaAPI", tags);
    g_once_init_leave (&type, t);
  }
  return type;
}

static gboolean
emotion_meta_init (GstMeta *meta, gpointer params, GstBuffer *buffer)
{
  memset ((guint8 *) meta + sizeof (GstMeta), 0,
      sizeof (GstEmotionMeta) - sizeof (GstMeta));
  ((GstEmotionMeta *) meta)->track_id = -1;
  ((GstEmotionMeta *) meta)->label_id = GST_EMOTION_LABEL_UNKNOWN;
  return TRUE;
}

static void
emotion_meta_free (GstMeta *meta, GstBuffer *buffer)
{
  g_clear_pointer (
      &((GstEmotionMeta *) meta)->classes, gst_emotion_classes_unref);
}

static GstEmotionMeta *
emotion_meta_copy (GstBuffer *dest, const GstEmotionMeta *from)
{
  GstEmotionMeta *to = (GstEmotionMeta *) gst_buffer_add_meta (
      dest, GST_EMOTION_META_INFO, NULL);

  if (!to)
    return NULL;
  memcpy ((guint8 *) to + sizeof (GstMeta),
      (const guint8 *) from + sizeof (GstMeta),
      sizeof (GstEmotionMeta) - sizeof (GstMeta));
  if (to->classes)
    gst_emotion_classes_ref (to->classes);
  return to;
}

/* Moves both edges of an interval and derives the length from them: scaling
 * the length by itself makes boxes shrink a little at every step. */
static void
scale_interval (gint *start, gint *length, gint from, gint to)
{
  gint64 a = *start, b = (gint64) *start + *length;
  gint64 half = from / 2;

  if (from <= 0 || from == to)
    return;

  /* floor, so that rounding goes the same way on either side of 0 */
  a = a * to + half;
  b = b * to + half;
  a = a >= 0 ? a / from : -((-a + from - 1) / from);
  b = b >= 0 ? b / from : -((-b + from - 1) / from);
  if (b == a && *length > 0)
    b = a + 1;

  *start = (gint) CLAMP (a, G_MININT, G_MAXINT);
  *length = (gint) CLAMP (b - a, 0, G_MAXINT);
}

static gboolean
emotion_meta_transform (GstBuffer *dest, GstMeta *meta, GstBuffer *buffer,
    GQuark type, gpointer data)
{
  const GstEmotionMeta *from = (const GstEmotionMeta *) meta;
  GstEmotionMeta *to;

  if (GST_META_TRANSFORM_IS_COPY (type)) {
    const GstMetaTransformCopy *copy = data;

    /* part of a buffer is no picture; not an error either */
    if (copy && copy->region)
      return TRUE;
    return emotion_meta_copy (dest, from) != NULL;
  }

  if (GST_VIDEO_META_TRANSFORM_IS_SCALE (type)) {
    const GstVideoMetaTransform *scale = data;

    if (!(to = emotion_meta_copy (dest, from)))
      return FALSE;
    scale_interval (&to->x, &to->w, GST_VIDEO_INFO_WIDTH (scale->in_info),
        GST_VIDEO_INFO_WIDTH (scale->out_info));
    scale_interval (&to->y, &to->h, GST_VIDEO_INFO_HEIGHT (scale->in_info),
        GST_VIDEO_INFO_HEIGHT (scale->out_info));
    return TRUE;
  }

#ifdef GST_VIDEO_META_TRANSFORM_IS_MATRIX /* since GStreamer 1.28 */
  if (GST_VIDEO_META_TRANSFORM_IS_MATRIX (type)) {
    GstVideoRectangle box = { from->x, from->y, from->w, from->h };

    if (!gst_video_meta_transform_matrix_rectangle (data, &box))
      return FALSE;
    if (!(to = emotion_meta_copy (dest, from)))
      return FALSE;
    to->x = box.x;
    to->y = box.y;
    to->w = box.w;
    to->h = box.h;
    return TRUE;
  }
#endif

  return FALSE;
}

#if GST_CHECK_VERSION(1, 24, 0) /* which carries it from process to process */

static gboolean
emotion_meta_serialize (
    const GstMeta *meta, GstByteArrayInterface *out, guint8 *version)
{
  gsize size = 0;
  g_autofree guint8 *bytes =
      emotion_meta_to_bytes ((const GstEmotionMeta *) meta, &size);

  *version = EMOTION_META_BYTES_VERSION;
  return bytes && gst_byte_array_interface_append_data (out, bytes, size);
}

static GstMeta *
emotion_meta_deserialize (const GstMetaInfo *info, GstBuffer *buffer,
    const guint8 *data, gsize size, guint8 version)
{
  if (version != EMOTION_META_BYTES_VERSION)
    return NULL;
  return (GstMeta *) emotion_meta_from_bytes (buffer, data, size);
}

static const GstMetaInfo *
register_info (void)
{
  GstMetaInfo *info = gst_meta_info_new (
      GST_EMOTION_META_API_TYPE, "GstEmotionMeta", sizeof (GstEmotionMeta));

  info->init_func = emotion_meta_init;
  info->free_func = emotion_meta_free;
  info->transform_func = emotion_meta_transform;
  info->serialize_func = emotion_meta_serialize;
  info->deserialize_func = emotion_meta_deserialize;
  return gst_meta_info_register (info);
}

#else

static const GstMetaInfo *
register_info (void)
{
  return gst_meta_register (GST_EMOTION_META_API_TYPE, "GstEmotionMeta",
      sizeof (GstEmotionMeta), emotion_meta_init, emotion_meta_free,
      emotion_meta_transform);
}

#endif

const GstMetaInfo *
gst_emotion_meta_get_info (void)
{
  static const GstMetaInfo *info;

  if (g_once_init_enter ((GstMetaInfo **) &info))
    g_once_init_leave (
        (GstMetaInfo **) &info, (GstMetaInfo *) register_info ());
  return info;
}

GstEmotionMeta *
gst_buffer_add_emotion_meta (GstBuffer *buffer, GstEmotionClasses *classes,
    const gfloat *scores, guint n_scores, gint x, gint y, gint w, gint h)
{
  GstEmotionMeta *meta;

  g_return_val_if_fail (GST_IS_BUFFER (buffer), NULL);
  g_return_val_if_fail (classes != NULL, NULL);
  g_return_val_if_fail (scores != NULL, NULL);
  g_return_val_if_fail (n_scores == classes->n_labels, NULL);

  meta = (GstEmotionMeta *) gst_buffer_add_meta (
      buffer, GST_EMOTION_META_INFO, NULL);
  if (!meta)
    return NULL;

  meta->classes = gst_emotion_classes_ref (classes);
  meta->n_scores = n_scores;
  memcpy (meta->scores, scores, meta->n_scores * sizeof *scores);
  meta->x = x;
  meta->y = y;
  meta->w = w;
  meta->h = h;
  meta->label_id = 0;
  for (guint i = 1; i < meta->n_scores; i++)
    if (scores[i] > scores[meta->label_id])
      meta->label_id = (gint) i;
  meta->confidence = scores[meta->label_id];

  return meta;
}

GstEmotionMeta *
gst_buffer_iterate_emotion_meta (GstBuffer *buffer, gpointer *state)
{
  g_return_val_if_fail (GST_IS_BUFFER (buffer), NULL);

  return (GstEmotionMeta *) gst_buffer_iterate_meta_filtered (
      buffer, state, GST_EMOTION_META_API_TYPE);
}

guint
gst_buffer_get_n_emotion_meta (GstBuffer *buffer)
{
  g_return_val_if_fail (GST_IS_BUFFER (buffer), 0);

  return gst_buffer_get_n_meta (buffer, GST_EMOTION_META_API_TYPE);
}

GstEmotionMeta *
gst_buffer_get_emotion_meta (GstBuffer *buffer, guint index)
{
  GstEmotionMeta *meta;
  gpointer state = NULL;

  while ((meta = gst_buffer_iterate_emotion_meta (buffer, &state)) && index > 0)
    index--;
  return meta;
}

const gchar *
gst_emotion_meta_get_label (const GstEmotionMeta *meta)
{
  g_return_val_if_fail (meta != NULL, NULL);

  return meta->classes
             ? gst_emotion_classes_get_label (meta->classes, meta->label_id)
             : UNKNOWN;
}

const gchar *
gst_emotion_meta_get_model_id (const GstEmotionMeta *meta)
{
  g_return_val_if_fail (meta != NULL, NULL);

  return meta->classes ? meta->classes->model_id : NULL;
}

gfloat
gst_emotion_meta_get_score (const GstEmotionMeta *meta, const gchar *label)
{
  g_return_val_if_fail (meta != NULL, -1);
  g_return_val_if_fail (label != NULL, -1);

  for (guint i = 0; meta->classes && i < meta->n_scores; i++)
    if (strcmp (meta->classes->labels[i], label) == 0)
      return meta->scores[i];
  return -1;
}

const gfloat *
gst_emotion_meta_get_scores (const GstEmotionMeta *meta, guint *n_scores)
{
  g_return_val_if_fail (meta != NULL, NULL);
  g_return_val_if_fail (n_scores != NULL, NULL);

  *n_scores = meta->n_scores;
  return meta->scores;
}

/* GStreamer emotion metadata: the emotion of each face of a video frame
 * SPDX-License-Identifier: MIT
 *
 * The public metadata API of gst-resemotenet. An app links
 * gstresemotenet-1.0 and reads:
 *
 *   gpointer state = NULL;
 *   GstEmotionMeta *m;
 *   while ((m = gst_buffer_iterate_emotion_meta (buffer, &state)))
 *     g_print ("%s %.0f %%\n", gst_emotion_meta_get_label (m),
 *         100 * m->confidence);
 *
 * or, in languages that read the typelib, here Python:
 *
 *   for i in range(GstResemotenet.buffer_get_n_emotion_meta(buffer)):
 *       m = GstResemotenet.buffer_get_emotion_meta(buffer, i)
 *       print(f'{m.get_label()} {m.confidence:.0%}')
 */
#pragma once

#include <gst/gst.h>
#include <gst/video/video.h>

G_BEGIN_DECLS

#ifndef GST_EMOTION_API
#define GST_EMOTION_API __attribute__ ((visibility ("default"))) extern
#endif

/**
 * GST_EMOTION_MAX_CLASSES:
 *
 * The most classes that a result can have.
 *
 * Since: 1.0
 */
#define GST_EMOTION_MAX_CLASSES 32

/**
 * GST_EMOTION_LABEL_UNKNOWN:
 *
 * `label_id` of a face whose confidence is below the element's threshold. Its
 * label reads "unknown"; the scores are kept.
 *
 * Since: 1.0
 */
#define GST_EMOTION_LABEL_UNKNOWN (-1)

/**
 * GstEmotionClasses:
 *
 * What the scores of a result stand for: a model's name and its labels in
 * output order. Immutable, reference counted, shared by all metas of a stream.
 *
 * Since: 1.0
 */
typedef struct _GstEmotionClasses GstEmotionClasses;

#define GST_TYPE_EMOTION_CLASSES (gst_emotion_classes_get_type ())
GST_EMOTION_API GType gst_emotion_classes_get_type (void);

/**
 * gst_emotion_classes_new:
 * @model_id: name of the model
 * @labels: (array zero-terminated=1): 1 to %GST_EMOTION_MAX_CLASSES labels
 *
 * Makes what the results of one model share.
 *
 * Returns: (transfer full) (nullable): the classes; %NULL when there are none
 *   or too many
 *
 * Since: 1.0
 */
GST_EMOTION_API GstEmotionClasses *gst_emotion_classes_new (
    const gchar *model_id, const gchar *const *labels);
/**
 * gst_emotion_classes_ref:
 * @classes: the classes
 *
 * Takes a reference more.
 *
 * Returns: (transfer full): @classes
 *
 * Since: 1.0
 */
GST_EMOTION_API GstEmotionClasses *gst_emotion_classes_ref (
    GstEmotionClasses *classes);
/**
 * gst_emotion_classes_unref:
 * @classes: (transfer full): the classes
 *
 * Gives a reference up; the last to go frees the classes.
 *
 * Since: 1.0
 */
GST_EMOTION_API void gst_emotion_classes_unref (GstEmotionClasses *classes);
/**
 * gst_emotion_classes_get_model_id:
 * @classes: the classes
 *
 * Names the model.
 *
 * Returns: (transfer none): name of the model
 *
 * Since: 1.0
 */
GST_EMOTION_API const gchar *gst_emotion_classes_get_model_id (
    const GstEmotionClasses *classes);
/**
 * gst_emotion_classes_get_n_labels:
 * @classes: the classes
 *
 * Counts the classes.
 *
 * Returns: number of classes
 *
 * Since: 1.0
 */
GST_EMOTION_API guint gst_emotion_classes_get_n_labels (
    const GstEmotionClasses *classes);
/**
 * gst_emotion_classes_get_label:
 * @classes: the classes
 * @label_id: index of a class
 *
 * Names a class.
 *
 * Returns: (transfer none): its label; "unknown" for an index out of range
 *
 * Since: 1.0
 */
GST_EMOTION_API const gchar *gst_emotion_classes_get_label (
    const GstEmotionClasses *classes, gint label_id);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstEmotionClasses, gst_emotion_classes_unref)

typedef struct _GstEmotionMeta GstEmotionMeta;

/**
 * GstEmotionMeta:
 * @meta: parent
 * @face_id: id of the region metadata that the face came from; not unique
 *   where the detector leaves it 0
 * @track_id: id that stays with a person from frame to frame, or -1
 * @x: left edge of the face in pixels, may be negative
 * @y: top edge
 * @w: width
 * @h: height
 * @label_id: index of the emotion, or %GST_EMOTION_LABEL_UNKNOWN
 * @confidence: score of that emotion, 0 to 1; of an unknown one, of that which
 *   it would be without a threshold
 * @n_scores: number of classes
 * @scores: score of each class; they add up to 1
 * @age: frames since the face was classified; 0 = in this frame
 * @age_ns: nanoseconds since then
 * @classes: labels and model name
 *
 * The emotion of one face. A buffer has one for each face and model: an element
 * that classifies a face again, with the same model, replaces the earlier one;
 * elements with different models add theirs, see
 * gst_emotion_meta_get_model_id().
 *
 * The emotion is that of the highest score, with one exception: an element with
 * hysteresis stays with the last one until another leads by some margin. Scores
 * may be smoothed over time. Other metadata of the same face, and messages, say
 * the same.
 *
 * Scaling and conversion downstream keep it and move the box along. The box is
 * in pixels of the whole frame in memory, also where a #GstVideoCropMeta shows
 * a part. Where a scaler adds borders to keep the aspect ratio, boxes are off by
 * them, as are those of GStreamer's own region metadata: elements are told the
 * two sizes and not the borders. Set `add-borders=false` on videoscale or
 * videoconvertscale where the aspect ratio changes.
 *
 * From GStreamer 1.24 on it also goes to other processes, as with `unixfdsink` and
 * `unixfdsrc`, where these have called gst_emotion_meta_get_info().
 *
 * Since: 1.0
 */
struct _GstEmotionMeta
{
  GstMeta meta;

  gint face_id;
  gint64 track_id;
  gint x, y, w, h;

  gint label_id;
  gfloat confidence;
  guint n_scores;
  gfloat scores[GST_EMOTION_MAX_CLASSES];
  guint age;
  guint64 age_ns;

  GstEmotionClasses *classes;
};

#define GST_EMOTION_META_API_TYPE (gst_emotion_meta_api_get_type ())
/**
 * gst_emotion_meta_api_get_type:
 *
 * Registers the API type of the metadata at the first call.
 *
 * Returns: the type of the metadata's API, whatever implements it
 *
 * Since: 1.0
 */
GST_EMOTION_API GType gst_emotion_meta_api_get_type (void);

#define GST_EMOTION_META_INFO (gst_emotion_meta_get_info ())
/**
 * gst_emotion_meta_get_info:
 *
 * Registers the metadata at the first call, and tells how it is made. A process
 * that only receives it from another, as with `unixfdsrc`, calls this once after
 * gst_init(): before, GStreamer drops what it does not know.
 *
 * Returns: (transfer none): the registered implementation
 *
 * Since: 1.0
 */
GST_EMOTION_API const GstMetaInfo *gst_emotion_meta_get_info (void);

/**
 * gst_buffer_add_emotion_meta:
 * @buffer: a writable buffer
 * @classes: (transfer none): labels and model name
 * @scores: (array length=n_scores): the score of each class
 * @n_scores: number of classes of @classes
 * @x: left edge of the face in pixels
 * @y: top edge
 * @w: width
 * @h: height
 *
 * Adds the emotion of one face: `label_id` and `confidence` are those of the
 * highest score, `track_id` is -1; other fields are 0 and may be set after.
 *
 * Returns: (transfer none) (nullable): the metadata, owned by @buffer; %NULL
 *   with a warning, as of a mistake, where @classes has another number of classes
 *
 * Since: 1.0
 */
GST_EMOTION_API GstEmotionMeta *gst_buffer_add_emotion_meta (GstBuffer *buffer,
    GstEmotionClasses *classes, const gfloat *scores, guint n_scores, gint x,
    gint y, gint w, gint h);

/**
 * gst_buffer_iterate_emotion_meta: (skip)
 * @buffer: a buffer
 * @state: (inout): start with a pointer to %NULL
 *
 * Goes through the faces, in the order they were added.
 *
 * Returns: (transfer none) (nullable): the next face's metadata
 *
 * Since: 1.0
 */
GST_EMOTION_API GstEmotionMeta *gst_buffer_iterate_emotion_meta (
    GstBuffer *buffer, gpointer *state);

/**
 * gst_buffer_get_n_emotion_meta:
 * @buffer: a buffer
 *
 * Counts the faces with an emotion.
 *
 * Returns: number of faces with an emotion
 *
 * Since: 1.0
 */
GST_EMOTION_API guint gst_buffer_get_n_emotion_meta (GstBuffer *buffer);

/**
 * gst_buffer_get_emotion_meta:
 * @buffer: a buffer
 * @index: which of them, from 0, in the order they were added
 *
 * Gets the emotion of one face.
 *
 * Returns: (transfer none) (nullable): a face's metadata, owned by @buffer; %NULL
 *   where there are not so many
 *
 * Since: 1.0
 */
GST_EMOTION_API GstEmotionMeta *gst_buffer_get_emotion_meta (
    GstBuffer *buffer, guint index);

/**
 * gst_emotion_meta_get_label:
 * @meta: the metadata of a face
 *
 * Names the emotion.
 *
 * Returns: (transfer none): label of the emotion, "unknown" below threshold
 *
 * Since: 1.0
 */
GST_EMOTION_API const gchar *gst_emotion_meta_get_label (
    const GstEmotionMeta *meta);

/**
 * gst_emotion_meta_get_model_id:
 * @meta: the metadata of a face
 *
 * Names the model, where several classify the same faces.
 *
 * Returns: (transfer none) (nullable): name of the model that classified the
 *   face
 *
 * Since: 1.0
 */
GST_EMOTION_API const gchar *gst_emotion_meta_get_model_id (
    const GstEmotionMeta *meta);

/**
 * gst_emotion_meta_get_score:
 * @meta: the metadata of a face
 * @label: a label of its classes, such as "happy"
 *
 * Looks a class up by its name.
 *
 * Returns: the score of that class, or -1 where the model has no such class
 *
 * Since: 1.0
 */
GST_EMOTION_API gfloat gst_emotion_meta_get_score (
    const GstEmotionMeta *meta, const gchar *label);

/**
 * gst_emotion_meta_get_scores:
 * @meta: the metadata of a face
 * @n_scores: (out): number of classes
 *
 * Gets the scores of all classes.
 *
 * Returns: (transfer none) (array length=n_scores): the score of each class, in
 *   the order of gst_emotion_classes_get_label()
 *
 * Since: 1.0
 */
GST_EMOTION_API const gfloat *gst_emotion_meta_get_scores (
    const GstEmotionMeta *meta, guint *n_scores);

G_END_DECLS

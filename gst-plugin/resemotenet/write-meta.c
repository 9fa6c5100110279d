/* resemotenet: puts results on the buffer
 * SPDX-License-Identifier: MIT
 */
#include "write-meta.h"

#include "analytics.h"

#include <string.h>

/* Values of DL Streamer's GVA::Tensor: Precision::FP32, Layout::NC */
#define DLS_PRECISION_FP32 10
#define DLS_LAYOUT_NC 193

static void
write_emotion_meta (GstBuffer *buffer, const Face *face, const Labels *labels,
    const Settings *settings)
{
  GstEmotionMeta *meta = gst_buffer_add_emotion_meta (buffer, labels->classes,
      face->result.scores, labels->n_classes, (gint) face->box.x,
      (gint) face->box.y, (gint) face->box.w, (gint) face->box.h);

  meta->face_id = face->region_id;
  meta->track_id = face->track_id;
  meta->label_id = result_label_id (&face->result, settings);
  meta->confidence = result_confidence (&face->result);
  meta->age = face->result.age;
  meta->age_ns = face->result.age_ns;
}

/* Boxes of one face in two kinds of metadata differ by rounding, where frames
 * were scaled after one of them was written. */
#define SAME_FACE 0.8

typedef struct
{
  GArray *faces;
  const gchar *model_id;
} Rewrite;

static gboolean
remove_older (GstBuffer *buffer, GstMeta **meta, gpointer user_data)
{
  const Rewrite *rewrite = user_data;
  const GstEmotionMeta *m = (const GstEmotionMeta *) *meta;
  RenRect box;

  if ((*meta)->info->api != GST_EMOTION_META_API_TYPE ||
      g_strcmp0 (gst_emotion_meta_get_model_id (m), rewrite->model_id))
    return TRUE;
  box = (RenRect){ m->x, m->y, m->w, m->h };
  for (guint i = 0; i < rewrite->faces->len; i++) {
    const Face *face = &g_array_index (rewrite->faces, Face, i);

    /* different tracks are different people; a tracker may stand in between */
    if (face->has_result &&
        (face->track_id == m->track_id || face->track_id < 0 ||
            m->track_id < 0) &&
        rect_overlap (&face->box, &box) >= SAME_FACE) {
      *meta = NULL;
      return TRUE;
    }
  }
  return TRUE;
}

static void
append_uint (GValue *array, guint v)
{
  GValue value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_UINT);
  g_value_set_uint (&value, v);
  gst_value_array_append_and_take_value (array, &value);
}

static void
remove_param (GstVideoRegionOfInterestMeta *roi, const gchar *name)
{
  GList *next;

  for (GList *l = roi->params; l; l = next) {
    next = l->next;
    if (gst_structure_has_name (l->data, name)) {
      gst_structure_free (l->data);
      roi->params = g_list_delete_link (roi->params, l);
    }
  }
}

static void
take_interned (GstStructure *s, const gchar *field, const gchar *text)
{
  GValue value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_STRING);
  g_value_set_interned_string (&value, g_intern_string (text));
  gst_structure_take_value (s, field, &value);
}

/* The types are exact: DL Streamer's readers ignore a field of another type.
 * Interned strings are not copied with the structure; they are never freed, but
 * few. */
GstStructure *
roi_param_new (const gchar *model_id, guint n_classes)
{
  GstStructure *s = gst_structure_new ("emotion", "label_id", G_TYPE_INT, 0,
      "confidence", G_TYPE_DOUBLE, 0.0, "tensor_id", G_TYPE_INT, 0, "precision",
      G_TYPE_INT, DLS_PRECISION_FP32, "layout", G_TYPE_INT, DLS_LAYOUT_NC,
      NULL);
  GValue dims = G_VALUE_INIT;

  take_interned (s, "model_name", model_id);
  take_interned (s, "layer_name", "fc4");
  take_interned (s, "attribute_name", "emotion");
  take_interned (s, "type", "classification_result");
  g_value_init (&dims, GST_TYPE_ARRAY);
  append_uint (&dims, 1);
  append_uint (&dims, n_classes);
  gst_structure_take_value (s, "dims", &dims);
  return s;
}

/* data_buffer holds the raw output of the layer, which is logits and not
 * smoothed, and data points into it: every copy of the structure shares that
 * variant. */
static void
write_roi_param (
    const Face *face, const Labels *labels, const Settings *settings)
{
  const Result *r = &face->result;
  gint label_id = result_label_id (r, settings);
  gsize n_bytes = labels->n_classes * sizeof (gfloat);
  GVariant *data = g_variant_ref_sink (
      g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, r->logits, n_bytes, 1));
  GstStructure *s = gst_structure_copy (labels->roi_param);

  gst_structure_set (s, "label", G_TYPE_STRING,
      gst_emotion_classes_get_label (labels->classes, label_id), "label_id",
      G_TYPE_INT, label_id, "confidence", G_TYPE_DOUBLE,
      (gdouble) result_confidence (r), "data_buffer", G_TYPE_VARIANT, data,
      "data", G_TYPE_POINTER, g_variant_get_data (data), NULL);
  g_variant_unref (data);

  /* readers take the first of a name */
  remove_param (face->roi, "emotion");
  gst_video_region_of_interest_meta_add_param (face->roi, s);
}

void
write_meta (GstBuffer *buffer, GArray *faces, const Labels *labels,
    const Settings *settings)
{
  gboolean any = FALSE;

  for (guint i = 0; i < faces->len; i++)
    any |= g_array_index (faces, Face, i).has_result;
  if (!any)
    return;

  /* first: may give a region the id of its detection */
  if (settings->meta_mode & GST_RESEMOTENET_META_ANALYTICS)
    analytics_write (
        buffer, faces, settings, labels->label_quarks, labels->n_classes);
  if (settings->meta_mode & GST_RESEMOTENET_META_EMOTION) {
    Rewrite rewrite = { faces,
      gst_emotion_classes_get_model_id (labels->classes) };

    gst_buffer_foreach_meta (buffer, remove_older, &rewrite);
  }

  for (guint i = 0; i < faces->len; i++) {
    const Face *face = &g_array_index (faces, Face, i);

    if (!face->has_result)
      continue;
    if (settings->meta_mode & GST_RESEMOTENET_META_EMOTION)
      write_emotion_meta (buffer, face, labels, settings);
    if (face->roi && (settings->meta_mode & GST_RESEMOTENET_META_ROI_PARAM))
      write_roi_param (face, labels, settings);
  }
}

/* ---- message ----------------------------------------------------------- */

static void
append_face (GValue *list, const Face *face, const Labels *labels,
    const Settings *settings)
{
  const Result *r = &face->result;
  gint label_id = result_label_id (r, settings);
  GValue scores = G_VALUE_INIT, item = G_VALUE_INIT;
  GstStructure *s = gst_structure_new ("face", "label", G_TYPE_STRING,
      gst_emotion_classes_get_label (labels->classes, label_id), "label-id",
      G_TYPE_INT, label_id, "confidence", G_TYPE_DOUBLE,
      (gdouble) result_confidence (r), "x", G_TYPE_INT, (gint) face->box.x, "y",
      G_TYPE_INT, (gint) face->box.y, "w", G_TYPE_INT, (gint) face->box.w, "h",
      G_TYPE_INT, (gint) face->box.h, "id", G_TYPE_INT, face->region_id,
      "track-id", G_TYPE_INT64, face->track_id, "age", G_TYPE_UINT, r->age,
      "age-ns", G_TYPE_UINT64, r->age_ns, NULL);

  g_value_init (&scores, GST_TYPE_ARRAY);
  for (guint i = 0; i < labels->n_classes; i++) {
    GValue score = G_VALUE_INIT;

    g_value_init (&score, G_TYPE_DOUBLE);
    g_value_set_double (&score, r->scores[i]);
    gst_value_array_append_and_take_value (&scores, &score);
  }
  gst_structure_take_value (s, "scores", &scores);

  g_value_init (&item, GST_TYPE_STRUCTURE);
  g_value_take_boxed (&item, s);
  gst_value_array_append_and_take_value (list, &item);
}

GstStructure *
emotion_message (GArray *faces, const Labels *labels, const Settings *settings,
    GstClockTime timestamp, GstClockTime stream_time, GstClockTime running_time,
    GstClockTime duration)
{
  GValue list = G_VALUE_INIT, names = G_VALUE_INIT;
  GstStructure *s = gst_structure_new ("emotion", "timestamp", G_TYPE_UINT64,
      timestamp, "stream-time", G_TYPE_UINT64, stream_time, "running-time",
      G_TYPE_UINT64, running_time, "duration", G_TYPE_UINT64, duration, "model",
      G_TYPE_STRING, gst_emotion_classes_get_model_id (labels->classes), NULL);

  g_value_init (&names, GST_TYPE_ARRAY);
  for (guint i = 0; i < labels->n_classes; i++) {
    GValue name = G_VALUE_INIT;

    g_value_init (&name, G_TYPE_STRING);
    g_value_set_string (
        &name, gst_emotion_classes_get_label (labels->classes, (gint) i));
    gst_value_array_append_and_take_value (&names, &name);
  }
  gst_structure_take_value (s, "labels", &names);

  g_value_init (&list, GST_TYPE_ARRAY);
  for (guint i = 0; i < faces->len; i++) {
    const Face *face = &g_array_index (faces, Face, i);

    if (face->has_result)
      append_face (&list, face, labels, settings);
  }
  gst_structure_take_value (s, "faces", &list);
  return s;
}

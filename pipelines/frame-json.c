/* SPDX-License-Identifier: MIT */
#include "frame-json.h"

#include <json-glib/json-glib.h>

#include "gstemotionmeta.h"

static void
add_int (JsonBuilder *b, const gchar *name, gint64 value)
{
  json_builder_set_member_name (b, name);
  json_builder_add_int_value (b, value);
}

static void
add_double (JsonBuilder *b, const gchar *name, gdouble value)
{
  json_builder_set_member_name (b, name);
  json_builder_add_double_value (b, value);
}

static void
add_string (JsonBuilder *b, const gchar *name, const gchar *value)
{
  json_builder_set_member_name (b, name);
  json_builder_add_string_value (b, value);
}

static void
begin (JsonBuilder *b, const gchar *name)
{
  json_builder_set_member_name (b, name);
  json_builder_begin_object (b);
}

/* Confidence of the detector for the region that the face came from. */
static gboolean
find_detection (GstBuffer *buffer, const GstEmotionMeta *m, gdouble *confidence)
{
  GstVideoRegionOfInterestMeta *roi;
  gpointer state = NULL;

  while (
      (roi = (GstVideoRegionOfInterestMeta *) gst_buffer_iterate_meta_filtered (
           buffer, &state, GST_VIDEO_REGION_OF_INTEREST_META_API_TYPE))) {
    GstStructure *detection;

    if (roi->id != m->face_id || (gint) roi->x != m->x || (gint) roi->y != m->y)
      continue;
    detection = gst_video_region_of_interest_meta_get_param (roi, "detection");
    return detection &&
           gst_structure_get_double (detection, "confidence", confidence);
  }
  return FALSE;
}

static void
add_detection (JsonBuilder *b, GstBuffer *buffer, const GstVideoInfo *info,
    const GstEmotionMeta *m)
{
  const gdouble width = GST_VIDEO_INFO_WIDTH (info);
  const gdouble height = GST_VIDEO_INFO_HEIGHT (info);
  gdouble confidence;

  begin (b, "detection");
  begin (b, "bounding_box");
  add_double (b, "x_min", m->x / width);
  add_double (b, "x_max", (m->x + m->w) / width);
  add_double (b, "y_min", m->y / height);
  add_double (b, "y_max", (m->y + m->h) / height);
  json_builder_end_object (b);
  if (find_detection (buffer, m, &confidence))
    add_double (b, "confidence", confidence);
  add_string (b, "label", "face");
  add_int (b, "label_id", 0);
  json_builder_end_object (b);
}

static void
add_emotion (JsonBuilder *b, const GstEmotionMeta *m)
{
  begin (b, "emotion");
  add_string (b, "label", gst_emotion_meta_get_label (m));
  add_int (b, "label_id", m->label_id);
  add_double (b, "confidence", m->confidence);
  begin (b, "model");
  add_string (b, "name", gst_emotion_meta_get_model_id (m));
  json_builder_end_object (b);
  begin (b, "scores");
  for (guint i = 0; i < m->n_scores; i++)
    add_double (
        b, gst_emotion_classes_get_label (m->classes, (gint) i), m->scores[i]);
  json_builder_end_object (b);
  add_int (b, "age", m->age);
  json_builder_end_object (b);
}

static void
add_face (JsonBuilder *b, GstBuffer *buffer, const GstVideoInfo *info,
    const GstEmotionMeta *m)
{
  json_builder_begin_object (b);
  add_detection (b, buffer, info, m);
  add_emotion (b, m);
  add_int (b, "x", m->x);
  add_int (b, "y", m->y);
  add_int (b, "w", m->w);
  add_int (b, "h", m->h);
  add_string (b, "roi_type", "face");
  if (m->track_id >= 0)
    add_int (b, "id", m->track_id);
  add_int (b, "region_id", m->face_id);
  json_builder_end_object (b);
}

gchar *
frame_to_json (GstBuffer *buffer, const GstVideoInfo *info, const gchar *source,
    GstClockTime stream_time)
{
  g_autoptr (JsonBuilder) b = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  gpointer state = NULL;
  GstEmotionMeta *m;

  json_builder_begin_object (b);
  json_builder_set_member_name (b, "objects");
  json_builder_begin_array (b);
  while ((m = gst_buffer_iterate_emotion_meta (buffer, &state)))
    add_face (b, buffer, info, m);
  json_builder_end_array (b);
  begin (b, "resolution");
  add_int (b, "width", GST_VIDEO_INFO_WIDTH (info));
  add_int (b, "height", GST_VIDEO_INFO_HEIGHT (info));
  json_builder_end_object (b);
  add_string (b, "source", source);
  if (GST_CLOCK_TIME_IS_VALID (stream_time))
    add_int (b, "timestamp", (gint64) stream_time);
  json_builder_end_object (b);

  root = json_builder_get_root (b);
  return json_to_string (root, FALSE);
}

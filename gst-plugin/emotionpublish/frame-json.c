/* SPDX-License-Identifier: MIT */
#include "frame-json.h"

#include "emotion-reader.h"

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

static void
add_detection (JsonBuilder *b, const FrameInfo *info, const EmotionFace *face)
{
  const gdouble width = MAX (info->width, 1), height = MAX (info->height, 1);

  begin (b, "detection");
  begin (b, "bounding_box");
  add_double (b, "x_min", face->x / width);
  add_double (b, "x_max", (face->x + face->w) / width);
  add_double (b, "y_min", face->y / height);
  add_double (b, "y_max", (face->y + face->h) / height);
  json_builder_end_object (b);
  if (face->detection_confidence >= 0)
    add_double (b, "confidence", face->detection_confidence);
  add_string (b, "label", "face");
  add_int (b, "label_id", 0);
  json_builder_end_object (b);
}

static void
add_emotion (JsonBuilder *b, const EmotionFace *face)
{
  begin (b, "emotion");
  add_string (b, "label", face->label);
  add_int (b, "label_id", MAX (face->label_id, -1));
  add_double (b, "confidence", face->confidence);
  if (face->model_name) {
    begin (b, "model");
    add_string (b, "name", face->model_name);
    json_builder_end_object (b);
  }
  if (face->n_scores > 0) {
    begin (b, "scores");
    for (guint i = 0; i < face->n_scores; i++)
      add_double (b, face->score_labels[i], face->scores[i]);
    json_builder_end_object (b);
  }
  if (face->age >= 0)
    add_int (b, "age", face->age);
  json_builder_end_object (b);
}

static void
add_face (JsonBuilder *b, const FrameInfo *info, const EmotionFace *face)
{
  json_builder_begin_object (b);
  add_detection (b, info, face);
  add_emotion (b, face);
  add_int (b, "x", face->x);
  add_int (b, "y", face->y);
  add_int (b, "w", face->w);
  add_int (b, "h", face->h);
  add_string (b, "roi_type", "face");
  if (face->track_id >= 0)
    add_int (b, "id", face->track_id);
  add_int (b, "region_id", face->region_id);
  json_builder_end_object (b);
}

static void
add_time (JsonBuilder *b, GDateTime *time)
{
  g_autofree gchar *to_seconds = g_date_time_format (time, "%Y-%m-%dT%H:%M:%S");
  g_autofree gchar *text = g_strdup_printf (
      "%s.%06dZ", to_seconds, g_date_time_get_microsecond (time));

  add_string (b, "time", text);
}

gchar *
frame_to_json (const FrameInfo *info, const GArray *faces)
{
  g_autoptr (JsonBuilder) b = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;

  json_builder_begin_object (b);
  json_builder_set_member_name (b, "objects");
  json_builder_begin_array (b);
  for (guint i = 0; i < faces->len; i++)
    add_face (b, info, &g_array_index (faces, EmotionFace, i));
  json_builder_end_array (b);
  begin (b, "resolution");
  add_int (b, "width", info->width);
  add_int (b, "height", info->height);
  json_builder_end_object (b);
  if (info->source) {
    /* a name that the user or another element gave it */
    g_autofree gchar *valid = g_utf8_make_valid (info->source, -1);

    add_string (b, "source", valid);
  }
  if (info->tags) {
    json_builder_set_member_name (b, "tags");
    json_builder_add_value (b, json_node_ref (info->tags));
  }
  if (GST_CLOCK_TIME_IS_VALID (info->timestamp))
    add_int (b, "timestamp", (gint64) info->timestamp);
  if (info->time)
    add_time (b, info->time);
  if (info->sequence != FRAME_JSON_NO_SEQUENCE)
    add_int (b, "sequence", (gint64) info->sequence);
  json_builder_end_object (b);

  root = json_builder_get_root (b);
  return json_to_string (root, FALSE);
}

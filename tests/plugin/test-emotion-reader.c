/* Emotions read from whichever metadata holds them
 * SPDX-License-Identifier: MIT
 */
#include "emotion-reader.h"

#include <math.h>

#include "init.h"

#ifdef HAVE_ANALYTICS
#include <gst/analytics/analytics.h>
#endif

static const gchar *const labels[] = { "happy", "sad", "neutral", NULL };
static const gfloat scores[] = { .2f, .7f, .1f };

static EmotionFace *
read_one (GArray *faces, GstBuffer *buffer)
{
  emotion_faces_read (faces, buffer);
  g_assert_cmpuint (faces->len, ==, 1);
  return &g_array_index (faces, EmotionFace, 0);
}

static GstEmotionMeta *
add_emotion_of (
    GstBuffer *buffer, const gchar *const *names, const gfloat *values)
{
  g_autoptr (GstEmotionClasses) classes = gst_emotion_classes_new ("m", names);

  return gst_buffer_add_emotion_meta (
      buffer, classes, values, g_strv_length ((gchar **) names), -5, 6, 70, 80);
}

static GstEmotionMeta *
add_emotion (GstBuffer *buffer, const gfloat *values)
{
  return add_emotion_of (buffer, labels, values);
}

/* A region as DL Streamer classifies it. */
static GstVideoRegionOfInterestMeta *
add_region (GstBuffer *buffer, gdouble confidence, const gchar *label)
{
  GstVideoRegionOfInterestMeta *roi =
      gst_buffer_add_video_region_of_interest_meta (
          buffer, "face", (guint) -5, 6, 70, 80);

  roi->id = 9;
  gst_video_region_of_interest_meta_add_param (roi,
      gst_structure_new ("detection", "confidence", G_TYPE_DOUBLE, .875, NULL));
  gst_video_region_of_interest_meta_add_param (
      roi, gst_structure_new ("object_id", "id", G_TYPE_INT, 4, NULL));
  gst_video_region_of_interest_meta_add_param (
      roi, gst_structure_new ("emotion", "label", G_TYPE_STRING, label,
               "label_id", G_TYPE_INT, 1, "confidence", G_TYPE_DOUBLE,
               confidence, "model_name", G_TYPE_STRING, "other", NULL));
  return roi;
}

static void
check_box (const EmotionFace *face)
{
  g_assert_cmpint (face->x, ==, -5);
  g_assert_cmpint (face->y, ==, 6);
  g_assert_cmpint (face->w, ==, 70);
  g_assert_cmpint (face->h, ==, 80);
}

static void
check_scores (const EmotionFace *face)
{
  g_assert_cmpuint (face->n_scores, ==, 3);
  for (guint i = 0; i < 3; i++)
    for (guint j = 0; j < 3; j++)
      if (g_str_equal (face->score_labels[i], labels[j]))
        g_assert_cmpfloat (face->scores[i], ==, scores[j]);
}

/* Ours come first, with what only the region knows. */
static void
test_emotion_meta (void)
{
  g_autoptr (GstBuffer) buffer = gst_buffer_new ();
  g_autoptr (GArray) faces = emotion_faces_new ();
  GstEmotionMeta *m = add_emotion (buffer, scores);
  EmotionFace *face;

  m->face_id = 9;
  m->track_id = 4;
  m->age = 3;
  add_region (buffer, .5, "other");

  face = read_one (faces, buffer);
  check_box (face);
  check_scores (face);
  g_assert_cmpstr (face->label, ==, "sad");
  g_assert_cmpint (face->label_id, ==, 1);
  g_assert_cmpfloat (face->confidence, ==, .7f);
  g_assert_cmpint (face->track_id, ==, 4);
  g_assert_cmpint (face->region_id, ==, 9);
  g_assert_cmpint (face->age, ==, 3);
  g_assert_cmpstr (face->model_name, ==, "m");
  g_assert_cmpfloat (face->detection_confidence, ==, .875);

  /* of another face it says nothing */
  m->face_id = 8;
  g_assert_cmpfloat (read_one (faces, buffer)->detection_confidence, ==, -1);
}

static void
test_region (void)
{
  g_autoptr (GstBuffer) buffer = gst_buffer_new ();
  g_autoptr (GArray) faces = emotion_faces_new ();
  EmotionFace *face;

  gst_buffer_add_video_region_of_interest_meta (buffer, "face", 0, 0, 9, 9);
  add_region (buffer, .5, "sad");

  face = read_one (faces, buffer);
  check_box (face);
  g_assert_cmpuint (face->n_scores, ==, 0);
  g_assert_cmpstr (face->label, ==, "sad");
  g_assert_cmpint (face->label_id, ==, 1);
  g_assert_cmpfloat (face->confidence, ==, .5f);
  g_assert_cmpint (face->track_id, ==, 4);
  g_assert_cmpint (face->region_id, ==, 9);
  g_assert_cmpint (face->age, ==, -1);
  g_assert_cmpstr (face->model_name, ==, "other");
  g_assert_cmpfloat (face->detection_confidence, ==, .875);
}

static guint
count (GArray *faces, GstBuffer *buffer)
{
  emotion_faces_read (faces, buffer);
  return faces->len;
}

static void
test_nonsense (void)
{
  g_autoptr (GstBuffer) buffer = gst_buffer_new ();
  g_autoptr (GArray) faces = emotion_faces_new ();
  const gchar *const bytes[] = { "\xff", "sad", "\xfe", NULL };
  const gfloat not_a_number[] = { .9f, NAN, INFINITY };
  GstEmotionMeta *m;

  g_assert_cmpuint (count (faces, buffer), ==, 0);
  add_region (buffer, NAN, "sad");
  add_region (buffer, 1.5, "sad");
  add_region (buffer, .5, NULL);
  add_region (buffer, .5, "sad")->w = 0;
  add_region (buffer, .5, "sad")->h = 0x80000000;
  add_region (buffer, .5, "sad")->x = 0x7fffffff;
  g_assert_cmpuint (count (faces, buffer), ==, 0);
  add_region (buffer, 1, "");
  g_assert_cmpuint (count (faces, buffer), ==, 1);

  m = add_emotion (buffer, not_a_number);
  m->confidence = NAN;
  g_assert_cmpuint (count (faces, buffer), ==, 1);
  g_assert_cmpstr (g_array_index (faces, EmotionFace, 0).label, ==, "");
  m->confidence = .9f;
  for (guint i = 1; i < 3; i++)
    g_assert_cmpfloat (read_one (faces, buffer)->scores[i], ==, 0);

  add_emotion_of (buffer, bytes, scores);
  g_assert_cmpuint (count (faces, buffer), ==, 2);
  g_assert_cmpstr (
      g_array_index (faces, EmotionFace, 1).score_labels[0], ==, "?");
  add_emotion_of (buffer, bytes, not_a_number);
  g_assert_cmpuint (count (faces, buffer), ==, 2);
}

/* A softmax in floats may give a little more than 1, which is no nonsense. */
static void
test_rounding (void)
{
  g_autoptr (GstBuffer) buffer = gst_buffer_new ();
  g_autoptr (GArray) faces = emotion_faces_new ();
  const gfloat above[] = { 0, 1.000001f, 0 };
  GstEmotionMeta *m;
  EmotionFace *face;

  add_region (buffer, 1.000001, "sad");
  g_assert_cmpfloat (read_one (faces, buffer)->confidence, ==, 1);

  m = add_emotion (buffer, above);
  m->confidence = 1.000001f;
  face = read_one (faces, buffer);
  g_assert_cmpfloat (face->confidence, ==, 1);
  g_assert_cmpfloat (face->scores[1], ==, 1);
}

#ifdef HAVE_ANALYTICS
static void
test_analytics (void)
{
  g_autoptr (GstBuffer) buffer = gst_buffer_new ();
  g_autoptr (GArray) faces = emotion_faces_new ();
  GstAnalyticsRelationMeta *meta =
      gst_buffer_add_analytics_relation_meta (buffer);
  GstAnalyticsODMtd face_od, dog_od;
  GstAnalyticsTrackingMtd track;
  GstAnalyticsClsMtd top, all, breed;
  gfloat sorted[] = { .7f, .2f, .1f };
  GQuark names[] = { g_quark_from_string ("sad"), g_quark_from_string ("happy"),
    g_quark_from_string ("neutral") };
  EmotionFace *face;

  g_assert_true (gst_analytics_relation_meta_add_od_mtd (
      meta, g_quark_from_string ("dog"), 1, 2, 3, 4, .5f, &dog_od));
  g_assert_true (gst_analytics_relation_meta_add_one_cls_mtd (
      meta, .9f, g_quark_from_string ("poodle"), &breed));
  g_assert_true (gst_analytics_relation_meta_set_relation (
      meta, GST_ANALYTICS_REL_TYPE_RELATE_TO, dog_od.id, breed.id));
  g_assert_true (gst_analytics_relation_meta_add_od_mtd (
      meta, g_quark_from_string ("face"), -5, 6, 70, 80, .875f, &face_od));
  g_assert_cmpuint (count (faces, buffer), ==, 0);

  g_assert_true (
      gst_analytics_relation_meta_add_tracking_mtd (meta, 4, 0, &track));
  g_assert_true (gst_analytics_relation_meta_set_relation (
      meta, GST_ANALYTICS_REL_TYPE_RELATE_TO, face_od.id, track.id));
  g_assert_true (
      gst_analytics_relation_meta_add_one_cls_mtd (meta, .7f, names[0], &top));
  g_assert_true (gst_analytics_relation_meta_set_relation (meta,
      GST_ANALYTICS_REL_TYPE_RELATE_TO | GST_ANALYTICS_REL_TYPE_CONTAIN,
      face_od.id, top.id));

  face = read_one (faces, buffer);
  check_box (face);
  g_assert_cmpuint (face->n_scores, ==, 0);
  g_assert_cmpstr (face->label, ==, "sad");
  g_assert_cmpfloat (face->confidence, ==, .7f);
  g_assert_cmpint (face->track_id, ==, 4);
  g_assert_cmpint (face->region_id, ==, (gint) face_od.id);
  g_assert_cmpfloat (face->detection_confidence, ==, .875);

  g_assert_true (
      gst_analytics_relation_meta_add_cls_mtd (meta, 3, sorted, names, &all));
  g_assert_true (gst_analytics_relation_meta_set_relation (
      meta, GST_ANALYTICS_REL_TYPE_IS_PART_OF, all.id, face_od.id));
  face = read_one (faces, buffer);
  check_scores (face);
}

/* DL Streamer relates a detection to the names of what its detector finds, and
 * has it contain what a classifier said. */
static void
test_descriptor (void)
{
  g_autoptr (GstBuffer) buffer = gst_buffer_new ();
  g_autoptr (GArray) faces = emotion_faces_new ();
  GstAnalyticsRelationMeta *meta =
      gst_buffer_add_analytics_relation_meta (buffer);
  GstAnalyticsClsMtd descriptor, emotion;
  GstAnalyticsODMtd od;
  gfloat none = 0;
  GQuark name = g_quark_from_string ("face");
  EmotionFace *face;

  g_assert_true (gst_analytics_relation_meta_add_cls_mtd (
      meta, 1, &none, &name, &descriptor));
  g_assert_true (gst_analytics_relation_meta_add_od_mtd (
      meta, name, -5, 6, 70, 80, .875f, &od));
  g_assert_true (gst_analytics_relation_meta_set_relation (
      meta, GST_ANALYTICS_REL_TYPE_RELATE_TO, od.id, descriptor.id));
  g_assert_cmpuint (count (faces, buffer), ==, 0);
  g_assert_true (gst_analytics_relation_meta_add_one_cls_mtd (
      meta, .7f, g_quark_from_string ("sad"), &emotion));
  g_assert_true (gst_analytics_relation_meta_set_relation (
      meta, GST_ANALYTICS_REL_TYPE_CONTAIN, od.id, emotion.id));
  g_assert_true (gst_analytics_relation_meta_set_relation (
      meta, GST_ANALYTICS_REL_TYPE_IS_PART_OF, emotion.id, od.id));

  face = read_one (faces, buffer);
  g_assert_cmpstr (face->label, ==, "sad");
  g_assert_cmpfloat (face->confidence, ==, .7f);
}
#endif

int
main (int argc, char **argv)
{
  test_init_gstreamer (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/emotion-reader/emotion-meta", test_emotion_meta);
  g_test_add_func ("/emotion-reader/region", test_region);
  g_test_add_func ("/emotion-reader/nonsense", test_nonsense);
  g_test_add_func ("/emotion-reader/rounding", test_rounding);
#ifdef HAVE_ANALYTICS
  g_test_add_func ("/emotion-reader/analytics", test_analytics);
  g_test_add_func ("/emotion-reader/descriptor", test_descriptor);
#endif
  return g_test_run ();
}

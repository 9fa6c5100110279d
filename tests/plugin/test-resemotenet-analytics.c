/* GstAnalyticsRelationMeta as input and as output of resemotenet
 * SPDX-License-Identifier: MIT
 */
#include "harness.h"

#include <gst/analytics/analytics.h>

static guint
add_detection (
    GstBuffer *buffer, const gchar *type, gint x, gint y, gint w, gint h)
{
  GstAnalyticsRelationMeta *meta =
      gst_buffer_add_analytics_relation_meta (buffer);
  GstAnalyticsODMtd od;

  g_assert_true (gst_analytics_relation_meta_add_od_mtd (
      meta, g_quark_from_string (type), x, y, w, h, .9f, &od));
  return od.id;
}

static void
add_track (GstBuffer *buffer, guint detection_id, guint64 track_id)
{
  GstAnalyticsRelationMeta *meta =
      gst_buffer_get_analytics_relation_meta (buffer);
  GstAnalyticsTrackingMtd track;

  g_assert_true (
      gst_analytics_relation_meta_add_tracking_mtd (meta, track_id, 0, &track));
  g_assert_true (gst_analytics_relation_meta_set_relation (
      meta, GST_ANALYTICS_REL_TYPE_RELATE_TO, detection_id, track.id));
}

static guint
count_mtd (GstBuffer *buffer, GstAnalyticsMtdType type)
{
  GstAnalyticsRelationMeta *meta =
      gst_buffer_get_analytics_relation_meta (buffer);
  GstAnalyticsMtd mtd;
  gpointer state = NULL;
  guint n = 0;

  while (meta && gst_analytics_relation_meta_iterate (meta, &state, type, &mtd))
    n++;
  return n;
}

static guint
count_detections (GstBuffer *buffer)
{
  return count_mtd (buffer, gst_analytics_od_mtd_get_mtd_type ());
}

static guint
count_classes (GstBuffer *buffer)
{
  return count_mtd (buffer, gst_analytics_cls_mtd_get_mtd_type ());
}

static void
get_related (GstBuffer *buffer, guint detection_id, GstAnalyticsRelTypes how,
    GstAnalyticsClsMtd *cls)
{
  GstAnalyticsRelationMeta *meta =
      gst_buffer_get_analytics_relation_meta (buffer);

  g_assert_nonnull (meta);
  g_assert_true (gst_analytics_relation_meta_get_direct_related (meta,
      detection_id, how, gst_analytics_cls_mtd_get_mtd_type (), NULL, cls));
}

/* The class that GStreamer's overlay prints for a detection, which must be the
 * one that the detection contains. */
static GQuark
printed_class (GstBuffer *buffer, guint detection_id, gfloat *level)
{
  GstAnalyticsClsMtd printed, contained;
  GstAnalyticsODMtd od;
  GQuark label;

  get_related (
      buffer, detection_id, GST_ANALYTICS_REL_TYPE_RELATE_TO, &printed);
  get_related (
      buffer, detection_id, GST_ANALYTICS_REL_TYPE_CONTAIN, &contained);
  label = gst_analytics_cls_mtd_get_quark (&printed, 0);
  *level = gst_analytics_cls_mtd_get_level (&printed, 0);

  g_assert_cmpuint (gst_analytics_cls_mtd_get_length (&contained), ==, 1);
  g_assert_cmpuint (gst_analytics_cls_mtd_get_quark (&contained, 0), ==, label);
  g_assert_cmpfloat (
      gst_analytics_cls_mtd_get_level (&contained, 0), ==, *level);
  g_assert_cmpint (gst_analytics_relation_meta_get_relation (
                       contained.meta, contained.id, detection_id),
      ==, GST_ANALYTICS_REL_TYPE_IS_PART_OF);

  /* the detector's own finding is among what it relates to, and no id is that
   * of a region without one */
  g_assert_true (
      gst_analytics_relation_meta_get_od_mtd (printed.meta, detection_id, &od));
  g_assert_cmpint (gst_analytics_cls_mtd_get_index_by_quark (
                       &printed, gst_analytics_od_mtd_get_obj_type (&od)),
      ==, 1);
  return label;
}

static void
test_detection (void)
{
  GstHarness *h = test_started_harness (NULL);
  GstBuffer *buffer = test_rgb_picture (), *out;
  guint a = add_detection (buffer, "face", BOX_A);
  guint b = add_detection (buffer, "face", BOX_B);
  GstEmotionMeta *meta;
  gfloat level;
  GQuark label;

  add_detection (buffer, "dog", 0, 0, 50, 50);
  add_track (buffer, b, 77);
  out = test_push (h, buffer);

  g_assert_cmpuint (gst_buffer_get_n_emotion_meta (out), ==, 2);
  meta = test_nth_emotion (out, 0);
  g_assert_cmpint (meta->face_id, ==, (gint) a);
  g_assert_cmpint (meta->track_id, ==, -1);
  g_assert_cmpint (meta->w, ==, 100);
  label = printed_class (out, a, &level);
  g_assert_cmpstr (
      g_quark_to_string (label), ==, gst_emotion_meta_get_label (meta));
  g_assert_cmpfloat (level, ==, meta->confidence);

  meta = test_nth_emotion (out, 1);
  g_assert_cmpint (meta->track_id, ==, 77);
  label = printed_class (out, b, &level);
  g_assert_cmpfloat (level, ==, meta->confidence);
  /* nothing new but the classes, three for each face */
  g_assert_cmpuint (count_detections (out), ==, 3);
  g_assert_cmpuint (count_classes (out), ==, 6);

  gst_buffer_unref (out);
  gst_harness_teardown (h);
}

/* All scores hang on the detection as well, sorted, but not where overlays
 * look for something to print. */
static void
test_all_scores (void)
{
  GstHarness *h = test_started_harness (NULL);
  GstBuffer *buffer = test_rgb_picture (), *out;
  guint id = add_detection (buffer, "face", BOX_A), n_all = 0;
  GstAnalyticsRelationMeta *meta;
  GstAnalyticsClsMtd cls;
  gpointer state = NULL;
  GstEmotionMeta *emotion;

  out = test_push (h, buffer);
  emotion = test_nth_emotion (out, 0);
  meta = gst_buffer_get_analytics_relation_meta (out);
  while (gst_analytics_relation_meta_iterate (
      meta, &state, gst_analytics_cls_mtd_get_mtd_type (), &cls)) {
    gsize n = gst_analytics_cls_mtd_get_length (&cls);

    if (n < 7)
      continue;
    n_all++;
    g_assert_cmpuint (n, ==, 7);
    g_assert_cmpint (
        gst_analytics_relation_meta_get_relation (meta, cls.id, id), ==,
        GST_ANALYTICS_REL_TYPE_IS_PART_OF);
    g_assert_cmpint (
        gst_analytics_relation_meta_get_relation (meta, id, cls.id), ==,
        GST_ANALYTICS_REL_TYPE_NONE);
    for (gsize i = 0; i < n; i++) {
      gfloat level = gst_analytics_cls_mtd_get_level (&cls, i);
      const gchar *name =
          g_quark_to_string (gst_analytics_cls_mtd_get_quark (&cls, i));

      g_assert_cmpfloat (gst_emotion_meta_get_score (emotion, name), ==, level);
      if (i)
        g_assert_cmpfloat (
            level, <=, gst_analytics_cls_mtd_get_level (&cls, i - 1));
    }
  }
  g_assert_cmpuint (n_all, ==, 1);
  gst_buffer_unref (out);
  gst_harness_teardown (h);
}

/* A face in both kinds of metadata is one face. */
static void
test_both (void)
{
  GstHarness *h = test_started_harness (NULL);
  GstBuffer *buffer = test_rgb_picture (), *out;
  GstVideoRegionOfInterestMeta *roi;
  gfloat level;
  guint a, b;

  a = add_detection (buffer, "face", BOX_A);
  b = add_detection (buffer, "face", BOX_B);
  add_track (buffer, a, 5);
  /* same id, and a box that scaling rounded otherwise */
  roi = test_add_face (buffer, 21, 30, 99, 101);
  roi->id = (gint) a;
  /* another id, but the same box */
  roi = test_add_face (buffer, BOX_B);
  roi->id = 1000;
  out = test_push (h, buffer);

  g_assert_cmpuint (gst_buffer_get_n_emotion_meta (out), ==, 2);
  g_assert_cmpuint (test_stat (h, "classified"), ==, 2);
  g_assert_cmpint (test_nth_emotion (out, 0)->x, ==, 21);
  g_assert_cmpint (test_nth_emotion (out, 0)->track_id, ==, 5);
  g_assert_cmpint (test_nth_emotion (out, 1)->face_id, ==, 1000);
  g_assert_cmpuint (count_detections (out), ==, 2);
  printed_class (out, a, &level);
  g_assert_cmpfloat (level, ==, test_nth_emotion (out, 0)->confidence);
  printed_class (out, b, &level);
  g_assert_cmpfloat (level, ==, test_nth_emotion (out, 1)->confidence);

  gst_buffer_unref (out);
  gst_harness_teardown (h);
}

/* Ids that happen to be equal do not make two places one face. */
static void
test_same_id_elsewhere (void)
{
  GstHarness *h = test_started_harness (NULL);
  GstBuffer *buffer = test_rgb_picture (), *out;
  guint id = add_detection (buffer, "face", BOX_A);

  test_add_face (buffer, BOX_B)->id = (gint) id;
  out = test_push (h, buffer);
  g_assert_cmpuint (gst_buffer_get_n_emotion_meta (out), ==, 2);
  gst_buffer_unref (out);
  gst_harness_teardown (h);
}

/* The id of a detection leads to the region of the same face, also where others
 * are left without an emotion. */
static void
test_region_ids (void)
{
  GstHarness *h = test_started_harness ("min-size=50");
  GstBuffer *buffer = test_rgb_picture (), *out;
  GstAnalyticsRelationMeta *meta;
  GstAnalyticsODMtd od;
  gpointer state = NULL;
  guint n = 0;

  test_add_face (buffer, 0, 0, 20, 20);
  test_add_face (buffer, BOX_A);
  test_add_face (buffer, 300, 0, 20, 20);
  test_add_face (buffer, BOX_B);
  out = test_push (h, buffer);

  meta = gst_buffer_get_analytics_relation_meta (out);
  for (; gst_analytics_relation_meta_iterate (
           meta, &state, gst_analytics_od_mtd_get_mtd_type (), &od);
       n++) {
    GstVideoRegionOfInterestMeta *roi =
        gst_buffer_get_video_region_of_interest_meta_id (out, (gint) od.id);
    gint x, y, w, he;

    g_assert_nonnull (roi);
    g_assert_true (
        gst_analytics_od_mtd_get_location (&od, &x, &y, &w, &he, NULL));
    g_assert_cmpint (x, ==, (gint) roi->x);
    g_assert_cmpint (he, ==, (gint) roi->h);
  }
  g_assert_cmpuint (n, ==, 2);
  gst_buffer_unref (out);
  gst_harness_teardown (h);
}

/* Regions of a detector that knows only regions get detections. */
static void
test_region_only (void)
{
  GstHarness *h = test_started_harness (NULL);
  GstBuffer *buffer = test_rgb_picture (), *out;
  GstVideoRegionOfInterestMeta *roi;
  GstAnalyticsRelationMeta *meta;
  GstAnalyticsODMtd od;
  gpointer state = NULL;
  gint x, y, w, he;
  gfloat level;

  roi = test_add_face (buffer, BOX_A);
  gst_video_region_of_interest_meta_add_param (roi,
      gst_structure_new ("detection", "confidence", G_TYPE_DOUBLE, .25, NULL));
  test_add_face (buffer, BOX_B);
  out = test_push (h, buffer);

  g_assert_cmpuint (count_detections (out), ==, 2);
  meta = gst_buffer_get_analytics_relation_meta (out);
  for (guint i = 0; i < 2; i++) {
    GstEmotionMeta *emotion = test_nth_emotion (out, i);

    roi = (GstVideoRegionOfInterestMeta *) gst_buffer_iterate_meta_filtered (
        out, &state, GST_VIDEO_REGION_OF_INTEREST_META_API_TYPE);
    g_assert_cmpint (emotion->face_id, ==, roi->id);
    g_assert_true (
        gst_analytics_relation_meta_get_od_mtd (meta, (guint) roi->id, &od));
    g_assert_true (
        gst_analytics_od_mtd_get_location (&od, &x, &y, &w, &he, &level));
    g_assert_cmpint (x, ==, emotion->x);
    g_assert_cmpint (he, ==, emotion->h);
    g_assert_cmpfloat (level, ==, i ? 1.f : .25f);
    g_assert_cmpstr (
        g_quark_to_string (gst_analytics_od_mtd_get_obj_type (&od)), ==,
        "face");
    printed_class (out, od.id, &level);
    g_assert_cmpfloat (level, ==, emotion->confidence);
  }
  gst_buffer_unref (out);
  gst_harness_teardown (h);
}

static void
test_unknown (void)
{
  GstHarness *h = test_started_harness ("threshold=1");
  GstBuffer *buffer = test_rgb_picture (), *out;
  guint id = add_detection (buffer, "face", BOX_A);
  gfloat level;

  out = test_push (h, buffer);
  g_assert_cmpstr (
      g_quark_to_string (printed_class (out, id, &level)), ==, "unknown");
  gst_buffer_unref (out);
  gst_harness_teardown (h);
}

static void
test_modes (void)
{
  GstHarness *h = test_started_harness ("meta-mode=emotion-meta+roi-param");
  GstBuffer *buffer = test_rgb_picture (), *out;

  test_add_face (buffer, BOX_A);
  out = test_push (h, buffer);
  g_assert_null (gst_buffer_get_analytics_relation_meta (out));
  gst_buffer_unref (out);
  gst_harness_teardown (h);

  h = test_started_harness ("meta-mode=analytics");
  buffer = test_rgb_picture ();
  test_add_face (buffer, BOX_A);
  out = test_push (h, buffer);
  g_assert_cmpuint (gst_buffer_get_n_emotion_meta (out), ==, 0);
  g_assert_cmpuint (count_classes (out), ==, 3);
  gst_buffer_unref (out);
  gst_harness_teardown (h);

  /* no face, nothing to write */
  h = test_started_harness (NULL);
  out = test_push (h, test_rgb_picture ());
  g_assert_null (gst_buffer_get_analytics_relation_meta (out));
  gst_buffer_unref (out);
  gst_harness_teardown (h);
}

/* More than the relation meta is first laid out for. */
static void
test_many (void)
{
  GstHarness *h = test_started_harness ("max-faces=200");
  GstBuffer *buffer = test_rgb_picture (), *out;
  gfloat level;

  for (gint i = 0; i < 300; i++)
    add_detection (buffer, "face", i % 200, (i * 3) % 130, 60, 60 + i % 50);
  out = test_push (h, buffer);
  g_assert_cmpuint (gst_buffer_get_n_emotion_meta (out), ==, 200);
  g_assert_cmpuint (count_detections (out), ==, 300);
  g_assert_cmpuint (count_classes (out), ==, 600);
  for (guint i = 0; i < 200; i++) {
    GstEmotionMeta *emotion = test_nth_emotion (out, i);

    printed_class (out, (guint) emotion->face_id, &level);
    g_assert_cmpfloat (level, ==, emotion->confidence);
  }
  gst_buffer_unref (out);
  gst_harness_teardown (h);
}

/* Ids of detections only count what is on a buffer: a face is followed by its
 * track, or its box. */
static void
test_interval (gconstpointer tracked)
{
  GstHarness *h = test_started_harness ("inference-interval=10");
  GstBuffer *out[2];

  for (guint i = 0; i < 2; i++) {
    GstBuffer *buffer = test_rgb_picture ();
    guint first, second;

    /* the detector lists them in another order each time */
    if (i == 0) {
      first = add_detection (buffer, "face", BOX_A);
      second = add_detection (buffer, "face", BOX_B);
    } else {
      second = add_detection (buffer, "face", BOX_B);
      first = add_detection (buffer, "face", BOX_A);
    }
    if (tracked) {
      add_track (buffer, first, 100);
      add_track (buffer, second, 200);
    }
    out[i] = test_push (h, buffer);
  }
  g_assert_cmpuint (test_nth_emotion (out[1], 0)->age, ==, 1);
  g_assert_cmpfloat (test_score_difference (test_nth_emotion (out[0], 0),
                         test_nth_emotion (out[1], 1)),
      ==, 0);
  gst_buffer_unref (out[0]);
  gst_buffer_unref (out[1]);
  gst_harness_teardown (h);
}

static void
test_downstream (void)
{
  gchar *line = g_strdup_printf (
      "resemotenet model=%s ! videoconvert ! videoscale add-borders=false",
      test_random_model ());
  GstHarness *h = gst_harness_new_parse (line);
  GstBuffer *buffer = test_rgb_picture (), *out;
  gfloat level;

  gst_harness_set_src_caps (h, test_rgb_caps ());
  gst_harness_set_sink_caps_str (
      h, "video/x-raw,format=I420,width=160,height=120");
  test_add_face (buffer, BOX_A);
  out = test_push (h, buffer);
  printed_class (out, (guint) test_nth_emotion (out, 0)->face_id, &level);
  g_assert_cmpfloat (level, ==, test_nth_emotion (out, 0)->confidence);
  gst_buffer_unref (out);
  gst_harness_teardown (h);
  g_free (line);
}

int
main (int argc, char **argv)
{
  test_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/analytics/detection", test_detection);
  g_test_add_func ("/analytics/all-scores", test_all_scores);
  g_test_add_func ("/analytics/both", test_both);
  g_test_add_func ("/analytics/same-id-elsewhere", test_same_id_elsewhere);
  g_test_add_func ("/analytics/region-only", test_region_only);
  g_test_add_func ("/analytics/region-ids", test_region_ids);
  g_test_add_func ("/analytics/unknown", test_unknown);
  g_test_add_func ("/analytics/modes", test_modes);
  g_test_add_func ("/analytics/many", test_many);
  g_test_add_data_func ("/analytics/interval/boxes", NULL, test_interval);
  g_test_add_data_func ("/analytics/interval/tracks", "", test_interval);
  g_test_add_func ("/analytics/downstream", test_downstream);

  return test_run_kept ();
}

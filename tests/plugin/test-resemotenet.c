/* What resemotenet reads, writes and counts on good streams
 * SPDX-License-Identifier: MIT
 */
#include "harness.h"

#include <math.h>
#include <string.h>

static const GstStructure *
emotion_param (GstBuffer *buffer, guint n)
{
  gpointer state = NULL;
  GstMeta *meta;

  do
    meta = gst_buffer_iterate_meta_filtered (
        buffer, &state, GST_VIDEO_REGION_OF_INTEREST_META_API_TYPE);
  while (meta && n--);
  g_assert_nonnull (meta);
  return gst_video_region_of_interest_meta_get_param (
      (GstVideoRegionOfInterestMeta *) meta, "emotion");
}

/* ---- results ----------------------------------------------------------- */

static void
test_emotion_meta (void)
{
  GstHarness *h = test_started_harness (NULL);
  GstBuffer *buffer = test_frame (0), *out;
  GstEmotionMeta *meta;
  gfloat sum = 0, best = 0;

  test_add_face (buffer, BOX_A)->id = 17;
  test_add_face (buffer, BOX_B);
  out = test_push (h, buffer);

  g_assert_cmpuint (gst_buffer_get_n_emotion_meta (out), ==, 2);
  meta = test_nth_emotion (out, 0);
  g_assert_cmpint (meta->face_id, ==, 17);
  g_assert_cmpint (meta->x, ==, 20);
  g_assert_cmpint (meta->y, ==, 30);
  g_assert_cmpint (meta->w, ==, 100);
  g_assert_cmpint (meta->h, ==, 100);
  g_assert_cmpuint (meta->age, ==, 0);
  g_assert_cmpuint (meta->n_scores, ==, 7);
  for (guint i = 0; i < meta->n_scores; i++) {
    sum += meta->scores[i];
    best = MAX (best, meta->scores[i]);
  }
  g_assert_cmpfloat (fabs (sum - 1), <, 1e-5);
  g_assert_cmpfloat (meta->confidence, ==, best);
  g_assert_cmpfloat (meta->scores[meta->label_id], ==, best);
  g_assert_cmpfloat (
      gst_emotion_meta_get_score (meta, gst_emotion_meta_get_label (meta)), ==,
      best);
  g_assert_cmpstr (gst_emotion_meta_get_model_id (meta), ==, "random");
  /* two faces, two results */
  g_assert_cmpfloat (test_score_difference (meta, test_nth_emotion (out, 1)), >,
      5 * SCORE_TOLERANCE);

  gst_buffer_unref (out);
  gst_harness_teardown (h);
}

/* Types are checked in tests/interop. */
static void
test_roi_param (void)
{
  GstHarness *h = test_started_harness (NULL);
  GstBuffer *buffer = test_frame (0), *out, *copy;
  const GstStructure *s;
  GVariant *data;
  const gfloat *logits;
  gfloat scores[7], sum = 0;
  GstEmotionMeta *meta;
  const GValue *dims;
  gint n;
  gdouble d;

  test_add_face (buffer, BOX_A);
  out = test_push (h, buffer);
  meta = test_nth_emotion (out, 0);

  /* after a copy, data still points into data_buffer */
  copy = gst_buffer_copy (out);
  s = emotion_param (copy, 0);
  g_assert_nonnull (s);
  g_assert_cmpstr (gst_structure_get_string (s, "label"), ==,
      gst_emotion_meta_get_label (meta));
  g_assert_true (gst_structure_get_int (s, "label_id", &n));
  g_assert_cmpint (n, ==, meta->label_id);
  g_assert_true (gst_structure_get_double (s, "confidence", &d));
  g_assert_cmpfloat (d, ==, meta->confidence);
  g_assert_cmpstr (gst_structure_get_string (s, "model_name"), ==, "random");
  g_assert_cmpstr (
      gst_structure_get_string (s, "attribute_name"), ==, "emotion");
  g_assert_cmpstr (
      gst_structure_get_string (s, "type"), ==, "classification_result");
  g_assert_true (gst_structure_get_int (s, "precision", &n));
  g_assert_cmpint (n, ==, 10);
  g_assert_true (gst_structure_get_int (s, "layout", &n));
  g_assert_cmpint (n, ==, 193);

  dims = gst_structure_get_value (s, "dims");
  g_assert_cmpuint (gst_value_array_get_size (dims), ==, 2);
  g_assert_true (G_VALUE_HOLDS_UINT (gst_value_array_get_value (dims, 1)));
  g_assert_cmpuint (
      g_value_get_uint (gst_value_array_get_value (dims, 1)), ==, 7);

  data = g_value_get_variant (gst_structure_get_value (s, "data_buffer"));
  g_assert_cmpstr (g_variant_get_type_string (data), ==, "ay");
  g_assert_cmpuint (g_variant_get_size (data), ==, 7 * sizeof (gfloat));
  logits = g_value_get_pointer (gst_structure_get_value (s, "data"));
  g_assert_true (logits == g_variant_get_data (data));

  /* logits: their softmax are the scores */
  for (guint i = 0; i < 7; i++)
    sum += scores[i] = expf (logits[i]);
  for (guint i = 0; i < 7; i++)
    g_assert_cmpfloat (fabs (scores[i] / sum - meta->scores[i]), <, 1e-5);

  gst_buffer_unref (copy);
  gst_buffer_unref (out);
  gst_harness_teardown (h);
}

static void
test_param_is_replaced (void)
{
  GstHarness *h = test_started_harness (NULL);
  GstBuffer *buffer = test_frame (0), *out;
  GstVideoRegionOfInterestMeta *roi = test_add_face (buffer, BOX_A);
  guint n = 0;

  gst_video_region_of_interest_meta_add_param (roi,
      gst_structure_new ("detection", "confidence", G_TYPE_DOUBLE, .5, NULL));
  gst_video_region_of_interest_meta_add_param (
      roi, gst_structure_new ("emotion", "label", G_TYPE_STRING, "old", NULL));
  out = test_push (h, buffer);
  roi = gst_buffer_get_video_region_of_interest_meta (out);
  for (GList *l = roi->params; l; l = l->next)
    n += gst_structure_has_name (l->data, "emotion");
  g_assert_cmpuint (n, ==, 1);
  g_assert_nonnull (
      gst_video_region_of_interest_meta_get_param (roi, "detection"));
  g_assert_cmpstr (
      gst_structure_get_string (emotion_param (out, 0), "label"), !=, "old");
  gst_buffer_unref (out);
  gst_harness_teardown (h);
}

static void
test_meta_mode (void)
{
  static const struct
  {
    const gchar *mode;
    gboolean emotion, param;
  } modes[] = { { "emotion-meta", TRUE, FALSE }, { "roi-param", FALSE, TRUE },
    { "emotion-meta+roi-param", TRUE, TRUE }, { "0", FALSE, FALSE } };

  for (guint i = 0; i < G_N_ELEMENTS (modes); i++) {
    gchar *p = g_strdup_printf ("meta-mode=%s", modes[i].mode);
    GstHarness *h = test_started_harness (p);
    GstBuffer *buffer = test_frame (0), *out;

    test_add_face (buffer, BOX_A);
    out = test_push (h, buffer);
    g_assert_cmpuint (
        gst_buffer_get_n_emotion_meta (out), ==, modes[i].emotion);
    g_assert_true ((emotion_param (out, 0) != NULL) == modes[i].param);
    g_assert_cmpuint (test_stat (h, "classified"), ==, 1);
    gst_buffer_unref (out);
    gst_harness_teardown (h);
    g_free (p);
  }
}

static void
test_pixels_untouched (void)
{
  GstHarness *h = test_started_harness (NULL);
  GstBuffer *buffer = test_frame (0), *copy, *out;
  GstMapInfo a, b;

  test_add_face (buffer, BOX_A);
  copy = gst_buffer_copy_deep (buffer);
  gst_buffer_ref (buffer); /* so it is not writable, as behind a tee */
  out = test_push (h, buffer);

  /* the other owner's buffer got no metadata, and memory is shared */
  g_assert_cmpuint (gst_buffer_get_n_emotion_meta (buffer), ==, 0);
  g_assert_cmpuint (gst_buffer_get_n_emotion_meta (out), ==, 1);
  g_assert_true (
      gst_buffer_peek_memory (buffer, 0) == gst_buffer_peek_memory (out, 0));
  g_assert_true (gst_buffer_map (out, &a, GST_MAP_READ));
  g_assert_true (gst_buffer_map (copy, &b, GST_MAP_READ));
  g_assert_cmpmem (a.data, a.size, b.data, b.size);
  gst_buffer_unmap (out, &a);
  gst_buffer_unmap (copy, &b);
  gst_buffer_unref (buffer);
  gst_buffer_unref (copy);
  gst_buffer_unref (out);
  gst_harness_teardown (h);
}

static void
test_threshold (void)
{
  GstHarness *h = test_started_harness ("threshold=1");
  GstBuffer *buffer = test_frame (0), *out;
  GstEmotionMeta *meta;
  gint n;

  test_add_face (buffer, BOX_A);
  out = test_push (h, buffer);
  meta = test_nth_emotion (out, 0);
  g_assert_cmpint (meta->label_id, ==, GST_EMOTION_LABEL_UNKNOWN);
  g_assert_cmpstr (gst_emotion_meta_get_label (meta), ==, "unknown");
  g_assert_cmpfloat (meta->confidence, >, .1);
  g_assert_cmpfloat (gst_emotion_meta_get_score (meta, "happy"), >, 0);
  g_assert_cmpstr (gst_structure_get_string (emotion_param (out, 0), "label"),
      ==, "unknown");
  g_assert_true (
      gst_structure_get_int (emotion_param (out, 0), "label_id", &n));
  g_assert_cmpint (n, ==, -1);
  gst_buffer_unref (out);
  gst_harness_teardown (h);
}

static void
test_labels (void)
{
  GstHarness *h = test_started_harness ("labels=\"a, b ,c,d,e,f,gee\"");
  GstBuffer *buffer = test_frame (0), *out;

  test_add_face (buffer, BOX_A);
  out = test_push (h, buffer);
  g_assert_cmpfloat (
      gst_emotion_meta_get_score (test_nth_emotion (out, 0), "b"), >=, 0);
  g_assert_cmpfloat (
      gst_emotion_meta_get_score (test_nth_emotion (out, 0), "gee"), >=, 0);
  g_assert_cmpfloat (
      gst_emotion_meta_get_score (test_nth_emotion (out, 0), "happy"), ==, -1);
  gst_buffer_unref (out);
  gst_harness_teardown (h);
}

/* ---- regions ----------------------------------------------------------- */

static void
test_bad_regions (void)
{
  GstHarness *h = test_started_harness (NULL);
  GstBuffer *buffer = test_frame (0), *out;

  test_add_face (buffer, 0, 0, 0, 0);
  test_add_face (buffer, 10, 10, 50, 0);
  test_add_face (buffer, 10, 10, -50, 50); /* a wrapped width */
  test_add_face (buffer, 400, 10, 50, 50);
  test_add_face (buffer, -100, 10, 60, 60);
  test_add_face (buffer, G_MAXINT, G_MININT, G_MAXINT, G_MAXINT);
  test_add_face (buffer, 10, 10, 1, 1);
  test_add_face (buffer, 310, 100, 60, 60); /* 10 columns are visible */
  test_add_face (buffer, -20, -30, 100, 100);
  test_add_face (buffer, G_MININT, G_MININT, G_MAXINT, G_MAXINT);
  test_add_face (buffer, 0, 0, G_MAXINT, G_MAXINT);
  out = test_push (h, buffer);

  g_assert_cmpuint (test_stat (h, "skipped-empty"), ==, 3);
  g_assert_cmpuint (test_stat (h, "skipped-outside"), ==, 4);
  g_assert_cmpuint (test_stat (h, "skipped-too-small"), ==, 2);
  g_assert_cmpuint (test_stat (h, "skipped"), ==, 9);
  g_assert_cmpuint (test_stat (h, "classified"), ==, 2);
  g_assert_cmpuint (gst_buffer_get_n_emotion_meta (out), ==, 2);
  g_assert_cmpint (test_nth_emotion (out, 0)->x, ==, -20);
  g_assert_cmpint (test_nth_emotion (out, 0)->w, ==, 100);
  gst_buffer_unref (out);
  gst_harness_teardown (h);
}

static void
test_one_pixel (void)
{
  GstHarness *h = test_started_harness ("min-size=0");
  GstBuffer *buffer = test_frame (0), *out;

  test_add_face (buffer, 10, 10, 1, 1);
  test_add_face (buffer, PICTURE_WIDTH - 1, PICTURE_HEIGHT - 1, 500, 500);
  out = test_push (h, buffer);
  g_assert_cmpuint (gst_buffer_get_n_emotion_meta (out), ==, 2);
  gst_buffer_unref (out);
  gst_harness_teardown (h);
}

static void
test_no_regions (void)
{
  GstHarness *h = test_started_harness (NULL);
  GstBuffer *out = test_push (h, test_frame (0));

  g_assert_cmpuint (gst_buffer_get_n_emotion_meta (out), ==, 0);
  g_assert_cmpuint (test_stat (h, "frames"), ==, 1);
  g_assert_cmpuint (test_stat (h, "faces"), ==, 0);
  gst_buffer_unref (out);
  gst_harness_teardown (h);
}

static void
test_many_regions (void)
{
  GstHarness *h = test_started_harness ("batch-size=16");
  GstBuffer *buffer = test_frame (0), *out;

  for (gint i = 0; i < 500; i++)
    test_add_face (buffer, i % 220, (i * 7) % 140, 100, 100);
  out = test_push (h, buffer);
  g_assert_cmpuint (gst_buffer_get_n_emotion_meta (out), ==, 500);
  g_assert_cmpuint (test_stat (h, "classified"), ==, 500);
  gst_buffer_unref (out);
  gst_harness_teardown (h);
}

/* Results do not depend on how faces are grouped. */
static void
test_batch_size (void)
{
  GstBuffer *out[2];
  static const gchar *const sizes[] = { "batch-size=1", "batch-size=3" };

  for (guint s = 0; s < 2; s++) {
    GstHarness *h = test_started_harness (sizes[s]);
    GstBuffer *buffer = test_frame (0);

    for (gint i = 0; i < 7; i++)
      test_add_face (buffer, i * 30, i * 20, 100, 100);
    out[s] = test_push (h, buffer);
    gst_harness_teardown (h);
  }
  for (guint i = 0; i < 7; i++)
    g_assert_cmpfloat (test_score_difference (test_nth_emotion (out[0], i),
                           test_nth_emotion (out[1], i)),
        <, 1e-4); /* order of sums in fp32 */
  gst_buffer_unref (out[0]);
  gst_buffer_unref (out[1]);
}

static void
test_roi_type (void)
{
  static const struct
  {
    const gchar *property;
    guint n;
  } types[] = { { "roi-type=face", 1 }, { "roi-type=person", 1 },
    { "roi-type=\"\"", 2 }, { "roi-type=dog", 0 } };

  for (guint i = 0; i < G_N_ELEMENTS (types); i++) {
    GstHarness *h = test_started_harness (types[i].property);
    GstBuffer *buffer = test_frame (0), *out;

    test_add_face (buffer, BOX_A);
    gst_buffer_add_video_region_of_interest_meta (buffer, "person", BOX_B);
    out = test_push (h, buffer);
    g_assert_cmpuint (gst_buffer_get_n_emotion_meta (out), ==, types[i].n);
    /* a region that is no face is not a skipped face */
    g_assert_cmpuint (test_stat (h, "skipped"), ==, 0);
    gst_buffer_unref (out);
    gst_harness_teardown (h);
  }
}

static void
test_max_faces (void)
{
  GstHarness *h = test_started_harness ("max-faces=2");
  GstBuffer *buffer = test_frame (0), *out;

  test_add_face (buffer, 0, 0, 40, 40);
  test_add_face (buffer, 50, 0, 80, 80);
  test_add_face (buffer, 150, 0, 60, 60);
  out = test_push (h, buffer);
  g_assert_cmpuint (gst_buffer_get_n_emotion_meta (out), ==, 2);
  g_assert_cmpint (test_nth_emotion (out, 0)->w, ==, 80);
  g_assert_cmpint (test_nth_emotion (out, 1)->w, ==, 60);
  g_assert_cmpuint (test_stat (h, "skipped-max-faces"), ==, 1);
  gst_buffer_unref (out);
  gst_harness_teardown (h);
}

static void
test_roi_scale (void)
{
  GstHarness *plain = test_started_harness (NULL),
             *scaled = test_started_harness ("roi-scale=2");
  GstBuffer *a = test_frame (0), *b = test_frame (0), *out_a, *out_b;

  /* 60×60 doubled about its centre is 120×120 */
  test_add_face (a, 90, 70, 120, 120);
  test_add_face (b, 120, 100, 60, 60);
  out_a = test_push (plain, a);
  out_b = test_push (scaled, b);
  g_assert_cmpfloat (test_score_difference (test_nth_emotion (out_a, 0),
                         test_nth_emotion (out_b, 0)),
      <, 1e-5);
  g_assert_cmpint (test_nth_emotion (out_b, 0)->w, ==, 60);
  gst_buffer_unref (out_a);
  gst_buffer_unref (out_b);
  gst_harness_teardown (plain);
  gst_harness_teardown (scaled);
}

static void
test_track_id (void)
{
  GstHarness *h = test_started_harness (NULL);
  GstBuffer *buffer = test_frame (0), *out;

  test_add_track (test_add_face (buffer, BOX_A), 42);
  test_add_face (buffer, BOX_B);
  out = test_push (h, buffer);
  g_assert_cmpint (test_nth_emotion (out, 0)->track_id, ==, 42);
  g_assert_cmpint (test_nth_emotion (out, 1)->track_id, ==, -1);
  gst_buffer_unref (out);
  gst_harness_teardown (h);
}

int
main (int argc, char **argv)
{
  test_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/element/emotion-meta", test_emotion_meta);
  g_test_add_func ("/element/roi-param", test_roi_param);
  g_test_add_func ("/element/param-is-replaced", test_param_is_replaced);
  g_test_add_func ("/element/meta-mode", test_meta_mode);
  g_test_add_func ("/element/pixels-untouched", test_pixels_untouched);
  g_test_add_func ("/element/threshold", test_threshold);
  g_test_add_func ("/element/labels", test_labels);
  g_test_add_func ("/element/regions/bad", test_bad_regions);
  g_test_add_func ("/element/regions/one-pixel", test_one_pixel);
  g_test_add_func ("/element/regions/none", test_no_regions);
  g_test_add_func ("/element/regions/many", test_many_regions);
  g_test_add_func ("/element/regions/batch-size", test_batch_size);
  g_test_add_func ("/element/regions/type", test_roi_type);
  g_test_add_func ("/element/regions/max-faces", test_max_faces);
  g_test_add_func ("/element/regions/scale", test_roi_scale);
  g_test_add_func ("/element/regions/track-id", test_track_id);

  return test_run_kept ();
}

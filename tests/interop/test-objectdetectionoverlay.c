/* What GStreamer's objectdetectionoverlay draws of our analytics metadata
 * SPDX-License-Identifier: MIT
 *
 * It must be what it draws of detections that have nothing but the emotion:
 * pixel for pixel the same label and box, once for each face.
 */
#include "harness.h"

#include <gst/analytics/analytics.h>

/* The picture that the overlay makes of a buffer. */
static GstBuffer *
draw (GstBuffer *buffer)
{
  GstHarness *h = gst_harness_new ("objectdetectionoverlay");
  GstBuffer *out;

  gst_harness_set_src_caps (h, test_rgb_caps ());
  out = test_push (h, buffer);
  gst_harness_teardown (h);
  return out;
}

/* How many pixels of a box differ between two RGB pictures. */
static guint
differences (GstBuffer *a, GstBuffer *b, gint x, gint y, gint w, gint h)
{
  GstMapInfo map_a, map_b;
  guint n = 0;

  g_assert_true (gst_buffer_map (a, &map_a, GST_MAP_READ));
  g_assert_true (gst_buffer_map (b, &map_b, GST_MAP_READ));
  g_assert_cmpuint (map_a.size, ==, PICTURE_WIDTH * PICTURE_HEIGHT * 3);
  g_assert_cmpuint (map_b.size, ==, map_a.size);
  for (gint row = y; row < y + h; row++)
    for (gint column = x; column < x + w; column++) {
      const gsize at = ((gsize) row * PICTURE_WIDTH + (gsize) column) * 3;

      n += memcmp (map_a.data + at, map_b.data + at, 3) != 0;
    }
  gst_buffer_unmap (a, &map_a);
  gst_buffer_unmap (b, &map_b);
  return n;
}

static guint
all_differences (GstBuffer *a, GstBuffer *b)
{
  return differences (a, b, 0, 0, PICTURE_WIDTH, PICTURE_HEIGHT);
}

/* The picture as the overlay draws it of a detection for each face, related to
 * the emotion alone; a label takes the place of the emotion's. */
static GstBuffer *
draw_expected (GstBuffer *classified, const gchar *label)
{
  GstBuffer *buffer = test_rgb_picture ();
  GstAnalyticsRelationMeta *meta =
      gst_buffer_add_analytics_relation_meta (buffer);
  GstEmotionMeta *m;
  gpointer state = NULL;

  while ((m = gst_buffer_iterate_emotion_meta (classified, &state))) {
    GstAnalyticsODMtd od;
    GstAnalyticsClsMtd cls;

    g_assert_true (gst_analytics_relation_meta_add_od_mtd (
        meta, g_quark_from_string ("face"), m->x, m->y, m->w, m->h, 1, &od));
    g_assert_true (gst_analytics_relation_meta_add_one_cls_mtd (meta,
        m->confidence,
        g_quark_from_string (label ? label : gst_emotion_meta_get_label (m)),
        &cls));
    g_assert_true (gst_analytics_relation_meta_set_relation (
        meta, GST_ANALYTICS_REL_TYPE_RELATE_TO, od.id, cls.id));
  }
  return draw (buffer);
}

static void
test_labels (gconstpointer properties)
{
  GstHarness *h = test_started_harness (properties);
  GstBuffer *buffer = test_rgb_picture (), *classified, *drawn, *expected;
  GstBuffer *plain = test_rgb_picture (), *other;
  const gint boxes[][4] = { { BOX_A }, { BOX_B } };

  test_add_face (buffer, BOX_A);
  test_add_face (buffer, BOX_B);
  classified = test_push (h, buffer);
  g_assert_cmpuint (gst_buffer_get_n_emotion_meta (classified), ==, 2);

  expected = draw_expected (classified, NULL);
  other = draw_expected (classified, "nothing");
  drawn = draw (gst_buffer_ref (classified));
  g_assert_cmpuint (all_differences (drawn, expected), ==, 0);
  for (guint i = 0; i < 2; i++) {
    const gint *box = boxes[i];

    /* a box, and above it a label, which another text would change */
    g_assert_cmpuint (
        differences (drawn, plain, box[0], box[1], 1, box[3]), >=, box[3]);
    g_assert_cmpuint (
        differences (drawn, plain, box[0], box[1] - 20, box[2], 16), >, 50);
    g_assert_cmpuint (
        differences (drawn, other, box[0], box[1] - 20, box[2], 16), >, 20);
  }

  gst_buffer_unref (drawn);
  gst_buffer_unref (expected);
  gst_buffer_unref (other);
  gst_buffer_unref (plain);
  gst_buffer_unref (classified);
  gst_harness_teardown (h);
}

int
main (int argc, char **argv)
{
  gchar *plugin =
      g_build_filename (GST_PLUGIN_DIR, "libgstanalyticsoverlay.so", NULL);

  if (!g_file_test (plugin, G_FILE_TEST_EXISTS)) {
    g_print ("1..0 # SKIP no %s (GStreamer 1.26's plugins-bad)\n", plugin);
    g_free (plugin);
    return 0;
  }
  g_free (plugin);
  test_init (&argc, &argv);
  test_load_plugin ("analyticsoverlay");
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/overlay/labels", NULL, test_labels);
  g_test_add_data_func ("/overlay/unknown", "threshold=1", test_labels);

  return test_run_kept ();
}

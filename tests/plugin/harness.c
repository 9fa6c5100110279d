/* What the tests of the plugin share
 * SPDX-License-Identifier: MIT
 */
#include "harness.h"

#include <math.h>

#include "init.h"

static void
load_plugin (const gchar *dir, const gchar *name)
{
  gchar *file = g_strdup_printf ("libgst%s.so", name);
  gchar *path = g_build_filename (dir, file, NULL);
  GError *error = NULL;
  GstPlugin *plugin = gst_plugin_load_file (path, &error);

  if (!plugin)
    g_error ("%s", error->message);
  gst_object_unref (plugin);
  g_free (path);
  g_free (file);
}

void
test_load_plugin (const gchar *name)
{
  load_plugin (GST_PLUGIN_DIR, name);
}

void
test_init (int *argc, char ***argv)
{
  static const gchar *const plugins[] = { "coreelements", "videoconvertscale",
    "videocrop" };

  test_init_gstreamer (argc, argv);
  for (guint i = 0; i < G_N_ELEMENTS (plugins); i++)
    test_load_plugin (plugins[i]);
  load_plugin (g_getenv ("REN_PLUGIN_DIR"), "resemotenet");
}

const gchar *
test_random_model (void)
{
  const gchar *path = g_getenv ("REN_RANDOM_MODEL");

  if (!path || !g_file_test (path, G_FILE_TEST_EXISTS))
    g_error ("no REN_RANDOM_MODEL; run through meson test, which makes it");
  return path;
}

const gchar *
test_wrong_model (void)
{
  return g_getenv ("REN_WRONG_MODEL");
}

GError *
test_pop_error (GstBus *bus)
{
  GstMessage *message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  GError *error = NULL;

  g_assert_nonnull (message);
  gst_message_parse_error (message, &error, NULL);
  gst_message_unref (message);
  g_test_message ("%s", error->message);
  return error;
}

static const gchar *
path_of (const gchar *variable)
{
  const gchar *path = g_getenv (variable);

  return path && g_file_test (path, G_FILE_TEST_EXISTS) ? path : NULL;
}

const gchar *
test_int8_model (void)
{
  return path_of ("REN_INT8_MODEL");
}

const gchar *
test_checkpoint (void)
{
  return path_of ("REN_CHECKPOINT");
}

GstElement *
test_keep (const gchar *model)
{
  GstElement *keeper = gst_element_factory_make ("resemotenet", NULL);

  g_object_set (keeper, "model", model, NULL);
  g_assert_cmpint (gst_element_set_state (keeper, GST_STATE_PAUSED), ==,
      GST_STATE_CHANGE_SUCCESS);
  return keeper;
}

void
test_release (GstElement *keeper)
{
  gst_element_set_state (keeper, GST_STATE_NULL);
  gst_object_unref (keeper);
}

int
test_run_kept (void)
{
  GstElement *keeper = test_keep (test_random_model ());
  int status = g_test_run ();

  test_release (keeper);
  return status;
}

GstHarness *
test_harness (const gchar *properties)
{
  gchar *line = g_strdup_printf ("resemotenet model=%s %s",
      test_random_model (), properties ? properties : "");
  GstHarness *h = gst_harness_new_parse (line);

  g_assert_nonnull (h);
  /* the time that a live stream does not have */
  gst_harness_set_live (h, FALSE);
  g_free (line);
  return h;
}

GstHarness *
test_started_harness (const gchar *properties)
{
  GstHarness *h = test_harness (properties);

  gst_harness_set_src_caps (h, test_rgb_caps ());
  return h;
}

GstBuffer *
test_frame (guint index)
{
  GstBuffer *buffer = test_rgb_picture ();

  GST_BUFFER_PTS (buffer) = index * GST_SECOND / 25;
  return buffer;
}

GstBuffer *
test_push (GstHarness *h, GstBuffer *buffer)
{
  GstBuffer *out = gst_harness_push_and_pull (h, buffer);

  g_assert_nonnull (out);
  return out;
}

/* Smooth, so that subsampled chroma loses little. */
static guint8
pattern (guint component, gint x, gint y)
{
  gdouble v[3];

  v[0] = 128 + 60 * sin (x / 17.) + 50 * cos (y / 23.);
  v[1] = 128 + 55 * sin ((x + y) / 19.) + 45 * cos (x / 41.);
  v[2] = 128 + 80 * cos ((x - 2 * y) / 37.);
  return (guint8) CLAMP (lrint (v[component]), 0, 255);
}

static GstBuffer *
paint_rgb (const GstVideoInfo *info)
{
  GstBuffer *buffer =
      gst_buffer_new_allocate (NULL, GST_VIDEO_INFO_SIZE (info), NULL);
  GstVideoFrame frame;

  g_assert_true (gst_video_frame_map (&frame, info, buffer, GST_MAP_WRITE));
  for (gint y = 0; y < GST_VIDEO_INFO_HEIGHT (info); y++)
    for (gint x = 0; x < GST_VIDEO_INFO_WIDTH (info); x++)
      for (guint c = 0; c < 3; c++)
        ((guint8 *) GST_VIDEO_FRAME_COMP_DATA (
            &frame, c))[y * GST_VIDEO_FRAME_COMP_STRIDE (&frame, c) +
                        x * GST_VIDEO_FRAME_COMP_PSTRIDE (&frame, c)] =
            pattern (c, x, y);
  gst_video_frame_unmap (&frame);
  return buffer;
}

GstBuffer *
test_picture (const GstVideoInfo *info)
{
  GstVideoInfo rgb_info;
  GstBuffer *rgb, *out;
  GstVideoFrame from, to;
  GstVideoConverter *converter;

  gst_video_info_set_format (&rgb_info, GST_VIDEO_FORMAT_RGB,
      GST_VIDEO_INFO_WIDTH (info), GST_VIDEO_INFO_HEIGHT (info));
  rgb = paint_rgb (&rgb_info);
  GST_BUFFER_PTS (rgb) = 0;
  GST_BUFFER_DURATION (rgb) = GST_SECOND / 25;
  if (gst_video_info_is_equal (info, &rgb_info))
    return rgb;

  out = gst_buffer_new_allocate (NULL, GST_VIDEO_INFO_SIZE (info), NULL);
  gst_buffer_memset (out, 0, 0, GST_VIDEO_INFO_SIZE (info));
  /* in the order of planes and sizes the info says, even for odd widths */
  converter = gst_video_converter_new (&rgb_info, (GstVideoInfo *) info,
      gst_structure_new ("options", GST_VIDEO_CONVERTER_OPT_DITHER_METHOD,
          GST_TYPE_VIDEO_DITHER_METHOD, GST_VIDEO_DITHER_NONE,
          GST_VIDEO_CONVERTER_OPT_PRIMARIES_MODE, GST_TYPE_VIDEO_PRIMARIES_MODE,
          GST_VIDEO_PRIMARIES_MODE_NONE, NULL));
  g_assert_nonnull (converter);
  g_assert_true (gst_video_frame_map (&from, &rgb_info, rgb, GST_MAP_READ));
  g_assert_true (gst_video_frame_map (&to, info, out, GST_MAP_WRITE));
  gst_video_converter_frame (converter, &from, &to);
  gst_video_frame_unmap (&to);
  gst_video_frame_unmap (&from);
  gst_video_converter_free (converter);
  gst_buffer_copy_into (out, rgb, GST_BUFFER_COPY_TIMESTAMPS, 0, -1);
  gst_buffer_unref (rgb);
  return out;
}

GstBuffer *
test_rgb_picture (void)
{
  GstVideoInfo info;

  gst_video_info_set_format (
      &info, GST_VIDEO_FORMAT_RGB, PICTURE_WIDTH, PICTURE_HEIGHT);
  return test_picture (&info);
}

GstCaps *
test_rgb_caps (void)
{
  return gst_caps_new_simple ("video/x-raw", "format", G_TYPE_STRING, "RGB",
      "width", G_TYPE_INT, PICTURE_WIDTH, "height", G_TYPE_INT, PICTURE_HEIGHT,
      "framerate", GST_TYPE_FRACTION, 25, 1, NULL);
}

GstVideoRegionOfInterestMeta *
test_add_face (GstBuffer *buffer, gint x, gint y, gint w, gint h)
{
  return gst_buffer_add_video_region_of_interest_meta (
      buffer, "face", (guint) x, (guint) y, (guint) w, (guint) h);
}

void
test_add_track (GstVideoRegionOfInterestMeta *roi, gint id)
{
  gst_video_region_of_interest_meta_add_param (
      roi, gst_structure_new ("object_id", "id", G_TYPE_INT, id, NULL));
}

GstEmotionMeta *
test_nth_emotion (GstBuffer *buffer, guint n)
{
  gpointer state = NULL;
  GstEmotionMeta *meta;

  do
    meta = gst_buffer_iterate_emotion_meta (buffer, &state);
  while (meta && n--);
  return meta;
}

gdouble
test_score_difference (const GstEmotionMeta *a, const GstEmotionMeta *b)
{
  gdouble worst = 0;

  g_assert_nonnull (a);
  g_assert_nonnull (b);
  g_assert_cmpuint (a->n_scores, ==, b->n_scores);
  for (guint i = 0; i < a->n_scores; i++)
    worst = MAX (worst, fabs (a->scores[i] - b->scores[i]));
  return worst;
}

GstStructure *
test_get_stats (GstHarness *h)
{
  GstElement *element = gst_harness_find_element (h, "resemotenet");
  GstStructure *stats;

  g_object_get (element, "stats", &stats, NULL);
  gst_object_unref (element);
  return stats;
}

guint64
test_stat (GstHarness *h, const gchar *field)
{
  GstStructure *stats = test_get_stats (h);
  guint64 v = 0;

  g_assert_true (gst_structure_get_uint64 (stats, field, &v));
  gst_structure_free (stats);
  return v;
}

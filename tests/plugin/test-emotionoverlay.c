/* The element emotionoverlay: where it draws, and what passes
 * SPDX-License-Identifier: MIT
 */
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#ifdef HAVE_ANALYTICS
#include <gst/analytics/analytics.h>
#endif

#include "overlay-frames.h"

#define OVERLAY GST_CAPS_FEATURE_META_GST_VIDEO_OVERLAY_COMPOSITION

#define WIDTH 640
#define HEIGHT 360
#define FACE 200, 120, 100, 110

static void
set_info (GstVideoInfo *info, const gchar *format, gint width, gint height)
{
  gst_video_info_set_format (
      info, gst_video_format_from_string (format), width, height);
}

static GstCaps *
caps_of (const GstVideoInfo *info, const gchar *const *features)
{
  GstCaps *caps = gst_video_info_to_caps ((GstVideoInfo *) info);
  GstCapsFeatures *f = gst_caps_features_new_empty ();

  for (guint i = 0; features[i]; i++)
    gst_caps_features_add (f, features[i]);
  gst_caps_set_features (caps, 0, f);
  return caps;
}

/* A harness whose sink shows pictures that are attached. */
static GstHarness *
attaching_harness (const gchar *properties, const GstVideoInfo *info)
{
  static const gchar *const features[] = {
    GST_CAPS_FEATURE_MEMORY_SYSTEM_MEMORY, OVERLAY, NULL
  };
  GstHarness *h = overlay_harness (properties, NULL);

  gst_harness_add_propose_allocation_meta (
      h, GST_VIDEO_OVERLAY_COMPOSITION_META_API_TYPE, NULL);
  gst_harness_set_sink_caps (h, caps_of (info, features));
  gst_harness_set_src_caps (h, gst_video_info_to_caps ((GstVideoInfo *) info));
  return h;
}

static GstVideoOverlayComposition *
attached (GstBuffer *buffer)
{
  GstVideoOverlayCompositionMeta *meta =
      gst_buffer_get_video_overlay_composition_meta (buffer);

  return meta ? meta->overlay : NULL;
}

static GstBuffer *
plain_frame (const GstVideoInfo *info)
{
  GstBuffer *buffer =
      gst_buffer_new_allocate (NULL, GST_VIDEO_INFO_SIZE (info), NULL);

  gst_buffer_memset (buffer, 0, 100, GST_VIDEO_INFO_SIZE (info));
  return buffer;
}

/* How many bytes are not as in plain_frame(). */
static gsize
count_drawn (GstBuffer *buffer)
{
  GstMapInfo map;
  gsize n = 0;

  g_assert_true (gst_buffer_map (buffer, &map, GST_MAP_READ));
  for (gsize i = 0; i < map.size; i++)
    n += map.data[i] != 100;
  gst_buffer_unmap (buffer, &map);
  return n;
}

/* ---- drawing ------------------------------------------------------------- */

/* Without faces the very same buffer goes on, though others hold it, too. */
static void
test_untouched (void)
{
  static const gchar *const properties[] = { "", "blur-faces=true",
    "style=full" };

  for (guint i = 0; i < G_N_ELEMENTS (properties); i++) {
    GstVideoInfo info;
    GstHarness *h;
    GstBuffer *frame, *out;

    set_info (&info, "NV12", WIDTH, HEIGHT);
    h = overlay_harness (properties[i], &info);
    frame = plain_frame (&info);
    /* a frame with faces before leaves nothing */
    out = plain_frame (&info);
    add_emotion (out, 0, FACE);
    gst_buffer_unref (test_push (h, out));
    gst_buffer_add_video_region_of_interest_meta (frame, "dog", FACE);
    out = test_push (h, gst_buffer_ref (frame));
    g_assert_true (out == frame);
    g_assert_cmpuint (count_drawn (out), ==, 0);
    gst_buffer_unref (out);
    gst_buffer_unref (frame);
    gst_harness_teardown (h);
  }
}

static gsize
drawn_of (GstHarness *h, GstBuffer *frame)
{
  GstBuffer *out = test_push (h, frame);
  gsize n = count_drawn (out);

  gst_buffer_unref (out);
  return n;
}

/* The same is drawn, whichever metadata has the emotion; of a region without one,
 * its box. */
static void
test_sources (void)
{
  GstVideoInfo info;
  GstHarness *h;
  GstBuffer *frame;
  GstVideoRegionOfInterestMeta *roi;
  gsize all, box;

  set_info (&info, "NV12", WIDTH, HEIGHT);
  h = overlay_harness ("", &info);
  frame = plain_frame (&info);
  add_emotion (frame, 2, FACE);
  all = drawn_of (h, frame);
  g_assert_cmpuint (all, >, 2000);

  frame = plain_frame (&info);
  roi = test_add_face (frame, FACE);
  gst_video_region_of_interest_meta_add_param (
      roi, gst_structure_new ("emotion", "label", G_TYPE_STRING, "sad",
               "confidence", G_TYPE_DOUBLE, .76, NULL));
  g_assert_cmpuint (drawn_of (h, frame), ==, all);

  frame = plain_frame (&info);
  test_add_face (frame, FACE);
  box = drawn_of (h, frame);
  g_assert_cmpuint (box, >, 4 * 90 * 4);
  g_assert_cmpuint (box, <, all - 500);

  /* a face that has both is drawn once */
  frame = plain_frame (&info);
  add_emotion (frame, 2, FACE);
  test_add_face (frame, 201, 120, 100, 110);
  g_assert_cmpuint (drawn_of (h, frame), ==, all);

#ifdef HAVE_ANALYTICS
  {
    GstAnalyticsRelationMeta *meta;
    GstAnalyticsODMtd od;
    GstAnalyticsClsMtd cls;

    frame = plain_frame (&info);
    meta = gst_buffer_add_analytics_relation_meta (frame);
    g_assert_true (gst_analytics_relation_meta_add_od_mtd (
        meta, g_quark_from_string ("face"), FACE, .9f, &od));
    g_assert_cmpuint (drawn_of (h, gst_buffer_copy_deep (frame)), ==, box);
    g_assert_true (gst_analytics_relation_meta_add_one_cls_mtd (
        meta, .76f, g_quark_from_string ("sad"), &cls));
    g_assert_true (gst_analytics_relation_meta_set_relation (meta,
        GST_ANALYTICS_REL_TYPE_RELATE_TO | GST_ANALYTICS_REL_TYPE_CONTAIN,
        od.id, cls.id));
    g_assert_cmpuint (drawn_of (h, frame), ==, all);
  }
#endif
  gst_harness_teardown (h);
}

static gsize
drawn_with (const gchar *properties)
{
  GstVideoInfo info;
  GstHarness *h;
  GstBuffer *frame;
  gsize n;

  set_info (&info, "NV12", WIDTH, HEIGHT);
  h = overlay_harness (properties, &info);
  frame = plain_frame (&info);
  add_emotion (frame, 1, FACE)->track_id = 12;
  n = drawn_of (h, frame);
  gst_harness_teardown (h);
  return n;
}

static void
test_styles (void)
{
  const gsize minimal = drawn_with ("style=minimal");
  const gsize label = drawn_with ("style=label");

  g_assert_cmpuint (minimal, <, label);
  g_assert_cmpuint (drawn_with ("style=minimal scores=true"), ==, minimal);
  g_assert_cmpuint (drawn_with (""), ==, label);
  g_assert_cmpuint (label, <, drawn_with ("scores=true"));
  /* the bars are wider than the label with the number of the track */
  g_assert_cmpuint (drawn_with ("scores=true"), !=, drawn_with ("style=full"));
  g_assert_cmpuint (label, <, drawn_with ("text-scale=2"));
  g_assert_cmpuint (label, !=, drawn_with ("font=Serif"));
  /* an emoji is shorter than a word; without any it is the word */
  g_assert_cmpuint (drawn_with ("style=emoji"), <=, label);
  g_assert_cmpuint (drawn_with ("style=emoji"), >, minimal);
}

/* A machine without fonts: it says so, and draws boxes. */
static void
test_no_fonts (void)
{
  static const gchar config[] =
      "<?xml version='1.0'?><!DOCTYPE fontconfig SYSTEM 'fonts.dtd'>"
      "<fontconfig></fontconfig>";
  g_autofree gchar *path = NULL;
  GstElement *element;
  GstBus *bus;
  GstMessage *message;
  GError *error;
  gint fd;

  if (!g_test_subprocess ()) {
    g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
    g_test_trap_assert_passed ();
    return;
  }
  fd = g_file_open_tmp (NULL, &path, NULL);
  g_assert_cmpint (write (fd, config, strlen (config)), ==, strlen (config));
  close (fd);
  g_setenv ("FONTCONFIG_FILE", path, TRUE);

  element = gst_element_factory_make ("emotionoverlay", NULL);
  bus = gst_bus_new ();
  gst_element_set_bus (element, bus);
  gst_element_set_state (element, GST_STATE_PAUSED);
  message = gst_bus_pop_filtered (bus, GST_MESSAGE_WARNING);
  g_assert_nonnull (message);
  gst_message_parse_warning (message, &error, NULL);
  g_assert_nonnull (strstr (error->message, "fonts-dejavu-core"));
  g_error_free (error);
  gst_message_unref (message);
  gst_element_set_state (element, GST_STATE_NULL);
  gst_element_set_bus (element, NULL);
  gst_object_unref (bus);
  gst_object_unref (element);

  g_assert_cmpuint (
      drawn_with ("style=full"), ==, drawn_with ("style=minimal"));
  g_assert_cmpuint (drawn_with ("style=full"), >, 1000);
  g_unlink (path);
}

/* Properties may change at any time. */
static gpointer
change_properties (gpointer element)
{
  for (guint i = 0; i < 300; i++)
    g_object_set (element, "style", i % 4, "scores", i % 3 == 0, "text-scale",
        .5 + i % 3, "blur-faces", i % 2, "roi-type", i % 2 ? "face" : "", NULL);
  return NULL;
}

static void
test_changes (void)
{
  GstVideoInfo info;
  GstHarness *h;
  GstElement *element;
  GThread *thread;

  set_info (&info, "I420", WIDTH, HEIGHT);
  h = overlay_harness ("", &info);
  element = gst_harness_find_element (h, "emotionoverlay");
  thread = g_thread_new ("changes", change_properties, element);
  for (guint i = 0; i < 60; i++) {
    GstBuffer *frame = plain_frame (&info);

    add_emotion (frame, i % 7, FACE);
    add_emotion (frame, i % 5, 30, 30, 100, 120);
    g_assert_cmpuint (drawn_of (h, frame), >, 500);
  }
  g_thread_join (thread);
  gst_object_unref (element);
  gst_harness_teardown (h);
}

/* Another size and format; and stopped and started again. */
static void
test_renegotiation (void)
{
  static const gchar *const formats[] = { "NV12", "RGBx", "P010_10LE",
    "GRAY8" };
  GstHarness *h = overlay_harness ("scores=true", NULL);
  GstElement *element = gst_harness_find_element (h, "emotionoverlay");

  for (gint i = 0; i < 8; i++) {
    GstVideoInfo info;
    GstBuffer *frame;

    set_info (&info, formats[i % 4], WIDTH - 51 * i, HEIGHT - 31 * i);
    gst_harness_set_src_caps (h, gst_video_info_to_caps (&info));
    frame = plain_frame (&info);
    add_emotion (frame, 0, 50, 40, 80, 80);
    g_assert_cmpuint (drawn_of (h, frame), >, 300);
  }
  for (guint i = 0; i < 2; i++) {
    g_assert_cmpint (gst_element_set_state (element, GST_STATE_NULL), ==,
        GST_STATE_CHANGE_SUCCESS);
    g_assert_cmpint (gst_element_set_state (element, GST_STATE_PLAYING), ==,
        GST_STATE_CHANGE_SUCCESS);
  }
  gst_object_unref (element);
  gst_harness_teardown (h);
}

/* ---- attaching ----------------------------------------------------------- */

static void
test_attach (void)
{
  GstVideoInfo info;
  GstHarness *h;
  GstBuffer *frame, *first, *second;
  GstVideoOverlayComposition *overlay;

  set_info (&info, "NV12", WIDTH, HEIGHT);
  h = attaching_harness ("scores=true", &info);
  frame = plain_frame (&info);
  add_emotion (frame, 0, FACE);
  add_emotion (frame, 1, -40, 300, 100, 100);
  first = test_push (h, gst_buffer_copy (frame));
  g_assert_cmpuint (count_drawn (first), ==, 0);
  overlay = attached (first);
  g_assert_nonnull (overlay);
  /* sides of boxes, those in the frame, and two labels */
  g_assert_cmpuint (
      gst_video_overlay_composition_n_rectangles (overlay), ==, 4 + 2 + 2);
  for (guint i = 0; i < 8; i++) {
    gint x, y;
    guint w, h_;

    gst_video_overlay_rectangle_get_render_rectangle (
        gst_video_overlay_composition_get_rectangle (overlay, i), &x, &y, &w,
        &h_);
    g_assert_true (
        x >= 0 && y >= 0 && x + (gint) w <= WIDTH && y + (gint) h_ <= HEIGHT);
  }

  /* the same again is the same object; a face that moves leaves the other one */
  second = test_push (h, gst_buffer_copy (frame));
  g_assert_true (attached (second) == overlay);
  gst_buffer_unref (second);
  test_nth_emotion (frame, 1)->x -= 3;
  second = test_push (h, frame);
  g_assert_true (attached (second) != overlay);
  g_assert_true (
      gst_video_overlay_composition_get_rectangle (attached (second), 0) ==
      gst_video_overlay_composition_get_rectangle (overlay, 0));
  gst_buffer_unref (second);
  gst_buffer_unref (first);

  frame = plain_frame (&info);
  second = test_push (h, frame);
  g_assert_null (attached (second));
  gst_buffer_unref (second);
  gst_harness_teardown (h);
}

/* A caps filter that insists on attached pictures gets them, also before a sink
 * that does not answer what it can show, such as an app's. */
static void
test_attach_unasked (void)
{
  static const gchar *const features[] = {
    GST_CAPS_FEATURE_MEMORY_SYSTEM_MEMORY, OVERLAY, NULL
  };
  GstVideoInfo info;
  GstHarness *h = overlay_harness ("", NULL);
  GstBuffer *frame, *out;

  set_info (&info, "NV12", WIDTH, HEIGHT);
  gst_harness_set_sink_caps (h, caps_of (&info, features));
  gst_harness_set_src_caps (h, gst_video_info_to_caps (&info));
  frame = plain_frame (&info);
  add_emotion (frame, 0, FACE);
  out = test_push (h, frame);
  g_assert_cmpuint (count_drawn (out), ==, 0);
  g_assert_nonnull (attached (out));
  gst_buffer_unref (out);
  gst_harness_teardown (h);
}

/* What is attached looks as what is drawn, to a rounding. */
static void
test_same_look (void)
{
  static const gchar *const formats[] = { "RGBx", "BGRA", "xRGB" };

  for (guint i = 0; i < G_N_ELEMENTS (formats); i++) {
    GstVideoInfo info;
    GstHarness *draw, *attach;
    GstBuffer *frame, *a, *b;
    GstVideoFrame f;
    GstMapInfo map, other;

    set_info (&info, formats[i], WIDTH, HEIGHT);
    draw = overlay_harness ("style=full", &info);
    attach = attaching_harness ("style=full", &info);
    frame = test_picture (&info);
    add_emotion (frame, 3, FACE);
    add_emotion (frame, 5, 400, 50, 60, 60);
    a = test_push (draw, gst_buffer_copy (frame));
    b = gst_buffer_make_writable (test_push (attach, frame));
    g_assert_true (gst_video_frame_map (&f, &info, b, GST_MAP_READWRITE));
    gst_video_overlay_composition_blend (attached (b), &f);
    gst_video_frame_unmap (&f);

    g_assert_true (gst_buffer_map (a, &map, GST_MAP_READ));
    g_assert_true (gst_buffer_map (b, &other, GST_MAP_READ));
    for (gsize k = 0; k < map.size; k++)
      if (!g_str_has_suffix (formats[i], "x") || k % 4 != 3)
        if (!g_str_has_prefix (formats[i], "x") || k % 4 != 0)
          g_assert_cmpint (ABS (map.data[k] - other.data[k]), <=, 2);
    gst_buffer_unmap (a, &map);
    gst_buffer_unmap (b, &other);
    gst_buffer_unref (a);
    gst_buffer_unref (b);
    gst_harness_teardown (draw);
    gst_harness_teardown (attach);
  }
}

/* Sinks heed only one composition. */
static void
test_attached_before (void)
{
  static const gchar *const features[] = {
    GST_CAPS_FEATURE_MEMORY_SYSTEM_MEMORY, OVERLAY, NULL
  };
  GstVideoInfo info;
  GstHarness *h;
  GstBuffer *frame, *out, *pixels = gst_buffer_new_allocate (NULL, 64, NULL);
  GstVideoOverlayRectangle *rectangle;
  GstVideoOverlayComposition *before;

  gst_buffer_add_video_meta (pixels, GST_VIDEO_FRAME_FLAG_NONE,
      GST_VIDEO_OVERLAY_COMPOSITION_FORMAT_RGB, 4, 4);
  rectangle = gst_video_overlay_rectangle_new_raw (
      pixels, 0, 0, 4, 4, GST_VIDEO_OVERLAY_FORMAT_FLAG_NONE);
  before = gst_video_overlay_composition_new (rectangle);

  set_info (&info, "NV12", WIDTH, HEIGHT);
  h = attaching_harness ("style=minimal", &info);
  gst_harness_set_src_caps (h, caps_of (&info, features));
  frame = plain_frame (&info);
  add_emotion (frame, 0, FACE);
  gst_buffer_add_video_overlay_composition_meta (frame, before);
  out = test_push (h, frame);
  g_assert_cmpuint (
      gst_video_overlay_composition_n_rectangles (attached (out)), ==, 5);
  g_assert_cmpuint (
      gst_buffer_get_n_meta (out, GST_VIDEO_OVERLAY_COMPOSITION_META_API_TYPE),
      ==, 1);
  g_assert_cmpuint (gst_video_overlay_composition_n_rectangles (before), ==, 1);
  gst_buffer_unref (out);
  gst_video_overlay_composition_unref (before);
  gst_video_overlay_rectangle_unref (rectangle);
  gst_buffer_unref (pixels);
  gst_harness_teardown (h);
}

/* ---- negotiation ----------------------------------------------------------- */

static gboolean
accepts (GstHarness *h, GstCaps *caps)
{
  GstPad *pad = gst_pad_get_peer (h->srcpad);
  gboolean ok = gst_pad_query_accept_caps (pad, caps);

  gst_object_unref (pad);
  gst_caps_unref (caps);
  return ok;
}

/* Memory that cannot be drawn on passes where downstream shows what is attached,
 * and only there; to blur, it has to be drawn on. */
static void
test_other_memory (void)
{
  static const gchar *const gl[] = { "memory:GLMemory", NULL };
  static const gchar *const gl_overlay[] = { "memory:GLMemory", OVERLAY, NULL };
  GstVideoInfo info;
  GstHarness *h;

  set_info (&info, "RGBA", WIDTH, HEIGHT);
  h = overlay_harness ("", NULL);
  gst_harness_set_sink_caps (h, caps_of (&info, gl_overlay));
  g_assert_true (accepts (h, caps_of (&info, gl)));
  g_assert_true (accepts (h, caps_of (&info, gl_overlay)));
  gst_harness_teardown (h);

  h = overlay_harness ("", NULL);
  gst_harness_set_sink_caps (h, caps_of (&info, gl));
  g_assert_false (accepts (h, caps_of (&info, gl)));
  gst_harness_teardown (h);

  h = overlay_harness ("blur-faces=true", NULL);
  gst_harness_set_sink_caps (h, caps_of (&info, gl_overlay));
  g_assert_false (accepts (h, caps_of (&info, gl)));
  gst_harness_teardown (h);
}

static void
test_formats_taken (void)
{
  GstVideoInfo info;
  GstHarness *h = overlay_harness ("", NULL);

  gst_harness_set_sink_caps_str (h, "video/x-raw");
  set_info (&info, "v210", WIDTH, HEIGHT);
  g_assert_true (accepts (h, gst_video_info_to_caps (&info)));
  set_info (&info, "RGB8P", WIDTH, HEIGHT);
  g_assert_false (accepts (h, gst_video_info_to_caps (&info)));
  gst_harness_teardown (h);

  /* what downstream takes is what upstream is asked for */
  h = overlay_harness ("", NULL);
  gst_harness_set_sink_caps_str (h, "video/x-raw,format=NV12");
  set_info (&info, "I420", WIDTH, HEIGHT);
  g_assert_false (accepts (h, gst_video_info_to_caps (&info)));
  gst_harness_teardown (h);
}

/* Cropping is done upstream: boxes are meant for what is seen. */
static void
test_no_crop (void)
{
  GstVideoInfo info;
  GstHarness *h;
  GstQuery *query;
  GstCaps *caps;

  set_info (&info, "NV12", WIDTH, HEIGHT);
  h = overlay_harness ("", NULL);
  gst_harness_add_propose_allocation_meta (
      h, GST_VIDEO_CROP_META_API_TYPE, NULL);
  gst_harness_add_propose_allocation_meta (h, GST_VIDEO_META_API_TYPE, NULL);
  gst_harness_set_src_caps (h, gst_video_info_to_caps (&info));
  caps = gst_video_info_to_caps (&info);
  query = gst_query_new_allocation (caps, FALSE);
  g_assert_true (gst_pad_peer_query (h->srcpad, query));
  g_assert_true (
      gst_query_find_allocation_meta (query, GST_VIDEO_META_API_TYPE, NULL));
  g_assert_false (gst_query_find_allocation_meta (
      query, GST_VIDEO_CROP_META_API_TYPE, NULL));
  gst_query_unref (query);
  gst_caps_unref (caps);
  gst_harness_teardown (h);
}

/* ---- privacy ----------------------------------------------------------------- */

/* Faces are blurred in the picture, also where labels are attached. */
static void
test_blur_attached (void)
{
  GstVideoInfo info;
  GstHarness *h;
  GstBuffer *frame, *before, *out;
  GstMapInfo a, b;
  gsize changed = 0;

  set_info (&info, "RGB", WIDTH, HEIGHT);
  h = attaching_harness ("blur-faces=true", &info);
  frame = test_picture (&info);
  before = gst_buffer_copy_deep (frame);
  test_add_face (frame, FACE);
  out = test_push (h, frame);
  g_assert_nonnull (attached (out));
  g_assert_true (gst_buffer_map (out, &a, GST_MAP_READ));
  g_assert_true (gst_buffer_map (before, &b, GST_MAP_READ));
  for (gsize i = 0; i < a.size; i++)
    changed += a.data[i] != b.data[i];
  g_assert_cmpuint (changed, >, 3 * 100 * 110 * 9 / 10);
  gst_buffer_unmap (out, &a);
  gst_buffer_unmap (before, &b);
  gst_buffer_unref (out);
  gst_buffer_unref (before);
  gst_harness_teardown (h);
}

/* What cannot be blurred is not shown. */
static void
test_blur_or_nothing (void)
{
  GstVideoInfo info;
  GstHarness *h;
  GstBuffer *frame;
  GstElement *element;
  GstBus *bus;
  GError *error;

  set_info (&info, "NV12", WIDTH, HEIGHT);
  h = overlay_harness ("blur-faces=true", &info);
  element = gst_harness_find_element (h, "emotionoverlay");
  bus = gst_bus_new ();
  gst_element_set_bus (element, bus);
  /* shorter than the caps say */
  frame = gst_buffer_new_allocate (NULL, 1000, NULL);
  test_add_face (frame, FACE);
  g_assert_cmpint (gst_harness_push (h, frame), ==, GST_FLOW_ERROR);
  g_assert_null (gst_harness_try_pull (h));
  error = test_pop_error (bus);
  g_assert_error (error, GST_STREAM_ERROR, GST_STREAM_ERROR_FORMAT);
  g_error_free (error);

  /* without blurring it passes, as all frames do */
  g_object_set (element, "blur-faces", FALSE, NULL);
  frame = gst_buffer_new_allocate (NULL, 1000, NULL);
  test_add_face (frame, FACE);
  gst_buffer_unref (test_push (h, frame));

  gst_element_set_bus (element, NULL);
  gst_object_unref (bus);
  gst_object_unref (element);
  gst_harness_teardown (h);
}

/* A face whose emotion is nonsense is a face. */
static void
test_blur_nonsense (void)
{
  GstVideoInfo info;
  GstHarness *h;
  GstBuffer *frame, *out;
  GstMapInfo a, b;
  GstEmotionMeta *meta;

  set_info (&info, "GRAY8", WIDTH, HEIGHT);
  h = overlay_harness ("blur-faces=true style=minimal", &info);
  frame = test_picture (&info);
  out = gst_buffer_copy_deep (frame);
  meta = add_emotion (frame, 0, FACE);
  meta->confidence = 9;
  frame = test_push (h, frame);
  g_assert_true (gst_buffer_map (frame, &a, GST_MAP_READ));
  g_assert_true (gst_buffer_map (out, &b, GST_MAP_READ));
  g_assert_cmpint (
      memcmp (a.data + 180 * WIDTH + 210, b.data + 180 * WIDTH + 210, 60), !=,
      0);
  g_assert_cmpint (a.data[180 * WIDTH + 210], ==, a.data[181 * WIDTH + 210]);
  gst_buffer_unmap (frame, &a);
  gst_buffer_unmap (out, &b);
  gst_buffer_unref (frame);
  gst_buffer_unref (out);
  gst_harness_teardown (h);
}

int
main (int argc, char **argv)
{
  test_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/emotionoverlay/untouched", test_untouched);
  g_test_add_func ("/emotionoverlay/sources", test_sources);
  g_test_add_func ("/emotionoverlay/styles", test_styles);
  g_test_add_func ("/emotionoverlay/no-fonts", test_no_fonts);
  g_test_add_func ("/emotionoverlay/changes", test_changes);
  g_test_add_func ("/emotionoverlay/renegotiation", test_renegotiation);
  g_test_add_func ("/emotionoverlay/attach", test_attach);
  g_test_add_func ("/emotionoverlay/attach-unasked", test_attach_unasked);
  g_test_add_func ("/emotionoverlay/same-look", test_same_look);
  g_test_add_func ("/emotionoverlay/attached-before", test_attached_before);
  g_test_add_func ("/emotionoverlay/other-memory", test_other_memory);
  g_test_add_func ("/emotionoverlay/formats-taken", test_formats_taken);
  g_test_add_func ("/emotionoverlay/no-crop", test_no_crop);
  g_test_add_func ("/emotionoverlay/blur-attached", test_blur_attached);
  g_test_add_func ("/emotionoverlay/blur-or-nothing", test_blur_or_nothing);
  g_test_add_func ("/emotionoverlay/blur-nonsense", test_blur_nonsense);
  return g_test_run ();
}

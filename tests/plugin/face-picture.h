/* A picture with a face, for the tests of faceroi
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include <gst/video/video.h>

#include "init.h"

#define REGION_API GST_VIDEO_REGION_OF_INTEREST_META_API_TYPE

/* The sample picture of the repository: 512×512 RGB, one face. */
#define PICTURE "pipelines/sample/astronaut.jpg"
#define PICTURE_SIZE 512

/* Where its face is: eyes, nose and mouth are inside of the first box, hair and
 * collar outside of the second. Read off the picture. */
#define FACE_CONTAINS(r)                                                       \
  ((r)->x <= 200 && (r)->y <= 95 && (r)->x + (r)->w >= 252 &&                  \
      (r)->y + (r)->h >= 155)
#define FACE_WITHIN(r)                                                         \
  ((r)->x >= 160 && (r)->y >= 60 && (r)->x + (r)->w <= 285 &&                  \
      (r)->y + (r)->h <= 190)

/* Initialises GStreamer with the plugin under test and those named, by file: no
 * registry is read or written. */
static inline void
picture_init (int *argc, char ***argv, const gchar *const *names)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *own = g_build_filename (
      g_getenv ("REN_PLUGIN_DIR"), "libgstresemotenet.so", NULL);
  GstPlugin *plugin;

  test_init_gstreamer (argc, argv);
  for (; *names; names++) {
    g_autofree gchar *file = g_strdup_printf ("libgst%s.so", *names);
    g_autofree gchar *path = g_build_filename (GST_PLUGIN_DIR, file, NULL);

    plugin = gst_plugin_load_file (path, &error);
    g_assert_no_error (error);
    gst_object_unref (plugin);
  }
  plugin = gst_plugin_load_file (own, &error);
  g_assert_no_error (error);
  gst_object_unref (plugin);
}

/* Decodes a file with a launch line's middle; returns the last sample. */
static inline GstSample *
picture_decode (const gchar *path, const gchar *middle)
{
  g_autofree gchar *line = g_strdup_printf (
      "filesrc name=src ! %s ! fakesink name=sink sync=false", middle);
  g_autoptr (GError) error = NULL;
  g_autoptr (GstElement) pipeline = gst_parse_launch (line, &error);
  g_autoptr (GstElement) src = NULL, sink = NULL;
  g_autoptr (GstBus) bus = NULL;
  g_autoptr (GstMessage) message = NULL;
  GstSample *sample = NULL;

  g_assert_no_error (error);
  src = gst_bin_get_by_name (GST_BIN (pipeline), "src");
  sink = gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  g_object_set (src, "location", path, NULL);
  bus = gst_element_get_bus (pipeline);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  message = gst_bus_timed_pop_filtered (
      bus, 60 * GST_SECOND, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  g_assert_nonnull (message);
  g_assert_cmpint (GST_MESSAGE_TYPE (message), ==, GST_MESSAGE_EOS);
  g_object_get (sink, "last-sample", &sample, NULL);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  g_assert_nonnull (sample);
  return sample;
}

/* The sample picture as RGB; NULL, and the test is skipped, without it. */
static inline GstSample *
picture_load (void)
{
  const gchar *root = g_getenv ("REN_SOURCE_ROOT");
  g_autofree gchar *path = root ? g_build_filename (root, PICTURE, NULL) : NULL;

  if (!path || !g_file_test (path, G_FILE_TEST_EXISTS)) {
    g_test_skip ("no " PICTURE);
    return NULL;
  }
  return picture_decode (
      path, "jpegdec ! videoconvert ! video/x-raw,format=RGB");
}

/* The picture as a frame of another format and size (cut at the right and the
 * bottom). `padding` bytes follow each row, and GstVideoMeta says so. */
static inline GstBuffer *
picture_frame (GstSample *picture, const GstVideoInfo *info, gint padding)
{
  GstVideoInfo rgb, cut;
  GstVideoFrame in, out;
  gsize offset[GST_VIDEO_MAX_PLANES] = { 0 }, size = 0;
  gint stride[GST_VIDEO_MAX_PLANES] = { 0 };
  GstBuffer *buffer;
  GstVideoConverter *converter;
  gint w = GST_VIDEO_INFO_WIDTH (info), h = GST_VIDEO_INFO_HEIGHT (info);

  g_assert_true (
      gst_video_info_from_caps (&rgb, gst_sample_get_caps (picture)));
  if (padding) {
    for (guint p = 0; p < GST_VIDEO_INFO_N_PLANES (info); p++) {
      gint comp[GST_VIDEO_MAX_COMPONENTS];

      gst_video_format_info_component (info->finfo, p, comp);
      stride[p] = GST_VIDEO_INFO_PLANE_STRIDE (info, p) + padding;
      offset[p] = size + 16;
      size = offset[p] +
             (gsize) stride[p] * GST_VIDEO_INFO_COMP_HEIGHT (info, comp[0]);
    }
    buffer = gst_buffer_new_allocate (NULL, size, NULL);
    gst_buffer_memset (buffer, 0, 0xa5, size);
    gst_buffer_add_video_meta_full (buffer, GST_VIDEO_FRAME_FLAG_NONE,
        GST_VIDEO_INFO_FORMAT (info), w, h, GST_VIDEO_INFO_N_PLANES (info),
        offset, stride);
  } else {
    buffer = gst_buffer_new_allocate (NULL, GST_VIDEO_INFO_SIZE (info), NULL);
    gst_buffer_memset (buffer, 0, 0, GST_VIDEO_INFO_SIZE (info));
  }

  /* what is copied is w × h of the picture; the frame rates must agree */
  cut = rgb;
  cut.fps_n = GST_VIDEO_INFO_FPS_N (info);
  cut.fps_d = GST_VIDEO_INFO_FPS_D (info);
  converter = gst_video_converter_new (&cut, info,
      gst_structure_new ("options", GST_VIDEO_CONVERTER_OPT_SRC_WIDTH,
          G_TYPE_INT, MIN (w, PICTURE_SIZE), GST_VIDEO_CONVERTER_OPT_SRC_HEIGHT,
          G_TYPE_INT, MIN (h, PICTURE_SIZE), NULL));
  g_assert_nonnull (converter);
  g_assert_true (gst_video_frame_map (
      &in, &rgb, gst_sample_get_buffer (picture), GST_MAP_READ));
  g_assert_true (gst_video_frame_map (&out, info, buffer, GST_MAP_WRITE));
  gst_video_converter_frame (converter, &in, &out);
  gst_video_frame_unmap (&out);
  gst_video_frame_unmap (&in);
  gst_video_converter_free (converter);
  return buffer;
}

/* The n-th region of a buffer, NULL after the last. */
static inline GstVideoRegionOfInterestMeta *
nth_region (GstBuffer *buffer, guint n)
{
  gpointer state = NULL;
  GstMeta *meta;

  while ((meta = gst_buffer_iterate_meta_filtered (buffer, &state, REGION_API)))
    if (n-- == 0)
      return (GstVideoRegionOfInterestMeta *) meta;
  return NULL;
}

static inline gint
region_object_id (GstVideoRegionOfInterestMeta *region)
{
  GstStructure *s =
      gst_video_region_of_interest_meta_get_param (region, "object_id");
  gint id = -1;

  g_assert_nonnull (s);
  g_assert_true (gst_structure_get_int (s, "id", &id));
  return id;
}

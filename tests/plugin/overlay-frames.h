/* Frames for emotionoverlay, and what is in them
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include "harness.h"

/* Pixels of a frame as unpacked: 4 components of 16 bits. */
typedef struct
{
  gint width, height;
  guint16 *px;
} Pixels;

static inline void
pixels_clear (Pixels *p)
{
  g_clear_pointer (&p->px, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Pixels, pixels_clear)

static inline guint16 *
pixel (const Pixels *p, gint x, gint y)
{
  return p->px + 4 * ((gsize) y * (gsize) p->width + (gsize) x);
}

/* Without rounding: two frames are the same where their pixels are. */
static inline Pixels
unpack (GstBuffer *buffer, const GstVideoInfo *info)
{
  const GstVideoFormatInfo *f = info->finfo;
  const gboolean deep =
      GST_VIDEO_FORMAT_INFO_DEPTH (
          gst_video_format_get_info (f->unpack_format), 0) == 16;
  Pixels p = { GST_VIDEO_INFO_WIDTH (info), GST_VIDEO_INFO_HEIGHT (info),
    NULL };
  guint8 *line = g_malloc0 (8 * (gsize) (p.width + 64));
  GstVideoFrame frame;

  p.px = g_new (guint16, 4 * (gsize) p.width * (gsize) p.height);
  g_assert_true (gst_video_frame_map (&frame, info, buffer, GST_MAP_READ));
  for (gint y = 0; y < p.height; y++) {
    f->unpack_func (f,
        GST_VIDEO_FRAME_IS_INTERLACED (&frame) ? GST_VIDEO_PACK_FLAG_INTERLACED
                                               : GST_VIDEO_PACK_FLAG_NONE,
        line, frame.data, frame.info.stride, 0, y, p.width);
    for (gint i = 0; i < 4 * p.width; i++)
      pixel (&p, 0, y)[i] =
          deep ? ((guint16 *) (void *) line)[i] : (guint16) (line[i] << 8);
  }
  gst_video_frame_unmap (&frame);
  g_free (line);
  return p;
}

/* The frame in RGB of 8 bits. */
static inline GstBuffer *
to_rgb (GstBuffer *buffer, const GstVideoInfo *info, GstVideoInfo *rgb_info)
{
  GstVideoConverter *converter;
  GstVideoFrame from, to;
  GstBuffer *out;

  gst_video_info_set_interlaced_format (rgb_info, GST_VIDEO_FORMAT_RGB,
      GST_VIDEO_INFO_INTERLACE_MODE (info), GST_VIDEO_INFO_WIDTH (info),
      GST_VIDEO_INFO_HEIGHT (info));
  out = gst_buffer_new_allocate (NULL, GST_VIDEO_INFO_SIZE (rgb_info), NULL);
  converter = gst_video_converter_new ((GstVideoInfo *) info, rgb_info,
      gst_structure_new ("options", GST_VIDEO_CONVERTER_OPT_PRIMARIES_MODE,
          GST_TYPE_VIDEO_PRIMARIES_MODE, GST_VIDEO_PRIMARIES_MODE_NONE, NULL));
  g_assert_nonnull (converter);
  g_assert_true (gst_video_frame_map (&from, info, buffer, GST_MAP_READ));
  g_assert_true (gst_video_frame_map (&to, rgb_info, out, GST_MAP_WRITE));
  gst_video_converter_frame (converter, &from, &to);
  gst_video_frame_unmap (&to);
  gst_video_frame_unmap (&from);
  gst_video_converter_free (converter);
  return out;
}

static const gchar *const emotion_labels[] = { "happy", "surprise", "sad",
  "anger", "disgust", "fear", "neutral", NULL };

/* A face that is of the class with this index. */
static inline GstEmotionMeta *
add_emotion (GstBuffer *buffer, guint best, gint x, gint y, gint w, gint h)
{
  g_autoptr (GstEmotionClasses) classes =
      gst_emotion_classes_new ("test", emotion_labels);
  gfloat scores[7];

  for (guint i = 0; i < 7; i++)
    scores[i] = i == best ? .76f : .04f;
  return gst_buffer_add_emotion_meta (buffer, classes, scores, 7, x, y, w, h);
}

/* emotionoverlay, ready for frames of these caps. */
static inline GstHarness *
overlay_harness (const gchar *properties, const GstVideoInfo *info)
{
  g_autofree gchar *line = g_strdup_printf ("emotionoverlay %s", properties);
  GstHarness *h = gst_harness_new_parse (line);

  g_assert_nonnull (h);
  if (info)
    gst_harness_set_src_caps (
        h, gst_video_info_to_caps ((GstVideoInfo *) info));
  return h;
}

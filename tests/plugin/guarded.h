/* Frames behind which there is no memory
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include <gst/video/video.h>
#include <sys/mman.h>
#include <unistd.h>

typedef struct
{
  guint8 *map;
  gsize n_bytes;
} Guarded;

static inline void
guarded_free (gpointer data)
{
  Guarded *g = data;

  munmap (g->map, g->n_bytes);
  g_free (g);
}

/* A buffer of bytes that are not 0; to read beyond its end ends the program. */
static inline GstBuffer *
guarded_buffer (gsize n_bytes)
{
  gsize page = (gsize) sysconf (_SC_PAGESIZE);
  gsize used = (n_bytes + page - 1) / page * page;
  Guarded *g = g_new (Guarded, 1);
  guint8 *data;

  /* far enough for whatever is read by accident */
  g->n_bytes = used + 64 * page;
  g->map = mmap (NULL, g->n_bytes, PROT_READ | PROT_WRITE,
      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  g_assert_true (g->map != MAP_FAILED);
  g_assert_cmpint (mprotect (g->map + used, 64 * page, PROT_NONE), ==, 0);
  data = g->map + used - n_bytes;
  for (gsize i = 0; i < n_bytes; i++)
    data[i] = (guint8) (i * 37 + i / 251);
  return gst_buffer_new_wrapped_full (
      0, data, n_bytes, 0, n_bytes, g, guarded_free);
}

typedef struct
{
  GstVideoFormat format;
  gint width, height;
  gboolean interlaced;
} GuardedFrame;

/* Of these, unpackers of GStreamer 1.22 read beyond the last row. */
static const GuardedFrame guarded_frames[] = {
  { GST_VIDEO_FORMAT_P010_10LE, 64, 486, TRUE },
  { GST_VIDEO_FORMAT_P012_LE, 64, 6, TRUE },
  { GST_VIDEO_FORMAT_P016_LE, 64, 2, TRUE },
  { GST_VIDEO_FORMAT_I420_10LE, 64, 486, TRUE },
  { GST_VIDEO_FORMAT_UYVP, 1, 4, FALSE },
  { GST_VIDEO_FORMAT_UYVP, 1, 200, FALSE },
  { GST_VIDEO_FORMAT_NV16_10LE32, 1, 4, FALSE },
  { GST_VIDEO_FORMAT_NV16_10LE32, 32, 4, FALSE },
  { GST_VIDEO_FORMAT_NV12_10LE32, 3, 4, FALSE },
  { GST_VIDEO_FORMAT_NV12_10LE32, 33, 140, FALSE },
  { GST_VIDEO_FORMAT_NV12_10BE_8L128, 19, 4, FALSE },
  { GST_VIDEO_FORMAT_NV12_10BE_8L128, 35, 300, FALSE },
  { GST_VIDEO_FORMAT_v210, 70, 70, FALSE },
};

static inline GstBuffer *
guarded_frame (const GuardedFrame *frame, GstVideoInfo *info)
{
  GstBuffer *buffer;

  gst_video_info_set_interlaced_format (info, frame->format,
      frame->interlaced ? GST_VIDEO_INTERLACE_MODE_INTERLEAVED
                        : GST_VIDEO_INTERLACE_MODE_PROGRESSIVE,
      frame->width, frame->height);
  info->fps_n = 25;
  info->fps_d = 1;
  buffer = guarded_buffer (GST_VIDEO_INFO_SIZE (info));
  if (frame->interlaced)
    GST_BUFFER_FLAG_SET (buffer, GST_VIDEO_BUFFER_FLAG_INTERLACED);
  GST_BUFFER_PTS (buffer) = 0;
  return buffer;
}

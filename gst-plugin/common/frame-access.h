/* Reading the pixels of frames that cannot be trusted to be what they say.
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include <gst/video/video.h>

/* Pixels that a line to unpack into has beyond its width. A margin: formats
 * store groups of pixels (6 in v210, 8 in IYU1), although no unpacker of
 * GStreamer 1.22 was seen to write what is left of the last one. */
#define FRAME_LINE_SLACK 64

/* Largest side of a frame that is read. */
#define FRAME_MAX_SIDE 32767

/* What the elements take: any raw format in system memory, also where overlays
 * are attached to frames instead of being drawn. Not interlaced video with one
 * field a buffer (`format:Interlaced`). */
#define FRAME_CAPS                                                             \
  GST_VIDEO_CAPS_MAKE (GST_VIDEO_FORMATS_ALL)                                  \
  ";" GST_VIDEO_CAPS_MAKE_WITH_FEATURES (GST_CAPS_FEATURE_MEMORY_SYSTEM_MEMORY \
      ", " GST_CAPS_FEATURE_META_GST_VIDEO_OVERLAY_COMPOSITION,                \
      GST_VIDEO_FORMATS_ALL)

/* Whether frames of these caps are not too large. If they are, says so as the
 * element's error. */
gboolean frame_check_size (GstElement *element, const GstVideoInfo *info);

/* Whether each component of a pixel is a byte of its own in memory. */
gboolean frame_format_is_direct (const GstVideoFormatInfo *finfo);

/* Whether frames of the format can be unpacked into four components a pixel,
 * of 8 or 16 bits. */
gboolean frame_format_is_unpackable (const GstVideoFormatInfo *finfo);

/* Whether they are then of 16 bits. */
gboolean frame_format_unpacks_to_16_bits (const GstVideoFormatInfo *finfo);

/* Maps a frame for reading; the buffer stays writable. FALSE, with nothing
 * mapped, if the buffer is not such a frame: too small, of another format, with
 * planes that reach beyond its memory, or larger than FRAME_MAX_SIDE. Undo with
 * gst_video_frame_unmap(). */
gboolean frame_map (
    GstVideoFrame *frame, GstBuffer *buffer, const GstVideoInfo *info);

/* The same for reading and writing; the buffer has to be writable. Memory that
 * others hold, too, is copied first. */
gboolean frame_map_writable (
    GstVideoFrame *frame, GstBuffer *buffer, const GstVideoInfo *info);

/* Where a plane of a frame lies. */
typedef struct
{
  gssize rows;        /* 0 where memory is not in rows: tiles, palettes */
  gssize stride;      /* bytes */
  gssize first, last; /* from its first to behind its last byte, relative to
                         the plane's data */
  gssize slack;       /* bytes that an unpacker may read beyond, either way */
} FramePlane;

/* FALSE if the stride is none that can hold the rows. */
gboolean frame_plane_layout (
    const GstVideoFrame *frame, guint plane, FramePlane *layout);

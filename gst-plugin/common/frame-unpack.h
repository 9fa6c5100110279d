/* Unpacking and packing rows of frames, without going beyond their memory.
 * SPDX-License-Identifier: MIT
 *
 * GStreamer's unpackers read whole groups of pixels, and of interlaced chroma a
 * row that a frame may not have: beyond the last row of a frame that ends with
 * its memory. So the last rows are unpacked from a copy with room behind it, and
 * packed into it.
 */
#pragma once

#include <gst/video/video.h>

/* All zero is valid. */
typedef struct
{
  guint8 *copy; /* of the end of each plane */
  gsize copy_bytes;
  gpointer data[GST_VIDEO_MAX_PLANES]; /* where row 0 would be in it */
  gint first;                          /* row to be read from there */
} FrameUnpack;

/* Prepares to unpack a frame that frame_map() mapped. FALSE if there is no
 * memory for it. */
gboolean frame_unpack_begin (FrameUnpack *u, const GstVideoFrame *frame);

/* How the rows of a frame are to be unpacked, by themselves: as of fields where it
 * has any. */
GstVideoPackFlags frame_unpack_flags (const GstVideoFrame *frame);

/* Unpacks a row into a line that has room for FRAME_LINE_SLACK pixels more. */
void frame_unpack_row (const FrameUnpack *u, const GstVideoFrame *frame, gint y,
    GstVideoPackFlags flags, gpointer line);

/* Packs a row, the reverse of it, of a frame that was mapped for writing. The
 * last rows are in the frame only after frame_pack_end(). */
void frame_pack_row (const FrameUnpack *u, const GstVideoFrame *frame, gint y,
    GstVideoPackFlags flags, gpointer line);

/* Writes what was packed into the copy back into the frame. */
void frame_pack_end (const FrameUnpack *u, const GstVideoFrame *frame);

void frame_unpack_clear (FrameUnpack *u);

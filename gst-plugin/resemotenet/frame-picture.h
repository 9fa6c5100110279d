/* resemotenet: a video frame as a picture that faces can be cut out of
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include <gst/video/video.h>

#include "frame-unpack.h"
#include "resemotenet.h"

/* Formats whose components are bytes in memory are read in place. Any other
 * goes through GStreamer's unpacker into a scratch picture of 4 bytes a pixel,
 * only in those rows that a face needs. */
typedef struct
{
  GstVideoFrame frame;
  RenPicture picture;

  gboolean unpacked;
  FrameUnpack unpack;
  guint8 *scratch; /* [height][width][A, c0, c1, c2] */
  gsize scratch_bytes;
  guint16 *line; /* [width][A, c0, c1, c2], of formats above 8 bits */
  gsize line_bytes;
  guint8 *row_done; /* [height] */
  gsize row_done_bytes;
} FramePicture;

/* FALSE if no way is known to read such video. */
gboolean frame_picture_supports (const GstVideoInfo *info);

/* Maps a frame for reading; close it again. FALSE if the buffer is not such a
 * frame, as when it is too small. The buffer stays writable. */
gboolean frame_picture_open (
    FramePicture *fp, GstBuffer *buffer, const GstVideoInfo *info);

/* The picture, of which rows y0 to y1 - 1 may be read. */
const RenPicture *frame_picture_rows (FramePicture *fp, gint64 y0, gint64 y1);

void frame_picture_close (FramePicture *fp);

/* Frees the scratch memory. */
void frame_picture_clear (FramePicture *fp);

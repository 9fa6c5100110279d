/* A face of a frame as a small JPEG
 * SPDX-License-Identifier: MIT
 *
 * Any raw format that GStreamer unpacks; only the rows of the face are read. The
 * picture is square on the screen, with some room around the face; what is
 * beyond the frame repeats its edge.
 */
#pragma once

#include <gst/video/video.h>

/* Largest side of a picture, in pixels. */
#define FACE_CROP_MAX_SIDE 512

/* What is kept from one crop to the next; one thread at a time. */
typedef struct _FaceCropper FaceCropper;

FaceCropper *face_cropper_new (void);
void face_cropper_free (FaceCropper *c);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FaceCropper, face_cropper_free)

/**
 * face_cropper_crop:
 * @c: a cropper
 * @buffer: the frame
 * @info: its caps
 * @x: left edge of the face in pixels of the frame; may be outside of it
 * @y: top edge
 * @w: width, at least 1
 * @h: height
 * @max_side: of the picture, 16 to FACE_CROP_MAX_SIDE; faces that are smaller are
 *   not made larger
 *
 * Returns: (transfer full) (nullable): a JPEG; %NULL where the middle of the box
 *   lies outside of the frame, or the frame is not one of @info
 */
GBytes *face_cropper_crop (FaceCropper *c, GstBuffer *buffer,
    const GstVideoInfo *info, gint x, gint y, gint w, gint h, guint max_side);

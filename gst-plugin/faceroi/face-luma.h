/* faceroi: a small grey copy of a video frame
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include "face-image.h"

#include <gst/video/video.h>

#include "frame-unpack.h"

G_BEGIN_DECLS

/* Scratch memory and tables; all zero is valid. */
typedef struct
{
  gfloat *sums;      /* [frame width] of the rows that make one */
  guint8 *rows[2];   /* [frame width] grey */
  gpointer unpacked; /* [frame width] four components of 8 or 16 bits */
  FrameUnpack unpack;
  gint width;         /* that they are allocated for */
  guint8 expand[256]; /* limited to full range */
} FaceLuma;

void face_luma_clear (FaceLuma *luma);

/* Whether frames of the format can be read. */
gboolean face_luma_supports (const GstVideoFormatInfo *finfo);

/* Writes the brightness of a mapped frame, full range, at the size that
 * `image` has. Shrinking takes the mean of the area that a pixel covers,
 * enlarging is bilinear. Reads the luma plane where there is one of 8 bits, and
 * unpacks row by row otherwise. FALSE if there is no memory for that. */
gboolean face_luma_read (
    FaceLuma *luma, const GstVideoFrame *frame, FaceImage *image);

G_END_DECLS

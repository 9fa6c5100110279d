/* Faces made unrecognisable in the picture itself
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include <gst/video/video.h>

/* Squares across the longer side of a face, at most. */
#define MOSAIC_SQUARES 6

/* Replaces a face, with a margin for hair and ears, by a few squares that have
 * the mean colour of what was there. All components but alpha are changed; what is
 * further from the box than the margin and PLANES_ALIGN pixels is not. The frame
 * must be mapped for writing and of a format that is editable. FALSE, with
 * nothing changed, if there is no memory for it. */
gboolean mosaic_box (GstVideoFrame *frame, gint x, gint y, gint w, gint h);

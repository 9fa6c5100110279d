/* Pictures drawn into frames
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include "piece.h"

/* Blends pieces, of Piece, into a frame that is mapped for writing and of an
 * editable format; what is outside of the frame is left out. FALSE, with nothing
 * changed, if there is no memory for it. */
gboolean blend_pieces (
    GstVideoFrame *frame, const GArray *pieces, const PictureColors *colors);

/* Pictures attached to frames, for elements downstream to show
 * SPDX-License-Identifier: MIT
 *
 * What is in the same place as in the frame before is the same object, so that
 * sinks need not convert or upload it again.
 */
#pragma once

#include "piece.h"

/* All zero is valid. */
typedef struct
{
  GArray *last; /* of what was attached to the frame before */
  GstVideoOverlayComposition *composition;
} Attach;

/* Attaches pieces, of Piece, to a writable buffer, in addition to what is
 * attached to it. */
void attach_pieces (Attach *attach, GstBuffer *buffer, const GArray *pieces);

void attach_clear (Attach *attach);

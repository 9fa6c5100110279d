/* What a frame gets drawn
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include "picture.h"

/* A picture and where its top left corner goes in the frame. */
typedef struct
{
  Picture *picture; /* owned by the array that it is in */
  gint x, y;
} Piece;

static inline void
piece_clear (gpointer piece)
{
  picture_unref (((Piece *) piece)->picture);
}

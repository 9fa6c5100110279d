/* The box around a face
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include "cache.h"
#include "piece.h"
#include "placement.h"
#include "sizes.h"

/* Adds the sides of a box to @pieces, as far as they are inside the frame: a line
 * of colour between two dark ones, that is seen on any ground. The box may be
 * partly or wholly outside.
 * @cache: of Picture
 * @rgb: colour, 0xRRGGBB */
void box_add (GArray *pieces, Cache *cache, const Sizes *sizes, const Rect *box,
    guint32 rgb);

/* How far a box reaches beyond the face. */
gint box_margin (const Sizes *sizes);

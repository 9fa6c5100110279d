/* A picture's face, and what a model looks at in it, as Cairo surfaces.
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include <cairo.h>

#include "resemotenet.h"

/* The part of @rect that lies inside of the picture, at its own size or, where
 * that is larger, shrunk to fit into @max_side × @max_side. In shades of grey
 * where colours are needed for something else. The surface may be in an error
 * state; NULL where nothing of @rect lies inside. */
cairo_surface_t *heat_map_face (const RenPicture *picture, const RenRect *rect,
    guint max_side, gboolean grey);

/* A class activation map of REN_CAM_SIZE rows and columns, values from 0 to 1,
 * as smooth colours to be laid over the face. */
cairo_surface_t *heat_map_colors (const float *map, gint width, gint height);

/* The colour of a value from 0 to 1, 0xRRGGBB: from dark violet to yellow, and
 * more of it (@alpha, 0 to 1) the higher the value is. */
guint32 heat_map_color (float value, double *alpha);

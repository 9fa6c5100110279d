/* How large things are drawn
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include <glib.h>

/* Sizes, in pixels, that follow from the frame's. */
typedef struct
{
  gint width, height;
  gdouble stretch; /* of what is drawn, for pixels that are not square */
  gint text;       /* the largest text; 0 where there is no room for any */
  gint line, edge; /* of boxes: the coloured line, and the dark ones beside */
} Sizes;

/* @par_n, @par_d: pixel aspect ratio
 * @text_scale: factor to the size of text */
void sizes_init (Sizes *sizes, gint width, gint height, gint par_n, gint par_d,
    gdouble text_scale);

/* How large the text of a face is, as one of SIZES_N_LEVELS steps from large to
 * small, so that it does not change with every pixel of its box.
 * @before: the level in the frame before, or -1 */
#define SIZES_N_LEVELS 4
gint sizes_level (const Sizes *sizes, gint face_height, gint before);

/* Height of the font of a level. */
gint sizes_text (const Sizes *sizes, gint level);

/* Which rows a convolution's taps read: the lists that the row kernels follow.
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include "network.h"
#include "rows.h"

/* All pixels that a pass writes, in groups that read the same taps at the same
 * distances. Every group's rows are in the order of images, so that fewer
 * images are a prefix. */
typedef struct
{
  guint n_groups;
  struct RenMapGroup
  {
    RenRows rows; /* of all images; owns its arrays */
    guint rows_per_image;
  } * groups;
} RenMap;

/* A pixel's channels lie *_stride floats after those of the pixel before, one
 * image's pixels after another's. Forward, a pass writes the layer's output
 * pixels from its input; backward, the input's gradient from the output's. @map is
 * zeros before, and after REN_ERROR_NO_MEMORY to be cleared all the same. */
gboolean ren_map_init (RenMap *map, const RenLayer *layer, gboolean backward,
    guint n_images, guint in_stride, guint out_stride, GError **error);

/* Forward, with a group for each live tap instead: the pixels that it reads for,
 * one tap each. Results of the groups add up. The first group is of a tap that
 * meets a pixel everywhere, so that it may set what the others add to. */
gboolean ren_map_init_taps (RenMap *map, const RenLayer *layer, guint n_images,
    guint in_stride, guint out_stride, GError **error);

void ren_map_clear (RenMap *map);

/* The group's rows of the first images, for some of its taps: those from
 * first_tap on. */
RenRows ren_map_rows (const RenMap *map, guint group, guint n_images,
    guint first_tap, guint n_taps);

/* What layers share that are made in Winograd's tiles: see kernels/conv.h.
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include "plan.h"

/* The most tiles that are multiplied at a time. */
#define REN_MAX_TILES 32

/* Floats from a value to the next of so many tiles. A power of two would put all
 * values of a tile into the same few places of a cache: hence a line more. */
#define REN_TILE_PLANE(n_tiles, n_channels)                                    \
  ((gsize) (n_tiles) * (n_channels) + 16)

/* One panel's products: sums[value][tile][REN_PANEL] of in[value][tile][c_in],
 * for every value of the layer. The planes are floats from value to value. */
void ren_tiles_multiply (const RenPlan *plan, RenLayerId id, guint panel,
    guint n_tiles, const float *in, gsize in_plane, float *sums,
    gsize sums_plane);

/* Whether a layer is made in tiles, for so many images. */
gboolean ren_tiles_pay (const RenPlan *plan, RenLayerId id, guint n_images);

/* Second convolutions of blocks: an image is one tile. */

/* Floats of the values of so many images, the most of any layer of a plan. */
gsize ren_image_tiles_elements (RenPrecision precision, guint n_images);

/* Values of all images of a layer's input, into plan->values:
 * [value][image][c_in], with REN_TILE_PLANE. */
void ren_image_tiles_in (
    RenPlan *plan, RenLayerId id, const float *in, guint n_images);

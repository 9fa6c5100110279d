/* The product of bytes, four channels an element; included with LANES, TILE_V,
 * TILE_R, SUMS, LOAD_WEIGHTS and ADD_PRODUCTS, see product-template.h.
 * SPDX-License-Identifier: MIT */
#define PRODUCT multiply_u8
#define PRODUCTS_OF_ELEMENT 4
#define ELEMENT guint32
#define WEIGHT guint32
#define SUM gint32
#include "product-template.h"

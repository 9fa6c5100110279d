/* The product of bytes, four channels an element; included with LANES, TILE_V,
 * TILE_R, SUMS, LOAD_WEIGHTS and ADD_PRODUCTS, see product-template.h, or with
 * PRODUCT_TEMPLATE, another file, and what that asks for.
 * SPDX-License-Identifier: MIT */
#define PRODUCT multiply_u8
#define PRODUCTS_OF_ELEMENT 4
#define ELEMENT guint32
#define WEIGHT guint32
#define SUM gint32
#ifndef PRODUCT_TEMPLATE
#define PRODUCT_TEMPLATE "product-template.h"
#endif
#include PRODUCT_TEMPLATE

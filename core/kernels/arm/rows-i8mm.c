/* The product of bytes for arm64 with its instructions for matrices of bytes, of
 * which sudot multiplies signed by unsigned ones. SPDX-License-Identifier: MIT */
#include <arm_neon.h>
#include <string.h>

#include "rows.h"

#define LANES 4
#define SUMS int32x4_t
#define LOAD_WEIGHTS(p) vld1q_s8 ((const gint8 *) (p))

#define FOUR uint8x16_t
#define LOAD_FOUR(p) vld1q_u8 ((const guint8 *) (p))
#define LOAD_ONE(p) vreinterpretq_u8_u32 (vdupq_n_u32 (*(p)))
#define ADD_LANE(sums, four, lane, w) vsudotq_laneq_s32 (sums, w, four, lane)
#define PRODUCT_TEMPLATE "arm/product-template.h"
#include "bytes-template.h"

void
ren_rows_init_i8mm (RenRowKernels *k)
{
  k->multiply_u8 = multiply_u8;
  k->saturate_u8 = multiply_u8_saturate;
}

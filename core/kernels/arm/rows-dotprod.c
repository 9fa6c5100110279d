/* The product of bytes for arm64 with dot products: sdot, which is of signed
 * bytes. Channels are made signed by subtracting 128, a flip of their highest bit,
 * and the sums of a row of zeros are what that takes off.
 * SPDX-License-Identifier: MIT */
#include <arm_neon.h>
#include <string.h>

#include "rows.h"

#define LANES 4
#define SUMS int32x4_t
#define LOAD_WEIGHTS(p) vld1q_s8 ((const gint8 *) (p))

#define FOUR int8x16_t
#define LOAD_FOUR(p)                                                           \
  vreinterpretq_s8_u32 (veorq_u32 (vld1q_u32 (p), vdupq_n_u32 (0x80808080)))
#define LOAD_ONE(p) vreinterpretq_s8_u32 (vdupq_n_u32 (*(p) ^ 0x80808080))
#define ADD_LANE(sums, four, lane, w) vdotq_laneq_s32 (sums, w, four, lane)
#define HAS_ZEROS 1
#define PRODUCT_TEMPLATE "arm/product-template.h"
#include "bytes-template.h"

void
ren_rows_init_dotprod (RenRowKernels *k)
{
  k->multiply_u8 = multiply_u8;
  k->saturate_u8 = multiply_u8_saturate;
}

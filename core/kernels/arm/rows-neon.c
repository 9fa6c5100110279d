/* Row and convolution kernels for arm64; the gradient keeps 24 sums in registers.
 * SPDX-License-Identifier: MIT */
#include <arm_neon.h>

#define LANES 4
#define TILE_V 4
#define TILE_R 6
#define LOAD_HALVES(p)                                                         \
  ((Vector) vcvt_f32_f16 (vreinterpret_f16_u16 (vld1_u16 (p))))
#define PRODUCT_TEMPLATE "arm/product-template.h"
#include "rows-template.h"
#include "conv-template.h"

/* Products of signed bytes fit 16 bits, the sums of two do not. So each pair is
 * added to 32 bits, of which there are two for a channel until the end. Channels
 * are made signed as for sdot, see rows-dotprod.c. */
typedef struct
{
  int32x4_t low, high;
} Pairs;

static inline Pairs
add_products (Pairs sums, gint32 x, int8x16_t w)
{
  const int8x16_t all = vreinterpretq_s8_s32 (vdupq_n_s32 (x));

  return (Pairs){
    vpadalq_s16 (sums.low, vmull_s8 (vget_low_s8 (w), vget_low_s8 (all))),
    vpadalq_s16 (sums.high, vmull_high_s8 (w, all)),
  };
}

#define SUMS Pairs
#define LOAD_WEIGHTS(p) vld1q_s8 ((const gint8 *) (p))

#define FOUR int32x4_t
#define LOAD_FOUR(p)                                                           \
  vreinterpretq_s32_u32 (veorq_u32 (vld1q_u32 (p), vdupq_n_u32 (0x80808080)))
#define LOAD_ONE(p) vreinterpretq_s32_u32 (vdupq_n_u32 (*(p) ^ 0x80808080))
#define ADD_LANE(sums, four, lane, w) add_products (sums, (four)[lane], w)
#define TOTALS int32x4_t
#define TOTALS_OF(sums) vpaddq_s32 ((sums).low, (sums).high)
#define SUMS_OF(totals)                                                        \
  ((Pairs){ vzip1q_s32 (totals, vdupq_n_s32 (0)),                              \
      vzip2q_s32 (totals, vdupq_n_s32 (0)) })
#define TILE_SUMS 8
#define HAS_ZEROS 1
#define SATURATE_R 4
#define SATURATE_V 2
#include "bytes-template.h"

void
ren_rows_init_neon (RenRowKernels *k)
{
  k->multiply = multiply;
  k->multiply_f16 = multiply_f16;
  k->multiply_u8 = multiply_u8;
  k->gradient = gradient;
  k->saturate = multiply_saturate;
  k->saturate_u8 = multiply_u8_saturate;
}

void
ren_conv_init_neon (RenConvKernels *k)
{
  conv_fill (k);
}

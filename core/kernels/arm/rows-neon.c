/* Row and convolution kernels for arm64: 24 of 32 registers hold sums.
 * SPDX-License-Identifier: MIT */
#include <arm_neon.h>

#define LANES 4
#define TILE_V 4
#define TILE_R 6
#define LOAD_HALVES(p)                                                         \
  ((Vector) vcvt_f32_f16 (vreinterpret_f16_u16 (vld1_u16 (p))))
#include "rows-template.h"
#include "conv-template.h"

/* Bytes as 16 bits: those at even places, and those at odd ones. */
typedef struct
{
  int16x8_t even, odd;
} Split;

static inline Split
split_weights (const guint32 *p)
{
  const int16x8_t w = vreinterpretq_s16_u8 (vld1q_u8 ((const guint8 *) p));

  return (Split){ vshrq_n_s16 (vshlq_n_s16 (w, 8), 8), vshrq_n_s16 (w, 8) };
}

static inline int32x4_t
add_products (int32x4_t sums, guint32 x, Split w)
{
  const int16x8_t even = vreinterpretq_s16_u32 (vdupq_n_u32 (x & 0xff00ff));
  const int16x8_t odd = vreinterpretq_s16_u32 (vdupq_n_u32 (x >> 8 & 0xff00ff));
  int32x4_t low = vmull_s16 (vget_low_s16 (even), vget_low_s16 (w.even));
  int32x4_t high = vmull_high_s16 (even, w.even);

  low = vmlal_s16 (low, vget_low_s16 (odd), vget_low_s16 (w.odd));
  high = vmlal_high_s16 (high, odd, w.odd);
  return vaddq_s32 (sums, vpaddq_s32 (low, high));
}

#undef TILE_R
#undef TILE_V
#define TILE_R 4
#define TILE_V 2
#define SUMS int32x4_t
#define LOAD_WEIGHTS(p) split_weights (p)
#define ADD_PRODUCTS(sums, x, w) add_products (sums, x, w)
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

/* The product of bytes for arm64 with dot products (sdot).
 * SPDX-License-Identifier: MIT */
#include <arm_neon.h>
#include <string.h>

#include "rows.h"

#define LANES 4
#define TILE_V 4
#define TILE_R 4

/* sdot is of signed bytes: x = (x - 128) + 128, and what 128 adds is 128 times
 * the sum of the weights. */
typedef struct
{
  int8x16_t w;
  int32x4_t sum128;
} Weights;

static inline Weights
load_weights (const guint32 *p)
{
  const int8x16_t w = vld1q_s8 ((const gint8 *) p);

  return (Weights){ w,
    vshlq_n_s32 (vdotq_s32 (vdupq_n_s32 (0), w, vdupq_n_s8 (1)), 7) };
}

static inline int32x4_t
add_products (int32x4_t sums, guint32 x, Weights w)
{
  const int8x16_t moved = vreinterpretq_s8_u32 (vdupq_n_u32 (x ^ 0x80808080u));

  return vdotq_s32 (vaddq_s32 (sums, w.sum128), w.w, moved);
}

#define SUMS int32x4_t
#define LOAD_WEIGHTS(p) load_weights (p)
#define ADD_PRODUCTS(sums, x, w) add_products (sums, x, w)
#include "bytes-template.h"

void
ren_rows_init_dotprod (RenRowKernels *k)
{
  k->multiply_u8 = multiply_u8;
  k->saturate_u8 = multiply_u8_saturate;
}

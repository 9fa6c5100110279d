/* Row kernels for any processor with vectors of four floats.
 * SPDX-License-Identifier: MIT */
#define LANES 4
#define TILE_V 2
#define TILE_R 4
#include "rows-template.h"
#include "conv-template.h"

/* Four channels of 8 bits, each in 32 bits of its own. */
typedef gint32 Ints __attribute__ ((vector_size (LANES * 4)));
typedef struct
{
  Ints channel[4];
} Split;

static inline Split
split_weights (const guint32 *p)
{
  Ints w;

  memcpy (&w, p, sizeof w);
  return (Split){ { w << 24 >> 24, w << 16 >> 24, w << 8 >> 24, w >> 24 } };
}

static inline Ints
add_products (Ints sums, guint32 x, Split w)
{
  for (guint i = 0; i < 4; i++)
    sums += (gint32) (x >> 8 * i & 255) * w.channel[i];
  return sums;
}

#define SUMS Ints
#define LOAD_WEIGHTS(p) split_weights (p)
#define ADD_PRODUCTS(sums, x, w) add_products (sums, x, w)
#define SATURATE_R TILE_R
#define SATURATE_V TILE_V
#include "bytes-template.h"

void
ren_rows_init_vector (RenRowKernels *k)
{
  k->multiply = multiply;
  k->saturate = multiply_saturate;
  k->multiply_f16 = multiply_f16;
  k->multiply_u8 = multiply_u8;
  k->saturate_u8 = multiply_u8_saturate;
  k->gradient = gradient;
}

void
ren_conv_init_vector (RenConvKernels *k)
{
  conv_fill (k);
}

/* Resampling kernels with the compiler's vectors, for any architecture whose
 * lowest byte comes first; others have plain C.
 * SPDX-License-Identifier: MIT */
#include "resample.h"

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__

typedef guint8 Bytes __attribute__ ((vector_size (16)));
typedef Bytes LooseBytes __attribute__ ((aligned (1), may_alias));
typedef guint16 Halves __attribute__ ((vector_size (16)));
typedef gint32 Sums __attribute__ ((vector_size (16)));

/* What every vector unit has an instruction for, of bytes and of halves. */
#define zip_low(a, b)                                                          \
  __builtin_shufflevector (                                                    \
      a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define zip_high(a, b)                                                         \
  __builtin_shufflevector (                                                    \
      a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
#define zip_low_halves(a, b)                                                   \
  __builtin_shufflevector (a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define zip_high_halves(a, b)                                                  \
  __builtin_shufflevector (a, b, 4, 12, 5, 13, 6, 14, 7, 15)
#define even_bytes(a, b)                                                       \
  __builtin_shufflevector (                                                    \
      a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30)
#define even_halves(a, b)                                                      \
  __builtin_shufflevector (a, b, 0, 2, 4, 6, 8, 10, 12, 14)

#define load_blocks(in) (*(const LooseBytes *) (in))
#define store_block(a, block, out) (*(LooseBytes *) (out) = (a))

static inline void
widen (const guint8 *in, Sums out[4])
{
  const Bytes bytes = *(const LooseBytes *) in, none = { 0 };
  const Halves low = (Halves) zip_low (bytes, none);
  const Halves high = (Halves) zip_high (bytes, none);

  out[0] = (Sums) zip_low_halves (low, (Halves) none);
  out[1] = (Sums) zip_high_halves (low, (Halves) none);
  out[2] = (Sums) zip_low_halves (high, (Halves) none);
  out[3] = (Sums) zip_high_halves (high, (Halves) none);
}

static inline void
narrow (const Sums sum[4], guint8 *out)
{
  Sums s[4];

#pragma GCC unroll 4
  for (guint i = 0; i < 4; i++) {
    s[i] = sum[i] & ~(sum[i] < 0);
    s[i] |= s[i] > 255; /* of all bits, the lowest remain */
  }
  *(LooseBytes *) out =
      even_bytes ((Bytes) even_halves ((Halves) s[0], (Halves) s[1]),
          (Bytes) even_halves ((Halves) s[2], (Halves) s[3]));
}

#include "resample-template.h"

void
ren_resample_init_vector (RenResampleKernels *k)
{
  resample_fill (k);
}

#else

void
ren_resample_init_vector (RenResampleKernels *k)
{
}

#endif

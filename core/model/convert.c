/* SPDX-License-Identifier: MIT */
#include "convert.h"

#include <string.h>

/* Loops work on blocks of constant length in local arrays: input may be
 * unaligned, and a constant trip count lets compilers vectorise at -O2. */
#define BLOCK 64

gsize
ren_precision_size (RenPrecision precision)
{
  switch (precision) {
    case REN_PRECISION_FP32:
      return 4;
    case REN_PRECISION_INT8:
      return 1;
    default:
      return 2;
  }
}

const char *
ren_precision_name (RenPrecision precision)
{
  switch (precision) {
    case REN_PRECISION_AUTO:
      return "auto";
    case REN_PRECISION_FP16:
      return "fp16";
    case REN_PRECISION_BF16:
      return "bf16";
    case REN_PRECISION_INT8:
      return "int8";
    default:
      return "fp32";
  }
}

gboolean
ren_precision_from_name (const char *name, RenPrecision *precision)
{
  g_return_val_if_fail (name != NULL && precision != NULL, FALSE);

  for (RenPrecision p = REN_PRECISION_AUTO; p <= REN_PRECISION_INT8; p++)
    if (strcmp (ren_precision_name (p), name) == 0) {
      *precision = p;
      return TRUE;
    }
  return FALSE;
}

static inline guint32
bits_of (float f)
{
  guint32 u;

  memcpy (&u, &f, sizeof u);
  return u;
}

static inline float
float_of (guint32 u)
{
  float f;

  memcpy (&f, &u, sizeof f);
  return f;
}

static inline guint32
half_to_bits (guint32 h)
{
  guint32 sign = (h & 0x8000) << 16;
  guint32 em = (h & 0x7fff) << 13; /* exponent and mantissa, moved in place */
  /* the exponent's bias is 15 here and 127 there; all ones stay all ones */
  guint32 normal = em + (112u << 23);
  guint32 special = em + (224u << 23);
  /* a subnormal m × 2^-24 is (1 + m / 1024) × 2^-14 - 2^-14: no fp32
   * subnormal arises, which a thread that flushes those would lose */
  guint32 tiny = bits_of (float_of (em + (113u << 23)) - float_of (113u << 23));
  guint32 r = em < (1u << 23) ? tiny : normal;

  return sign | (em >= (31u << 23) ? special : r);
}

static inline guint32
half_from_bits (guint32 u)
{
  guint32 sign = (u >> 16) & 0x8000;
  guint32 x = u & 0x7fffffff;
  /* half of the last kept bit is added, less one where the kept part is even:
   * ties then round to even, and a carry moves on into the exponent */
  guint32 normal = (x + 0xfff + ((x >> 13) & 1) - (112u << 23)) >> 13;
  /* below 2^-14: the last bit of 0.5 + x weighs 2^-24, as that of a subnormal
   * half, so that the addition does the rounding. The operand is kept small
   * by the select: others would only raise a flag */
  guint32 small = x < 0x38800000 ? x : 0;
  guint32 tiny = bits_of (float_of (small) + 0.5f) - bits_of (0.5f);
  guint32 r = x < 0x38800000 ? tiny : normal;

  r = x >= 0x477ff000 ? 0x7c00 : r; /* 65520 and more round to infinity */
  r = x > 0x7f800000 ? 0x7e00 : r;  /* not a number */
  return sign | r;
}

static inline guint32
bfloat_from_bits (guint32 u)
{
  guint32 r = (u + 0x7fff + ((u >> 16) & 1)) >> 16;

  return (u & 0x7fffffff) > 0x7f800000 ? (u >> 16) | 0x40 : r;
}

static void
half_block (const void *in, gsize n, float *out)
{
  guint16 h[BLOCK] = { 0 };
  guint32 u[BLOCK];

  memcpy (h, in, n * 2);
  for (guint i = 0; i < BLOCK; i++)
    u[i] = half_to_bits (GUINT16_FROM_LE (h[i]));
  memcpy (out, u, n * 4);
}

static void
bfloat_block (const void *in, gsize n, float *out)
{
  guint16 h[BLOCK] = { 0 };
  guint32 u[BLOCK];

  memcpy (h, in, n * 2);
  for (guint i = 0; i < BLOCK; i++)
    u[i] = (guint32) GUINT16_FROM_LE (h[i]) << 16;
  memcpy (out, u, n * 4);
}

static void
float_block (const void *in, gsize n, float *out)
{
  guint32 u[BLOCK] = { 0 };

  memcpy (u, in, n * 4);
  for (guint i = 0; i < BLOCK; i++)
    u[i] = GUINT32_FROM_LE (u[i]);
  memcpy (out, u, n * 4);
}

void
ren_to_float (RenPrecision from, const void *in, gsize n, float *out)
{
  const guint8 *p = in;
  gsize size = ren_precision_size (from);

  if (from == REN_PRECISION_FP32 && G_BYTE_ORDER == G_LITTLE_ENDIAN) {
    memcpy (out, in, n * sizeof (float));
    return;
  }
  for (gsize i = 0; i < n; i += BLOCK) {
    gsize k = MIN (BLOCK, n - i);

    if (from == REN_PRECISION_FP16)
      half_block (p + i * size, k, out + i);
    else if (from == REN_PRECISION_BF16)
      bfloat_block (p + i * size, k, out + i);
    else
      float_block (p + i * size, k, out + i);
  }
}

/* Whether a finite number of u became the infinity of r. */
static inline guint32
overflowed (guint32 u, guint32 r, guint32 infinity)
{
  return ((u & 0x7f800000) != 0x7f800000) & ((r & 0x7fff) == infinity);
}

gboolean
ren_from_float (RenPrecision to, const float *in, gsize n, void *out)
{
  guint8 *p = out;
  guint32 bad = 0;

  for (gsize i = 0; i < n; i += BLOCK) {
    gsize k = MIN (BLOCK, n - i);
    guint32 u[BLOCK] = { 0 };
    guint16 h[BLOCK];

    memcpy (u, in + i, k * 4);
    switch (to) {
      case REN_PRECISION_FP16:
        for (guint j = 0; j < BLOCK; j++) {
          guint32 r = half_from_bits (u[j]);

          bad |= overflowed (u[j], r, 0x7c00);
          h[j] = GUINT16_TO_LE ((guint16) r);
        }
        memcpy (p + i * 2, h, k * 2);
        break;
      case REN_PRECISION_BF16:
        for (guint j = 0; j < BLOCK; j++) {
          guint32 r = bfloat_from_bits (u[j]);

          bad |= overflowed (u[j], r, 0x7f80);
          h[j] = GUINT16_TO_LE ((guint16) r);
        }
        memcpy (p + i * 2, h, k * 2);
        break;
      default:
        for (guint j = 0; j < BLOCK; j++)
          u[j] = GUINT32_TO_LE (u[j]);
        memcpy (p + i * 4, u, k * 4);
        break;
    }
  }
  return bad == 0;
}

/* Whether a block holds a number whose exponent is all ones. */
static gboolean
block_not_finite (RenPrecision precision, const guint8 *p, gsize n)
{
  guint32 bad = 0;

  if (precision == REN_PRECISION_FP32) {
    guint32 u[BLOCK] = { 0 };

    memcpy (u, p, n * 4);
    for (guint i = 0; i < BLOCK; i++)
      bad |= (GUINT32_FROM_LE (u[i]) & 0x7f800000) == 0x7f800000;
  } else {
    guint16 mask = precision == REN_PRECISION_FP16 ? 0x7c00 : 0x7f80;
    guint16 h[BLOCK] = { 0 };

    memcpy (h, p, n * 2);
    for (guint i = 0; i < BLOCK; i++)
      bad |= (GUINT16_FROM_LE (h[i]) & mask) == mask;
  }
  return bad != 0;
}

gsize
ren_find_not_finite (RenPrecision precision, const void *in, gsize n)
{
  const guint8 *p = in;
  gsize size = ren_precision_size (precision);

  for (gsize i = 0; i < n; i += BLOCK) {
    gsize k = MIN (BLOCK, n - i);

    if (!block_not_finite (precision, p + i * size, k))
      continue;
    while (!block_not_finite (precision, p + i * size, 1))
      i++;
    return i;
  }
  return n;
}

/* Numbers that look random, each a function of its place.
 * SPDX-License-Identifier: MIT
 */
#include "resemotenet.h"

/* SplitMix64's step: 2^64 divided by the golden ratio, odd */
#define GOLDEN G_GUINT64_CONSTANT (0x9e3779b97f4a7c15)

/* SplitMix64's finaliser, David Stafford's variant 13: a bijection in which
 * each bit of the input changes each of the output with probability 1/2. */
static guint64
scramble (guint64 z)
{
  z = (z ^ (z >> 30)) * G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * G_GUINT64_CONSTANT (0x94d049bb133111eb);
  return z ^ (z >> 31);
}

guint64
ren_random (guint64 key, guint64 counter)
{
  /* a scrambled key: sequences of the seeds 1, 2, 3 … must not be the same
   * one a step further on */
  return scramble (scramble (key) + GOLDEN * (counter + 1));
}

guint64
ren_random_key (guint64 key, guint64 purpose)
{
  /* complemented: a key must be no number of the sequence it comes from */
  return ren_random (~key, purpose);
}

float
ren_random_float (guint64 key, guint64 counter)
{
  return (float) (ren_random (key, counter) >> 40) * 0x1p-24f;
}

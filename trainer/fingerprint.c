/* Fingerprints of faces: a checksum, and a hash that survives small changes.
 * SPDX-License-Identifier: MIT
 *
 * The hash is the sign of 64 low frequencies of the cosine transform, as in
 * Zauner 2010, "Implementation and Benchmarking of Perceptual Image Hash
 * Functions". Where that compares with the median, this compares with 0, which
 * is about the same since the mean grey level is not among them, and makes the
 * hash of the mirrored face a matter of flipping bits.
 */
#include <math.h>
#include <string.h>

#include "fingerprint.h"

#define HALF (REN_FACE_SIZE / 2)
#define N_FREQUENCIES 8

/* The face, half as wide and high. */
static void
halve (const guint8 *grey, float out[HALF][HALF])
{
  for (guint y = 0; y < HALF; y++)
    for (guint x = 0; x < HALF; x++) {
      const guint8 *p = grey + 2 * y * REN_FACE_SIZE + 2 * x;

      out[y][x] =
          (float) (p[0] + p[1] + p[REN_FACE_SIZE] + p[REN_FACE_SIZE + 1]);
    }
}

static float
cosine (guint position, guint frequency)
{
  return (float) cos (
      G_PI / HALF * ((double) position + .5) * (double) frequency);
}

/* Bit 8 v + u is the sign of frequency u across and v + 1 down: v from 1, so
 * that the mean grey level is not among them. */
static guint64
hash_of (const guint8 *grey)
{
  float half[HALF][HALF], rows[HALF][N_FREQUENCIES];
  float wave[N_FREQUENCIES + 1][HALF];
  guint64 hash = 0;

  for (guint u = 0; u <= N_FREQUENCIES; u++)
    for (guint i = 0; i < HALF; i++)
      wave[u][i] = cosine (i, u);
  halve (grey, half);
  for (guint y = 0; y < HALF; y++)
    for (guint u = 0; u < N_FREQUENCIES; u++) {
      float sum = 0;

      for (guint x = 0; x < HALF; x++)
        sum += half[y][x] * wave[u][x];
      rows[y][u] = sum;
    }
  for (guint v = 0; v < N_FREQUENCIES; v++)
    for (guint u = 0; u < N_FREQUENCIES; u++) {
      float sum = 0;

      for (guint y = 0; y < HALF; y++)
        sum += rows[y][u] * wave[v + 1][y];
      if (sum > 0)
        hash |= G_GUINT64_CONSTANT (1) << (N_FREQUENCIES * v + u);
    }
  return hash;
}

/* Means of 4 × 4 pixels, without the mean of all. */
static void
reduce (const guint8 *grey, Fingerprint *out)
{
  const guint step = REN_FACE_SIZE / SMALL_SIZE;
  gint sums[SMALL_SIZE * SMALL_SIZE] = { 0 }, total = 0;

  for (guint y = 0; y < REN_FACE_SIZE; y++)
    for (guint x = 0; x < REN_FACE_SIZE; x++)
      sums[y / step * SMALL_SIZE + x / step] += grey[y * REN_FACE_SIZE + x];
  for (guint i = 0; i < G_N_ELEMENTS (sums); i++)
    total += sums[i];
  total /= (gint) G_N_ELEMENTS (sums);
  out->energy = 0;
  for (guint i = 0; i < G_N_ELEMENTS (sums); i++) {
    out->small[i] = (gint16) (sums[i] - total); /* at most 16 × 255 */
    out->energy += out->small[i] * out->small[i];
  }
}

void
fingerprint_take (const guint8 grey[REN_FACE_BYTES], Fingerprint *out)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  gsize n = sizeof out->digest;

  g_checksum_update (checksum, grey, REN_FACE_BYTES);
  g_checksum_get_digest (checksum, out->digest, &n);
  out->hash = hash_of (grey);
  reduce (grey, out);
}

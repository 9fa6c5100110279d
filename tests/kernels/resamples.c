/* Resampling: the same bits from every table. Blocks are as large as what may be
 * read and written, so that the sanitizers see what goes beyond.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "kernels.h"
#include "taps.h"

/* Stretches of input: a sample, fewer than outputs, as many, more; halves, as of
 * chroma; beyond the last sample's centre; cut off on both sides. */
static const RenStretch stretches[] = {
  { 0, 1, 0, 1 },
  { 3, 5, 3, 5 },
  { 10, 41, 10, 41 },
  { 0, 64, 0, 64 },
  { 700, 765, 700, 765 },
  { 8.5, 83, 8, 83 },
  { 50.5, 200.5, 50, 201 },
  { 5, 165, 5, 165 },
  { 11, 311, 11, 311 },
  { 0, 5000, 0, 5000 },
  { 32766.5, 32767, 32766, 32767 },
  { 2.5, 3, 2, 3 },
  { 7, 8.5, 7, 8 },
};

static gsize
n_samples (const RenStretch *stretch)
{
  return (gsize) (stretch->hi - stretch->lo);
}

/* Bytes of a kind: noise, or the least and the most that sums can come to. */
static guint8 *
make_bytes (guint kind, gsize n)
{
  guint8 *bytes = random_bytes (kind, n);

  if (kind > 0)
    memset (bytes, kind == 1 ? 0 : 255, n);
  return bytes;
}

/* The reference, and what is held against it. FALSE where it cannot run. */
static gboolean
init_tables (RenResampleKernels k[2], const KernelSet *set)
{
  if (!kernels_can_run (set))
    return FALSE;
  ren_resample_init (&k[0], REN_CPU_REFERENCE);
  ren_resample_init (&k[1], set->all);
  return TRUE;
}

static void
test_weights (gconstpointer data)
{
  RenResampleKernels k[2];

  if (!init_tables (k, data))
    return;
  for (guint i = 0; i < G_N_ELEMENTS (stretches); i++) {
    RenAxis axis[2] = { { .allocated = 0 } };
    const RenTaps *taps = &axis[0].taps;
    gsize n_bytes;

    for (guint t = 0; t < 2; t++)
      ren_axis_set (&axis[t], &k[t], &stretches[i]);
    g_assert_cmpuint (taps->n_taps, <=, n_samples (&stretches[i]));
    n_bytes = taps->n_taps * REN_FACE_SIZE * sizeof *taps->weight;
    g_assert_cmpmem (taps->weight, n_bytes, axis[1].taps.weight, n_bytes);
    /* of an output they add up to 1, but for the rounding of each */
    for (guint o = 0; o < REN_FACE_SIZE; o++) {
      gint64 sum = 0;

      for (guint tap = 0; tap < taps->n_taps; tap++)
        sum += taps->weight[tap * REN_FACE_SIZE + o];
      g_assert_cmpint (ABS (sum - (1 << REN_WEIGHT_BITS)), <=, taps->n_taps);
    }
    for (guint t = 0; t < 2; t++)
      ren_axis_clear (&axis[t]);
  }
}

static void
check_means (
    const RenResampleKernels k[2], const RenStretch *stretch, guint kind)
{
  guint8 face[2][REN_FACE_BYTES], strip[2][REN_STRIP * REN_FACE_SIZE];
  const gsize n = n_samples (stretch);
  g_autofree guint8 *rows = make_bytes (kind, n * REN_FACE_SIZE);
  RenAxis axis = { .allocated = 0 };

  ren_axis_set (&axis, &k[0], stretch);
  for (gsize step = 1; step <= 4; step++) {
    g_autofree guint8 *lines =
        make_bytes (kind, ((n - 1) * step + 1) * REN_STRIP);

    for (guint t = 0; t < 2; t++)
      k[t].across (&axis.taps, lines, step, strip[t]);
    g_assert_cmpmem (strip[0], sizeof strip[0], strip[1], sizeof strip[1]);
  }
  for (guint t = 0; t < 2; t++)
    k[t].down (&axis.taps, rows, face[t]);
  g_assert_cmpmem (face[0], sizeof face[0], face[1], sizeof face[1]);
  /* a mean of what is alike is just that */
  for (guint p = 0; kind > 0 && p < REN_FACE_BYTES; p++)
    g_assert_cmpuint (face[0][p], ==, rows[0]);
  ren_axis_clear (&axis);
}

static void
test_means (gconstpointer data)
{
  RenResampleKernels k[2];

  if (!init_tables (k, data))
    return;
  for (guint i = 0; i < G_N_ELEMENTS (stretches); i++)
    for (guint kind = 0; kind < 3; kind++)
      check_means (k, &stretches[i], kind);
}

static void
test_turn (gconstpointer data)
{
  const KernelSet *set = data;
  RenResampleKernels k;

  if (!kernels_can_run (set))
    return;
  ren_resample_init (&k, set->all);
  for (gsize n = 1; n <= 100; n++) {
    const guint n_rows = 1 + (guint) n % REN_STRIP;
    const gsize pitch = n + n % 3;
    g_autofree guint8 *in = random_bytes (n, (n_rows - 1) * pitch + n);
    g_autofree guint8 *lines = g_malloc (n * REN_STRIP);

    /* from the top, and from the bottom up */
    for (guint up = 0; up < 2; up++) {
      const guint8 *top = up ? in + (n_rows - 1) * pitch : in;
      const gssize stride = up ? -(gssize) pitch : (gssize) pitch;

      k.turn (top, stride, n_rows, n, lines);
      for (gsize i = 0; i < n; i++)
        for (guint r = 0; r < REN_STRIP; r++)
          g_assert_cmpuint (lines[i * REN_STRIP + r], ==,
              top[(gssize) MIN (r, n_rows - 1) * stride + (gssize) i]);
    }
  }
}

static void
test_mix (gconstpointer data)
{
  /* BT.709 of limited range; what is clipped on both sides; the most that there
   * may be */
  static const struct
  {
    gint32 weight[3], offset;
  } cases[] = {
    { { 76309, -7680, -14131 }, 1570000 },
    { { 65536, 0, 0 }, 0 },
    { { 400000, -400000, 200000 }, -9000000 },
    { { 8421504, 0, 0 }, -65536 },
    { { -2807168, -2807168, -2807168 }, 65536 },
  };
  RenResampleKernels k[2];

  if (!init_tables (k, data))
    return;
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    for (guint n = 1; n <= 3; n++) {
      enum
      {
        N = 5 * REN_STRIP
      };
      g_autofree guint8 *a = random_bytes (1, N);
      g_autofree guint8 *b = random_bytes (2, N);
      g_autofree guint8 *c = random_bytes (3, N);
      const guint8 *const in[3] = { a, b, c };
      guint8 out[2][N];

      for (guint t = 0; t < 2; t++)
        k[t].mix (in, cases[i].weight, n, cases[i].offset, N, out[t]);
      g_assert_cmpmem (out[0], N, out[1], N);
      k[1].mix (in, cases[i].weight, n, cases[i].offset, N, a);
      g_assert_cmpmem (out[0], N, a, N);
    }
}

void
add_resample_tests (const KernelSet *set)
{
  add_kernel_test (set, "resample/weights", test_weights);
  add_kernel_test (set, "resample/means", test_means);
  add_kernel_test (set, "resample/turn", test_turn);
  add_kernel_test (set, "resample/mix", test_mix);
}

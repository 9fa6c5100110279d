/* What follows products against the definitions in finish.h, since all tables
 * come from one text: the same bits from each. SPDX-License-Identifier: MIT */
#include <string.h>

#include "kernels.h"

enum
{
  N_ROWS = 7,
  STRIDE = 96,
  CHANNELS = 256,
  STRIDE_U8 = CHANNELS + 5,
};

/* Sums as they come up, the largest included. */
static gint32 *
random_sums (gsize n)
{
  gint32 *sums = (gint32 *) random_bytes (1, n * 4);

  for (gsize i = 0; i < n; i++)
    sums[i] >>= i % 24;
  sums[0] = G_MAXINT32;
  sums[1] = G_MININT32;
  sums[2] = 0;
  return sums;
}

#define ASSERT_SAME(a, b) g_assert_cmpmem (a, sizeof a, b, sizeof b)

/* The same operations in the same order: the same bits. */
static float
finished (float sum, float scale, float bias, const float *add, gboolean relu)
{
  float y = sum * scale + bias;

  if (add)
    y += *add;
  return relu ? MAX (y, 0) : y;
}

static guint8
rounded (float y)
{
  return (guint8) (CLAMP (y, 0, 255) + .5f);
}

static void
test_rows (gconstpointer data)
{
  const KernelSet *set = data;
  g_autofree gint32 *sums = random_sums (4 * N_ROWS * REN_PANEL);
  g_autofree float *floats = random_floats (2, N_ROWS * REN_PANEL);
  g_autofree float *scale = random_floats (3, REN_PANEL);
  g_autofree float *bias = random_floats (4, REN_PANEL);
  g_autofree float *add = random_floats (5, N_ROWS * REN_PANEL);
  RenFinishKernels k;

  if (!kernels_can_run (set))
    return;
  ren_finish_init (&k, set->all);
  for (guint c = 0; c < REN_PANEL; c++)
    scale[c] *= 1e-4f;
  for (guint mode = 0; mode < 4; mode++) {
    float f[2][N_ROWS * STRIDE] = { { 0 } }, i[2][N_ROWS * STRIDE] = { { 0 } };
    guint8 u[2][N_ROWS * STRIDE] = { { 0 } };
    const gboolean relu = (mode & 2) != 0;
    const float *plus = mode & 1 ? add : NULL;

    for (guint r = 0; r < N_ROWS; r++)
      for (guint c = 0; c < REN_PANEL; c++) {
        const guint from = r * REN_PANEL + c, to = r * STRIDE + c;
        const float *more = plus ? plus + from : NULL;
        const float sum = (float) sums[from];

        f[0][to] = finished (floats[from], scale[c], bias[c], more, relu);
        i[0][to] = finished (sum, scale[c], bias[c], more, relu);
        u[0][to] = rounded (finished (sum, scale[c], bias[c], more, TRUE));
      }
    k.f32 (N_ROWS, floats, scale, bias, plus, relu, f[1], STRIDE);
    k.i32 (N_ROWS, sums, scale, bias, plus, relu, i[1], STRIDE);
    k.u8 (N_ROWS, sums, scale, bias, plus, u[1], STRIDE);
    ASSERT_SAME (f[0], f[1]);
    ASSERT_SAME (i[0], i[1]);
    ASSERT_SAME (u[0], u[1]);
  }
}

static void
test_pool (gconstpointer data)
{
  const KernelSet *set = data;
  g_autofree gint32 *sums = random_sums (4 * N_ROWS * REN_PANEL);
  g_autofree gint32 *pooled =
      g_memdup2 (sums, 4 * N_ROWS * REN_PANEL * sizeof *sums);
  RenFinishKernels k;

  if (!kernels_can_run (set))
    return;
  ren_finish_init (&k, set->all);
  k.pool_i32 (N_ROWS, pooled);
  for (guint w = 0; w < N_ROWS; w++)
    for (guint c = 0; c < REN_PANEL; c++) {
      gint32 most = G_MININT32;

      for (guint p = 0; p < 4; p++)
        most = MAX (most, sums[(w * 4 + p) * REN_PANEL + c]);
      g_assert_cmpint (pooled[w * REN_PANEL + c], ==, most);
    }
}

static void
test_totals (gconstpointer data)
{
  const KernelSet *set = data;
  g_autofree float *x = random_floats (1, N_ROWS * CHANNELS);
  g_autofree guint8 *bytes = random_bytes (2, N_ROWS * CHANNELS);
  float total[CHANNELS], expected[CHANNELS] = { 0 };
  float total_u8[CHANNELS], expected_u8[CHANNELS] = { 0 };
  RenFinishKernels k;

  if (!kernels_can_run (set))
    return;
  ren_finish_init (&k, set->all);
  for (guint i = 0; i < N_ROWS * CHANNELS; i++) {
    expected[i % CHANNELS] += x[i];
    expected_u8[i % CHANNELS] += bytes[i];
  }
  memset (total, 0xff, sizeof total);
  memset (total_u8, 0xff, sizeof total_u8);
  k.total_f32 (N_ROWS, CHANNELS, x, total);
  k.total_u8 (N_ROWS, CHANNELS, bytes, total_u8);
  ASSERT_SAME (total, expected);
  ASSERT_SAME (total_u8, expected_u8);
}

static void
check_vector_product (const RenFinishKernels *k, guint n_in, guint n_out)
{
  g_autofree float *x = random_floats (1, n_in);
  g_autofree float *weight = random_floats (2, (gsize) n_in * n_out);
  g_autofree float *y = g_new (float, n_out);
  g_autofree float *expected = g_new0 (float, n_out);

  for (guint c = 0; c < n_in; c++)
    for (guint o = 0; o < n_out; o++)
      expected[o] += x[c] * weight[c * n_out + o];
  k->vector_product (n_in, n_out, x, weight, y);
  g_assert_cmpmem (y, n_out * sizeof (float), expected, n_out * sizeof (float));
}

static void
test_excitation (gconstpointer data)
{
  const KernelSet *set = data;
  g_autofree float *x = random_floats (1, N_ROWS * CHANNELS);
  g_autofree guint8 *bytes = random_bytes (2, N_ROWS * CHANNELS);
  g_autofree float *factor = random_floats (3, CHANNELS);
  float f[2][N_ROWS * CHANNELS];
  guint8 u[2][N_ROWS * CHANNELS], q[2][N_ROWS * STRIDE_U8] = { { 0 } };
  RenFinishKernels k;

  if (!kernels_can_run (set))
    return;
  ren_finish_init (&k, set->all);
  check_vector_product (&k, CHANNELS, 16);
  check_vector_product (&k, 16, CHANNELS);

  memcpy (f[1], x, sizeof f[1]);
  memcpy (u[1], bytes, sizeof u[1]);
  k.excite_f32 (N_ROWS, CHANNELS, factor, f[1]);
  k.excite_u8 (N_ROWS, CHANNELS, factor, u[1]);
  for (guint c = 0; c < CHANNELS; c++)
    for (guint r = 0; r < N_ROWS; r++) {
      const guint i = r * CHANNELS + c;

      f[0][i] = x[i] * factor[c];
      u[0][i] = rounded ((float) bytes[i] * factor[c]);
    }
  ASSERT_SAME (f[0], f[1]);
  ASSERT_SAME (u[0], u[1]);

  /* beyond 0 and 255 on both sides */
  for (guint c = 0; c < CHANNELS; c++)
    factor[c] *= 600;
  k.quantize (N_ROWS, CHANNELS, x, factor, q[1], STRIDE_U8);
  for (guint c = 0; c < CHANNELS; c++)
    for (guint r = 0; r < N_ROWS; r++)
      q[0][r * STRIDE_U8 + c] = rounded (x[r * CHANNELS + c] * factor[c]);
  ASSERT_SAME (q[0], q[1]);
}

/* Where rounding turns over and where 8 bits end. */
static void
test_nearest (gconstpointer data)
{
  const KernelSet *set = data;
  static const struct
  {
    gint32 sum;
    guint8 nearest;
  } cases[] = { { -5, 0 }, { 0, 0 }, { 1, 0 }, { 2, 1 }, { 3, 1 }, { 5, 1 },
    { 6, 2 }, { 1017, 254 }, { 1018, 255 }, { 1020, 255 }, { 1 << 30, 255 },
    { G_MININT32, 0 } };
  RenFinishKernels k;

  if (!kernels_can_run (set))
    return;
  ren_finish_init (&k, set->all);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    gint32 sums[REN_PANEL];
    float scale[REN_PANEL], bias[REN_PANEL] = { 0 };
    guint8 out[REN_PANEL];

    for (guint c = 0; c < REN_PANEL; c++) {
      sums[c] = cases[i].sum;
      scale[c] = .25f;
    }
    k.u8 (1, sums, scale, bias, NULL, out, REN_PANEL);
    for (guint c = 0; c < REN_PANEL; c++)
      g_assert_cmpuint (out[c], ==, cases[i].nearest);
  }
}

void
add_finish_tests (const KernelSet *set)
{
  add_kernel_test (set, "finish/rows", test_rows);
  add_kernel_test (set, "finish/pool", test_pool);
  add_kernel_test (set, "finish/totals", test_totals);
  add_kernel_test (set, "finish/excitation", test_excitation);
  add_kernel_test (set, "finish/nearest", test_nearest);
}

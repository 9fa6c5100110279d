/* What follows products: the same bits from every table.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "kernels.h"

enum
{
  N_ROWS = 7,
  STRIDE = 96,
  CHANNELS = 256,
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

static void
test_rows (gconstpointer data)
{
  const KernelSet *set = data;
  g_autofree gint32 *sums = random_sums (4 * N_ROWS * REN_PANEL);
  g_autofree float *floats = random_floats (2, N_ROWS * REN_PANEL);
  g_autofree float *scale = random_floats (3, REN_PANEL);
  g_autofree float *bias = random_floats (4, REN_PANEL);
  g_autofree float *add = random_floats (5, N_ROWS * REN_PANEL);
  RenFinishKernels k[2];

  if (!kernels_can_run (set))
    return;
  ren_finish_init (&k[0], REN_CPU_REFERENCE);
  ren_finish_init (&k[1], set->all);
  for (guint c = 0; c < REN_PANEL; c++)
    scale[c] *= 1e-4f;
  for (guint mode = 0; mode < 4; mode++) {
    float f[2][N_ROWS * STRIDE] = { { 0 } }, i[2][N_ROWS * STRIDE] = { { 0 } };
    guint8 u[2][N_ROWS * STRIDE] = { { 0 } };
    const float *plus = mode & 1 ? add : NULL;

    for (guint t = 0; t < 2; t++) {
      k[t].f32 (N_ROWS, floats, scale, bias, plus, mode & 2, f[t], STRIDE);
      k[t].i32 (N_ROWS, sums, scale, bias, plus, mode & 2, i[t], STRIDE);
      k[t].u8 (N_ROWS, sums, scale, bias, plus, u[t], STRIDE);
    }
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
test_excitation (gconstpointer data)
{
  const KernelSet *set = data;
  g_autofree float *x = random_floats (1, N_ROWS * CHANNELS);
  g_autofree guint8 *bytes = random_bytes (2, N_ROWS * CHANNELS);
  g_autofree float *factor = random_floats (3, CHANNELS);
  g_autofree float *weight = random_floats (4, CHANNELS * 16);
  RenFinishKernels k[2];
  float total[2][CHANNELS], total_u8[2][CHANNELS], squeezed[2][16];
  float excited[2][CHANNELS], f[2][N_ROWS * CHANNELS];
  guint8 quantized[2][N_ROWS * CHANNELS], u[2][N_ROWS * CHANNELS];

  if (!kernels_can_run (set))
    return;
  ren_finish_init (&k[0], REN_CPU_REFERENCE);
  ren_finish_init (&k[1], set->all);
  for (guint t = 0; t < 2; t++) {
    k[t].total_f32 (N_ROWS, CHANNELS, x, total[t]);
    k[t].total_u8 (N_ROWS, CHANNELS, bytes, total_u8[t]);
    k[t].vector_product (CHANNELS, 16, total[t], weight, squeezed[t]);
    k[t].vector_product (16, CHANNELS, squeezed[t], weight, excited[t]);
    k[t].quantize (N_ROWS, CHANNELS, x, total[t], quantized[t], CHANNELS);
    memcpy (f[t], x, sizeof f[t]);
    memcpy (u[t], bytes, sizeof u[t]);
    k[t].excite_f32 (N_ROWS, CHANNELS, factor, f[t]);
    k[t].excite_u8 (N_ROWS, CHANNELS, factor, u[t]);
  }
  ASSERT_SAME (total[0], total[1]);
  ASSERT_SAME (total_u8[0], total_u8[1]);
  ASSERT_SAME (squeezed[0], squeezed[1]);
  ASSERT_SAME (excited[0], excited[1]);
  ASSERT_SAME (quantized[0], quantized[1]);
  ASSERT_SAME (f[0], f[1]);
  ASSERT_SAME (u[0], u[1]);
}

/* Against the definition, since all tables come from one text. */
static void
test_nearest (void)
{
  static const struct
  {
    gint32 sum;
    guint8 nearest;
  } cases[] = { { -5, 0 }, { 0, 0 }, { 1, 0 }, { 2, 1 }, { 3, 1 }, { 5, 1 },
    { 6, 2 }, { 1017, 254 }, { 1018, 255 }, { 1020, 255 }, { 1 << 30, 255 },
    { G_MININT32, 0 } };
  RenFinishKernels k;

  ren_finish_init (&k, ren_cpu_detect ());
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
  const char *name = ren_cpu_name (set->one);
  g_autofree char *rows = g_strconcat ("/finish/rows/", name, NULL);
  g_autofree char *pool = g_strconcat ("/finish/pool/", name, NULL);
  g_autofree char *excitation = g_strconcat ("/finish/excitation/", name, NULL);

  g_test_add_data_func (rows, set, test_rows);
  g_test_add_data_func (pool, set, test_pool);
  g_test_add_data_func (excitation, set, test_excitation);
  if (set == kernel_sets)
    g_test_add_func ("/finish/nearest", test_nearest);
}

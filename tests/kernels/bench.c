/* How fast kernels are on the network's shapes, their data in a core's cache:
 * billions of multiply-adds a second, and the share of what the processor can do.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "kernels.h"
#include "machine.h"
#include "network.h"

/* Long enough for the clock, short enough to be patient with all. */
#define SECONDS .05
/* what all else is held against, on machines that do other things meanwhile */
#define LIMIT_SECONDS .3

typedef struct
{
  const RenRowKernels *k;
  RenRows rows;
  guint n_channels;
  float *in, *panel, *out;
} Product;

typedef void (*ProductFunc) (const Product *p);

static void
run_f32 (const Product *p)
{
  p->k->multiply (&p->rows, p->n_channels, p->in, p->panel, p->out, FALSE);
}

static void
run_f16 (const Product *p)
{
  p->k->multiply_f16 (&p->rows, p->n_channels, p->in,
      (const guint16 *) p->panel, p->out, FALSE);
}

static void
run_u8 (const Product *p)
{
  p->k->multiply_u8 (&p->rows, p->n_channels / 4, (const guint32 *) p->in,
      (const guint32 *) p->panel, (gint32 *) p->out, FALSE);
}

/* Calls a second, the most of several rounds. */
static double
rate (ProductFunc func, const Product *p)
{
  double best = 0;
  guint n = 1;

  for (guint round = 0; round < 5;) {
    const gint64 start = g_get_monotonic_time ();
    double t;

    for (guint i = 0; i < n; i++)
      func (p);
    t = (double) (g_get_monotonic_time () - start) / 1e6;
    if (t < SECONDS / 5) {
      n *= 2;
      continue;
    }
    best = MAX (best, n / t);
    round++;
  }
  return best;
}

/* Rows as the plan has them: of the tiles of conv2 and conv3, and of one to
 * eight faces' pixels in the residual blocks and fully connected layers. */
static const struct
{
  const char *name;
  guint n_rows, n_channels;
} shapes[] = {
  { "conv2, tiles", 16, 64 },
  { "conv3, tiles", 16, 128 },
  { "res_block1.conv1, 1 face", 16, 256 },
  { "res_block1.conv2, 8 faces", 128, 512 },
  { "res_block2.conv2, 1 face", 4, 1024 },
  { "res_block3.conv2, 1 face", 1, 2048 },
  { "fc1, 8 faces", 8, 2048 },
};

static void
bench_shape (const RenRowKernels *k, guint shape, double most, double most_u8)
{
  const guint n_rows = shapes[shape].n_rows;
  const guint n_channels = shapes[shape].n_channels;
  g_autofree gint32 *from = g_new (gint32, n_rows);
  g_autofree gint32 *to = g_new (gint32, n_rows);
  g_autofree float *in = random_floats (1, (gsize) n_rows * n_channels);
  g_autofree float *panel = g_new0 (float, (gsize) REN_PANEL *n_channels);
  g_autofree float *out = g_new (float, (gsize) n_rows *REN_PANEL);
  const gint32 shift = 0;
  const guint8 weight = 0;
  const Product p = { k, { n_rows, 1, from, to, &shift, &weight }, n_channels,
    in, panel, out };
  const double n = 1e-9 * n_rows * n_channels * REN_PANEL;
  double f32, f16, u8;

  for (guint r = 0; r < n_rows; r++) {
    from[r] = (gint32) (r * n_channels);
    to[r] = (gint32) (r * REN_PANEL);
  }
  f32 = n * rate (run_f32, &p);
  f16 = n * rate (run_f16, &p);
  for (guint r = 0; r < n_rows; r++)
    from[r] /= 4;
  u8 = n * rate (run_u8, &p);
  printf ("  %-26s %6.1f %3.0f %%  %6.1f %3.0f %%  %6.1f %3.0f %%\n",
      shapes[shape].name, f32, 100 * f32 / most, f16, 100 * f16 / most, u8,
      100 * u8 / most_u8);
}

void
bench_kernels (const KernelSet *set)
{
  const double most =
      1e-9 * ren_limit_multiply_adds (set->all, FALSE, 1, LIMIT_SECONDS, NULL);
  const double most_u8 =
      1e-9 * ren_limit_multiply_adds (set->all, TRUE, 1, LIMIT_SECONDS, NULL);
  RenRowKernels k;

  ren_rows_init (&k, set->all);
  printf ("%s: at most %.1f G multiply-adds/s of floats, %.1f of bytes\n",
      ren_cpu_name (set->one), most, most_u8);
  printf ("  %-26s %12s  %12s  %12s\n", "", "fp32", "fp16", "int8");
  for (guint i = 0; i < G_N_ELEMENTS (shapes); i++)
    bench_shape (&k, i, most, most_u8);
}

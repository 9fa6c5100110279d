/* The products of rows. SPDX-License-Identifier: MIT */
#include <string.h>

#include "convert.h"
#include "kernels.h"
#include "resemotenet.h"

/* Rows in any order, some of them the same, as a list of a map might have. */
typedef struct
{
  RenRows rows;
  guint stride, pixels; /* of the input */
  gsize n_in, n_panel, n_out;
  gint32 *from, *to;
  gint32 shift[9];
  guint8 weight[9];
} Case;

#define OUT_STRIDE 40

static void
case_init (Case *c, guint n_rows, guint n_taps, guint n_elements)
{
  c->stride = n_elements + 9;
  c->pixels = n_rows + 12;
  c->n_in = (gsize) c->pixels * c->stride + 16;
  c->n_panel = (gsize) 9 * n_elements * REN_PANEL;
  c->n_out = (gsize) n_rows * OUT_STRIDE + REN_PANEL;
  c->from = g_new (gint32, n_rows);
  c->to = g_new (gint32, n_rows);
  for (guint r = 0; r < n_rows; r++) {
    c->from[r] = (gint32) (ren_random (4, r) % (c->pixels - 9) * c->stride);
    c->to[r] = (gint32) ((n_rows - 1 - r) * OUT_STRIDE);
  }
  for (guint t = 0; t < n_taps; t++) {
    c->shift[t] = (gint32) (t * c->stride);
    c->weight[t] = (guint8) (8 - t);
  }
  c->rows = (RenRows){ n_rows, n_taps, c->from, c->to, c->shift, c->weight };
}

static void
case_clear (Case *c)
{
  g_free (c->from);
  g_free (c->to);
}

static void
check_floats (const RenRowKernels *k, const RenRowKernels *plain, const Case *c,
    guint n_channels)
{
  g_autofree float *in = random_floats (1, c->n_in);
  g_autofree float *panel = random_floats (2, c->n_panel);
  g_autofree float *expected_panel = NULL;
  g_autofree guint16 *halves = g_new (guint16, c->n_panel);
  g_autofree float *out = random_floats (3, c->n_out);
  g_autofree float *expected = g_memdup2 (out, c->n_out * sizeof (float));
  const gsize depth = (gsize) c->rows.n_taps * n_channels;

  g_assert_true (
      ren_from_float (REN_PRECISION_FP16, panel, c->n_panel, halves));
  for (gint accumulate = 0; accumulate < 2; accumulate++) {
    k->multiply (&c->rows, n_channels, in, panel, out, accumulate);
    plain->multiply (&c->rows, n_channels, in, panel, expected, accumulate);
    /* what lies between the rows, too: nothing else may be written */
    assert_close (out, expected, c->n_out, 2 * depth);
    k->multiply_f16 (&c->rows, n_channels, in, halves, out, accumulate);
    plain->multiply_f16 (
        &c->rows, n_channels, in, halves, expected, accumulate);
    assert_close (out, expected, c->n_out, 2 * depth);
  }
  k->multiply (&c->rows, n_channels, in, panel, out, FALSE);
  memcpy (expected, out, c->n_out * sizeof (float));
  expected_panel = g_memdup2 (panel, c->n_panel * sizeof (float));
  k->gradient (&c->rows, n_channels, in, out, panel);
  plain->gradient (&c->rows, n_channels, in, out, expected_panel);
  /* outputs are sums themselves, sqrt (taps × channels) large */
  assert_close (
      panel, expected_panel, c->n_panel, (gsize) c->rows.n_rows * (16 + depth));
}

/* @all: bytes of rows and panel; -1 for random ones */
static void
check_bytes (const RenRowKernels *k, const RenRowKernels *plain, const Case *c,
    guint n_elements, int x, int w)
{
  g_autofree guint8 *in = random_bytes (1, c->n_in * 4);
  g_autofree guint8 *panel = random_bytes (2, c->n_panel * 4);
  g_autofree gint32 *out = (gint32 *) random_bytes (3, c->n_out * 4);
  g_autofree gint32 *expected = NULL;

  if (x >= 0) {
    memset (in, x, c->n_in * 4);
    memset (panel, w, c->n_panel * 4);
  }
  for (gsize i = 0; i < c->n_out; i++)
    out[i] >>= 4; /* room for the sums */
  expected = g_memdup2 (out, c->n_out * sizeof *out);
  for (gint accumulate = 1; accumulate >= 0; accumulate--) {
    k->multiply_u8 (&c->rows, n_elements, (const guint32 *) in,
        (const guint32 *) panel, out, accumulate);
    plain->multiply_u8 (&c->rows, n_elements, (const guint32 *) in,
        (const guint32 *) panel, expected, accumulate);
    g_assert_cmpmem (
        out, c->n_out * sizeof *out, expected, c->n_out * sizeof *expected);
  }
}

static const struct
{
  guint n_rows, n_taps, n_channels;
} shapes[] = {
  { 64, 9, 64 }, { 17, 9, 128 }, { 5, 9, 256 }, { 16, 9, 512 }, { 4, 9, 1024 },
  { 3, 4, 1024 }, { 128, 1, 512 }, { 130, 4, 16 }, { 9, 1, 2048 },
  { 200, 1, 28 }, { 5, 0, 8 }, /* rows that read nothing become 0 */
};

static void
check_shape (const RenRowKernels *k, const RenRowKernels *plain, guint n_rows,
    guint n_taps, guint n_channels)
{
  Case c;

  case_init (&c, n_rows, n_taps, n_channels);
  check_floats (k, plain, &c, n_channels);
  case_clear (&c);
}

static void
check_byte_shape (const RenRowKernels *k, const RenRowKernels *plain,
    guint n_rows, guint n_taps, guint n_elements)
{
  Case c;

  case_init (&c, n_rows, n_taps, n_elements);
  check_bytes (k, plain, &c, n_elements, -1, 0);
  check_bytes (k, plain, &c, n_elements, 255, 127);
  check_bytes (k, plain, &c, n_elements, 255, 128); /* -128 */
  check_bytes (k, plain, &c, n_elements, 128, 128);
  case_clear (&c);
}

static void
test_products (gconstpointer data)
{
  const KernelSet *set = data;
  RenRowKernels k, plain;

  if (!kernels_can_run (set))
    return;
  ren_rows_init (&plain, REN_CPU_REFERENCE);
  ren_rows_init (&k, set->all);
  for (guint n_rows = 1; n_rows <= 18; n_rows++) {
    check_shape (&k, &plain, n_rows, 1 + n_rows % 9, 3);
    check_byte_shape (&k, &plain, n_rows, 1 + n_rows % 9, 3);
  }
  for (guint i = 0; i < G_N_ELEMENTS (shapes); i++) {
    check_shape (
        &k, &plain, shapes[i].n_rows, shapes[i].n_taps, shapes[i].n_channels);
    check_byte_shape (&k, &plain, shapes[i].n_rows, shapes[i].n_taps,
        shapes[i].n_channels / 4);
  }
}

/* Every half that is a number, subnormals and both zeros included. */
static void
check_halves (const RenRowKernels *k)
{
  const gint32 zero = 0;
  const guint8 first = 0;
  const RenRows rows = { 1, 1, &zero, &zero, &zero, &first };
  const float one = 1;

  for (guint32 h = 0; h < 0x10000; h += REN_PANEL) {
    guint16 halves[REN_PANEL];
    float out[REN_PANEL], expected[REN_PANEL];

    if ((h & 0x7c00) == 0x7c00)
      continue;
    for (guint i = 0; i < REN_PANEL; i++)
      halves[i] = (guint16) (h + i);
    ren_to_float (REN_PRECISION_FP16, halves, REN_PANEL, expected);
    k->multiply_f16 (&rows, 1, &one, halves, out, FALSE);
    for (guint i = 0; i < REN_PANEL; i++)
      g_assert_cmpfloat (out[i], ==, expected[i]);
  }
}

static void
test_halves (gconstpointer data)
{
  const KernelSet *set = data;
  RenRowKernels k, plain;

  if (!kernels_can_run (set))
    return;
  ren_rows_init (&plain, REN_CPU_REFERENCE);
  ren_rows_init (&k, set->all);
  check_halves (&plain);
  check_halves (&k);
}

static void
test_transpose (gconstpointer data)
{
  const KernelSet *set = data;
  g_autofree float *square = random_floats (5, REN_PANEL * REN_PANEL);
  float turned[REN_PANEL * REN_PANEL];
  RenRowKernels k;

  if (!kernels_can_run (set))
    return;
  ren_rows_init (&k, set->all);
  k.transpose (square, turned);
  for (guint r = 0; r < REN_PANEL; r++)
    for (guint c = 0; c < REN_PANEL; c++)
      g_assert_cmpfloat (
          turned[c * REN_PANEL + r], ==, square[r * REN_PANEL + c]);
}

void
add_product_tests (const KernelSet *set)
{
  add_kernel_test (set, "products", test_products);
  add_kernel_test (set, "halves", test_halves);
  add_kernel_test (set, "transpose", test_transpose);
}

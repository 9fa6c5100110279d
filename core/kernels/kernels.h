/* The arithmetic of the network: one table of function pointers.
 * SPDX-License-Identifier: MIT
 *
 * Activations lie as [channel][image][row][column], so that the columns of all
 * images of a batch meet a layer's weights in one matrix product.
 */
#pragma once

#include <glib.h>

/* Which implementations a table may use. */
typedef enum
{
  REN_CPU_NONE = 0,      /* plain C: the oracle of all others */
  REN_CPU_BLAS = 1 << 0, /* matrix products by OpenBLAS */
} RenCpu;

/* The columns of a convolution that one im2col call writes. */
typedef struct
{
  guint n_images;
  gsize image_stride;   /* elements from image to image of a channel */
  gsize channel_stride; /* elements from channel to channel */
  guint size_in;        /* rows and columns of the input */
  guint size_out;       /* columns of the output */
  guint kernel, stride; /* padding is kernel / 2 */
  guint live_taps;      /* bit set: tap takes part */
  guint row0, n_rows;   /* rows of the output */
} RenWindow;

typedef struct
{
  /* c[m][n] = a[m][k] × b[k][n], added to c if accumulate; ld = row pitch */
  void (*gemm) (gsize m, gsize n, gsize k, const float *a, gsize lda,
      const float *b, gsize ldb, float *c, gsize ldc, gboolean accumulate);

  /* Writes rows (tap, channel) of cols for channels c0 … c1 - 1 of c_in:
   * cols[live tap][c_in][image][row][column], row pitch n_images × n_rows ×
   * size_out; padding is 0. */
  void (*im2col) (const RenWindow *win, const float *in, guint c_in, guint c0,
      guint c1, float *cols);

  /* The same for one 8-bit grey image of one channel. */
  void (*im2col_u8) (const RenWindow *win, const guint8 *in, float *cols);

  /* x[i] = max (x[i] + bias, 0) */
  void (*bias_relu) (float *x, gsize n, float bias);

  /* out[r][c] = max (0, bias + max of the 2×2 inputs); rows and columns are
   * the output's, the input is 2 rows × 2 columns as large */
  void (*bias_relu_pool2) (
      const float *in, guint rows, guint columns, float bias, float *out);
} RenKernels;

/* Fills a table: plain C first, then overwritten by what @cpu allows. */
void ren_kernels_init (RenKernels *k, RenCpu cpu);

/* While held, OpenBLAS runs each product on the thread that asks for it: plans
 * divide the work themselves, so that several can run at once. The setting is
 * OpenBLAS's own and holds for the whole process; the last release restores
 * what was set before. */
void ren_blas_acquire (void);
void ren_blas_release (void);

/* GFLOP/s (a multiplication and an addition are two) of OpenBLAS's sgemm, a
 * product of 1024 × 1024 matrices on each thread: the fastest of the rounds that
 * fit into @seconds, three at least. 0 with REN_ERROR_NO_MEMORY. */
double ren_blas_speed (guint n_threads, double seconds, GError **error);

/* Overrides of the table, one for each RenCpu bit. */
void ren_kernels_init_blas (RenKernels *k);

/* SPDX-License-Identifier: MIT */
#include "reference.h"

#include <string.h>

static void
gemm (gsize m, gsize n, gsize k, const float *a, gsize lda, const float *b,
    gsize ldb, float *c, gsize ldc, gboolean accumulate)
{
  for (gsize i = 0; i < m; i++) {
    float *row = c + i * ldc;

    if (!accumulate)
      memset (row, 0, n * sizeof *row);
    for (gsize p = 0; p < k; p++) {
      const float s = a[i * lda + p];
      const float *src = b + p * ldb;

      for (gsize j = 0; j < n; j++)
        row[j] += s * src[j];
    }
  }
}

/* One output row of one tap of one channel. For a tap that is `shift` columns
 * off, output column x reads input column x × stride + shift. */
static void
window_row (const RenWindow *win, const float *in_row, gint shift, float *out)
{
  const gint size = (gint) win->size_in, step = (gint) win->stride;

  for (gint x = 0; x < (gint) win->size_out; x++) {
    gint i = x * step + shift;

    out[x] = i >= 0 && i < size ? in_row[i] : 0;
  }
}

static void
im2col (const RenWindow *win, const float *in, guint c_in, guint c0, guint c1,
    float *cols)
{
  const guint taps = win->kernel * win->kernel;
  const gint pad = (gint) win->kernel / 2;
  const gsize row_len = win->size_out;
  const gsize image_len = win->n_rows * row_len;
  const gsize pitch = win->n_images * image_len;
  gsize live = 0;

  for (guint tap = 0; tap < taps; tap++) {
    gint dy = (gint) (tap / win->kernel) - pad;
    gint dx = (gint) (tap % win->kernel) - pad;

    if (!(win->live_taps >> tap & 1))
      continue;
    for (guint c = c0; c < c1; c++) {
      float *dst = cols + (live * c_in + c) * pitch;
      const float *plane = in + c * win->channel_stride;

      for (guint n = 0; n < win->n_images; n++, plane += win->image_stride)
        for (guint r = 0; r < win->n_rows; r++, dst += row_len) {
          gint y = (gint) ((win->row0 + r) * win->stride) + dy;

          if (y < 0 || y >= (gint) win->size_in)
            memset (dst, 0, row_len * sizeof *dst);
          else
            window_row (win, plane + (gsize) y * win->size_in, dx, dst);
        }
    }
    live++;
  }
}

static void
im2col_u8 (const RenWindow *win, const guint8 *in, float *cols)
{
  const gint size = (gint) win->size_in, pad = (gint) win->kernel / 2;
  float *dst = cols;

  for (gint dy = -pad; dy <= pad; dy++)
    for (gint dx = -pad; dx <= pad; dx++)
      for (guint r = 0; r < win->n_rows; r++, dst += size) {
        gint y = (gint) (win->row0 + r) + dy;
        const guint8 *src = in + (gssize) y * size + dx;
        gint x0 = MAX (0, -dx), x1 = MIN (size, size - dx);

        memset (dst, 0, size * sizeof *dst);
        if (y >= 0 && y < size)
          for (gint x = x0; x < x1; x++)
            dst[x] = src[x];
      }
}

static void
bias_relu (float *x, gsize n, float bias)
{
  for (gsize i = 0; i < n; i++) {
    float v = x[i] + bias;

    x[i] = v > 0 ? v : 0;
  }
}

static void
bias_relu_pool2 (
    const float *in, guint rows, guint columns, float bias, float *out)
{
  const gsize pitch = 2 * (gsize) columns;

  for (guint r = 0; r < rows; r++, in += 2 * pitch, out += columns)
    for (guint c = 0; c < columns; c++) {
      float a = MAX (in[2 * c], in[2 * c + 1]);
      float b = MAX (in[pitch + 2 * c], in[pitch + 2 * c + 1]);
      float v = MAX (a, b) + bias;

      out[c] = v > 0 ? v : 0;
    }
}

void
ren_kernels_init_reference (RenKernels *k)
{
  k->gemm = gemm;
  k->im2col = im2col;
  k->im2col_u8 = im2col_u8;
  k->bias_relu = bias_relu;
  k->bias_relu_pool2 = bias_relu_pool2;
}

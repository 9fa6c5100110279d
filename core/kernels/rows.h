/* Matrix products whose rows lie anywhere: the arithmetic of the network.
 * SPDX-License-Identifier: MIT
 *
 * Activations lie as [image][row][column][channel], so that a pixel is a row
 * of channels, and a convolution is, for each of its taps, a product of the
 * rows that the tap reads and the tap's weights. Which rows these are is a
 * list of offsets; taps that meet padding are not in the list, so that they
 * cost nothing ("indirect convolution", Dukhan 2019).
 *
 * Weights lie in panels of REN_PANEL output channels:
 * [c_out / REN_PANEL][tap][c_in][REN_PANEL]. With 8 bits, four input channels
 * are one element: [c_out / REN_PANEL][tap][c_in / 4][REN_PANEL][4].
 */
#pragma once

#include "cpu.h"

/* Output channels that one panel of weights holds. */
#define REN_PANEL 32

/* How many bytes ahead of what is being read weights are fetched: beyond the page
 * to which processors keep their own fetching, and well within the first cache. */
#define REN_FETCH_AHEAD 8192

/* Bytes that saturate() works on. */
#define REN_SATURATE_BYTES 1024

/* Rows that are alike: each reads the same taps at the same distances. */
typedef struct
{
  guint n_rows;
  guint n_taps;
  const gint32 *from;   /* [n_rows]: where each row's first input lies */
  const gint32 *to;     /* [n_rows]: where each row's output lies */
  const gint32 *shift;  /* [n_taps]: from the first input to each tap's */
  const guint8 *weight; /* [n_taps]: which of a panel's taps each one is */
} RenRows;

typedef struct
{
  /* out[to[r]][0 … 31] = Σ_t Σ_c in[from[r] + shift[t]][c] × panel[weight[t]]
   * [c][0 … 31], for c below n_channels; added to out if accumulate. */
  void (*multiply) (const RenRows *rows, guint n_channels, const float *in,
      const float *panel, float *out, gboolean accumulate);

  /* The same with weights in fp16. */
  void (*multiply_f16) (const RenRows *rows, guint n_channels, const float *in,
      const guint16 *panel, float *out, gboolean accumulate);

  /* The same with 8-bit channels from 0 to 255, 8-bit weights from -128 to 127
   * and sums of 32 bits; exact, so that every table gives the same. Elements
   * are four channels: n_elements = channels / 4, and `from` and `shift` count
   * elements. */
  void (*multiply_u8) (const RenRows *rows, guint n_elements, const guint32 *in,
      const guint32 *panel, gint32 *out, gboolean accumulate);

  /* The first product's gradient: for each tap t, panel[weight[t]][c][0 … 31] +=
   * Σ_r in[from[r] + shift[t]][c] × out[to[r]][0 … 31]. Reads up to 7 floats
   * beyond a row's channels, whatever they hold: `in` has that many to spare at
   * its end. */
  void (*gradient) (const RenRows *rows, guint n_channels, const float *in,
      const float *out, float *panel);

  /* out[c][r] = in[r][c], both REN_PANEL × REN_PANEL */
  void (*transpose) (const float *in, float *out);

  /* The products' arithmetic without memory: what this processor can do at
   * most, on numbers of the caller's, aligned to 64 bytes, which it changes.
   * Returns the multiply-adds of one round. */
  gsize (*saturate) (gsize n_rounds, guint8 numbers[REN_SATURATE_BYTES]);
  gsize (*saturate_u8) (gsize n_rounds, guint8 numbers[REN_SATURATE_BYTES]);
} RenRowKernels;

/* Fills a table: plain C first, then overwritten by what @cpu allows. */
void ren_rows_init (RenRowKernels *k, RenCpu cpu);

/* Overrides of the table, one for each RenCpu bit. */
void ren_rows_init_vector (RenRowKernels *k);
void ren_rows_init_avx2 (RenRowKernels *k);
void ren_rows_init_avx_vnni (RenRowKernels *k);
void ren_rows_init_avx512f (RenRowKernels *k);
void ren_rows_init_avx512_vnni (RenRowKernels *k);
void ren_rows_init_neon (RenRowKernels *k);
void ren_rows_init_dotprod (RenRowKernels *k);
void ren_rows_init_i8mm (RenRowKernels *k);

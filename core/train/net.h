/* The network with its activations: what forward and backward work on.
 * SPDX-License-Identifier: MIT
 *
 * Activations lie as [image][row][column][channel]. A pixel's channels may be
 * followed by padding, so that equal channels of many pixels do not fall into
 * the same few lines of a cache: ren_net_stride().
 *
 * Sums over images are taken in an order that does not depend on the number of
 * threads: results are the same on any.
 */
#pragma once

#include "geometry.h"
#include "layout.h"
#include "norm.h"
#include "pool.h"

/* The three stages of convolution, norm, ReLU and pooling; then the blocks. */
#define REN_N_STAGES 3
#define REN_N_BLOCKS 3
#define REN_N_HIDDEN 3 /* fc1, fc2, fc3 */

/* Partial gradients of the stages' weights: images are dealt to so many hands,
 * whatever the number of threads. */
#define REN_N_HANDS 16

/* Floats of one pixel of conv1's input: 3 channels × 9 taps, padded. */
#define REN_PATCH_STRIDE 32

typedef struct
{
  guint n_channels; /* of the input, as the row kernels see it */
  guint in_stride, out_stride;
  guint in_pixels, out_pixels;
  RenMap forward, backward;
  float *z; /* output; of a layer with a norm, later x̂, later its gradient */

  /* norm of the batch, one value a channel */
  float *mean, *inv, *sum_g, *sum_gx;
} RenNetLayer;

/* A stage of the stem. */
typedef struct
{
  float *out;    /* pooled, after dropout */
  float *d_out;  /* its gradient */
  float *picked; /* x̂ behind each pooled value */
  guint8 *pick;
} RenStage;

typedef struct
{
  float *a;   /* between the convolutions, after ReLU */
  float *y;   /* the block's output */
  float *d_a; /* gradients of both */
  float *d_y;
} RenBlock;

/* How processes that train together add up; see RenTrainerOptions. */
typedef struct
{
  guint rank, n_ranks;
  gboolean sync_norm;
  void (*sum) (float *values, gsize n, gpointer user_data);
  gpointer sum_data;
} RenRanks;

/* What differs from pass to pass. */
typedef struct
{
  const float *faces; /* n × 64 × 64 grey levels, 0 to 255 */
  guint n;
  gboolean training; /* batch statistics and dropout; else running ones */
  guint64 key;       /* of this step's random numbers */
  float dropout, dropout_fc;
} RenPass;

typedef struct
{
  RenLayout layout;
  RenRowKernels rows;
  RenNormKernels norm;
  RenPool *pool;
  RenRanks ranks;
  guint max_batch;
  float input_mean[3], input_std[3];

  /* the caller's */
  float *parameters, *running, *gradient;

  RenPass pass; /* the last one */
  RenNetLayer layer[REN_N_LAYERS];
  RenStage stage[REN_N_STAGES];
  RenBlock block[REN_N_BLOCKS];
  float *excited; /* stage 2's output times the excitation */
  float *d_excited;
  float *squeeze, *d_squeeze; /* mean of each channel */
  float *hidden[REN_N_HIDDEN], *d_hidden[REN_N_HIDDEN];
  float *d_logits;

  float *part_mean, *part_m2; /* moments of each image */
  float *hands;               /* REN_N_HANDS partial gradients of a stage */
  float *transposed;          /* a stage's weights, for backward */
  float *scratch;             /* of each thread */
  gsize scratch_size;         /* floats a thread has */
  float *memory;              /* all of the above */
  guint8 *picks;
} RenNet;

/* Lays out memory for max_batch images and, with gradients, for backward. The
 * caller sets parameters, running, gradient and the input's normalisation. NULL
 * with REN_ERROR_NO_MEMORY. */
RenNet *ren_net_new (
    guint n_classes, guint max_batch, guint n_threads, GError **error);
void ren_net_free (RenNet *net);

/* Floats from pixel to pixel. */
guint ren_net_stride (guint n_channels);

/* Layers of a stage and of a block. */
RenLayerId ren_stage_conv (guint stage);
typedef enum
{
  REN_FIRST,
  REN_SECOND,
  REN_SHORTCUT,
} RenBlockPart;
RenLayerId ren_block_conv (guint block, RenBlockPart part);

/* A block's input and its gradient: the stem's for the first. */
const float *ren_block_input (const RenNet *net, guint block);
float *ren_block_input_gradient (const RenNet *net, guint block);

/* conv1's input of one image: patches[pixel][tap][channel], normalised. */
void ren_net_patches (const RenNet *net, guint image, float *patches);

/* Factor by which dropout `layer` multiplies elements first … first + n - 1 of
 * an image's output, in the order of memory: 0 or 1 / (1 - p). */
void ren_net_keep (
    const RenNet *net, guint layer, guint image, gsize n, float *keep);

/* How a stage pools. */
RenPool2 ren_stage_pool (const RenNet *net, guint stage);

/* Runs the pass; logits are then in layer[REN_FC4].z, REN_PANEL an image. With
 * training, running statistics move. */
void ren_net_forward (RenNet *net, const RenPass *pass);

/* From d_logits to the gradient, summed over all ranks' images. */
void ren_net_backward (RenNet *net);

/* From d_logits to the gradient of conv3's output, in layer[REN_CONV3].z, with
 * running statistics and nothing else computed. */
void ren_net_backward_to_conv3 (RenNet *net);

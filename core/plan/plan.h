/* What a plan is made of. SPDX-License-Identifier: MIT
 *
 * run.c is the network, a line a layer; stem.c the layers up to conv3, one
 * image after another in bands of rows; product.c those from res_block1 on, all
 * images at once in panels of output channels. Activations lie as
 * [image][row][column][channel].
 */
#pragma once

#include "cpu.h"
#include "finish.h"
#include "geometry.h"
#include "pool.h"
#include "weights.h"

/* Images whose first layers are run before those of the next: their large
 * activations then need not fit the whole batch. */
#define REN_STEM_IMAGES 8

/* Rows of sums that a task keeps at a time: they stay in a core's cache. */
#define REN_MAX_ROWS 128

/* A layer's rows for as many images as REN_MAX_ROWS are of; a group a tap. */
typedef struct
{
  RenMap map;
  guint n_images;
} RenLayerRows;

struct _RenPlan
{
  RenModel *model;
  RenWeights *weights;
  RenPrecision precision;
  RenPool *pool;
  RenRowKernels rows;
  RenStemKernels stem;
  RenFinishKernels finish;
  guint max_batch;
  GMutex running; /* held by ren_plan_run() */

  RenLayerRows layer_rows[REN_N_LAYERS]; /* from REN_FIRST_PRODUCT on */

  /* One allocation, laid out when the plan is made. */
  float *arena;
  /* Inputs of conv2 and conv3, with a pixel of zeros around them, for
   * REN_STEM_IMAGES images. */
  float *padded[2];
  float *act[3]; /* of the layers after them; each large enough for any that
                  * run.c puts there */
  gsize scratch_floats;
  float *scratch; /* [thread][scratch_floats] */
};

/* The same as ren_plan_new() with the instructions that may be used. */
RenPlan *ren_plan_new_for (RenModel *model, RenPrecision precision, RenCpu cpu,
    guint max_batch, guint n_threads, GError **error);

/* run.c: runs up to max_batch faces. */
void ren_run_batch (
    RenPlan *plan, const guint8 *faces, guint n_faces, float *logits);
/* Floats that activations act[i] need for one image. */
gsize ren_run_act_floats (guint i);

/* stem.c: conv1, conv2 and conv3 with their pooling, of up to REN_STEM_IMAGES
 * images. out: [image][8][8][256] */
void ren_stem_run (
    RenPlan *plan, const guint8 *faces, guint n_images, float *out);
/* Floats of padded[i] for one image, and of scratch for one thread. */
gsize ren_stem_padded_floats (guint i);
gsize ren_stem_scratch_floats (void);

/* product.c: out = relu (weights × in + bias). Rows of out are whole panels
 * long. */
typedef struct
{
  RenLayerId id;
  gboolean has_shortcut; /* a residual block's, the layer after id, is added */
  gboolean relu;
  const float *in, *shortcut_in;
  float *out;
} RenProduct;

void ren_product_run (RenPlan *plan, const RenProduct *product, guint n_images);
gsize ren_product_scratch_floats (void);

/* The rows that its layers read, up to n_images of them at a time. */
void ren_layer_rows_init (RenLayerRows *lr, RenLayerId id);
void ren_layer_rows_clear (RenLayerRows *lr);

/* First of the items that part `part` of `n_parts` nearly equal parts begins
 * with. */
static inline guint
ren_part_begin (guint n_items, guint part, guint n_parts)
{
  return (guint) ((guint64) n_items * part / n_parts);
}

/* What a plan is made of. SPDX-License-Identifier: MIT
 *
 * run.c is the network, a line a layer; stem.c the layers up to conv3, one
 * image after another in bands of rows (stem-tiles.c floats, stem-bytes.c
 * int8); product.c those from res_block1 on, all images at once in panels of
 * output channels (tiles.c is what both share of Winograd's tiles). Activations
 * lie as [image][row][column][channel].
 */
#pragma once

#include "cpu.h"
#include "finish.h"
#include "geometry.h"
#include "pool.h"
#include "weights.h"

/* The largest that may be asked for. */
#define REN_MAX_BATCH 256

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
  gatomicrefcount refs;
  RenModel *model;
  RenWeights *weights;
  RenPrecision precision; /* fp32, fp16 (of weights) or int8 */
  gsize element_size;     /* bytes of an activation: 4, or 1 in int8 */
  RenPool *pool;
  RenRowKernels rows;
  RenConvKernels conv;
  RenFinishKernels finish;
  guint max_batch;
  GMutex running; /* held by who uses the pool */

  RenLayerRows layer_rows[REN_N_LAYERS]; /* of products */

  /* One allocation, laid out when the plan is made. */
  guint8 *arena;
  /* Inputs of conv2 and conv3, with a pixel of zeros around them, for
   * REN_STEM_IMAGES images. */
  guint8 *padded[2];
  guint8 *act[3]; /* of the layers after them; each large enough for any that
                   * run.c puts there */
  float *values;  /* of images that are Winograd's tiles: see tiles.h */
  gsize scratch_bytes;
  guint8 *scratch; /* [thread][scratch_bytes] */

  /* (nullable): is shown what each layer put out, with REN_STEM_IMAGES images
   * at most; x holds n activations, in fp32 */
  void (*observe) (gpointer data, RenLayerId id, const float *x, gsize n);
  gpointer observe_data;

  /* (nullable): of each layer, what it took is added to; [REN_N_LAYERS] */
  gint64 *nanoseconds;
  gint64 marked; /* when the step began that runs now */
};

/* The same as ren_plan_new(), of fp32, fp16 or int8, with the instructions to
 * use. */
RenPlan *ren_plan_new_for (RenModel *model, RenPrecision precision, RenCpu cpu,
    guint max_batch, guint n_threads, GError **error);

/* plan.c: ren_plan_run(); nanoseconds: (nullable), see RenPlan. */
void ren_run_timed (RenPlan *plan, const guint8 *faces, guint n_faces,
    float *logits, gint64 *nanoseconds);

/* run.c: runs up to max_batch faces. */
void ren_run_batch (
    RenPlan *plan, const guint8 *faces, guint n_faces, float *logits);
/* What was run since the last mark is this layer's. */
void ren_run_mark (RenPlan *plan, RenLayerId id);
/* Activations that act[i] holds of one image. */
gsize ren_run_act_elements (guint i);

/* stem.c: conv1, conv2 and conv3 with their pooling, of up to REN_STEM_IMAGES
 * images. out: [image][8][8][256] */
void ren_stem_run (
    RenPlan *plan, const guint8 *faces, guint n_images, gpointer out);
/* Activations of padded[i] for one image; bytes of scratch for one thread. */
gsize ren_stem_padded_elements (guint i);
gsize ren_stem_scratch_bytes (void);

/* product.c: out = relu (weights × in + bias). */
typedef struct
{
  RenLayerId id;
  gboolean has_shortcut; /* a residual block's, the layer after id, is added */
  const guint8 *in, *shortcut_in;
  guint8 *out;
} RenProduct;

void ren_product_run (RenPlan *plan, const RenProduct *product, guint n_images);
gsize ren_product_scratch_bytes (void);

/* The rows that a layer reads; as ren_map_init_taps(). */
gboolean ren_layer_rows_init (
    RenLayerRows *lr, RenLayerId id, RenPrecision precision, GError **error);
void ren_layer_rows_clear (RenLayerRows *lr);

/* First of the items that part `part` of `n_parts` nearly equal parts begins
 * with. */
static inline guint
ren_part_begin (guint n_items, guint part, guint n_parts)
{
  return (guint) ((guint64) n_items * part / n_parts);
}

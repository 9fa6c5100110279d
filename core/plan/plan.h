/* What a plan is made of. SPDX-License-Identifier: MIT */
#pragma once

#include "kernels.h"
#include "pool.h"
#include "weights.h"

struct _RenPlan
{
  RenModel *model;
  RenWeights *weights;
  RenPool *pool;
  RenKernels kernels;
  guint max_batch;
  GMutex running; /* held by ren_plan_run() */

  /* One allocation, laid out when the plan is made. */
  float *arena;
  float *act[3];  /* activations, [channel][image][row][column]; each large
                   * enough for any layer that run.c puts there */
  float *columns; /* im2col of the layers from res_block1 on, all images */
  gsize scratch_floats;
  float *scratch; /* [thread][scratch_floats]: a band of the first layers */
};

/* Floats of scratch that one thread needs for a band of conv1, conv2, conv3:
 * its columns and its output before pooling. */
gsize ren_run_scratch_floats (void);
/* Floats that activations act[i] need for one image. */
gsize ren_run_act_floats (guint i);
/* Floats that the columns of one image need, for the widest layer. */
gsize ren_run_columns_floats (void);

/* Runs up to max_batch faces. */
void ren_run_batch (
    RenPlan *plan, const guint8 *faces, guint n_faces, float *logits);

/* The forward pass. SPDX-License-Identifier: MIT */
#include <math.h>

#include "plan.h"

/* ---- squeeze and excitation, in place -------------------------------------- */

typedef struct
{
  const RenPlan *plan;
  float *x; /* [image][pixel][channel] */
} Excitation;

static void
excite_task (gpointer data, guint image, guint thread)
{
  enum
  {
    N = 256,
    N_HIDDEN = 16
  };
  const Excitation *work = data;
  const RenPlan *plan = work->plan;
  const guint size = ren_network[REN_BLOCK1_CONV1].size_in;
  const gsize pixels = (gsize) size * size;
  float *x = work->x + image * pixels * N;
  float mean[N], hidden[N_HIDDEN], factor[N];

  plan->finish.total_f32 (pixels, N, x, mean);
  for (guint c = 0; c < N; c++)
    mean[c] /= (float) pixels;
  plan->finish.vector_product (
      N, N_HIDDEN, mean, plan->weights->squeeze, hidden);
  for (guint h = 0; h < N_HIDDEN; h++)
    hidden[h] = MAX (hidden[h], 0);
  plan->finish.vector_product (
      N_HIDDEN, N, hidden, plan->weights->excite, factor);
  for (guint c = 0; c < N; c++)
    factor[c] = 1 / (1 + expf (-factor[c]));
  plan->finish.excite_f32 (pixels, N, factor, x);
}

static void
squeeze_excite (RenPlan *plan, float *x, guint n_images)
{
  Excitation work = { plan, x };

  ren_pool_run (plan->pool, excite_task, &work, n_images);
}

/* ---- memory ---------------------------------------------------------------- */

/* Floats of a layer's output for one image; pooled for conv3. */
static gsize
output_floats (RenLayerId id)
{
  const RenLayer *layer = &ren_network[id];
  gsize side = ren_layer_size_out (layer);

  if (id == REN_CONV3)
    side /= 2;
  return side * side * layer->c_out;
}

/* The largest of what ren_run_batch() puts into act[i]. */
gsize
ren_run_act_floats (guint i)
{
  return output_floats (i == 0 ? REN_CONV3 : REN_BLOCK1_CONV1);
}

/* ---- the network ----------------------------------------------------------- */

static void
conv (RenPlan *plan, RenLayerId id, const float *in, guint n, float *out)
{
  const RenProduct product = { .id = id, .relu = TRUE, .in = in, .out = out };

  ren_product_run (plan, &product, n);
}

/* out = relu (conv2 (relu (conv1 (x))) + shortcut (x)). A block's three layers
 * follow each other in RenLayerId. */
static void
residual_block (RenPlan *plan, RenLayerId conv1, const float *x, guint n,
    float *mid, float *out)
{
  const RenProduct second = {
    .id = conv1 + 1,
    .has_shortcut = TRUE,
    .relu = TRUE,
    .in = mid,
    .shortcut_in = x,
    .out = out,
  };

  conv (plan, conv1, x, n, mid);
  ren_product_run (plan, &second, n);
}

static void
logits_of (RenPlan *plan, const float *in, guint n, float *out, float *logits)
{
  const RenProduct last = { .id = REN_FC4, .in = in, .out = out };
  const guint n_classes = plan->weights->tensors->n_classes;

  ren_product_run (plan, &last, n);
  for (guint i = 0; i < n; i++)
    for (guint c = 0; c < n_classes; c++)
      logits[i * n_classes + c] = out[i * REN_PANEL + c];
}

void
ren_run_batch (RenPlan *plan, const guint8 *faces, guint n, float *logits)
{
  float *a = plan->act[0], *b = plan->act[1], *c = plan->act[2];

  for (guint i = 0; i < n; i += REN_STEM_IMAGES)
    ren_stem_run (plan, faces + (gsize) i * REN_FACE_BYTES,
        MIN (REN_STEM_IMAGES, n - i), a + i * output_floats (REN_CONV3));
  squeeze_excite (plan, a, n);
  residual_block (plan, REN_BLOCK1_CONV1, a, n, b, c);
  residual_block (plan, REN_BLOCK2_CONV1, c, n, a, b);
  residual_block (plan, REN_BLOCK3_CONV1, b, n, a, c);
  /* the output of res_block3 is 1×1: its global average is itself */
  conv (plan, REN_FC1, c, n, a);
  conv (plan, REN_FC2, a, n, b);
  conv (plan, REN_FC3, b, n, a);
  logits_of (plan, a, n, b, logits);
}

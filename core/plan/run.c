/* The forward pass. SPDX-License-Identifier: MIT */
#include <math.h>
#include <time.h>

#include "plan.h"

/* ---- squeeze and excitation, in place -------------------------------------- */

typedef struct
{
  const RenPlan *plan;
  guint8 *x; /* [image][pixel][channel] */
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
  const RenWeights *w = plan->weights;
  const gboolean bytes = plan->precision == REN_PRECISION_INT8;
  const guint size = ren_network[REN_BLOCK1_CONV1].size_in;
  const gsize pixels = (gsize) size * size;
  gpointer x = work->x + image * pixels * N * plan->element_size;
  float mean[N], hidden[N_HIDDEN], factor[N];

  if (bytes)
    plan->finish.total_u8 (pixels, N, x, mean);
  else
    plan->finish.total_f32 (pixels, N, x, mean);
  for (guint c = 0; c < N; c++)
    mean[c] *= w->squeeze_scale;
  plan->finish.vector_product (N, N_HIDDEN, mean, w->squeeze, hidden);
  for (guint h = 0; h < N_HIDDEN; h++)
    hidden[h] = MAX (hidden[h], 0);
  plan->finish.vector_product (N_HIDDEN, N, hidden, w->excite, factor);
  /* in double, so that rounding to float leaves nothing of what libraries
   * differ in */
  for (guint c = 0; c < N; c++)
    factor[c] = (float) (w->excite_scale / (1 + exp (-(double) factor[c])));
  if (bytes)
    plan->finish.excite_u8 (pixels, N, factor, x);
  else
    plan->finish.excite_f32 (pixels, N, factor, x);
}

static void
squeeze_excite (RenPlan *plan, guint8 *x, guint n_images)
{
  Excitation work = { plan, x };

  ren_pool_run (plan->pool, excite_task, &work, n_images);
}

/* ---- fully connected ------------------------------------------------------- */

/* The last layer, in fp32 always: a thousandth of the arithmetic. */
static void
logits_of (const RenPlan *plan, const guint8 *in, guint n, float *logits)
{
  const RenWeights *w = plan->weights;
  const guint n_in = ren_network[REN_FC4].c_in;
  const guint n_classes = w->tensors->n_classes;

  for (guint i = 0; i < n; i++) {
    const float *x = (const float *) in + (gsize) i * n_in;
    float floats[256], y[REN_PANEL];

    if (plan->precision == REN_PRECISION_INT8) {
      for (guint c = 0; c < n_in; c++)
        floats[c] = in[(gsize) i * n_in + c] * w->last_scale;
      x = floats;
    }
    plan->finish.vector_product (n_in, REN_PANEL, x, w->last, y);
    for (guint c = 0; c < n_classes; c++)
      logits[(gsize) i * n_classes + c] = y[c] + w->bias[REN_FC4][c];
  }
}

/* ---- memory ---------------------------------------------------------------- */

/* Activations that a layer puts out for one image; pooled for conv3. */
static gsize
output_elements (RenLayerId id)
{
  const RenLayer *layer = &ren_network[id];
  gsize side = ren_layer_size_out (layer);

  if (id == REN_CONV3)
    side /= 2;
  return side * side * layer->c_out;
}

/* The largest of what ren_run_batch() puts into act[i]. */
gsize
ren_run_act_elements (guint i)
{
  return output_elements (i == 0 ? REN_CONV3 : REN_BLOCK1_CONV1);
}

/* ---- the network ----------------------------------------------------------- */

/* finer than g_get_monotonic_time(): the last layers take microseconds */
static gint64
now (void)
{
  struct timespec t;

  clock_gettime (CLOCK_MONOTONIC, &t);
  return (gint64) t.tv_sec * 1000000000 + t.tv_nsec;
}

void
ren_run_mark (RenPlan *plan, RenLayerId id)
{
  gint64 time;

  if (!plan->nanoseconds)
    return;
  time = now ();
  plan->nanoseconds[id] += time - plan->marked;
  plan->marked = time;
}

static void
observe (const RenPlan *plan, RenLayerId id, gconstpointer x, gsize n)
{
  if (plan->observe)
    plan->observe (plan->observe_data, id, x, n);
}

static void
stem (RenPlan *plan, const guint8 *faces, guint n, guint8 *out)
{
  const gsize image_bytes = output_elements (REN_CONV3) * plan->element_size;

  for (guint i = 0; i < n; i += REN_STEM_IMAGES) {
    const guint n_images = MIN (REN_STEM_IMAGES, n - i);

    ren_stem_run (plan, faces + (gsize) i * REN_FACE_BYTES, n_images,
        out + i * image_bytes);
    observe (plan, REN_CONV1, plan->padded[0],
        n_images * ren_stem_padded_elements (0));
    observe (plan, REN_CONV2, plan->padded[1],
        n_images * ren_stem_padded_elements (1));
  }
  observe (plan, REN_CONV3, out, n * output_elements (REN_CONV3));
}

static void
product (RenPlan *plan, const RenProduct *p, guint n)
{
  ren_product_run (plan, p, n);
  ren_run_mark (plan, p->id);
  observe (plan, p->id, p->out, n * output_elements (p->id));
}

static void
conv (RenPlan *plan, RenLayerId id, const guint8 *in, guint n, guint8 *out)
{
  const RenProduct p = { .id = id, .in = in, .out = out };

  product (plan, &p, n);
}

/* out = relu (conv2 (relu (conv1 (x))) + shortcut (x)). A block's three layers
 * follow each other in RenLayerId. */
static void
residual_block (RenPlan *plan, RenLayerId conv1, const guint8 *x, guint n,
    guint8 *mid, guint8 *out)
{
  const RenProduct second = {
    .id = conv1 + 1,
    .has_shortcut = TRUE,
    .in = mid,
    .shortcut_in = x,
    .out = out,
  };

  conv (plan, conv1, x, n, mid);
  product (plan, &second, n);
}

void
ren_run_batch (RenPlan *plan, const guint8 *faces, guint n, float *logits)
{
  guint8 *a = plan->act[0], *b = plan->act[1], *c = plan->act[2];

  if (plan->nanoseconds)
    plan->marked = now ();
  stem (plan, faces, n, a);
  squeeze_excite (plan, a, n);
  ren_run_mark (plan, REN_SE_EXCITE);
  observe (plan, REN_SE_EXCITE, a, n * output_elements (REN_CONV3));
  residual_block (plan, REN_BLOCK1_CONV1, a, n, b, c);
  residual_block (plan, REN_BLOCK2_CONV1, c, n, a, b);
  residual_block (plan, REN_BLOCK3_CONV1, b, n, a, c);
  /* the output of res_block3 is 1×1: its global average is itself */
  conv (plan, REN_FC1, c, n, a);
  conv (plan, REN_FC2, a, n, b);
  conv (plan, REN_FC3, b, n, a);
  logits_of (plan, a, n, logits);
  ren_run_mark (plan, REN_FC4);
}

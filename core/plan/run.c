/* The forward pass. SPDX-License-Identifier: MIT
 *
 * ren_run_batch() at the end of this file is the network, a line a layer. The
 * first three convolutions work in bands of rows of one image, each band a
 * task with its own scratch; from res_block1 on, the columns of all images
 * meet the weights in one matrix product, divided by output channels.
 */
#include <math.h>
#include <string.h>

#include "plan.h"

/* Rows of the output that a task of the first layers makes: an even number,
 * for the pooling; small enough that its columns stay in a core's cache. */
static const guint band_rows[] = {
  [REN_CONV1] = 16,
  [REN_CONV2] = 8,
  [REN_CONV3] = 8,
};

/* A layer at work, shared by its tasks. */
typedef struct
{
  RenPlan *plan;
  RenLayerId id;
  guint n_images;
  const guint8 *faces; /* conv1's input */
  const float *in;
  float *out;
  gboolean accumulate; /* add to what out holds, the shortcut's share */
  gboolean relu;
  guint n_tasks;
} Step;

/* ---- conv1, conv2, conv3: bands of rows -------------------------------- */

static gsize
band_columns_floats (RenLayerId id)
{
  return ren_layer_depth (id) * band_rows[id] * ren_network[id].size_in;
}

gsize
ren_run_scratch_floats (void)
{
  gsize most = 0;

  for (RenLayerId id = REN_CONV1; id <= REN_CONV3; id++) {
    gsize out =
        (gsize) ren_network[id].c_out * band_rows[id] * ren_network[id].size_in;

    most = MAX (most, band_columns_floats (id) + out);
  }
  return most;
}

/* conv1's bias depends on the distance to the border; see weights.h. */
static void
fill_border_bias (const float *bias, guint row0, guint n_rows, float *out)
{
  const guint size = REN_FACE_SIZE;

  for (guint o = 0; o < ren_network[REN_CONV1].c_out; o++)
    for (guint r = row0; r < row0 + n_rows; r++, out += size) {
      guint by = r == 0 ? 0 : r == size - 1 ? 2 : 1;
      const float *b = bias + o * REN_N_BORDERS + by * 3;

      out[0] = b[0];
      for (guint x = 1; x < size - 1; x++)
        out[x] = b[1];
      out[size - 1] = b[2];
    }
}

static void
band_task (gpointer data, guint task, guint thread)
{
  const Step *step = data;
  const RenPlan *plan = step->plan;
  const RenKernels *k = &plan->kernels;
  const RenLayer *layer = &ren_network[step->id];
  const guint size = layer->size_in, rows = band_rows[step->id];
  const guint bands = size / rows, band = task % bands, image = task / bands;
  const gsize n = (gsize) rows * size, depth = ren_layer_depth (step->id);
  const gsize pooled = (gsize) (size / 2) * (size / 2);
  const float *bias = plan->weights->bias[step->id];
  float *columns = plan->scratch + thread * plan->scratch_floats;
  float *conv = columns + band_columns_floats (step->id);
  float *out = step->out + image * pooled + band * (rows / 2) * (size / 2);
  const RenWindow win = {
    .n_images = 1,
    .channel_stride = (gsize) step->n_images * size * size,
    .size_in = size,
    .size_out = size,
    .kernel = 3,
    .stride = 1,
    .live_taps = ren_layer_live_taps (layer),
    .row0 = band * rows,
    .n_rows = rows,
  };

  if (step->id == REN_CONV1) {
    k->im2col_u8 (&win, step->faces + (gsize) image * REN_FACE_BYTES, columns);
    fill_border_bias (bias, win.row0, rows, conv);
  } else {
    k->im2col (&win, step->in + (gsize) image * size * size, layer->c_in, 0,
        layer->c_in, columns);
  }
  k->gemm (layer->c_out, n, depth, plan->weights->weight[step->id], depth,
      columns, n, conv, n, step->id == REN_CONV1);
  for (guint o = 0; o < layer->c_out; o++)
    k->bias_relu_pool2 (conv + o * n, rows / 2, size / 2,
        step->id == REN_CONV1 ? 0 : bias[o], out + o * step->n_images * pooled);
}

static void
conv_pool (RenPlan *plan, RenLayerId id, const guint8 *faces, const float *in,
    guint n_images, float *out)
{
  Step step = {
    .plan = plan,
    .id = id,
    .n_images = n_images,
    .faces = faces,
    .in = in,
    .out = out,
  };

  ren_pool_run (plan->pool, band_task, &step,
      n_images * (ren_network[id].size_in / band_rows[id]));
}

/* ---- squeeze and excitation, in place ----------------------------------- */

static void
squeeze_excite_task (gpointer data, guint task, guint thread)
{
  const Step *step = data;
  const RenWeights *w = step->plan->weights;
  const guint channels = ren_network[REN_SE_SQUEEZE].c_in;
  const guint hidden = ren_network[REN_SE_SQUEEZE].c_out;
  const guint size = ren_network[REN_BLOCK1_CONV1].size_in;
  const gsize pixels = (gsize) size * size;
  const gsize channel_stride = step->n_images * pixels;
  float *x = step->out + task * pixels;
  float *mean = step->plan->scratch + thread * step->plan->scratch_floats;
  float *h = mean + channels;

  for (guint c = 0; c < channels; c++) {
    float sum = 0;

    for (gsize i = 0; i < pixels; i++)
      sum += x[c * channel_stride + i];
    mean[c] = sum / (float) pixels;
  }
  for (guint j = 0; j < hidden; j++) {
    float sum = 0;

    for (guint c = 0; c < channels; c++)
      sum += w->weight[REN_SE_SQUEEZE][j * channels + c] * mean[c];
    h[j] = MAX (sum, 0);
  }
  for (guint c = 0; c < channels; c++) {
    float sum = 0;

    for (guint j = 0; j < hidden; j++)
      sum += w->weight[REN_SE_EXCITE][c * hidden + j] * h[j];
    sum = 1 / (1 + expf (-sum));
    for (gsize i = 0; i < pixels; i++)
      x[c * channel_stride + i] *= sum;
  }
}

static void
squeeze_excite (RenPlan *plan, guint n_images, float *x)
{
  Step step = { .plan = plan, .n_images = n_images, .out = x };

  ren_pool_run (plan->pool, squeeze_excite_task, &step, n_images);
}

/* ---- from res_block1 on: all images at once ------------------------------ */

/* First of the items that part `task` of `n_tasks` equal parts begins with. */
static guint
part_begin (guint n_items, guint task, guint n_tasks)
{
  return (guint) ((guint64) n_items * task / n_tasks);
}

static void
columns_task (gpointer data, guint task, guint thread)
{
  const Step *step = data;
  const RenLayer *layer = &ren_network[step->id];
  const gsize pixels = (gsize) layer->size_in * layer->size_in;
  const guint size_out = ren_layer_size_out (layer);
  const RenWindow win = {
    .n_images = step->n_images,
    .image_stride = pixels,
    .channel_stride = step->n_images * pixels,
    .size_in = layer->size_in,
    .size_out = size_out,
    .kernel = layer->kernel,
    .stride = layer->stride,
    .live_taps = ren_layer_live_taps (layer),
    .n_rows = size_out,
  };

  step->plan->kernels.im2col (&win, step->in, layer->c_in,
      part_begin (layer->c_in, task, step->n_tasks),
      part_begin (layer->c_in, task + 1, step->n_tasks), step->plan->columns);
}

static void
product_task (gpointer data, guint task, guint thread)
{
  const Step *step = data;
  const RenPlan *plan = step->plan;
  const RenLayer *layer = &ren_network[step->id];
  const guint rows =
      layer->c_out ? layer->c_out : plan->weights->tensors->n_classes;
  const guint r0 = part_begin (rows, task, step->n_tasks);
  const guint r1 = part_begin (rows, task + 1, step->n_tasks);
  const guint size_out = ren_layer_size_out (layer);
  const gsize n = (gsize) step->n_images * size_out * size_out;
  const gsize depth = ren_layer_depth (step->id);
  const float *bias = plan->weights->bias[step->id];
  float *out = step->out + r0 * n;

  plan->kernels.gemm (r1 - r0, n, depth,
      plan->weights->weight[step->id] + r0 * depth, depth, step->in, n, out, n,
      step->accumulate);
  if (step->relu)
    for (guint r = r0; r < r1; r++, out += n)
      plan->kernels.bias_relu (out, n, bias[r]);
}

/* out = relu (weights × in + bias) for whole columns `in`; without relu the
 * bare product. */
static void
product (RenPlan *plan, RenLayerId id, const float *in, guint n_images,
    float *out, gboolean accumulate, gboolean relu)
{
  Step step = {
    .plan = plan,
    .id = id,
    .n_images = n_images,
    .in = in,
    .out = out,
    .accumulate = accumulate,
    .relu = relu,
    .n_tasks = ren_pool_n_threads (plan->pool),
  };

  ren_pool_run (plan->pool, product_task, &step, step.n_tasks);
}

static void
conv (RenPlan *plan, RenLayerId id, const float *in, guint n_images, float *out,
    gboolean accumulate, gboolean relu)
{
  Step step = {
    .plan = plan,
    .id = id,
    .n_images = n_images,
    .in = in,
    .n_tasks = ren_pool_n_threads (plan->pool),
  };

  ren_pool_run (plan->pool, columns_task, &step, step.n_tasks);
  product (plan, id, plan->columns, n_images, out, accumulate, relu);
}

/* out = relu (conv2 (relu (conv1 (x))) + shortcut (x)); conv2's bias holds the
 * shortcut's. A block's three layers follow each other in RenLayerId. */
static void
residual_block (RenPlan *plan, RenLayerId conv1, const float *x, guint n_images,
    float *mid, float *out)
{
  const RenLayerId conv2 = conv1 + 1, shortcut = conv1 + 2;

  conv (plan, conv1, x, n_images, mid, FALSE, TRUE);
  conv (plan, shortcut, x, n_images, out, FALSE, FALSE);
  conv (plan, conv2, mid, n_images, out, TRUE, TRUE);
}

static void
linear (RenPlan *plan, RenLayerId id, const float *in, guint n_images,
    float *out, gboolean relu)
{
  product (plan, id, in, n_images, out, FALSE, relu);
}

/* ---- memory --------------------------------------------------------------- */

/* Floats of a layer's output for one image; pooled for the first three. */
static gsize
output_floats (RenLayerId id)
{
  const RenLayer *layer = &ren_network[id];
  gsize side = ren_layer_size_out (layer);

  if (id <= REN_CONV3)
    side /= 2;
  return side * side * (layer->c_out ? layer->c_out : REN_MAX_CLASSES);
}

/* The largest of what ren_run_batch() puts into act[i]. */
gsize
ren_run_act_floats (guint i)
{
  switch (i) {
    case 0:
      return MAX (output_floats (REN_CONV1), output_floats (REN_CONV3));
    case 1:
      return MAX (output_floats (REN_CONV2), output_floats (REN_BLOCK1_CONV1));
    default:
      return output_floats (REN_BLOCK1_CONV2);
  }
}

gsize
ren_run_columns_floats (void)
{
  gsize most = 0;

  for (RenLayerId id = REN_BLOCK1_CONV1; id <= REN_BLOCK3_SHORTCUT; id++) {
    gsize side = ren_layer_size_out (&ren_network[id]);

    most = MAX (most, ren_layer_depth (id) * side * side);
  }
  return most;
}

/* ---- the network ------------------------------------------------------------ */

void
ren_run_batch (RenPlan *plan, const guint8 *faces, guint n, float *logits)
{
  const guint n_classes = plan->weights->tensors->n_classes;
  float *a = plan->act[0], *b = plan->act[1], *c = plan->act[2];

  conv_pool (plan, REN_CONV1, faces, NULL, n, a);
  conv_pool (plan, REN_CONV2, NULL, a, n, b);
  conv_pool (plan, REN_CONV3, NULL, b, n, a);
  squeeze_excite (plan, n, a);
  residual_block (plan, REN_BLOCK1_CONV1, a, n, b, c);
  residual_block (plan, REN_BLOCK2_CONV1, c, n, b, a);
  residual_block (plan, REN_BLOCK3_CONV1, a, n, b, c);
  /* the output of res_block3 is 1×1: its global average is itself */
  linear (plan, REN_FC1, c, n, a, TRUE);
  linear (plan, REN_FC2, a, n, b, TRUE);
  linear (plan, REN_FC3, b, n, a, TRUE);
  linear (plan, REN_FC4, a, n, b, FALSE);

  /* [class][image] to [image][class], with the last bias */
  for (guint i = 0; i < n; i++)
    for (guint j = 0; j < n_classes; j++)
      logits[i * n_classes + j] =
          b[j * n + i] + plan->weights->bias[REN_FC4][j];
}

/* What running a plan costs: counted, and measured step by step.
 * SPDX-License-Identifier: MIT */
#include "convert.h"
#include "plan.h"

/* Of one face. conv1 to conv3 as they are made: taps that meet padding count,
 * and of floats the products of tiles. */
static guint64
layer_products (const RenPlan *plan, RenLayerId id)
{
  const RenLayer *layer = &ren_network[id];
  const guint64 pixels = (guint64) layer->size_in * layer->size_in;
  const RenMap *map = &plan->layer_rows[id].map;
  guint64 rows = 0;

  switch (id) {
    case REN_CONV1: /* of one grey channel */
      return pixels * 9 * layer->c_out;
    case REN_CONV2:
    case REN_CONV3:
      rows = plan->precision == REN_PRECISION_INT8
                 ? pixels * 9
                 : pixels / 16 * REN_TILE_VALUES;
      break;
    default: /* of the squeeze-excitation and fc4, next to nothing, none */
      for (guint g = 0; g < map->n_groups; g++)
        rows += map->groups[g].rows_per_image;
  }
  return rows * layer->c_in * layer->c_out;
}

static guint64
layer_bytes (const RenPlan *plan, RenLayerId id)
{
  const RenLayer *layer = &ren_network[id];
  const gsize size = ren_precision_size (plan->precision);

  if (id == REN_CONV2 || id == REN_CONV3)
    return (guint64) layer->c_in * layer->c_out *
           (size == 1 ? 9 : REN_TILE_VALUES * sizeof (float));
  if (id >= REN_FIRST_PRODUCT && id <= REN_LAST_PRODUCT)
    return ren_layer_depth (id) * layer->c_out * size;
  return 0;
}

static void
add_layer (
    const RenPlan *plan, RenLayerId id, guint n_faces, RenPlanCost *cost)
{
  const guint n_passes = (n_faces + plan->max_batch - 1) / plan->max_batch;

  cost->multiply_adds += layer_products (plan, id) * n_faces;
  cost->weight_bytes += layer_bytes (plan, id) * n_passes;
}

void
ren_plan_cost (const RenPlan *plan, guint n_faces, RenPlanCost *cost)
{
  *cost = (RenPlanCost){ 0 };
  for (RenLayerId id = 0; id < REN_N_LAYERS; id++)
    add_layer (plan, id, n_faces, cost);
}

/* ---- step by step ---------------------------------------------------------- */

/* Layers that run.c runs as one step. */
static const struct
{
  const char *name;
  RenLayerId first, last;
} steps[] = {
  { "conv1", REN_CONV1, REN_CONV1 },
  { "conv2", REN_CONV2, REN_CONV2 },
  { "conv3", REN_CONV3, REN_CONV3 },
  { "se", REN_SE_SQUEEZE, REN_SE_EXCITE },
  { "res_block1.conv1", REN_BLOCK1_CONV1, REN_BLOCK1_CONV1 },
  { "res_block1.conv2", REN_BLOCK1_CONV2, REN_BLOCK1_SHORTCUT },
  { "res_block2.conv1", REN_BLOCK2_CONV1, REN_BLOCK2_CONV1 },
  { "res_block2.conv2", REN_BLOCK2_CONV2, REN_BLOCK2_SHORTCUT },
  { "res_block3.conv1", REN_BLOCK3_CONV1, REN_BLOCK3_CONV1 },
  { "res_block3.conv2", REN_BLOCK3_CONV2, REN_BLOCK3_SHORTCUT },
  { "fc1", REN_FC1, REN_FC1 },
  { "fc2", REN_FC2, REN_FC2 },
  { "fc3", REN_FC3, REN_FC3 },
  { "fc4", REN_FC4, REN_FC4 },
};

guint
ren_plan_profile (RenPlan *plan, const guint8 *faces, guint n_faces,
    float *logits, RenPlanStep out[REN_PLAN_MAX_STEPS])
{
  gint64 nanoseconds[REN_N_LAYERS] = { 0 };

  G_STATIC_ASSERT (G_N_ELEMENTS (steps) <= REN_PLAN_MAX_STEPS);
  ren_run_timed (plan, faces, n_faces, logits, nanoseconds);
  for (guint i = 0; i < G_N_ELEMENTS (steps); i++) {
    out[i] = (RenPlanStep){ .name = steps[i].name };
    for (RenLayerId id = steps[i].first; id <= steps[i].last; id++) {
      add_layer (plan, id, n_faces, &out[i].cost);
      out[i].seconds += 1e-9 * (double) nanoseconds[id];
    }
  }
  return G_N_ELEMENTS (steps);
}

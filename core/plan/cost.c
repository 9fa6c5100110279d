/* What running a plan costs: counted, and measured step by step.
 * SPDX-License-Identifier: MIT */
#include "convert.h"
#include "tiles.h"

/* Of a pass over n_faces; conv1 to conv3 as they are made: taps that meet padding
 * count. */
static void
add_pass (const RenPlan *plan, RenLayerId id, guint n_faces, RenPlanCost *cost)
{
  const RenLayer *layer = &ren_network[id];
  const guint64 pixels = (guint64) layer->size_in * layer->size_in;
  const guint64 weights = (guint64) layer->c_in * layer->c_out;
  const guint tile_size = ren_layer_tile_size (id, plan->precision);
  const RenMap *map = &plan->layer_rows[id].map;
  guint64 rows = 0;

  if (id == REN_CONV1) { /* of one grey channel */
    cost->multiply_adds += n_faces * pixels * 9 * layer->c_out;
  } else if (tile_size > 0 && ren_tiles_pay (plan, id, n_faces)) {
    const guint64 n_values = REN_WINOGRAD_VALUES (tile_size);

    cost->multiply_adds +=
        n_faces * pixels / (tile_size * tile_size) * n_values * weights;
    cost->weight_bytes += n_values * weights * sizeof (float);
  } else if (id == REN_CONV2 || id == REN_CONV3) {
    cost->multiply_adds += n_faces * pixels * 9 * weights;
    cost->weight_bytes += 9 * weights;
  } else if (id >= REN_FIRST_PRODUCT && id <= REN_LAST_PRODUCT) {
    for (guint g = 0; g < map->n_groups; g++)
      rows += map->groups[g].rows_per_image;
    cost->multiply_adds += n_faces * rows * weights;
    cost->weight_bytes += ren_layer_depth (id) * layer->c_out *
                          ren_precision_size (plan->precision);
  }
}

static void
add_layer (const RenPlan *plan, RenLayerId id, guint n_faces, RenPlanCost *cost)
{
  for (guint n; n_faces > 0; n_faces -= n) {
    n = MIN (n_faces, plan->max_batch);
    add_pass (plan, id, n, cost);
  }
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

/* What running a plan costs, counted rather than measured.
 * SPDX-License-Identifier: MIT */
#include "convert.h"
#include "plan.h"

/* conv1 to conv3, as they are made: taps that meet padding count, and of floats
 * the products of tiles. */
static guint64
stem_products (const RenPlan *plan)
{
  const RenLayer *conv1 = &ren_network[REN_CONV1];
  /* of one grey channel */
  guint64 n = (guint64) conv1->size_in * conv1->size_in * 9 * conv1->c_out;

  for (RenLayerId id = REN_CONV2; id <= REN_CONV3; id++) {
    const RenLayer *layer = &ren_network[id];
    const guint64 pixels = (guint64) layer->size_in * layer->size_in;
    const guint64 per_pixel = (guint64) layer->c_in * layer->c_out;

    n += per_pixel * (plan->precision == REN_PRECISION_INT8
                             ? pixels * 9
                             : pixels / 16 * REN_TILE_VALUES);
  }
  return n;
}

static guint64
layer_products (const RenPlan *plan, RenLayerId id)
{
  const RenMap *map = &plan->layer_rows[id].map;
  guint64 rows = 0;

  for (guint g = 0; g < map->n_groups; g++)
    rows += map->groups[g].rows_per_image;
  return rows * ren_network[id].c_in * ren_network[id].c_out;
}

static guint64
weight_bytes (const RenPlan *plan)
{
  const gsize size = ren_precision_size (plan->precision);
  guint64 n = 0;

  for (RenLayerId id = REN_CONV2; id <= REN_CONV3; id++)
    n += (guint64) ren_network[id].c_in * ren_network[id].c_out *
         (size == 1 ? 9 : REN_TILE_VALUES * sizeof (float));
  for (RenLayerId id = REN_FIRST_PRODUCT; id <= REN_LAST_PRODUCT; id++)
    n += ren_layer_depth (id) * ren_network[id].c_out * size;
  return n;
}

void
ren_plan_cost (const RenPlan *plan, guint n_faces, RenPlanCost *cost)
{
  const guint n_passes = (n_faces + plan->max_batch - 1) / plan->max_batch;
  guint64 n = stem_products (plan);

  for (RenLayerId id = REN_FIRST_PRODUCT; id <= REN_LAST_PRODUCT; id++)
    n += layer_products (plan, id);
  cost->multiply_adds = n * n_faces;
  cost->weight_bytes = weight_bytes (plan) * n_passes;
}

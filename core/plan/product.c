/* The layers from res_block1 on: each task makes one panel of output channels of
 * all images, so that the panel's weights are read once.
 * SPDX-License-Identifier: MIT */
#include "plan.h"

void
ren_layer_rows_init (RenLayerRows *lr, RenLayerId id)
{
  const RenLayer *layer = &ren_network[id];
  const guint size = ren_layer_size_out (layer);

  lr->n_images = REN_MAX_ROWS / (size * size);
  ren_map_init_taps (&lr->map, layer, lr->n_images, layer->c_in, REN_PANEL);
}

void
ren_layer_rows_clear (RenLayerRows *lr)
{
  ren_map_clear (&lr->map);
}

gsize
ren_product_scratch_floats (void)
{
  return 2 * REN_MAX_ROWS * REN_PANEL;
}

/* The sums of one panel of a layer for some images. */
static void
sum_panel (const RenPlan *plan, RenLayerId id, guint panel, const float *in,
    guint n_images, float *sums)
{
  const RenMap *map = &plan->layer_rows[id].map;
  const guint c_in = ren_network[id].c_in;
  const gsize at = (gsize) panel * REN_PANEL * ren_layer_depth (id);

  for (guint g = 0; g < map->n_groups; g++) {
    const RenRows rows = ren_map_rows (map, g, n_images, 0, 1);

    if (plan->precision == REN_PRECISION_FP16)
      plan->rows.multiply_f16 (&rows, c_in, in,
          (const guint16 *) plan->weights->panels[id] + at, sums, g > 0);
    else
      plan->rows.multiply (&rows, c_in, in,
          (const float *) plan->weights->panels[id] + at, sums, g > 0);
  }
}

typedef struct
{
  RenPlan *plan;
  const RenProduct *product;
  guint n_images;
} Work;

/* Some images' share of a panel. */
static void
make_panel (const Work *work, guint panel, guint first, guint n, float *sums)
{
  const RenPlan *plan = work->plan;
  const RenProduct *product = work->product;
  const RenLayerId id = product->id, shortcut = id + 1;
  const RenLayer *layer = &ren_network[id];
  const guint size = ren_layer_size_out (layer), c = panel * REN_PANEL;
  const gsize n_rows = (gsize) n * size * size;
  const gsize in_image = (gsize) layer->size_in * layer->size_in * layer->c_in;
  const gsize stride =
      (gsize) ren_layer_n_panels (id, plan->weights->tensors->n_classes) *
      REN_PANEL;
  float *add = NULL;

  if (product->has_shortcut) {
    const RenLayer *s = &ren_network[shortcut];
    const gsize image = (gsize) s->size_in * s->size_in * s->c_in;

    add = sums + REN_MAX_ROWS * REN_PANEL;
    sum_panel (
        plan, shortcut, panel, product->shortcut_in + first * image, n, sums);
    plan->finish.f32 (n_rows, sums, plan->weights->scale[shortcut] + c,
        plan->weights->bias[shortcut] + c, NULL, FALSE, add, REN_PANEL);
  }
  sum_panel (plan, id, panel, product->in + first * in_image, n, sums);
  plan->finish.f32 (n_rows, sums, plan->weights->scale[id] + c,
      plan->weights->bias[id] + c, add, product->relu,
      product->out + (gsize) first * size * size * stride + c, stride);
}

static void
panel_task (gpointer data, guint panel, guint thread)
{
  const Work *work = data;
  const RenPlan *plan = work->plan;
  const guint step = plan->layer_rows[work->product->id].n_images;
  float *sums = plan->scratch + thread * plan->scratch_floats;

  for (guint first = 0; first < work->n_images; first += step)
    make_panel (work, panel, first, MIN (step, work->n_images - first), sums);
}

void
ren_product_run (RenPlan *plan, const RenProduct *product, guint n_images)
{
  Work work = { plan, product, n_images };

  ren_pool_run (plan->pool, panel_task, &work,
      ren_layer_n_panels (product->id, plan->weights->tensors->n_classes));
}

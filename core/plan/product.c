/* The layers from res_block1 on: each task makes one panel of output channels of
 * all images, so that the panel's weights are read once.
 * SPDX-License-Identifier: MIT */
#include "tiles.h"

gboolean
ren_layer_rows_init (
    RenLayerRows *lr, RenLayerId id, RenPrecision precision, GError **error)
{
  const RenLayer *layer = &ren_network[id];
  const guint size = ren_layer_size_out (layer);

  lr->n_images = REN_MAX_ROWS / (size * size);
  return ren_map_init_taps (&lr->map, layer, lr->n_images,
      precision == REN_PRECISION_INT8 ? layer->c_in / 4 : layer->c_in,
      REN_PANEL, error);
}

void
ren_layer_rows_clear (RenLayerRows *lr)
{
  ren_map_clear (&lr->map);
}

#define VALUES_PLANE REN_TILE_PLANE (REN_MAX_TILES, REN_PANEL)

/* A thread's scratch: sums of 32 bits and, of a shortcut, what they come to. */
typedef struct
{
  guint32 sums[REN_MAX_ROWS * REN_PANEL];
  float shortcut[REN_MAX_ROWS * REN_PANEL];
  float values[VALUES_PLANE * REN_WINOGRAD_VALUES (4)]; /* of tiles */
} Scratch;

gsize
ren_product_scratch_bytes (void)
{
  return sizeof (Scratch);
}

/* The sums of one panel of a layer for some images; floats, or with 8 bits whole
 * numbers. */
static void
sum_panel (const RenPlan *plan, RenLayerId id, guint panel, gconstpointer in,
    guint n_images, gpointer sums)
{
  const RenMap *map = &plan->layer_rows[id].map;
  const guint c_in = ren_network[id].c_in;
  const gsize at = (gsize) panel * REN_PANEL * ren_layer_depth (id);
  gconstpointer panels = plan->weights->panels[id];

  for (guint g = 0; g < map->n_groups; g++) {
    const RenRows rows = ren_map_rows (map, g, n_images, 0, 1);
    const gboolean add = g > 0;

    switch (plan->precision) {
      case REN_PRECISION_INT8:
        plan->rows.multiply_u8 (
            &rows, c_in / 4, in, (const guint32 *) panels + at / 4, sums, add);
        break;
      case REN_PRECISION_FP16:
        plan->rows.multiply_f16 (
            &rows, c_in, in, (const guint16 *) panels + at, sums, add);
        break;
      default:
        plan->rows.multiply (
            &rows, c_in, in, (const float *) panels + at, sums, add);
    }
  }
}

/* The same from the sums of tiles. */
static void
sum_tiles (const RenPlan *plan, RenLayerId id, const float *values,
    guint n_images, float *sums)
{
  const guint size = ren_network[id].size_in;

  for (guint i = 0; i < n_images; i++)
    plan->conv.image_out (size, values + i * REN_PANEL, VALUES_PLANE,
        sums + i * size * size * REN_PANEL);
}

/* Sums to the floats that they stand for, or to the layer's output. */
static void
finish_floats (const RenPlan *plan, RenLayerId id, guint panel, gsize n_rows,
    gconstpointer sums, float *out)
{
  const float *scale = plan->weights->scale[id] + panel * REN_PANEL;
  const float *bias = plan->weights->bias[id] + panel * REN_PANEL;

  if (plan->precision == REN_PRECISION_INT8)
    plan->finish.i32 (n_rows, sums, scale, bias, NULL, FALSE, out, REN_PANEL);
  else
    plan->finish.f32 (n_rows, sums, scale, bias, NULL, FALSE, out, REN_PANEL);
}

static void
finish (const RenPlan *plan, const RenProduct *product, guint panel,
    gsize n_rows, gconstpointer sums, const float *add, guint8 *out,
    gsize stride)
{
  const gsize c = (gsize) panel * REN_PANEL;
  const float *scale = plan->weights->scale[product->id] + c;
  const float *bias = plan->weights->bias[product->id] + c;

  if (plan->precision == REN_PRECISION_INT8)
    plan->finish.u8 (n_rows, sums, scale, bias, add, out + c, stride);
  else
    plan->finish.f32 (
        n_rows, sums, scale, bias, add, TRUE, (float *) out + c, stride);
}

typedef struct
{
  RenPlan *plan;
  const RenProduct *product;
  guint n_images;
} Work;

/* Bytes of a layer's input for one image. */
static gsize
in_bytes (const RenPlan *plan, RenLayerId id)
{
  const RenLayer *layer = &ren_network[id];

  return (gsize) layer->size_in * layer->size_in * layer->c_in *
         plan->element_size;
}

/* Some images' share of a panel. values: (nullable): of tiles, if made by
 * them */
static void
make_panel (const Work *work, guint panel, guint first, guint n,
    const float *values, Scratch *scratch)
{
  const RenPlan *plan = work->plan;
  const RenProduct *product = work->product;
  const RenLayerId id = product->id, shortcut = id + 1;
  const guint size = ren_layer_size_out (&ren_network[id]);
  const gsize n_rows = (gsize) n * size * size;
  const gsize stride = ren_network[id].c_out;
  float *add = NULL;

  if (product->has_shortcut) {
    add = scratch->shortcut;
    sum_panel (plan, shortcut, panel,
        product->shortcut_in + first * in_bytes (plan, shortcut), n,
        scratch->sums);
    finish_floats (plan, shortcut, panel, n_rows, scratch->sums, add);
  }
  if (values)
    sum_tiles (plan, id, values, n, (float *) scratch->sums);
  else
    sum_panel (plan, id, panel, product->in + first * in_bytes (plan, id), n,
        scratch->sums);
  finish (plan, product, panel, n_rows, scratch->sums, add,
      product->out + (gsize) first * size * size * stride * plan->element_size,
      stride);
}

static void
panel_task (gpointer data, guint panel, guint thread)
{
  const Work *work = data;
  const RenPlan *plan = work->plan;
  const guint step = plan->layer_rows[work->product->id].n_images;
  Scratch *scratch = (Scratch *) (plan->scratch + thread * plan->scratch_bytes);

  for (guint first = 0; first < work->n_images; first += step)
    make_panel (
        work, panel, first, MIN (step, work->n_images - first), NULL, scratch);
}

static void
tiles_task (gpointer data, guint panel, guint thread)
{
  const Work *work = data;
  const RenPlan *plan = work->plan;
  const RenLayerId id = work->product->id;
  const gsize c_in = ren_network[id].c_in;
  const guint step = plan->layer_rows[id].n_images;
  Scratch *scratch = (Scratch *) (plan->scratch + thread * plan->scratch_bytes);

  for (guint first = 0; first < work->n_images; first += REN_MAX_TILES) {
    const guint n = MIN (REN_MAX_TILES, work->n_images - first);

    ren_tiles_multiply (plan, id, panel, n, plan->values + first * c_in,
        REN_TILE_PLANE (work->n_images, c_in), scratch->values, VALUES_PLANE);
    for (guint i = 0; i < n; i += step)
      make_panel (work, panel, first + i, MIN (step, n - i),
          scratch->values + i * REN_PANEL, scratch);
  }
}

void
ren_product_run (RenPlan *plan, const RenProduct *product, guint n_images)
{
  const guint n_panels = ren_network[product->id].c_out / REN_PANEL;
  Work work = { plan, product, n_images };

  if (ren_tiles_pay (plan, product->id, n_images)) {
    ren_image_tiles_in (
        plan, product->id, (const float *) product->in, n_images);
    ren_pool_run (plan->pool, tiles_task, &work, n_panels);
  } else {
    ren_pool_run (plan->pool, panel_task, &work, n_panels);
  }
}

/* SPDX-License-Identifier: MIT */
#include "tiles.h"

void
ren_tiles_multiply (const RenPlan *plan, RenLayerId id, guint panel,
    guint n_tiles, const float *in, gsize in_plane, float *sums,
    gsize sums_plane)
{
  const guint c_in = ren_network[id].c_in;
  const guint n_values =
      REN_WINOGRAD_VALUES (ren_layer_tile_size (id, plan->precision));
  const float *weights =
      plan->weights->tiles[id] + (gsize) panel * n_values * c_in * REN_PANEL;
  const gint32 shift = 0;
  const guint8 weight = 0;
  gint32 from[REN_MAX_TILES], to[REN_MAX_TILES];
  const RenRows rows = { n_tiles, 1, from, to, &shift, &weight };

  for (guint i = 0; i < n_tiles; i++) {
    from[i] = (gint32) (i * c_in);
    to[i] = (gint32) (i * REN_PANEL);
  }
  for (gsize v = 0; v < n_values; v++)
    plan->rows.multiply (&rows, c_in, in + v * in_plane,
        weights + v * c_in * REN_PANEL, sums + v * sums_plane, FALSE);
}

/* ---- whole images ---------------------------------------------------------- */

/* A tile of 4×4 has four times as many weights to read as there are taps, for a
 * third of the products: few images do not outweigh that in res_block1, whose
 * image is one tile. */
#define MIN_IMAGES 3

gboolean
ren_tiles_pay (const RenPlan *plan, RenLayerId id, guint n_images)
{
  const guint size = ren_layer_tile_size (id, plan->precision);

  return size > 0 && (id != REN_BLOCK1_CONV2 || n_images >= MIN_IMAGES);
}

gsize
ren_image_tiles_elements (RenPrecision precision, guint n_images)
{
  gsize most = 0;

  for (RenLayerId id = REN_FIRST_PRODUCT; id <= REN_LAST_PRODUCT; id++) {
    const guint size = ren_layer_tile_size (id, precision);

    if (size > 0)
      most = MAX (most, REN_WINOGRAD_VALUES (size) *
                            REN_TILE_PLANE (n_images, ren_network[id].c_in));
  }
  return most;
}

typedef struct
{
  RenPlan *plan;
  RenLayerId id;
  const float *in;
  guint n_images;
} Work;

static void
in_task (gpointer data, guint image, guint thread)
{
  const Work *work = data;
  const RenLayer *layer = &ren_network[work->id];
  const gsize c_in = layer->c_in;

  work->plan->conv.image_in (layer->size_in,
      work->in + image * layer->size_in * layer->size_in * c_in, layer->c_in,
      work->plan->values + image * c_in, REN_TILE_PLANE (work->n_images, c_in));
}

void
ren_image_tiles_in (
    RenPlan *plan, RenLayerId id, const float *in, guint n_images)
{
  Work work = { plan, id, in, n_images };

  ren_pool_run (plan->pool, in_task, &work, n_images);
}

/* conv2 and conv3 of floats, in tiles of 4×4 pixels: see kernels/conv.h.
 * SPDX-License-Identifier: MIT */
#include "stem-private.h"
#include "tiles.h"

/* Tiles that a task works on: whole rows of them. */
#define N_TILES 16
G_STATIC_ASSERT (N_TILES <= REN_MAX_TILES);

/* A thread's scratch. */
typedef struct
{
  float *values; /* [N_VALUES][N_TILES][c_in] */
  float *sums;   /* [N_VALUES][N_TILES][REN_PANEL] */
  float *pooled; /* [row][column][REN_PANEL], four pixels a tile */
} Tiles;

#define N_VALUES REN_WINOGRAD_VALUES (4)
#define MAX_VALUES (N_VALUES * REN_TILE_PLANE (N_TILES, 128))
#define N_SUMS (N_VALUES * REN_TILE_PLANE (N_TILES, REN_PANEL))
#define N_POOLED (4 * N_TILES * REN_PANEL)

gsize
ren_stem_tiles_scratch (void)
{
  return (MAX_VALUES + N_SUMS + N_POOLED) * sizeof (float);
}

static guint
tile_columns (RenLayerId id)
{
  return ren_network[id].size_in / 4;
}

guint
ren_stem_tiles_bands (RenLayerId id)
{
  return tile_columns (id) * tile_columns (id) / N_TILES;
}

static void
transform_in (const RenStemStep *step, const float *in, Tiles *t)
{
  const gsize c_in = ren_network[step->id].c_in;
  const guint n_columns = tile_columns (step->id);
  const gsize row_stride = ren_stem_in_columns (step->id) * c_in;

  for (guint i = 0; i < N_TILES; i++)
    step->plan->conv.tile_in (
        in + i / n_columns * 4 * row_stride + i % n_columns * 4 * c_in,
        row_stride, (guint) c_in, t->values + i * c_in,
        REN_TILE_PLANE (N_TILES, c_in));
}

/* The products of one panel, transformed back and pooled. */
static void
multiply_tiles (const RenStemStep *step, guint panel, Tiles *t)
{
  const RenPlan *plan = step->plan;
  const gsize c_in = ren_network[step->id].c_in;
  const guint n_columns = tile_columns (step->id);
  const gsize pooled_stride = 2 * n_columns * REN_PANEL;

  ren_tiles_multiply (plan, step->id, panel, N_TILES, t->values,
      REN_TILE_PLANE (N_TILES, c_in), t->sums,
      REN_TILE_PLANE (N_TILES, REN_PANEL));
  for (guint i = 0; i < N_TILES; i++)
    plan->conv.tile_out (t->sums + i * REN_PANEL,
        REN_TILE_PLANE (N_TILES, REN_PANEL),
        t->pooled + i / n_columns * 2 * pooled_stride +
            i % n_columns * 2 * REN_PANEL,
        pooled_stride);
}

void
ren_stem_tiles_task (gpointer data, guint task, guint thread)
{
  const RenStemStep *step = data;
  const RenPlan *plan = step->plan;
  const RenLayer *layer = &ren_network[step->id];
  const RenStemPlace place = ren_stem_place (step, task);
  const guint rows = N_TILES / tile_columns (step->id); /* of tiles */
  const guint width = layer->size_in / 2;
  const float *in = (const float *) ren_stem_in (step, place.image) +
                    (gsize) place.band * rows * 4 *
                        ren_stem_in_columns (step->id) * layer->c_in;
  float *scratch = (float *) (plan->scratch + thread * plan->scratch_bytes);
  Tiles t = { scratch, scratch + MAX_VALUES, scratch + MAX_VALUES + N_SUMS };

  transform_in (step, in, &t);
  for (guint p = place.first_panel; p < place.end_panel; p++) {
    const gsize c = (gsize) p * REN_PANEL;

    multiply_tiles (step, p, &t);
    for (guint row = 0; row < 2 * rows; row++) {
      float *out =
          ren_stem_out (step, place.image, place.band * 2 * rows + row);

      plan->finish.f32 (width, t.pooled + row * width * REN_PANEL,
          plan->weights->scale[step->id] + c, plan->weights->bias[step->id] + c,
          NULL, TRUE, out + c, layer->c_out);
    }
  }
}

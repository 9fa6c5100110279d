/* conv1, conv2 and conv3, each with its norm, ReLU and pooling.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "plan.h"

/* The layer after conv1, or the one after that. */
typedef struct
{
  RenPlan *plan;
  const guint8 *faces;
  guint i; /* 0: conv2, 1: conv3 */
  guint n_parts;
  float *out;
} Step;

/* ---- conv1 ----------------------------------------------------------------- */

/* Rows of the pooled output that a task makes. */
#define CONV1_ROWS 8
#define CONV1_BANDS (REN_FACE_SIZE / 2 / CONV1_ROWS)
#define GREY_ROWS (2 * CONV1_ROWS + 2)

/* Columns and rows of conv2's or conv3's input, its padding included. */
static guint
padded_size (guint i)
{
  return ren_network[REN_CONV2 + i].size_in + 2;
}

gsize
ren_stem_padded_floats (guint i)
{
  return (gsize) padded_size (i) * padded_size (i) *
         ren_network[REN_CONV2 + i].c_in;
}

/* Rows first … first + GREY_ROWS - 1 of a face, those outside 0. */
static void
read_grey (const guint8 *face, gint first, float *grey)
{
  for (gint r = 0; r < GREY_ROWS; r++, grey += REN_CONV1_STRIDE) {
    const gint y = first + r;

    memset (grey, 0, REN_CONV1_STRIDE * sizeof *grey);
    if (y >= 0 && y < REN_FACE_SIZE)
      for (guint x = 0; x < REN_FACE_SIZE; x++)
        grey[x + 1] = face[y * REN_FACE_SIZE + (gint) x];
  }
}

static void
conv1_task (gpointer data, guint task, guint thread)
{
  const Step *step = data;
  const RenPlan *plan = step->plan;
  const guint image = task / CONV1_BANDS;
  const guint first = task % CONV1_BANDS * CONV1_ROWS;
  const float *bias = plan->weights->conv1_bias;
  float *grey = plan->scratch + thread * plan->scratch_floats;
  float *out = step->out + image * ren_stem_padded_floats (0);

  read_grey (
      step->faces + (gsize) image * REN_FACE_BYTES, 2 * (gint) first - 1, grey);
  for (guint row = first; row < first + CONV1_ROWS; row++) {
    const guint top = row == 0 ? 0 : 1;
    const guint bottom = row == REN_FACE_SIZE / 2 - 1 ? 2 : 1;
    const float *const cases[2] = { bias + top * 3 * REN_CONV1_CHANNELS,
      bias + bottom * 3 * REN_CONV1_CHANNELS };

    plan->stem.conv1 (grey + 2 * (row - first) * REN_CONV1_STRIDE,
        plan->weights->conv1_weight, cases,
        out + ((row + 1) * padded_size (0) + 1) * REN_CONV1_CHANNELS);
  }
}

/* ---- conv2 and conv3 ------------------------------------------------------- */

/* Tiles of 4×4 pixels that a task works on: whole rows of them. */
#define N_TILES 16

/* A thread's scratch. */
typedef struct
{
  float *values; /* [REN_TILE_VALUES][N_TILES][c_in] */
  float *sums;   /* [REN_TILE_VALUES][N_TILES][REN_PANEL] */
  float *pooled; /* [row][column][REN_PANEL], four pixels a tile */
} Tiles;

gsize
ren_stem_scratch_floats (void)
{
  const gsize tiles = (gsize) REN_TILE_VALUES * N_TILES *
                          (ren_network[REN_CONV3].c_in + REN_PANEL) +
                      4 * N_TILES * REN_PANEL;

  return MAX (tiles, GREY_ROWS * REN_CONV1_STRIDE);
}

static void
transform_in (const Step *step, const float *in, Tiles *t)
{
  const gsize c_in = ren_network[REN_CONV2 + step->i].c_in;
  const guint n_columns = ren_network[REN_CONV2 + step->i].size_in / 4;
  const gsize row_stride = padded_size (step->i) * c_in;

  for (guint i = 0; i < N_TILES; i++)
    step->plan->stem.tile_in (
        in + i / n_columns * 4 * row_stride + i % n_columns * 4 * c_in,
        row_stride, (guint) c_in, t->values + i * c_in, N_TILES * c_in);
}

/* The products of one panel, transformed back and pooled. */
static void
multiply_tiles (const Step *step, guint panel, Tiles *t)
{
  const RenPlan *plan = step->plan;
  const guint c_in = ren_network[REN_CONV2 + step->i].c_in;
  const guint n_columns = ren_network[REN_CONV2 + step->i].size_in / 4;
  const gsize pooled_stride = 2 * n_columns * REN_PANEL;
  const float *weights = plan->weights->tiles[step->i] +
                         (gsize) panel * REN_TILE_VALUES * c_in * REN_PANEL;
  const gint32 shift = 0;
  const guint8 weight = 0;
  gint32 from[N_TILES], to[N_TILES];
  const RenRows rows = { N_TILES, 1, from, to, &shift, &weight };

  for (guint i = 0; i < N_TILES; i++) {
    from[i] = (gint32) (i * c_in);
    to[i] = (gint32) (i * REN_PANEL);
  }
  for (gsize v = 0; v < REN_TILE_VALUES; v++)
    plan->rows.multiply (&rows, c_in, t->values + v * N_TILES * c_in,
        weights + v * c_in * REN_PANEL, t->sums + v * N_TILES * REN_PANEL,
        FALSE);
  for (guint i = 0; i < N_TILES; i++)
    plan->stem.tile_out (t->sums + i * REN_PANEL, N_TILES * REN_PANEL,
        t->pooled + i / n_columns * 2 * pooled_stride +
            i % n_columns * 2 * REN_PANEL,
        pooled_stride);
}

/* Pixels from one row of the output to the next, and floats of one image. */
static gsize
out_columns (guint i)
{
  return i == 0 ? padded_size (1) : ren_network[REN_CONV3].size_in / 2;
}

static gsize
out_image_floats (guint i)
{
  return i == 0
             ? ren_stem_padded_floats (1)
             : out_columns (1) * out_columns (1) * ren_network[REN_CONV3].c_out;
}

static void
tiles_task (gpointer data, guint task, guint thread)
{
  const Step *step = data;
  const RenPlan *plan = step->plan;
  const RenLayer *layer = &ren_network[REN_CONV2 + step->i];
  const guint rows = N_TILES / (layer->size_in / 4); /* of tiles */
  const guint n_bands = layer->size_in / 4 / rows;
  const guint part = task % step->n_parts,
              band = task / step->n_parts % n_bands;
  const guint image = task / step->n_parts / n_bands;
  const guint n_panels = layer->c_out / REN_PANEL, width = layer->size_in / 2;
  const gsize in_row = (gsize) padded_size (step->i) * layer->c_in;
  const gsize out_row = out_columns (step->i) * layer->c_out;
  const float *in = plan->padded[step->i] +
                    image * ren_stem_padded_floats (step->i) +
                    band * rows * 4 * in_row;
  float *scratch = plan->scratch + thread * plan->scratch_floats;
  float *out = step->out + image * out_image_floats (step->i) +
               band * rows * 2 * out_row;
  Tiles t = { .values = scratch };

  if (step->i == 0) /* past the padding */
    out += out_row + layer->c_out;
  t.sums = t.values + (gsize) REN_TILE_VALUES * N_TILES * layer->c_in;
  t.pooled = t.sums + REN_TILE_VALUES * N_TILES * REN_PANEL;

  transform_in (step, in, &t);
  for (guint p = ren_part_begin (n_panels, part, step->n_parts);
       p < ren_part_begin (n_panels, part + 1, step->n_parts); p++) {
    multiply_tiles (step, p, &t);
    for (guint row = 0; row < 2 * rows; row++)
      plan->finish.f32 (width, t.pooled + row * width * REN_PANEL,
          plan->weights->scale[REN_CONV2 + step->i] + p * REN_PANEL,
          plan->weights->bias[REN_CONV2 + step->i] + p * REN_PANEL, NULL, TRUE,
          out + row * out_row + p * REN_PANEL, layer->c_out);
  }
}

/* In so many parts of the panels that every thread has some tasks; each part
 * transforms its input again. */
static void
conv_tiles (RenPlan *plan, guint i, guint n_images, float *out)
{
  const RenLayer *layer = &ren_network[REN_CONV2 + i];
  const guint side = layer->size_in / 4;
  const guint n_tasks = n_images * side * side / N_TILES;
  const guint n_threads = ren_pool_n_threads (plan->pool);
  Step step = { .plan = plan, .i = i, .out = out };

  step.n_parts = n_threads == 1 ? 1 : (2 * n_threads + n_tasks - 1) / n_tasks;
  step.n_parts = CLAMP (step.n_parts, 1, layer->c_out / REN_PANEL);
  ren_pool_run (plan->pool, tiles_task, &step, n_tasks * step.n_parts);
}

void
ren_stem_run (RenPlan *plan, const guint8 *faces, guint n_images, float *out)
{
  Step conv1 = { .plan = plan, .faces = faces, .out = plan->padded[0] };

  ren_pool_run (plan->pool, conv1_task, &conv1, n_images * CONV1_BANDS);
  conv_tiles (plan, 0, n_images, plan->padded[1]);
  conv_tiles (plan, 1, n_images, out);
}

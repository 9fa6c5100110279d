/* conv1, conv2 and conv3, each with its norm, ReLU and pooling.
 * SPDX-License-Identifier: MIT */
#include "stem-private.h"

#include <string.h>

/* ---- where things lie ------------------------------------------------------ */

RenStemPlace
ren_stem_place (const RenStemStep *step, guint task)
{
  const guint n_panels = ren_network[step->id].c_out / REN_PANEL;
  const guint part = task % step->n_parts, band = task / step->n_parts;

  return (RenStemPlace){
    .image = band / step->n_bands,
    .band = band % step->n_bands,
    .first_panel = ren_part_begin (n_panels, part, step->n_parts),
    .end_panel = ren_part_begin (n_panels, part + 1, step->n_parts),
  };
}

guint
ren_stem_in_columns (RenLayerId id)
{
  return ren_network[id].size_in + 2;
}

/* Elements of conv2's or conv3's input for one image. */
static gsize
in_elements (RenLayerId id)
{
  return (gsize) ren_stem_in_columns (id) * ren_stem_in_columns (id) *
         ren_network[id].c_in;
}

gsize
ren_stem_padded_elements (guint i)
{
  return in_elements (REN_CONV2 + i);
}

gconstpointer
ren_stem_in (const RenStemStep *step, guint image)
{
  return step->plan->padded[step->id - REN_CONV2] +
         image * in_elements (step->id) * step->plan->element_size;
}

gpointer
ren_stem_out (const RenStemStep *step, guint image, guint row)
{
  const RenPlan *plan = step->plan;
  const RenLayer *layer = &ren_network[step->id];
  const guint size = layer->size_in / 2;
  guint8 *out;
  gsize at;

  if (step->id == REN_CONV3) {
    out = step->out;
    at = ((gsize) image * size + row) * size * layer->c_out;
  } else {
    /* inside the next layer's padding */
    out = plan->padded[step->id - REN_CONV1];
    at = image * in_elements (step->id + 1) +
         ((gsize) (row + 1) * ren_stem_in_columns (step->id + 1) + 1) *
             layer->c_out;
  }
  return out + at * plan->element_size;
}

/* ---- conv1 ----------------------------------------------------------------- */

/* Rows of the pooled output that a task makes. */
#define CONV1_ROWS 8
#define GREY_FLOATS ((2 * CONV1_ROWS + 2) * REN_CONV1_STRIDE)
#define ROW_FLOATS (REN_FACE_SIZE / 2 * REN_CONV1_CHANNELS)

gsize
ren_stem_scratch_bytes (void)
{
  const gsize conv1 = (GREY_FLOATS + ROW_FLOATS) * sizeof (float);

  return MAX (
      conv1, MAX (ren_stem_tiles_scratch (), ren_stem_bytes_scratch ()));
}

/* Rows from `first` on of a face, those outside 0. */
static void
read_grey (const guint8 *face, gint first, float *grey)
{
  memset (grey, 0, GREY_FLOATS * sizeof *grey);
  for (gint r = 0; r < 2 * CONV1_ROWS + 2; r++, grey += REN_CONV1_STRIDE) {
    const gint y = first + r;

    if (y >= 0 && y < REN_FACE_SIZE)
      for (guint x = 0; x < REN_FACE_SIZE; x++)
        grey[x + 1] = face[y * REN_FACE_SIZE + (gint) x];
  }
}

static void
conv1_task (gpointer data, guint task, guint thread)
{
  const RenStemStep *step = data;
  const RenPlan *plan = step->plan;
  const RenWeights *w = plan->weights;
  const RenStemPlace place = ren_stem_place (step, task);
  const guint first = place.band * CONV1_ROWS;
  float *grey = (float *) (plan->scratch + thread * plan->scratch_bytes);
  float *floats = grey + GREY_FLOATS;

  read_grey (step->faces + (gsize) place.image * REN_FACE_BYTES,
      2 * (gint) first - 1, grey);
  for (guint row = first; row < first + CONV1_ROWS; row++) {
    const guint top = row == 0 ? 0 : 1;
    const guint bottom = row == REN_FACE_SIZE / 2 - 1 ? 2 : 1;
    const float *const cases[2] = { w->conv1_bias +
                                        top * 3 * REN_CONV1_CHANNELS,
      w->conv1_bias + bottom * 3 * REN_CONV1_CHANNELS };
    const gboolean bytes = plan->precision == REN_PRECISION_INT8;
    gpointer out = ren_stem_out (step, place.image, row);

    plan->conv.conv1 (grey + 2 * (row - first) * REN_CONV1_STRIDE,
        w->conv1_weight, cases, bytes ? floats : out);
    if (bytes)
      plan->finish.quantize (REN_FACE_SIZE / 2, REN_CONV1_CHANNELS, floats,
          w->conv1_factor, out, REN_CONV1_CHANNELS);
  }
}

/* ---- the three layers ------------------------------------------------------ */

/* In so many parts of the panels that every thread has some tasks. */
static void
conv_pool (RenStemStep *step, guint n_images)
{
  const gboolean bytes = step->plan->precision == REN_PRECISION_INT8;
  const guint n_threads = ren_pool_n_threads (step->plan->pool);
  guint n_tasks;

  step->n_bands =
      bytes ? ren_stem_bytes_bands (step->id) : ren_stem_tiles_bands (step->id);
  n_tasks = n_images * step->n_bands;
  step->n_parts = n_threads == 1 ? 1 : (2 * n_threads + n_tasks - 1) / n_tasks;
  step->n_parts = MIN (step->n_parts, ren_network[step->id].c_out / REN_PANEL);
  ren_pool_run (step->plan->pool,
      bytes ? ren_stem_bytes_task : ren_stem_tiles_task, step,
      n_tasks * step->n_parts);
}

void
ren_stem_run (RenPlan *plan, const guint8 *faces, guint n_images, gpointer out)
{
  RenStemStep conv1 = { .plan = plan,
    .id = REN_CONV1,
    .faces = faces,
    .n_bands = REN_FACE_SIZE / 2 / CONV1_ROWS,
    .n_parts = 1 };
  RenStemStep conv2 = { .plan = plan, .id = REN_CONV2 };
  RenStemStep conv3 = { .plan = plan, .id = REN_CONV3, .out = out };

  ren_pool_run (plan->pool, conv1_task, &conv1, n_images * conv1.n_bands);
  ren_run_mark (plan, REN_CONV1);
  conv_pool (&conv2, n_images);
  ren_run_mark (plan, REN_CONV2);
  conv_pool (&conv3, n_images);
  ren_run_mark (plan, REN_CONV3);
}

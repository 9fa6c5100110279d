/* conv2 and conv3 of bytes: products of pixels in the order of pooling, four of
 * a window after each other. SPDX-License-Identifier: MIT */
#include "stem-private.h"

/* Pixels that a task works on: whole rows of windows. */
#define N_PIXELS 64

gsize
ren_stem_bytes_scratch (void)
{
  return N_PIXELS * REN_PANEL * sizeof (gint32);
}

/* Rows of the output, which are rows of windows, in a band. */
static guint
window_rows (RenLayerId id)
{
  return N_PIXELS / 2 / ren_network[id].size_in;
}

guint
ren_stem_bytes_bands (RenLayerId id)
{
  return ren_network[id].size_in / 2 / window_rows (id);
}

void
ren_stem_bytes_task (gpointer data, guint task, guint thread)
{
  static const guint8 weight[9] = { 0, 1, 2, 3, 4, 5, 6, 7, 8 };
  const RenStemStep *step = data;
  const RenPlan *plan = step->plan;
  const RenLayer *layer = &ren_network[step->id];
  const RenStemPlace place = ren_stem_place (step, task);
  const guint n_elements = layer->c_in / 4, width = layer->size_in / 2;
  const guint row_stride = ren_stem_in_columns (step->id) * n_elements;
  const guint n_rows = window_rows (step->id);
  const guint32 *in = (const guint32 *) ren_stem_in (step, place.image) +
                      (gsize) place.band * n_rows * 2 * row_stride;
  gint32 *sums = (gint32 *) (plan->scratch + thread * plan->scratch_bytes);
  gint32 from[N_PIXELS], to[N_PIXELS], shift[9];
  const RenRows rows = { N_PIXELS, 9, from, to, shift, weight };

  for (guint i = 0; i < N_PIXELS; i++) {
    const guint window = i / 4;
    const guint y = window / width * 2 + i % 4 / 2;
    const guint x = window % width * 2 + i % 2;

    from[i] = (gint32) (y * row_stride + x * n_elements);
    to[i] = (gint32) (i * REN_PANEL);
  }
  for (guint t = 0; t < 9; t++)
    shift[t] = (gint32) (t / 3 * row_stride + t % 3 * n_elements);

  for (guint p = place.first_panel; p < place.end_panel; p++) {
    const gsize c = (gsize) p * REN_PANEL;

    plan->rows.multiply_u8 (&rows, n_elements, in,
        (const guint32 *) plan->weights->panels[step->id] + c * 9 * n_elements,
        sums, FALSE);
    plan->finish.pool_i32 (N_PIXELS / 4, sums);
    for (guint row = 0; row < n_rows; row++) {
      guint8 *out = ren_stem_out (step, place.image, place.band * n_rows + row);

      plan->finish.u8 (width, sums + row * width * REN_PANEL,
          plan->weights->scale[step->id] + c, plan->weights->bias[step->id] + c,
          NULL, out + c, layer->c_out);
    }
  }
}

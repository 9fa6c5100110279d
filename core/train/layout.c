/* SPDX-License-Identifier: MIT */
#include "layout.h"

#include <string.h>

#define NONE G_MAXSIZE

static gsize
take (gsize *n, gsize size)
{
  const gsize at = *n;

  *n += (size + 15) & ~(gsize) 15; /* whole cache lines */
  return at;
}

void
ren_layout_init (RenLayout *layout, guint n_classes)
{
  memset (layout, 0, sizeof *layout);
  layout->n_classes = n_classes;
  for (RenLayerId id = 0; id < REN_N_LAYERS; id++) {
    const RenLayer *network = &ren_network[id];
    RenLayerLayout *l = &layout->layer[id];
    gsize padded;

    l->c_in = network->c_in;
    l->c_out = ren_layer_c_out (id, n_classes);
    l->n_panels = (l->c_out + REN_PANEL - 1) / REN_PANEL;
    l->all_taps = MAX (1, network->kernel * network->kernel);
    l->live_taps = ren_layer_live_taps (network);
    l->n_taps = ren_count_taps (l->live_taps);
    padded = (gsize) l->n_panels * REN_PANEL;

    l->weight =
        take (&layout->n_parameters, l->n_panels * ren_layout_panel_size (l));
    l->bias = network->bias ? take (&layout->n_parameters, padded) : NONE;
    l->gamma = network->norm ? take (&layout->n_parameters, padded) : NONE;
    l->beta = network->norm ? take (&layout->n_parameters, padded) : NONE;
    l->mean = network->norm ? take (&layout->n_running, padded) : NONE;
    l->var = network->norm ? take (&layout->n_running, padded) : NONE;
    l->dead = take (&layout->n_dead,
        (gsize) l->c_out * l->c_in * (l->all_taps - l->n_taps));
  }
}

gsize
ren_layout_panel_size (const RenLayerLayout *layer)
{
  return (gsize) layer->n_taps * layer->c_in * REN_PANEL;
}

/* Where a vector begins. */
static float *
find_vector (const RenLayerLayout *l, const RenArrays *arrays, RenPart part)
{
  switch (part) {
    case REN_PART_BIAS:
      return arrays->parameters + l->bias;
    case REN_PART_NORM_WEIGHT:
      return arrays->parameters + l->gamma;
    case REN_PART_NORM_BIAS:
      return arrays->parameters + l->beta;
    case REN_PART_NORM_MEAN:
      return arrays->running + l->mean;
    default:
      return arrays->running + l->var;
  }
}

/* One output channel's weight, [c_in][tap] in PyTorch's order: panels hold
 * [tap][c_in] of it, a panel's width apart. */
static void
copy_filter (const RenLayerLayout *l, const RenArrays *arrays, guint c_out,
    gboolean live_only, float *read, const float *write)
{
  float *panel = arrays->parameters + l->weight +
                 c_out / REN_PANEL * ren_layout_panel_size (l) +
                 c_out % REN_PANEL;
  const guint n_dead = l->all_taps - l->n_taps;
  gsize at = 0;

  for (guint c = 0; c < l->c_in; c++) {
    float *dead = arrays->dead ? arrays->dead + l->dead +
                                     ((gsize) c_out * l->c_in + c) * n_dead
                               : NULL;
    guint live = 0;

    for (guint t = 0; t < l->all_taps; t++) {
      const gboolean is_live = l->live_taps >> t & 1;
      float *value =
          is_live ? panel + ((gsize) live++ * l->c_in + c) * REN_PANEL : dead;

      if (!is_live && dead)
        dead++;
      if (!is_live && live_only)
        continue;
      if (read)
        read[at] = value ? *value : 0;
      else if (value)
        *value = write[at];
      at++;
    }
  }
}

static void
copy (const RenLayout *layout, const RenArrays *arrays, RenLayerId id,
    RenPart part, guint first, guint n, gboolean live_only, float *read,
    const float *write)
{
  const RenLayerLayout *l = &layout->layer[id];
  const gsize filter = (gsize) l->c_in * (live_only ? l->n_taps : l->all_taps);

  if (part != REN_PART_WEIGHT) {
    float *vector = find_vector (l, arrays, part) + first;

    memcpy (read ? read : vector, read ? vector : write, n * sizeof *vector);
    return;
  }
  for (guint c = 0; c < n; c++)
    copy_filter (l, arrays, first + c, live_only,
        read ? read + c * filter : NULL, write ? write + c * filter : NULL);
}

void
ren_layout_read (const RenLayout *layout, const RenArrays *arrays,
    RenLayerId id, RenPart part, guint first, guint n, gboolean live_only,
    float *out)
{
  copy (layout, arrays, id, part, first, n, live_only, out, NULL);
}

void
ren_layout_write (const RenLayout *layout, const RenArrays *arrays,
    RenLayerId id, RenPart part, guint first, guint n, const float *in)
{
  copy (layout, arrays, id, part, first, n, FALSE, NULL, in);
}

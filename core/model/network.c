/* SPDX-License-Identifier: MIT */
#include "network.h"

guint
ren_layer_size_out (const RenLayer *layer)
{
  return (layer->size_in - 1) / layer->stride + 1;
}

gboolean
ren_layer_has_part (RenLayerId id, RenPart part)
{
  switch (part) {
    case REN_PART_WEIGHT:
      return TRUE;
    case REN_PART_BIAS:
      return ren_network[id].bias;
    default:
      return ren_network[id].norm != NULL;
  }
}

void
ren_tensor_name (RenLayerId id, RenPart part, char name[REN_TENSOR_NAME_MAX])
{
  static const char *const suffix[REN_N_PARTS] = {
    [REN_PART_WEIGHT] = "weight",
    [REN_PART_BIAS] = "bias",
    [REN_PART_NORM_WEIGHT] = "weight",
    [REN_PART_NORM_BIAS] = "bias",
    [REN_PART_NORM_MEAN] = "running_mean",
    [REN_PART_NORM_VAR] = "running_var",
  };
  const RenLayer *layer = &ren_network[id];

  g_snprintf (name, REN_TENSOR_NAME_MAX, "%s.%s",
      part >= REN_PART_NORM_WEIGHT ? layer->norm : layer->name, suffix[part]);
}

guint
ren_layer_c_out (RenLayerId id, guint n_classes)
{
  return ren_network[id].c_out ? ren_network[id].c_out : n_classes;
}

guint
ren_tensor_shape (RenLayerId id, RenPart part, guint n_classes, guint64 dims[4])
{
  const RenLayer *layer = &ren_network[id];

  dims[0] = ren_layer_c_out (id, n_classes);
  if (part != REN_PART_WEIGHT)
    return 1;
  dims[1] = layer->c_in;
  if (layer->kernel == 0)
    return 2;
  dims[2] = dims[3] = layer->kernel;
  return 4;
}

guint64
ren_tensor_size (RenLayerId id, RenPart part, guint n_classes)
{
  guint64 dims[4], n = 1;
  guint n_dims = ren_tensor_shape (id, part, n_classes, dims);

  for (guint i = 0; i < n_dims; i++)
    n *= dims[i];
  return n;
}

RenLayerId
ren_layer_input (RenLayerId id)
{
  switch (id) {
    case REN_CONV1:
      return REN_CONV1;
    case REN_BLOCK1_SHORTCUT:
    case REN_BLOCK2_SHORTCUT:
    case REN_BLOCK3_SHORTCUT:
      return ren_layer_input (id - 2);
    case REN_BLOCK2_CONV1:
    case REN_BLOCK3_CONV1:
    case REN_FC1:
      return id - 2; /* the block's conv2, to which its shortcut is added */
    default:
      return id - 1;
  }
}

guint
ren_layer_live_taps (const RenLayer *layer)
{
  gint k = MAX (1, (gint) layer->kernel), pad = k / 2, size = layer->size_in;
  gint n_out = ren_layer_size_out (layer);
  guint live = 0; /* bits of taps along one axis */
  guint taps = 0;

  for (gint o = 0; o < n_out; o++)
    for (gint t = 0; t < k; t++) {
      gint i = o * (gint) layer->stride + t - pad;

      if (i >= 0 && i < size)
        live |= 1u << t;
    }
  for (gint y = 0; y < k; y++)
    for (gint x = 0; x < k; x++)
      if (live >> y & live >> x & 1)
        taps |= 1u << (y * k + x);
  return taps;
}

guint
ren_count_taps (guint taps)
{
  return (guint) __builtin_popcount (taps);
}

/* What forward and backward both need: the input, dropout, pooling.
 * SPDX-License-Identifier: MIT */
#include "net.h"

#include <string.h>

#include "resemotenet.h"

void
ren_net_patches (const RenNet *net, guint image, float *patches)
{
  const gint size = REN_FACE_SIZE;
  const float *face = net->pass.faces + (gsize) image * REN_FACE_BYTES;
  float scale[3], offset[3];

  for (guint c = 0; c < 3; c++) {
    scale[c] = 1 / (255 * net->input_std[c]);
    offset[c] = -net->input_mean[c] / net->input_std[c];
  }
  for (gint y = 0; y < size; y++)
    for (gint x = 0; x < size; x++, patches += REN_PATCH_STRIDE)
      for (gint t = 0; t < 9; t++) {
        const gint sy = y + t / 3 - 1, sx = x + t % 3 - 1;
        /* padding is 0 after normalisation */
        const gboolean inside = sy >= 0 && sy < size && sx >= 0 && sx < size;
        const float grey = inside ? face[sy * size + sx] : 0;

        for (gint c = 0; c < 3; c++)
          patches[t * 3 + c] = inside ? grey * scale[c] + offset[c] : 0;
      }
}

void
ren_net_keep (const RenNet *net, guint layer, guint image, gsize n, float *keep)
{
  const float p = layer < 2 ? net->pass.dropout : net->pass.dropout_fc;
  const guint drop_below = (guint) (p * 65536 + .5f);
  const float kept = 1 / (1 - p);
  /* the number of the image among those of all ranks */
  const guint64 key = ren_random_key (ren_random_key (net->pass.key, layer),
      (guint64) net->ranks.rank * net->pass.n + image);

  /* four decisions of 16 bits from each number */
  for (gsize i = 0; i < n; i += 4) {
    guint64 bits = ren_random (key, i / 4);

    for (gsize j = i; j < MIN (n, i + 4); j++, bits >>= 16)
      keep[j] = (bits & 0xffff) < drop_below ? 0 : kept;
  }
}

RenPool2
ren_stage_pool (const RenNet *net, guint stage)
{
  const RenLayerId id = ren_stage_conv (stage);
  const RenLayerLayout *at = &net->layout.layer[id];
  const RenNetLayer *l = &net->layer[id];

  return (RenPool2){ .size = ren_network[id].size_in,
    .n_channels = at->c_out,
    .z_stride = l->out_stride,
    .out_stride = l->out_stride,
    .mean = l->mean,
    .inv = l->inv,
    .gamma = net->parameters + at->gamma,
    .beta = net->parameters + at->beta };
}

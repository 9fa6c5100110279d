/* Weights of 8 bits. SPDX-License-Identifier: MIT */
#include "match.h"
#include "model.h"
#include "rows.h"

gboolean
ren_layer_is_quantized (RenLayerId id)
{
  return id != REN_CONV1 && id != REN_FC4 && ren_network[id].bias;
}

gboolean
ren_layer_has_output_scale (RenLayerId id)
{
  switch (id) {
    case REN_SE_SQUEEZE:
    case REN_BLOCK1_SHORTCUT:
    case REN_BLOCK2_SHORTCUT:
    case REN_BLOCK3_SHORTCUT:
    case REN_FC4:
      return FALSE;
    default:
      return TRUE;
  }
}

void
ren_packed_shape (RenLayerId id, guint64 dims[5])
{
  dims[0] = ren_network[id].c_out / REN_PANEL;
  dims[1] = ren_count_taps (ren_layer_live_taps (&ren_network[id]));
  dims[2] = ren_network[id].c_in / 4;
  dims[3] = REN_PANEL;
  dims[4] = 4;
}

gsize
ren_packed_panel (RenLayerId id)
{
  const guint live = ren_layer_live_taps (&ren_network[id]);

  return (gsize) ren_count_taps (live) * ren_network[id].c_in * REN_PANEL;
}

gsize
ren_packed_index (
    RenLayerId id, gsize c_out, gsize c_in, guint tap, guint n_live)
{
  const gsize line =
      (c_out / REN_PANEL * n_live + tap) * (ren_network[id].c_in / 4) +
      c_in / 4;

  return (line * REN_PANEL + c_out % REN_PANEL) * 4 + c_in % 4;
}

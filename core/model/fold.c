/* SPDX-License-Identifier: MIT */
#include "fold.h"

#include <math.h>

void
ren_fold_norm (const RenModel *model, RenLayerId id, float *scale, float *shift)
{
  const RenLayer *layer = &ren_network[id];
  const gsize n = ren_layer_c_out (id, model->tensors->n_classes);
  g_autofree float *part = g_new0 (float, REN_N_PARTS *n);

  for (guint p = REN_PART_BIAS; p < REN_N_PARTS; p++)
    if (ren_layer_has_part (id, p))
      ren_model_read_tensor (model, id, p, 0, n, part + p * n);

  for (gsize o = 0; o < n; o++) {
    double s = 1, t = part[REN_PART_BIAS * n + o];

    if (layer->norm) {
      s = part[REN_PART_NORM_WEIGHT * n + o] /
          sqrt ((double) part[REN_PART_NORM_VAR * n + o] + REN_NORM_EPSILON);
      t = (t - part[REN_PART_NORM_MEAN * n + o]) * s +
          part[REN_PART_NORM_BIAS * n + o];
    }
    scale[o] = (float) s;
    shift[o] = (float) t;
  }
}

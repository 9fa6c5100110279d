/* SPDX-License-Identifier: MIT */
#include "fold.h"

#include <math.h>

void
ren_fold_norm (const RenModel *model, RenLayerId id, float *scale, float *shift)
{
  const RenLayer *layer = &ren_network[id];
  const gsize n = ren_layer_c_out (id, model->tensors->n_classes);
  float part[REN_N_PARTS][REN_MAX_CHANNELS] = { 0 };

  for (RenPart p = REN_PART_BIAS; p < REN_N_PARTS; p++)
    if (ren_layer_has_part (id, p))
      ren_model_read_vector (model, id, p, part[p]);

  for (gsize o = 0; o < n; o++) {
    double s = 1, t = part[REN_PART_BIAS][o];

    if (layer->norm) {
      s = part[REN_PART_NORM_WEIGHT][o] /
          sqrt ((double) part[REN_PART_NORM_VAR][o] + REN_NORM_EPSILON);
      t = (t - part[REN_PART_NORM_MEAN][o]) * s + part[REN_PART_NORM_BIAS][o];
    }
    scale[o] = (float) s;
    shift[o] = (float) t;
  }
}

/* Where weights begin. SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "model.h"
#include "trainer-private.h"

/* torch.nn.Conv2d and Linear: kaiming_uniform_ (a = √5) for the weight, which
 * is uniform within ± 1 / √fan_in, and the same bound for the bias. */
static void
fill_uniform (RenTrainer *trainer, RenLayerId id, RenPart part, guint c_out,
    gsize n, float *out)
{
  const RenLayerLayout *at = &trainer->net->layout.layer[id];
  const float bound = 1 / sqrtf ((float) (at->c_in * at->all_taps));
  const guint64 key = ren_random_key (
      ren_random_key (trainer->options.seed, 1), id * REN_N_PARTS + part);

  for (gsize i = 0; i < n; i++)
    out[i] = bound * (2 * ren_random_float (key, c_out * n + i) - 1);
}

static RenArrays
weight_arrays (RenTrainer *trainer)
{
  return (RenArrays){ trainer->weights, trainer->running, trainer->dead };
}

void
ren_trainer_init_random (RenTrainer *trainer)
{
  const RenArrays arrays = weight_arrays (trainer);
  float filter[2048 * 9];

  for (RenLayerId id = 0; id < REN_N_LAYERS; id++) {
    const RenLayerLayout *at = &trainer->net->layout.layer[id];

    for (guint c = 0; c < at->c_out; c++) {
      for (RenPart part = 0; part < REN_N_PARTS; part++) {
        if (!ren_layer_has_part (id, part))
          continue;
        if (part == REN_PART_WEIGHT)
          fill_uniform (
              trainer, id, part, c, (gsize) at->c_in * at->all_taps, filter);
        else if (part == REN_PART_BIAS)
          fill_uniform (trainer, id, part, c, 1, filter);
        else
          filter[0] = part == REN_PART_NORM_WEIGHT || part == REN_PART_NORM_VAR;
        ren_layout_write (
            &trainer->net->layout, &arrays, id, part, c, 1, filter);
      }
    }
  }
}

gboolean
ren_read_model (const RenLayout *layout, const RenArrays *arrays,
    const RenModel *model, GError **error)
{
  float filter[2048 * 9];

  for (RenLayerId id = 0; id < REN_N_LAYERS; id++) {
    const RenLayerLayout *at = &layout->layer[id];

    for (RenPart part = 0; part < REN_N_PARTS; part++) {
      const gsize n =
          part == REN_PART_WEIGHT ? (gsize) at->c_in * at->all_taps : 1;

      if (!ren_layer_has_part (id, part))
        continue;
      for (guint c = 0; c < at->c_out; c++) {
        if (!ren_model_read_tensor (model, id, part, c * n, n, filter, error))
          return FALSE;
        ren_layout_write (layout, arrays, id, part, c, 1, filter);
      }
    }
  }
  return TRUE;
}

gboolean
ren_trainer_init_from_model (
    RenTrainer *trainer, const RenModel *model, GError **error)
{
  const RenArrays arrays = weight_arrays (trainer);

  memcpy (trainer->net->input_mean, model->mean, sizeof model->mean);
  memcpy (trainer->net->input_std, model->std, sizeof model->std);
  return ren_read_model (&trainer->net->layout, &arrays, model, error);
}

void
ren_trainer_init_average (RenTrainer *trainer)
{
  const RenLayout *layout = &trainer->net->layout;

  if (!trainer->average)
    return;
  memcpy (trainer->average, trainer->weights,
      layout->n_parameters * sizeof (float));
  memcpy (trainer->average_running, trainer->running,
      layout->n_running * sizeof (float));
}

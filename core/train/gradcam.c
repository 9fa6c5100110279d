/* Where the network looks: Grad-CAM on conv3.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "trainer-private.h"
#include "model.h"

#define CAM_PIXELS (REN_CAM_SIZE * REN_CAM_SIZE)

/* Σ_k mean (gradient_k) × A_k, what is positive of it, largest value 1. */
static void
make_map (const float *activation, const float *gradient, guint stride,
    guint n_channels, float *map)
{
  float weight[256] = { 0 }, highest = 0;

  g_assert (n_channels <= G_N_ELEMENTS (weight));
  for (guint p = 0; p < CAM_PIXELS; p++)
    for (guint c = 0; c < n_channels; c++)
      weight[c] += gradient[(gsize) p * stride + c] / CAM_PIXELS;
  for (guint p = 0; p < CAM_PIXELS; p++) {
    float sum = 0;

    for (guint c = 0; c < n_channels; c++)
      sum += weight[c] * activation[(gsize) p * stride + c];
    map[p] = MAX (0, sum);
    highest = MAX (highest, map[p]);
  }
  for (guint p = 0; p < CAM_PIXELS && highest > 0; p++)
    map[p] /= highest;
}

gboolean
ren_gradcam (RenModel *model, const guint8 *face, float *maps, float *logits,
    GError **error)
{
  const guint n = ren_model_n_classes (model);
  RenTrainerOptions options;
  g_autoptr (RenTrainer) trainer = NULL;
  g_autofree float *faces = g_new (float, (gsize) n *REN_FACE_BYTES);
  g_autofree float *activation = NULL;
  const RenNetLayer *conv3;
  const float *bias;
  gsize image;
  RenPass pass = { .faces = faces, .n = n };
  RenNet *net;

  ren_trainer_options_init (&options);
  options.max_batch = n; /* the same face once for each class */
  trainer = ren_trainer_new_from_model (model, &options, error);
  if (!trainer)
    return FALSE;
  for (gsize i = 0; i < (gsize) n * REN_FACE_BYTES; i++)
    faces[i] = face[i % REN_FACE_BYTES];
  net = trainer->net;
  net->gradient = NULL;
  ren_net_forward (net, &pass);
  memcpy (logits, net->layer[REN_FC4].z, n * sizeof *logits);

  /* what PyTorch's hook on conv3 sees, its bias included */
  conv3 = &net->layer[REN_CONV3];
  bias = net->parameters + net->layout.layer[REN_CONV3].bias;
  image = (gsize) conv3->out_pixels * conv3->out_stride;
  activation = g_memdup2 (conv3->z, image * sizeof *activation);
  for (gsize i = 0; i < image; i++)
    if (i % conv3->out_stride < net->layout.layer[REN_CONV3].c_out)
      activation[i] += bias[i % conv3->out_stride];

  memset (net->d_logits, 0, (gsize) n * REN_PANEL * sizeof *net->d_logits);
  for (guint c = 0; c < n; c++)
    net->d_logits[c * REN_PANEL + c] = 1;
  ren_net_backward_to_conv3 (net);
  for (guint c = 0; c < n; c++)
    make_map (activation, conv3->z + c * image, conv3->out_stride,
        net->layout.layer[REN_CONV3].c_out, maps + c * CAM_PIXELS);
  return TRUE;
}

/* Where the network looks: Grad-CAM on conv3.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "model.h"
#include "trainer-private.h"

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

/* The model in evaluation mode, the same face once for each class: from the
 * outputs to conv3's gradient. */
static void
run (RenNet *net, const float *faces, float *maps, float *logits)
{
  const guint n = net->layout.n_classes;
  const RenNetLayer *conv3 = &net->layer[REN_CONV3];
  const guint n_channels = net->layout.layer[REN_CONV3].c_out;
  const float *bias = net->parameters + net->layout.layer[REN_CONV3].bias;
  const gsize image = (gsize) conv3->out_pixels * conv3->out_stride;
  const RenPass pass = { .faces = faces, .n = n };
  g_autofree float *activation = NULL;

  ren_net_forward (net, &pass);
  memcpy (logits, net->layer[REN_FC4].z, n * sizeof *logits);
  /* what PyTorch's hook on conv3 sees, its bias included */
  activation = g_memdup2 (conv3->z, image * sizeof *activation);
  for (guint p = 0; p < CAM_PIXELS; p++)
    for (guint c = 0; c < n_channels; c++)
      activation[(gsize) p * conv3->out_stride + c] += bias[c];

  memset (net->d_logits, 0, (gsize) n * REN_PANEL * sizeof *net->d_logits);
  for (guint c = 0; c < n; c++)
    net->d_logits[c * REN_PANEL + c] = 1;
  ren_net_backward_to_conv3 (net);
  for (guint c = 0; c < n; c++)
    make_map (activation, conv3->z + c * image, conv3->out_stride, n_channels,
        maps + c * CAM_PIXELS);
}

gboolean
ren_gradcam (RenModel *model, const guint8 *face, float *maps, float *logits,
    GError **error)
{
  const guint n = ren_model_n_classes (model);
  g_autofree float *faces = g_new (float, (gsize) n *REN_FACE_BYTES);
  RenArrays arrays = { 0 };
  gboolean ok = FALSE;
  gsize n_floats;
  RenNet *net;

  net = ren_net_new (n, n, MIN (64, g_get_num_processors ()), error);
  if (!net)
    return FALSE;
  n_floats = net->layout.n_parameters + net->layout.n_running;
  arrays.parameters = ren_try_alloc_floats (n_floats, error);
  if (arrays.parameters) {
    memset (arrays.parameters, 0, n_floats * sizeof (float));
    arrays.running = arrays.parameters + net->layout.n_parameters;
    ok = ren_read_model (&net->layout, &arrays, model, error);
  }
  if (ok) {
    net->parameters = arrays.parameters;
    net->running = arrays.running;
    memcpy (net->input_mean, model->mean, sizeof model->mean);
    memcpy (net->input_std, model->std, sizeof model->std);
    for (gsize i = 0; i < (gsize) n * REN_FACE_BYTES; i++)
      faces[i] = face[i % REN_FACE_BYTES];
    run (net, faces, maps, logits);
  }
  ren_net_free (net);
  free (arrays.parameters);
  return ok;
}

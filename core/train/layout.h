/* Where each parameter lies in the trainer's arrays.
 * SPDX-License-Identifier: MIT
 *
 * Weights, gradient, momentum and average are arrays of the same layout, so
 * that the optimizer is one loop. Weights lie in panels (see rows.h) and only
 * the taps that ever meet a pixel are there: the others, whose gradient is 0,
 * are kept apart (see decay.h). Panels are padded with zeros to REN_PANEL
 * output channels; zeros have no gradient and stay.
 */
#pragma once

#include "network.h"
#include "rows.h"

typedef struct
{
  guint c_in, c_out;
  guint n_panels;
  guint n_taps;                    /* live ones; 1 of a fully connected layer */
  guint live_taps;                 /* bit set; 1 of a fully connected layer */
  guint all_taps;                  /* 9 or 1 */
  gsize weight, bias, gamma, beta; /* in the parameters; G_MAXSIZE: has none */
  gsize mean, var;                 /* in the running statistics */
  gsize dead;                      /* in the dead taps */
} RenLayerLayout;

typedef struct
{
  guint n_classes;
  RenLayerLayout layer[REN_N_LAYERS];
  gsize n_parameters; /* floats of each array */
  gsize n_running;    /* floats of the running statistics */
  gsize n_dead;       /* floats of the dead taps */
} RenLayout;

void ren_layout_init (RenLayout *layout, guint n_classes);

/* Floats of one panel of weights. */
gsize ren_layout_panel_size (const RenLayerLayout *layer);

/* The arrays that a tensor's numbers are in. */
typedef struct
{
  float *parameters, *running;
  float *dead; /* NULL: dead taps read as 0 and are not written */
} RenArrays;

/* Copies output channels first … first + n - 1 of a tensor between the arrays
 * and PyTorch's order. With live_only a weight has only its live taps, as a
 * trimmed file stores it. */
void ren_layout_read (const RenLayout *layout, const RenArrays *arrays,
    RenLayerId id, RenPart part, guint first, guint n, gboolean live_only,
    float *out);
void ren_layout_write (const RenLayout *layout, const RenArrays *arrays,
    RenLayerId id, RenPart part, guint first, guint n, const float *in);

/* A model of random weights for tests of what runs it.
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include "model.h"

#define N_CLASSES 7

/* A model in memory: every tensor is a stretch of the same random numbers,
 * scaled by its batch norm, or in advance where there is none, so that
 * activations neither die nor explode. Some norms' scales are negative. */
typedef struct
{
  RenTensors tensors;
  RenModel model;
  float *noise, *quiet, *ones, *gains[REN_N_LAYERS];
} Fixture;

void fixture_init (Fixture *f);

/* No plan of the model may be left. */
void fixture_clear (Fixture *f);

guint8 *random_faces (guint n);

/* NaN where there is one. */
double largest_difference (const float *a, const float *b, gsize n);

/* Taps that only ever meet padding.
 * SPDX-License-Identifier: MIT
 *
 * At 64×64 more than half of the network's weights are such taps. Their
 * gradient is 0, so that SGD does the same to each of them: weight decay. Hence
 * weight, momentum and average of each are its first value times a factor that
 * is the same for all, and SGD need only move the factors; the values stay as
 * they were.
 */
#pragma once

#include <glib.h>

typedef struct
{
  double weight, momentum, average; /* factors: 1, 0, 1 at first */
} RenDecay;

void ren_decay_init (RenDecay *decay);

/* One step of torch.optim.SGD with gradient 0; see norm.h, sgd. */
void ren_decay_step (RenDecay *decay, double rate, double momentum,
    double weight_decay, gboolean nesterov, double pull);

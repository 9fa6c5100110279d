/* SPDX-License-Identifier: MIT */
#include "decay.h"

void
ren_decay_init (RenDecay *decay)
{
  *decay = (RenDecay){ .weight = 1, .momentum = 0, .average = 1 };
}

void
ren_decay_step (RenDecay *decay, double rate, double momentum,
    double weight_decay, gboolean nesterov, double pull)
{
  const double d = weight_decay * decay->weight;
  const double m = momentum * decay->momentum + d;

  decay->momentum = m;
  decay->weight -= rate * (nesterov ? d + momentum * m : m);
  decay->average += pull * (decay->weight - decay->average);
}

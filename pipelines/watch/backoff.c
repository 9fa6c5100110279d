/* SPDX-License-Identifier: MIT */
#include "backoff.h"

#define FIRST_MS 500
#define LONGEST_MS 30000

guint
backoff_next_ms (Backoff *backoff)
{
  const guint ms =
      backoff_is_longest (backoff) ? LONGEST_MS : FIRST_MS << backoff->n_tries;

  backoff->n_tries++;
  return (guint) (ms * g_random_double_range (0.75, 1.25));
}

gboolean
backoff_is_longest (const Backoff *backoff)
{
  /* bounded first: a shift by more than 31 is no number */
  return backoff->n_tries > 16 || FIRST_MS << backoff->n_tries >= LONGEST_MS;
}

void
backoff_reset (Backoff *backoff)
{
  backoff->n_tries = 0;
}

/* How often something happens, over the last second or so.
 * SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

#define RATE_INTERVAL_US G_USEC_PER_SEC

/* Begun with the time of its start. */
typedef struct
{
  gint64 since_us;
  guint64 n;
  gdouble per_second;
} Rate;

/* @n: how often it has happened in all; @now_us: as since_us. */
static inline gdouble
rate_update (Rate *rate, guint64 n, gint64 now_us)
{
  const gint64 passed_us = now_us - rate->since_us;

  if (passed_us >= RATE_INTERVAL_US) {
    rate->per_second =
        (gdouble) (n - rate->n) * G_USEC_PER_SEC / (gdouble) passed_us;
    rate->since_us = now_us;
    rate->n = n;
  }
  return rate->per_second;
}

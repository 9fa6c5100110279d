/* How long to wait before the next try. SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

/* Zero-initialised: the first wait is next. */
typedef struct
{
  guint n_tries;
} Backoff;

/**
 * backoff_next_ms:
 *
 * Half a second, twice that, and so on up to half a minute, each a fourth more
 * or less by chance: many that lost the same server do not come back at once.
 *
 * Returns: milliseconds
 */
guint backoff_next_ms (Backoff *backoff);

/* Whether waits do not become longer any more. */
gboolean backoff_is_longest (const Backoff *backoff);

/* It went well: the next wait is a short one again. */
void backoff_reset (Backoff *backoff);

/* How long which emotion was seen, in bins of time
 * SPDX-License-Identifier: MIT
 *
 * A sparse table: an array of TimelineCell, sorted by bin and then by label, of
 * which none is empty.
 */
#pragma once

#include <glib.h>

typedef struct
{
  guint32 bin;
  guint32 label;
  guint64 ns;
} TimelineCell;

/* Returns: (transfer full): an empty array */
GArray *cells_new (void);

/* Adds time to a bin. */
void cells_add (GArray *cells, guint32 bin, guint32 label, guint64 ns);

/* Makes bins twice as wide: 2i and 2i + 1 become i. */
void cells_halve (GArray *cells);

/* Adds all of @from. */
void cells_merge (GArray *into, const GArray *from);

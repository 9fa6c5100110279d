/* SPDX-License-Identifier: MIT */
#include "cells.h"

GArray *
cells_new (void)
{
  return g_array_new (FALSE, FALSE, sizeof (TimelineCell));
}

static gint
compare (const TimelineCell *a, const TimelineCell *b)
{
  if (a->bin != b->bin)
    return a->bin < b->bin ? -1 : 1;
  return a->label < b->label ? -1 : a->label > b->label;
}

/* Index of the first cell that is not before @cell. */
static guint
find (const GArray *cells, const TimelineCell *cell)
{
  guint from = 0, to = cells->len;

  while (from < to) {
    const guint middle = from + (to - from) / 2;

    if (compare (&g_array_index (cells, TimelineCell, middle), cell) < 0)
      from = middle + 1;
    else
      to = middle;
  }
  return from;
}

void
cells_add (GArray *cells, guint32 bin, guint32 label, guint64 ns)
{
  const TimelineCell cell = { bin, label, ns };
  const guint i = find (cells, &cell);
  TimelineCell *there =
      i < cells->len ? &g_array_index (cells, TimelineCell, i) : NULL;

  if (ns == 0)
    return;
  if (there && compare (there, &cell) == 0)
    there->ns += ns;
  else
    g_array_insert_val (cells, i, cell);
}

void
cells_halve (GArray *cells)
{
  g_autoptr (GArray) old = g_array_copy (cells);

  g_array_set_size (cells, 0);
  for (guint i = 0; i < old->len; i++) {
    const TimelineCell *cell = &g_array_index (old, TimelineCell, i);

    cells_add (cells, cell->bin / 2, cell->label, cell->ns);
  }
}

void
cells_merge (GArray *into, const GArray *from)
{
  for (guint i = 0; i < from->len; i++) {
    const TimelineCell *cell = &g_array_index (from, TimelineCell, i);

    cells_add (into, cell->bin, cell->label, cell->ns);
  }
}

/* SPDX-License-Identifier: MIT */
#include "taps.h"

gboolean
ren_stretch_equal (const RenStretch *a, const RenStretch *b)
{
  return a->begin == b->begin && a->end == b->end && a->lo == b->lo &&
         a->hi == b->hi;
}

/* Returns how many samples weigh something, of the output that has most. */
static guint
set_triangles (RenTriangles *t, const RenStretch *of)
{
  const double scale = (of->end - of->begin) / REN_FACE_SIZE;
  gint32 most = 0;

  t->reach = MAX (scale, 1.0);
  for (guint o = 0; o < REN_FACE_SIZE; o++) {
    const double centre = of->begin + (o + 0.5) * scale;
    gint32 from = MAX ((gint32) (centre - t->reach + 0.5), of->lo);
    gint32 to = MIN ((gint32) (centre + t->reach + 0.5), of->hi);

    /* a sliver of chroma can lie beyond the last sample's centre */
    from = MIN (from, of->hi - 1);
    to = MAX (to, from + 1);
    t->centre[o] = centre;
    t->from[o] = from;
    t->to[o] = to;
    most = MAX (most, to - from);
  }
  return (guint) most;
}

void
ren_axis_set (
    RenAxis *axis, const RenResampleKernels *k, const RenStretch *stretch)
{
  RenTaps *taps = &axis->taps;
  RenTriangles triangles;
  gsize needed;

  if (taps->weight && ren_stretch_equal (&axis->of, stretch))
    return;
  axis->of = *stretch;
  taps->n_taps = set_triangles (&triangles, stretch);
  needed = (gsize) taps->n_taps * REN_FACE_SIZE;
  if (needed > axis->allocated) {
    g_free (taps->weight);
    g_free (axis->scratch);
    taps->weight = g_new (gint32, needed);
    axis->scratch = g_new (double, needed);
    axis->allocated = needed;
  }
  /* the last outputs begin earlier, so that all of their taps are samples */
  for (guint o = 0; o < REN_FACE_SIZE; o++)
    taps->first[o] =
        MIN (triangles.from[o], stretch->hi - (gint32) taps->n_taps) -
        stretch->lo;
  k->weigh (&triangles, stretch->lo, taps, axis->scratch);
}

void
ren_axis_clear (RenAxis *axis)
{
  g_clear_pointer (&axis->taps.weight, g_free);
  g_clear_pointer (&axis->scratch, g_free);
  axis->allocated = 0;
}

/* resemotenet: which faces of a frame the network is to see
 * SPDX-License-Identifier: MIT
 */
#include "schedule.h"

static gint
compare_urgency (gconstpointer a, gconstpointer b)
{
  const Face *f = *(const Face *const *) a, *g = *(const Face *const *) b;

  if (f->has_result != g->has_result)
    return f->has_result ? 1 : -1;
  if (f->has_result && f->result.age_ns != g->result.age_ns)
    return f->result.age_ns < g->result.age_ns ? 1 : -1;
  /* else in the order of the metadata */
  return (f > g) - (f < g);
}

void
schedule_faces (GPtrArray *due, GArray *faces, gboolean turn,
    GstClockTime reclassify_interval, guint batch_size)
{
  guint n_new = 0, n_passes;

  g_ptr_array_set_size (due, 0);
  for (guint i = 0; i < faces->len; i++) {
    Face *face = &g_array_index (faces, Face, i);

    n_new += !face->has_result;
    if (!face->has_result ||
        (turn && face->result.age_ns >= reclassify_interval))
      g_ptr_array_add (due, face);
  }
  g_ptr_array_sort (due, compare_urgency);

  n_passes = MAX (n_new / batch_size + (n_new % batch_size > 0), 1);
  if (reclassify_interval > 0 && due->len / batch_size >= n_passes)
    g_ptr_array_set_size (due, (gint) (n_passes * batch_size));
}

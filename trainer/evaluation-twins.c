/* SPDX-License-Identifier: MIT */
#include "data-scan.h"
#include "evaluation-twins.h"

/* As `data check` has it by default. */
#define NEAR_BITS 8

/* Names of the measured faces, which are marked as of the test split, that
 * share a group with one of the others, of the training split. */
static GHashTable *
find_twins (const Scan *scan, const guint *group)
{
  GHashTable *names = g_hash_table_new (g_str_hash, g_str_equal);
  g_autofree guint *order = NULL;
  g_autoptr (GArray) groups = scan_groups (scan, group, &order);

  for (guint g = 0; g < groups->len; g++) {
    const Twins *twins = &g_array_index (groups, Twins, g);
    gboolean is_learnt = FALSE;

    for (guint i = 0; i < twins->n; i++) {
      const Face *face = scan->faces->pdata[twins->faces[i]];

      is_learnt = is_learnt || face->split == SPLIT_TRAIN;
    }
    for (guint i = 0; i < twins->n && is_learnt; i++) {
      Face *face = scan->faces->pdata[twins->faces[i]];

      if (face->split == SPLIT_TEST)
        g_hash_table_add (names, (gpointer) face_name (face));
    }
  }
  return names;
}

static void
measure_others (const Evaluation *evaluation, float temperature,
    GHashTable *twins, Metrics *metrics)
{
  *metrics = (Metrics){ .n_classes = evaluation->n_classes };
  for (guint i = 0; i < evaluation->faces->len; i++) {
    const Face *face = evaluation->faces->pdata[i];
    float scores[REN_MAX_CLASSES];

    if (g_hash_table_contains (twins, face_name (face)))
      continue;
    evaluation_scores (evaluation, i, temperature, scores);
    metrics_add_scores (metrics, (guint) face->label, scores);
  }
}

/* Adds a data set's faces, marked. */
static gboolean
add_marked (GPtrArray *all, const DatasetOptions *options, DatasetSplit mark,
    GError **error)
{
  GPtrArray *faces = dataset_open (options, error);

  if (!faces)
    return FALSE;
  for (guint i = 0; i < faces->len; i++)
    ((Face *) faces->pdata[i])->split = mark;
  g_ptr_array_extend_and_steal (all, faces);
  return TRUE;
}

gboolean
evaluation_without_twins (const Evaluation *evaluation, float temperature,
    const DatasetOptions *measured, const DatasetOptions *others,
    Metrics *exact, Metrics *near, GError **error)
{
  g_autoptr (GPtrArray) faces = g_ptr_array_new_with_free_func (face_free);
  g_auto (Scan) scan = { 0 };
  g_autoptr (GHashTable) identical = NULL;
  g_autoptr (GHashTable) similar = NULL;

  if (!add_marked (faces, measured, SPLIT_TEST, error) ||
      !add_marked (faces, others, SPLIT_TRAIN, error))
    return FALSE;
  scan_read (&scan, g_steal_pointer (&faces), measured->labels, NEAR_BITS);
  identical = find_twins (&scan, scan.identical);
  similar = find_twins (&scan, scan.near);
  measure_others (evaluation, temperature, identical, exact);
  measure_others (evaluation, temperature, similar, near);
  return TRUE;
}

/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "app.h"
#include "data-scan.h"

#define MAX_THREADS 16

static const Face *
face_at (const Scan *scan, guint i)
{
  return scan->faces->pdata[i];
}

/* ---- reading ------------------------------------------------------------- */

typedef struct
{
  const GPtrArray *faces;
  Fingerprint *prints; /* [n] */
  char **reasons;      /* [n]: why one is unreadable, or NULL */
  gint next, done;     /* atomic */
  GThread *caller;
} Reading;

static gpointer
read_faces (gpointer data)
{
  Reading *reading = data;
  g_autoptr (RenCropper) cropper = ren_cropper_new ();
  guint8 grey[REN_FACE_BYTES];
  guint i;

  while ((i = (guint) g_atomic_int_add (&reading->next, 1)) <
         reading->faces->len) {
    g_autoptr (GError) error = NULL;

    if (face_read (reading->faces->pdata[i], cropper, grey, &error))
      fingerprint_take (grey, &reading->prints[i]);
    else
      reading->reasons[i] = g_strdup (error->message);
    g_atomic_int_inc (&reading->done);
    if (g_thread_self () == reading->caller)
      console_progress ((guint64) g_atomic_int_get (&reading->done));
  }
  return NULL;
}

static void
free_unreadable (gpointer data)
{
  SkippedFace *entry = data;

  face_free ((gpointer) entry->face);
  g_free (entry->reason);
  g_free (entry);
}

/* Moves what is unreadable out of the way. Returns how many are left. */
static guint
sort_out (Scan *scan, Reading *reading, GPtrArray *faces)
{
  guint n = 0;

  for (guint i = 0; i < faces->len; i++) {
    SkippedFace *entry;

    if (!reading->reasons[i]) {
      reading->prints[n++] = reading->prints[i];
      g_ptr_array_add (scan->faces, faces->pdata[i]);
      continue;
    }
    entry = g_new (SkippedFace, 1);
    *entry = (SkippedFace){ faces->pdata[i], reading->reasons[i] };
    g_ptr_array_add (scan->unreadable, entry);
  }
  g_ptr_array_set_free_func (faces, NULL);
  g_ptr_array_unref (faces);
  return n;
}

void
scan_read (
    Scan *scan, GPtrArray *faces, const char *const *labels, int max_bits)
{
  g_autofree Fingerprint *prints = g_new (Fingerprint, faces->len);
  g_autofree char **reasons = g_new0 (char *, faces->len);
  Reading reading = { .faces = faces,
    .prints = prints,
    .reasons = reasons,
    .caller = g_thread_self () };
  GThread *threads[MAX_THREADS];
  const guint n_threads = CLAMP (g_get_num_processors (), 1, MAX_THREADS) - 1;
  guint n;

  *scan = (Scan){ .labels = labels,
    .n_classes = g_strv_length ((char **) labels),
    .faces = g_ptr_array_new_with_free_func (face_free),
    .unreadable = g_ptr_array_new_with_free_func (free_unreadable) };
  console_progress_begin (faces->len, "pictures");
  for (guint i = 0; i < n_threads; i++)
    threads[i] = g_thread_new ("reader", read_faces, &reading);
  read_faces (&reading);
  for (guint i = 0; i < n_threads; i++)
    g_thread_join (threads[i]);
  console_progress_end ();

  n = sort_out (scan, &reading, faces);
  scan->identical = g_new (guint, MAX (n, 1));
  twins_identical (prints, n, scan->identical);
  scan->near = g_memdup2 (scan->identical, MAX (n, 1) * sizeof (guint));
  if (max_bits >= 0)
    twins_near (prints, n, (guint) max_bits, scan->near);
}

void
scan_clear (Scan *scan)
{
  g_clear_pointer (&scan->faces, g_ptr_array_unref);
  g_clear_pointer (&scan->unreadable, g_ptr_array_unref);
  g_clear_pointer (&scan->identical, g_free);
  g_clear_pointer (&scan->near, g_free);
}

/* ---- groups -------------------------------------------------------------- */

static int
compare_groups (gconstpointer a, gconstpointer b, gpointer data)
{
  const guint *group = data;
  const guint i = *(const guint *) a, j = *(const guint *) b;

  if (group[i] != group[j])
    return group[i] < group[j] ? -1 : 1;
  return i < j ? -1 : i > j;
}

GArray *
scan_groups (const Scan *scan, const guint *group, guint **order)
{
  const guint n = scan->faces->len;
  GArray *groups = g_array_new (FALSE, FALSE, sizeof (Twins));

  *order = g_new (guint, MAX (n, 1));
  for (guint i = 0; i < n; i++)
    (*order)[i] = i;
  qsort_r (*order, n, sizeof (guint), compare_groups, (gpointer) group);
  for (guint begin = 0, end; begin < n; begin = end) {
    Twins twins = { *order + begin, 0 };

    for (end = begin; end < n && group[(*order)[end]] == group[(*order)[begin]];
         end++)
      twins.n++;
    if (twins.n > 1)
      g_array_append_val (groups, twins);
  }
  return groups;
}

gboolean
scan_labels_differ (const Scan *scan, const Twins *twins)
{
  for (guint i = 1; i < twins->n; i++)
    if (face_at (scan, twins->faces[i])->label !=
        face_at (scan, twins->faces[0])->label)
      return TRUE;
  return FALSE;
}

gboolean
scan_all_identical (const Scan *scan, const Twins *twins)
{
  for (guint i = 1; i < twins->n; i++)
    if (scan->identical[twins->faces[i]] != scan->identical[twins->faces[0]])
      return FALSE;
  return TRUE;
}

/* ---- what a list without twins keeps ------------------------------------- */

/* A measurement is worth more than one picture more to learn from. */
static guint
rank (const Face *face)
{
  return face->split == SPLIT_TEST         ? 2
         : face->split == SPLIT_VALIDATION ? 1
                                           : 0;
}

gboolean *
scan_keep (const Scan *scan)
{
  const guint n = scan->faces->len;
  gboolean *keep = g_new (gboolean, MAX (n, 1));
  g_autofree guint *order = NULL;
  g_autofree guint *near_order = NULL;
  g_autoptr (GArray) groups = scan_groups (scan, scan->identical, &order);
  g_autoptr (GArray) near = scan_groups (scan, scan->near, &near_order);

  for (guint i = 0; i < n; i++)
    keep[i] = TRUE;
  for (guint g = 0; g < groups->len; g++) {
    const Twins *twins = &g_array_index (groups, Twins, g);

    for (guint i = 0; scan_labels_differ (scan, twins) && i < twins->n; i++)
      if (rank (face_at (scan, twins->faces[i])) == 0)
        keep[twins->faces[i]] = FALSE;
  }
  for (guint g = 0; g < near->len; g++) {
    const Twins *twins = &g_array_index (near, Twins, g);
    guint highest = 0;
    gboolean taken = FALSE;

    for (guint i = 0; i < twins->n; i++)
      highest = MAX (highest, rank (face_at (scan, twins->faces[i])));
    for (guint i = 0; i < twins->n; i++) {
      const guint face = twins->faces[i];

      keep[face] =
          keep[face] && !taken && rank (face_at (scan, face)) == highest;
      taken = taken || keep[face];
    }
  }
  return keep;
}

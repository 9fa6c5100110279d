/* The pictures of a training.
 * SPDX-License-Identifier: MIT
 */
#include <string.h>
#include <unistd.h>

#include "app.h"
#include "labels.h"
#include "train-run.h"

/* What --limit draws its pictures with. */
#define PURPOSE_LIMIT 101

/* A quarter of the machine's memory: the network takes about 1 GB, and others
 * want to live, too. */
static guint64
cache_bytes (const TrainSettings *settings)
{
  const guint64 pages = (guint64) MAX (sysconf (_SC_PHYS_PAGES), 0);
  const guint64 page = (guint64) MAX (sysconf (_SC_PAGESIZE), 0);

  if (settings->cache_mb)
    return (guint64) settings->cache_mb << 20;
  return pages * page / 4;
}

static GPtrArray *
open_set (
    const TrainRun *run, const char *path, DatasetSplit split, GError **error)
{
  const TrainSettings *settings = &run->settings;
  const DatasetOptions options = { .path = path,
    .kind = settings->kind,
    .images = settings->images,
    .split = split,
    .votes = (DatasetVotes) settings->votes,
    .labels = (const char *const *) run->labels,
    /* the pictures to measure with are opened first */
    .said = split == SPLIT_TRAIN && !settings->validation };

  return dataset_open (&options, error);
}

/* The faces to measure with: named, or set apart by the data set itself. */
static GPtrArray *
open_validation (const TrainRun *run, GError **error)
{
  const TrainSettings *settings = &run->settings;
  const char *path =
      settings->validation ? settings->validation : settings->data;
  g_autoptr (GError) cause = NULL;
  GPtrArray *faces =
      open_set (run, path, (DatasetSplit) settings->validation_split, &cause);

  if (g_error_matches (cause, APP_ERROR, APP_ERROR_NO_SPLIT))
    g_set_error (error, APP_ERROR, APP_ERROR_NO_SPLIT,
        "%s\n  Say what to measure with: a split of it by --validation-split, "
        "or other pictures by --validation DIR.",
        cause->message);
  else if (cause)
    g_propagate_error (error, g_steal_pointer (&cause));
  if (faces && !settings->validation &&
      ((Face *) faces->pdata[0])->split == SPLIT_ANY) {
    g_autofree char *shown = console_name (path);

    g_set_error (error, APP_ERROR, APP_ERROR_USAGE,
        "%s sets no pictures apart to measure with: name some by --validation "
        "DIR",
        shown);
    g_clear_pointer (&faces, g_ptr_array_unref);
  }
  return faces;
}

/* Draws n faces, which stay in their order. A data set is sorted: its first
 * ones would all be of one class. */
static GPtrArray *
draw_some (GPtrArray *faces, guint n, guint64 seed)
{
  GPtrArray *some = g_ptr_array_new_with_free_func (face_free);
  const guint64 key = ren_random_key (seed, PURPOSE_LIMIT);

  /* Knuth's selection sampling: each is taken with the chance that is left */
  g_ptr_array_set_free_func (faces, NULL);
  for (guint i = 0; i < faces->len; i++) {
    const guint wanted = n - some->len, left = faces->len - i;

    if (ren_random (key, i) % left < wanted)
      g_ptr_array_add (some, faces->pdata[i]);
    else
      face_free (faces->pdata[i]);
  }
  g_ptr_array_unref (faces);
  return some;
}

static gboolean
check_classes (const TrainRun *run, GError **error)
{
  const guint n_classes = g_strv_length (run->labels);
  g_autoptr (GPtrArray) empty = g_ptr_array_new ();
  g_autoptr (GPtrArray) others = g_ptr_array_new ();
  g_autofree char *empty_list = NULL, *other_list = NULL;
  double n_of_class[REN_MAX_CLASSES];

  face_store_count (run->faces, n_classes, n_of_class);
  for (guint c = 0; c < n_classes; c++)
    g_ptr_array_add (n_of_class[c] > 0 ? others : empty, run->labels[c]);
  if (empty->len == 0)
    return TRUE;
  g_ptr_array_add (empty, NULL);
  g_ptr_array_add (others, NULL);
  empty_list = labels_list ((const char *const *) empty->pdata);
  other_list = labels_list ((const char *const *) others->pdata);
  g_set_error (error, APP_ERROR, APP_ERROR_FAILED,
      "no picture to learn from of: %s\n"
      "  there are some of: %s\n"
      "  Add pictures, or name with --labels only the classes to learn.",
      empty_list, other_list);
  return FALSE;
}

static gboolean
leave_out_twins (TrainRun *run, GError **error)
{
  g_autofree char *shown = console_name (run->settings.data);
  guint n;

  if (run->settings.keep_twins)
    return TRUE;
  n = face_store_drop_twins (run->faces, run->validation);
  if (n)
    console_note ("left out of %s: %u picture%s also among those to measure "
                  "with",
        shown, n, n == 1 ? " that is" : "s that are");
  if (run->faces->faces->len)
    return TRUE;
  g_set_error_literal (error, APP_ERROR, APP_ERROR_FAILED,
      "all pictures to learn from are also among those to measure with: name "
      "others by --validation DIR");
  return FALSE;
}

gboolean
train_run_open_data (TrainRun *run, GError **error)
{
  const TrainSettings *settings = &run->settings;
  const guint n_threads =
      settings->threads ? settings->threads : g_get_num_processors ();
  g_autoptr (GPtrArray) validation = NULL;
  g_autofree char *n_faces = NULL, *n_validation = NULL;
  guint64 cache = cache_bytes (settings);
  GPtrArray *faces;

  if (!(validation = open_validation (run, error)) ||
      !(faces = open_set (run, settings->data, SPLIT_TRAIN, error)))
    return FALSE;
  if (settings->limit && settings->limit < faces->len)
    faces = draw_some (faces, settings->limit, settings->seed);

  run->validation = face_store_new (g_steal_pointer (&validation),
      "to measure with", cache, n_threads, error);
  if (!run->validation) {
    g_ptr_array_unref (faces);
    return FALSE;
  }
  cache -= MIN (cache, (guint64) run->validation->faces->len * REN_FACE_BYTES);
  run->faces = face_store_new (faces, "to learn from", cache, n_threads, error);
  if (!run->faces || !leave_out_twins (run, error) ||
      !check_classes (run, error))
    return FALSE;
  n_faces = console_number (run->faces->faces->len);
  n_validation = console_number (run->validation->faces->len);
  console_note (
      "%s pictures to learn from, %s to measure with", n_faces, n_validation);
  return TRUE;
}

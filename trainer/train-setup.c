/* From the command line, or a checkpoint, to a training that can go.
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "app.h"
#include "labels.h"
#include "ranks.h"
#include "train-log.h"
#include "train-run.h"

/* What belongs to the seed, beside the loader's own. */
#define PURPOSE_NETWORK 102

/* ---- classes ------------------------------------------------------------- */

static GStrv
copy_labels (const char *const *labels)
{
  return g_strdupv ((char **) labels);
}

/* Those of the command line, of the model to start from, or the published
 * checkpoints'. */
static gboolean
choose_labels (TrainRun *run, RenModel *init, GError **error)
{
  const char *text = run->settings.labels;

  if (text) {
    run->labels = g_strsplit (text, ",", -1);
    for (char **label = run->labels; *label; label++)
      g_strstrip (*label);
  } else if (init) {
    g_autofree const char **labels = labels_of_model (init);

    run->labels = copy_labels (labels);
  } else {
    run->labels = copy_labels (labels_published);
  }
  if (g_strv_length (run->labels) >= 2 &&
      g_strv_length (run->labels) <= REN_MAX_CLASSES)
    return TRUE;
  g_set_error (error, APP_ERROR, APP_ERROR_USAGE,
      "--labels names %u classes: 2 to %d can be learnt",
      g_strv_length (run->labels), REN_MAX_CLASSES);
  return FALSE;
}

/* ---- the network --------------------------------------------------------- */

static void
trainer_options (const TrainRun *run, RenTrainerOptions *options)
{
  const TrainSettings *settings = &run->settings;
  const guint n_classes = g_strv_length (run->labels);
  double n_of_class[REN_MAX_CLASSES];

  ren_trainer_options_init (options);
  options->max_batch = settings->batch;
  options->n_threads = settings->threads;
  options->rank = ranks_rank ();
  options->n_ranks = ranks_n ();
  options->sync_norm = settings->sync_norm;
  options->sum = ranks_sum_floats;
  options->seed = ren_random_key (settings->seed, PURPOSE_NETWORK);
  options->momentum = (float) settings->momentum;
  options->nesterov = settings->nesterov;
  options->weight_decay = (float) settings->weight_decay;
  options->dropout = (float) settings->dropout;
  options->dropout_fc = (float) settings->dropout_fc;
  options->label_smoothing = (float) settings->label_smoothing;
  options->average_decay = (float) settings->average;
  face_store_count (run->faces, n_classes, n_of_class);
  class_weights ((ClassWeighting) settings->class_weights, n_of_class,
      n_classes, options->class_weights);
}

static gboolean
make_loader (TrainRun *run, GError **error)
{
  const TrainSettings *settings = &run->settings;
  LoaderOptions options;

  run->step_faces = settings->batch * ranks_n ();
  options = (LoaderOptions){
    .n_classes = g_strv_length (run->labels),
    .batch = run->step_faces,
    .rank = ranks_rank (),
    .n_ranks = ranks_n (),
    .seed = settings->seed,
    .augment = { .flip = (float) settings->flip,
        .shift = (float) settings->shift,
        .scale = (float) settings->scale,
        .rotate = (float) settings->rotate,
        .brightness = (float) settings->brightness,
        .contrast = (float) settings->contrast,
        .erase = (float) settings->erase,
        .erase_area = (float) settings->erase_area },
    .mixup = settings->mixup,
  };

  run->loader = loader_new (run->faces, &options, error);
  return run->loader != NULL;
}

static void
set_schedule (TrainRun *run)
{
  const TrainSettings *settings = &run->settings;
  Schedule *schedule = &run->state.schedule;

  schedule->kind = (ScheduleKind) settings->schedule;
  schedule->learning_rate = settings->lr;
  schedule->warmup = settings->warmup;
  schedule->epochs = settings->epochs;
  schedule->factor = settings->plateau_factor;
  schedule->patience = settings->plateau_patience;
}

static void
note_settings (TrainRun *run)
{
  g_free (run->state.settings);
  run->state.settings = train_settings_to_text (&run->settings);
}

/* The folder belongs to rank 0, and the others only look into it. */
static gboolean
take_folder (TrainRun *run, const char *path,
    gboolean (*take) (RunDir *dir, const char *path, GError **error),
    GError **error)
{
  if (ranks_rank () == 0)
    return take (&run->dir, path, error);
  run_dir_name (&run->dir, path);
  return TRUE;
}

/* Processes on one machine share its processors. */
static void
share_threads (TrainSettings *settings)
{
  if (!settings->threads && ranks_n () > 1)
    settings->threads = MIN (ranks_threads (), 64);
}

/* ---- beginning ----------------------------------------------------------- */

static gboolean
begin (TrainRun *run, GError **error)
{
  const TrainSettings *settings = &run->settings;
  g_autoptr (RenModel) init = NULL;
  RenTrainerOptions options;

  if (!settings->output) {
    g_set_error_literal (error, APP_ERROR, APP_ERROR_USAGE,
        "nowhere to keep the training: give --output DIR, or go on with one by "
        "--resume DIR");
    return FALSE;
  }
  if (settings->init && !(init = ren_model_load (settings->init, error)))
    return FALSE;
  if (!choose_labels (run, init, error))
    return FALSE;
  if (init && settings->labels) {
    RenModel *named =
        ren_model_relabel (init, (const char *const *) run->labels, error);

    if (!named)
      return FALSE;
    ren_model_unref (init);
    init = named;
  }
  share_threads (&run->settings);
  run->state.n_ranks = ranks_n ();
  if (!take_folder (run, settings->output, run_dir_create, error) ||
      !train_run_open_data (run, error) || !make_loader (run, error))
    return FALSE;

  trainer_options (run, &options);
  run->trainer = init ? ren_trainer_new_from_model (init, &options, error)
                      : ren_trainer_new (
                            (const char *const *) run->labels, &options, error);
  set_schedule (run);
  note_settings (run);
  run->state.fingerprint =
      face_store_fingerprint (run->faces, g_strv_length (run->labels));
  return run->trainer != NULL;
}

/* ---- going on ------------------------------------------------------------ */

/* What the checkpoint notes, and its classes. How to load it for good hangs on
 * that, and on the data. */
static GHashTable *
read_notes (TrainRun *run, GError **error)
{
  g_autoptr (RenTrainer) trainer = NULL;
  g_autoptr (GHashTable) notes = NULL;
  RenTrainerOptions options;

  ren_trainer_options_init (&options);
  options.max_batch = 2;
  options.n_threads = 1;
  trainer = ren_trainer_load (run->dir.last, &options, &notes, error);
  if (!trainer)
    return NULL;
  run->labels = copy_labels (ren_trainer_labels (trainer));
  return g_steal_pointer (&notes);
}

static gboolean
check_fingerprint (TrainRun *run, GError **error)
{
  g_autofree char *now =
      face_store_fingerprint (run->faces, g_strv_length (run->labels));

  if (strcmp (now, run->state.fingerprint) == 0)
    return TRUE;
  g_set_error (error, APP_ERROR, APP_ERROR_FAILED,
      "the pictures to learn from are not those that this training began with: "
      "name these by --data, or begin another training with --output\n"
      "  Files were added, taken away or changed, or --validation has other "
      "copies of them.");
  return FALSE;
}

/* On another number of processes, a step stays what it was. */
static gboolean
deal_batch (TrainRun *run, GError **error)
{
  const guint n = ranks_n (), before = run->state.n_ranks;
  const guint64 all = (guint64) run->settings.batch * before;
  g_autofree char *command = ranks_command (before);

  if (n == before)
    return TRUE;
  if (all % n || all / n < 2 || all / n > 1024) {
    g_set_error (error, APP_ERROR, APP_ERROR_USAGE,
        "%u processes cannot share the %" G_GUINT64_FORMAT
        " pictures of a step, 2 to 1024 to each: go on by: %s --resume",
        n, all, command);
    return FALSE;
  }
  run->settings.batch = (guint) (all / n);
  run->state.n_ranks = n;
  if (!run->settings.sync_norm)
    console_note ("batch norm saw %" G_GUINT64_FORMAT
                  " pictures at a time and will see %u: what follows is not "
                  "exactly what %s would have come to",
        all / before, run->settings.batch, command);
  return TRUE;
}

/* Paths of the earlier run lead from where that was started. */
static gboolean
find_data_again (const TrainRun *run, GError **error)
{
  const char *const paths[] = { run->settings.data, run->settings.validation };
  static const char *const names[] = { "data", "validation" };

  for (guint i = 0; i < G_N_ELEMENTS (paths); i++) {
    g_autofree char *shown = console_name (paths[i] ? paths[i] : "");

    if (!paths[i] || g_file_test (paths[i], G_FILE_TEST_EXISTS))
      continue;
    g_set_error (error, APP_ERROR, APP_ERROR_FAILED,
        "there is no %s, the --%s of this training: go on from the folder that "
        "it was started in, or say by --%s where that is now",
        shown, names[i], names[i]);
    return FALSE;
  }
  return TRUE;
}

static gboolean
go_on (TrainRun *run, GHashTable *notes, GError **error)
{
  RenTrainerOptions options;

  share_threads (&run->settings);
  set_schedule (run);
  if (!train_state_from_notes (&run->state, notes, error) ||
      !deal_batch (run, error) || !find_data_again (run, error) ||
      !train_run_open_data (run, error) || !check_fingerprint (run, error) ||
      !make_loader (run, error))
    return FALSE;
  if (run->state.batch > loader_n_batches (run->loader)) {
    g_set_error_literal (error, APP_ERROR, APP_ERROR_FAILED,
        "the checkpoint stands beyond the end of its epoch: it is damaged");
    return FALSE;
  }
  trainer_options (run, &options);
  run->trainer = ren_trainer_load (run->dir.last, &options, NULL, error);
  note_settings (run);
  train_log_read_speeds (run->dir.log, run->state.history);
  return run->trainer != NULL;
}

static gboolean
resume (TrainRun *run, const char *path, GError **error)
{
  g_autoptr (GHashTable) notes = NULL;
  const char *earlier;

  if (train_settings_given ("output")) {
    g_set_error_literal (error, APP_ERROR, APP_ERROR_USAGE,
        "--resume names the folder of the training: leave out --output");
    return FALSE;
  }
  if (!take_folder (run, path, run_dir_open, error) ||
      !(notes = read_notes (run, error)))
    return FALSE;
  earlier = g_hash_table_lookup (notes, "settings");
  return train_settings_resolve (
             &run->settings, earlier ? earlier : "", error) &&
         go_on (run, notes, error);
}

/* ---- both ---------------------------------------------------------------- */

static gboolean
init_this_rank (TrainRun *run, GError **error)
{
  const char *path = train_settings_given ("resume");

  if (path) {
    g_autofree char *copy = g_strdup (path);

    return resume (run, copy, error);
  }
  return train_settings_resolve (&run->settings, NULL, error) &&
         begin (run, error);
}

/* Steps on different pictures, or of different weights, would not add up to
 * anything. */
static gboolean
check_ranks (TrainRun *run, GError **error)
{
  const gsize n_classes = g_strv_length (run->labels);
  const guint64 n_steps = ren_trainer_n_steps (run->trainer);
  /* a bias moves with every step, and starts at random */
  float bias[REN_MAX_CLASSES];
  g_autofree char *course = NULL, *weights = NULL;
  const char *what = NULL;

  if (!ren_trainer_read (run->trainer, REN_TRAINER_WEIGHTS, "fc4.bias", bias,
          n_classes, error))
    return FALSE;
  course = g_strdup_printf ("%u %" G_GUINT64_FORMAT " %u %u",
      run->settings.epochs, n_steps, run->state.epoch, run->state.batch);
  weights = g_base64_encode ((guint8 *) bias, n_classes * sizeof *bias);
  if (!ranks_same (run->state.settings))
    what = "settings";
  else if (!ranks_same (run->state.fingerprint))
    what = "pictures to learn from";
  else if (!ranks_same (weights) || !ranks_same (course))
    what = "weights to begin with";
  if (!what)
    return TRUE;
  g_set_error (error, APP_ERROR, APP_ERROR_FAILED,
      "the processes have different %s: on every machine, the command line and "
      "the files that it names must be the same",
      what);
  return FALSE;
}

gboolean
train_run_init (TrainRun *run, GError **error)
{
  gboolean ok;

  memset (run, 0, sizeof *run);
  run->dir.lock = -1;
  train_state_init (&run->state);
  ok = init_this_rank (run, error);
  if (!ranks_agree (ok, error))
    return FALSE;
  if (ranks_n () == 1)
    return TRUE;
  console_note ("%u processes learn %u pictures a step each, this one on %u "
                "threads",
      ranks_n (), run->settings.batch, run->settings.threads);
  return check_ranks (run, error);
}

void
train_run_clear (TrainRun *run)
{
  /* the loader's threads read the faces */
  g_clear_pointer (&run->loader, loader_free);
  g_clear_pointer (&run->faces, face_store_free);
  g_clear_pointer (&run->validation, face_store_free);
  g_clear_pointer (&run->trainer, ren_trainer_free);
  g_clear_pointer (&run->predictions, g_array_unref);
  g_clear_pointer (&run->labels, g_strfreev);
  run_dir_clear (&run->dir);
  train_state_clear (&run->state);
  train_settings_clear (&run->settings);
}

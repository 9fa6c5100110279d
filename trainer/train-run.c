/* The loop over epochs and steps, and what is written in between.
 * SPDX-License-Identifier: MIT
 */
#include <math.h>
#include <string.h>

#include "app.h"
#include "interrupts.h"
#include "ranks.h"
#include "train-log.h"
#include "train-report.h"
#include "train-run.h"
#include "validate.h"

/* ---- checkpoint ---------------------------------------------------------- */

/* "resemotenet train --resume run1" */
static char *
resume_command (const TrainRun *run)
{
  g_autofree char *command = ranks_command (ranks_n ());
  g_autofree char *quoted = g_shell_quote (run->dir.path);

  return g_strconcat (command, " --resume ", quoted, NULL);
}

static void
advise (const TrainRun *run, gboolean is_saved)
{
  g_autofree char *command = resume_command (run);
  g_autofree char *advice =
      g_strdup_printf ("go on from the last checkpoint, %s, by: %s",
          is_saved ? "which is whole" : "if there is one by now", command);

  ranks_set_advice (advice);
}

/* Steps too large have led where there are no numbers: no way back. */
static gboolean
fail_diverged (const TrainRun *run, const char *what, GError **error)
{
  g_set_error (error, APP_ERROR, APP_ERROR_FAILED,
      "%s is not a number any more, in epoch %u after %u of %u steps: begin "
      "again with a --lr below %g; nothing of this is saved",
      what, run->state.epoch + 1, run->state.batch,
      loader_n_batches (run->loader), run->settings.lr);
  return FALSE;
}

static gboolean
write_checkpoint (TrainRun *run, GError **error)
{
  g_autoptr (GHashTable) notes = train_state_to_notes (&run->state);
  g_autofree char *command = resume_command (run);
  g_autoptr (GError) cause = NULL;

  if (ren_trainer_save (run->trainer, run->dir.last, notes, &cause)) {
    run->saved_us = g_get_monotonic_time ();
    return TRUE;
  }
  if (g_error_matches (cause, REN_ERROR, REN_ERROR_CORRUPT))
    return fail_diverged (run, "a weight", error);
  if (g_file_test (run->dir.last, G_FILE_TEST_EXISTS))
    g_set_error (error, APP_ERROR, APP_ERROR_FAILED,
        "%s\n  The checkpoint before this one is whole: go on from it by: %s",
        cause->message, command);
  else
    g_propagate_error (error, g_steal_pointer (&cause));
  return FALSE;
}

/* Collective, as all below that lead here: rank 0 writes, all fail if it does.
 */
static gboolean
save (TrainRun *run, GError **error)
{
  const gboolean ok = ranks_rank () > 0 || write_checkpoint (run, error);

  if (!ranks_agree (ok, error))
    return FALSE;
  advise (run, TRUE);
  return TRUE;
}

static gboolean
is_due (const TrainRun *run)
{
  return (double) (g_get_monotonic_time () - run->saved_us) >
         run->settings.checkpoint_minutes * 60 * G_USEC_PER_SEC;
}

/* Saves because somebody wants an end of all ranks. */
static gboolean
save_and_stop (TrainRun *run, GError **error)
{
  g_autofree char *command = resume_command (run);

  console_progress_end ();
  /* it is being dealt with; another one may still come */
  interrupts_forget ();
  if (!save (run, error))
    return FALSE;
  g_set_error (error, APP_ERROR, APP_ERROR_INTERRUPTED,
      "stopped in epoch %u; go on by: %s", run->state.epoch + 1, command);
  return FALSE;
}

/* ---- steps --------------------------------------------------------------- */

static guint
highest (const float *values, guint n)
{
  guint best = 0;

  for (guint i = 1; i < n; i++)
    if (values[i] > values[best])
      best = i;
  return best;
}

static guint
count_correct (const TrainRun *run, const Batch *batch, const float *logits)
{
  const guint n_classes = g_strv_length (run->labels);
  guint n = 0;

  for (guint i = 0; i < batch->n_faces; i++)
    n += highest (logits + i * n_classes, n_classes) ==
         highest (batch->targets + i * n_classes, n_classes);
  return n;
}

/* What a step was like, and what is wanted after it, over all ranks. */
typedef struct
{
  double loss; /* sum over the faces */
  double n_correct;
  double stop, save; /* above 0: yes */
} Step;

static gboolean
step (TrainRun *run, float *logits, Step *sum, GError **error)
{
  const guint n_batches = loader_n_batches (run->loader);
  TrainState *state = &run->state;
  const double rate = schedule_rate (
      &state->schedule, state->epoch + (state->batch + .5) / n_batches);
  const Batch *batch = loader_next (run->loader, error);

  if (!ranks_agree (batch != NULL, error))
    return FALSE;
  sum->loss = ren_trainer_backward (run->trainer, batch->faces, batch->targets,
                  batch->n_faces, logits) *
              batch->n_faces;
  sum->n_correct = count_correct (run, batch, logits);
  sum->stop = interrupts_pending () ? 1 : 0;
  sum->save = ranks_rank () == 0 && is_due (run) ? 1 : 0;
  ranks_sum ((double *) sum, sizeof *sum / sizeof (double));
  if (!isfinite (sum->loss))
    return fail_diverged (run, "the loss", error);
  ren_trainer_update (run->trainer, rate);
  state->loss_sum += sum->loss;
  state->n_correct += (guint64) sum->n_correct;
  state->n_faces += run->step_faces;
  state->batch++;
  return TRUE;
}

static void
show_progress (const TrainRun *run)
{
  const TrainState *state = &run->state;

  console_progress_label ("epoch %u of %u, loss %.3f", state->epoch + 1,
      run->settings.epochs, state->loss_sum / (double) state->n_faces);
  console_progress ((guint64) state->batch * run->step_faces);
}

/* The steps of an epoch that are left. @row: gets rate and speed */
static gboolean
run_steps (TrainRun *run, EpochRow *row, GError **error)
{
  const guint n_batches = loader_n_batches (run->loader);
  const gint64 start_us = g_get_monotonic_time ();
  const guint first = run->state.batch;
  g_autofree float *logits =
      g_new (float, (gsize) run->settings.batch *g_strv_length (run->labels));
  TrainState *state = &run->state;

  row->learning_rate = schedule_rate (
      &state->schedule, state->epoch + (n_batches - .5) / n_batches);
  row->images_per_second = NAN;
  if (first == n_batches)
    return TRUE;

  loader_start (run->loader, state->epoch, first);
  console_progress_begin ((guint64) n_batches * run->step_faces, "images");
  console_progress_skip ((guint64) first * run->step_faces);
  while (state->batch < n_batches) {
    Step sum;

    if (!step (run, logits, &sum, error))
      return FALSE;
    show_progress (run);
    if (sum.stop > 0)
      return save_and_stop (run, error);
    if (sum.save > 0 && !save (run, error))
      return FALSE;
  }
  console_progress_end ();
  row->images_per_second =
      (double) (n_batches - first) * run->step_faces /
      ((double) (g_get_monotonic_time () - start_us) / G_USEC_PER_SEC);
  return TRUE;
}

/* ---- end of an epoch ----------------------------------------------------- */

static gboolean
write_best (TrainRun *run, RenModel *model, GError **error)
{
  g_autoptr (RenModel) annotated = train_report_annotate (run, model, error);
  g_autoptr (GError) cause = NULL;

  if (!annotated)
    return FALSE;
  if (ren_model_save (annotated, run->dir.best, REN_PRECISION_FP32,
          REN_SAVE_TRIMMED, &cause))
    return TRUE;
  if (g_error_matches (cause, REN_ERROR, REN_ERROR_CORRUPT))
    return fail_diverged (run, "a weight", error);
  g_propagate_error (error, g_steal_pointer (&cause));
  return FALSE;
}

static RenModel *
model_now (TrainRun *run, GError **error)
{
  return ren_trainer_model (run->trainer,
      run->settings.average > 0 ? REN_TRAINER_AVERAGE : REN_TRAINER_WEIGHTS,
      error);
}

/* Rank 0 measures, and all know the result. @model: (out): NULL on others */
static gboolean
measure (TrainRun *run, RenModel **model, Validation *result,
    GArray *predictions, GError **error)
{
  gboolean ok = TRUE;

  *model = NULL;
  if (ranks_rank () == 0)
    ok = (*model = model_now (run, error)) &&
         validate (*model, run->validation, run->settings.threads,
             run->settings.tta, result, predictions, error);
  if (!ranks_agree (ok, error))
    return FALSE;
  ranks_copy (result, sizeof *result, 0);
  return TRUE;
}

/* Measures, and notes the result. */
static gboolean
end_epoch (TrainRun *run, EpochRow *row, gboolean *is_best, GError **error)
{
  TrainState *state = &run->state;
  g_autoptr (RenModel) model = NULL;
  g_autoptr (GArray) predictions = predictions_new ();
  Validation result = { 0 };
  const gboolean is_first = ranks_rank () == 0;

  if (!measure (run, &model, &result, predictions, error))
    return FALSE;
  row->epoch = state->epoch + 1;
  row->train_loss = state->loss_sum / (double) state->n_faces;
  row->train_accuracy = (double) state->n_correct / (double) state->n_faces;
  row->validation_loss = result.loss;
  row->validation_accuracy = result.accuracy;
  g_array_append_val (state->history, *row);
  schedule_epoch (&state->schedule, result.accuracy);

  *is_best = result.accuracy > state->best_accuracy;
  if (*is_best) {
    state->best_accuracy = result.accuracy;
    state->best_loss = result.loss;
    state->best_epoch = row->epoch;
    g_clear_pointer (&run->predictions, g_array_unref);
    run->predictions = g_steal_pointer (&predictions);
  }
  state->epoch++;
  state->batch = 0;
  state->n_faces = state->n_correct = 0;
  state->loss_sum = 0;
  /* the model before the checkpoint: a break between them repeats the end of
   * this epoch and writes the same model again */
  return ranks_agree (
             !*is_best || !is_first || write_best (run, model, error), error) &&
         save (run, error) &&
         ranks_agree (
             !is_first || train_log_write (run->dir.log, state->history, error),
             error);
}

static gboolean
run_epoch (TrainRun *run, GError **error)
{
  const gint64 start_us = g_get_monotonic_time ();
  g_autoptr (GError) cause = NULL;
  EpochRow row = { 0 };
  gboolean is_best;

  if (!run_steps (run, &row, error))
    return FALSE;
  if (!end_epoch (run, &row, &is_best, &cause)) {
    /* while it measured: that is repeated */
    if (g_error_matches (cause, APP_ERROR, APP_ERROR_INTERRUPTED))
      return save_and_stop (run, error);
    g_propagate_error (error, g_steal_pointer (&cause));
    return FALSE;
  }
  if (ranks_rank () == 0)
    train_log_print (&row,
        (double) (g_get_monotonic_time () - start_us) / G_USEC_PER_SEC,
        is_best);
  return TRUE;
}

/* ---- all ----------------------------------------------------------------- */

static gboolean
has_lost_patience (const TrainRun *run)
{
  const TrainState *state = &run->state;
  const guint patience = run->settings.patience;

  return patience && state->epoch - state->best_epoch > patience;
}

static gboolean
run_epochs (TrainRun *run, GError **error)
{
  const TrainState *state = &run->state;

  run->saved_us = g_get_monotonic_time ();
  if (state->epoch >= run->settings.epochs) {
    console_note ("this training has had its %u epoch%s; --epochs asks for "
                  "more",
        state->epoch, state->epoch == 1 ? "" : "s");
    return TRUE;
  }
  if (ranks_rank () == 0)
    train_log_print_head ();
  while (state->epoch < run->settings.epochs) {
    if (has_lost_patience (run)) {
      console_note ("no better epoch for %u: stopped early",
          state->epoch - state->best_epoch);
      break;
    }
    if (!run_epoch (run, error))
      return FALSE;
    if (ranks_any (interrupts_pending ()) &&
        state->epoch < run->settings.epochs)
      return save_and_stop (run, error);
  }
  return TRUE;
}

gboolean
train_run_go (TrainRun *run, GError **error)
{
  gboolean ok;

  /* one that goes on has done steps */
  advise (run, ren_trainer_n_steps (run->trainer) > 0);
  /* Ctrl-C is noticed between two steps */
  interrupts_hold ();
  ok =
      run_epochs (run, error) &&
      ranks_agree (ranks_rank () > 0 || train_report_write (run, error), error);
  interrupts_forget ();
  interrupts_release ();
  return ok;
}

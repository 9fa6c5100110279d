/* Where a training stands: what its checkpoint notes beside the weights.
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include "schedule.h"
#include "visual-report.h"

typedef struct
{
  guint epoch; /* whole epochs done */
  guint batch; /* batches done of the next one */

  /* of those batches */
  double loss_sum; /* over faces */
  guint64 n_faces, n_correct;

  double best_accuracy; /* on validation data; −1 before the first */
  double best_loss;
  guint best_epoch; /* from 1; 0 = none */
  Schedule schedule;
  GArray *history; /* EpochRow, of the whole epochs */

  guint n_ranks;     /* that learn together, each from --batch faces a step */
  char *settings;    /* of train_settings_to_text() */
  char *fingerprint; /* of the pictures learnt from */
} TrainState;

void train_state_init (TrainState *state);
void train_state_clear (TrainState *state);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (TrainState, train_state_clear)

/* For ren_trainer_save(). Nothing in it depends on the clock, so that the
 * checkpoints of equal trainings are equal files. */
GHashTable *train_state_to_notes (const TrainState *state);

/* The way back, into an initialised state whose schedule is set up; speeds are
 * NaN. FALSE with an error that says which note is wrong. */
gboolean train_state_from_notes (
    TrainState *state, GHashTable *notes, GError **error);

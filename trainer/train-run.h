/* A training under way.
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include "loader.h"
#include "run-dir.h"
#include "train-settings.h"
#include "train-state.h"

typedef struct
{
  TrainSettings settings;
  TrainState state;
  RunDir dir;
  GStrv labels;
  FaceStore *faces;      /* to learn from */
  FaceStore *validation; /* to measure with */
  Loader *loader;
  guint step_faces; /* that all ranks learn from in a step */
  RenTrainer *trainer;
  GArray *predictions; /* of the best epoch; NULL where it was before this
                        * process began */
  gint64 saved_us;     /* when the checkpoint was written last */
} TrainRun;

/* ---- train-setup.c ------------------------------------------------------- */

/* Settings, data and network of the command line, or of the checkpoint that it
 * names; collective, see ranks.h. */
gboolean train_run_init (TrainRun *run, GError **error);
void train_run_clear (TrainRun *run);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (TrainRun, train_run_clear)

/* ---- train-data.c -------------------------------------------------------- */

/* Opens and reads both data sets; needs settings and labels. */
gboolean train_run_open_data (TrainRun *run, GError **error);

/* ---- train-run.c --------------------------------------------------------- */

/* From where the state stands to the end; collective. On Ctrl-C, finishes the
 * step, saves, and fails with APP_ERROR_INTERRUPTED. */
gboolean train_run_go (TrainRun *run, GError **error);

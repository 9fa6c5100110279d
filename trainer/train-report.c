/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "app.h"
#include "ranks.h"
#include "train-report.h"
#include "validate.h"
#include "visual-report.h"

/* "fer2013": a name that means something elsewhere, and no path of this
 * machine. */
static char *
data_name (const char *path)
{
  g_autofree char *absolute = g_canonicalize_filename (path, NULL);
  g_autofree char *base = g_path_get_basename (absolute);

  return console_name (base);
}

/* "69.51 % of 3589 pictures for validation of fer2013, …" */
static char *
accuracy_text (const TrainRun *run)
{
  const TrainSettings *settings = &run->settings;
  g_autofree char *name =
      data_name (settings->validation ? settings->validation : settings->data);

  return g_strdup_printf ("%.2f %% of %u pictures of %s (%s)%s",
      100 * run->state.best_accuracy, run->validation->faces->len, name,
      dataset_split_name ((DatasetSplit) settings->validation_split),
      settings->tta ? ", mean of each and its mirror image" : "");
}

RenModel *
train_report_annotate (const TrainRun *run, RenModel *model, GError **error)
{
  g_autofree char *data = data_name (run->settings.data);
  g_autofree char *trained_on =
      g_strdup_printf ("%s, %u pictures", data, run->faces->faces->len);
  g_autofree char *accuracy = accuracy_text (run);
  g_autofree char *program = ranks_command (run->state.n_ranks);
  g_autofree char *command =
      g_strconcat (program, " ", run->state.settings, NULL);
  g_autofree char *epoch =
      g_strdup_printf ("%u of %u", run->state.best_epoch, run->settings.epochs);
  const struct
  {
    const char *key, *value;
  } notes[] = {
    { "trained_on", trained_on },
    { "accuracy", accuracy },
    { "trained_by", command },
    { "trained_epoch", epoch },
  };
  RenModel *annotated = ren_model_ref (model);

  for (guint i = 0; annotated && i < G_N_ELEMENTS (notes); i++) {
    RenModel *next =
        ren_model_annotate (annotated, notes[i].key, notes[i].value, error);

    ren_model_unref (annotated);
    annotated = next;
  }
  return annotated;
}

/* After a training that went on only to find itself at its end. */
static gboolean
measure_best (TrainRun *run, GError **error)
{
  g_autoptr (RenModel) best = ren_model_load (run->dir.best, error);
  Validation result;

  if (!best)
    return FALSE;
  run->predictions = predictions_new ();
  return validate (best, run->validation, run->settings.threads,
      run->settings.tta, &result, run->predictions, error);
}

static gboolean
draw (const TrainRun *run, GError **error)
{
  g_autofree char *title = data_name (run->settings.data);
  g_autofree char *accuracy = accuracy_text (run);
  g_autofree char *faces = console_number (run->faces->faces->len);
  g_autofree char *epoch =
      g_strdup_printf ("%u of %u", run->state.best_epoch, run->state.epoch);
  const char *const facts[] = { "Accuracy", accuracy, "Pictures learnt from",
    faces, "Best epoch", epoch, "Settings", run->state.settings, NULL };
  const VisualReport report = { .title = title,
    .labels = (const char *const *) run->labels,
    .predictions = run->predictions,
    .history = run->state.history,
    .facts = facts };

  return visual_report_write (&report, run->dir.report, error);
}

gboolean
train_report_write (TrainRun *run, GError **error)
{
  g_autofree char *shown = console_name (run->dir.best);
  g_autoptr (GError) why = NULL;

  if (!visual_report_check (run->dir.report, &why))
    console_note ("there will be no report: %s", why->message);
  else if ((!run->predictions && !measure_best (run, error)) ||
           !draw (run, error))
    return FALSE;
  printf ("%s: epoch %u, %.2f %% right%s\n", shown, run->state.best_epoch,
      100 * run->state.best_accuracy,
      run->settings.tta ? " (each face and its mirror image, as eval --tta)"
                        : "");
  return TRUE;
}

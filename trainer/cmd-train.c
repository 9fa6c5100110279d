/* resemotenet train: teaches a network.
 * SPDX-License-Identifier: MIT
 */
#include "app.h"
#include "ranks.h"
#include "train-run.h"

static gboolean
train (GError **error)
{
  g_auto (TrainRun) training = { 0 };

  return train_run_init (&training, error) && train_run_go (&training, error);
}

static gboolean
run (char **arguments, GError **error)
{
  gboolean ok;

  if (arguments[0]) {
    g_set_error (error, APP_ERROR, APP_ERROR_USAGE,
        "'%s' is too much: the data set is --data DIR or --data FILE",
        arguments[0]);
    return FALSE;
  }
  if (!ranks_begin (error))
    return FALSE;
  ok = train (error);
  ranks_end ();
  /* all ranks know of it, and rank 0 tells: a second exit status that is not 0
   * would make the launcher kill the rank that is still speaking */
  if (!ok && ranks_rank () > 0)
    g_clear_error (error);
  return ok;
}

const Command command_train = {
  .name = "train",
  .arguments = "--data DIR|FILE --output DIR | --resume DIR",
  .summary = "Teach a network with pictures whose emotion is known.",
  .examples = "  resemotenet train --data fer2013 --output run1\n"
              "  resemotenet train --resume run1 --epochs 90\n",
  .entries = train_settings_main,
  .more = train_settings_more,
  .run = run,
};

/* resemotenet train: teaches a network.
 * SPDX-License-Identifier: MIT
 */
#include "app.h"
#include "train-run.h"

static gboolean
run (char **arguments, GError **error)
{
  g_auto (TrainRun) training = { 0 };

  if (arguments[0]) {
    g_set_error (error, APP_ERROR, APP_ERROR_USAGE,
        "'%s' is too much: the data set is --data DIR or --data FILE",
        arguments[0]);
    return FALSE;
  }
  return train_run_init (&training, error) && train_run_go (&training, error);
}

const Command command_train = {
  .name = "train",
  .arguments = "--data DIR|FILE --output DIR | --resume DIR",
  .summary = "Teach a network with pictures whose emotion is known.",
  .description =
      "A folder of a training holds best.safetensors, the model of the best\n"
      "epoch; last.safetensors, to go on from with --resume as if there had "
      "been\n"
      "no break; log.csv; at the end report.html and report.png. Ctrl-C saves "
      "and\n"
      "ends with status 130. Pictures to measure with are not learnt from.\n"
      "[a|b]: a in the recipe 'best', b in 'paper', that of the network's "
      "authors.\n"
      "\n"
      "Examples:\n"
      "  resemotenet train --data fer2013 --output run1\n"
      "  resemotenet train --resume run1 --epochs 90\n",
  .entries = train_settings_main,
  .more = train_settings_more,
  .run = run,
};

/* The course of a training, epoch by epoch: for people and for programs.
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include "visual-report.h"

/* Prints the heads of the columns to stdout. */
void train_log_print_head (void);

/* Prints an epoch's line. @seconds: it took */
void train_log_print (const EpochRow *row, double seconds, gboolean is_best);

/* Writes the history as CSV, whole or not at all. */
gboolean train_log_write (
    const char *path, const GArray *history, GError **error);

/* Takes the speeds, which checkpoints do not hold, from the log of the same
 * training. What cannot be read stays as it is: nothing depends on it. */
void train_log_read_speeds (const char *path, GArray *history);

/* Processes that train together, one rank each.
 * SPDX-License-Identifier: MIT
 *
 * All ranks do the same steps in the same order on shares of the same batches,
 * and so come to the same weights. What they decide by other things than the
 * data, such as the clock, a signal or a file, they agree on: functions that
 * are said to be collective return the same on every rank, once all of them
 * have called. Rank 0 alone writes files and speaks; alone, a process is rank 0
 * of 1 and nothing here does anything.
 *
 * For the main thread only.
 */
#pragma once

#include <glib.h>

/* ---- ranks-mpi.c; ranks-none.c without MPI ------------------------------- */

/* Meets the other ranks, if a launcher such as mpirun started this process; MPI
 * is left alone otherwise. Ranks other than 0 are silent from here on. */
gboolean ranks_begin (GError **error);

/* Parts from them; collective. */
void ranks_end (void);

/* This process's number, from 0, and how many they are. */
guint ranks_rank (void);
guint ranks_n (void);

/* How many of them are on this machine. */
guint ranks_n_here (void);

/* Replaces n values by their sums over all ranks; collective. The one for
 * floats has the form of RenTrainerOptions.sum. */
void ranks_sum_floats (float *values, gsize n, gpointer unused);
void ranks_sum (double *values, guint n);

/* Replaces the bytes by those of one rank; collective. */
void ranks_copy (gpointer bytes, gsize n, guint from_rank);

/* How to go on, for the last words of a training whose launcher ends it because
 * a rank is gone. */
void ranks_set_advice (const char *text);

/* ---- ranks.c ------------------------------------------------------------- */

/* Whether all ranks are well; collective. @ok: whether this one is; else @error
 * is set. On %FALSE, @error is that of the first rank that is not well. */
gboolean ranks_agree (gboolean ok, GError **error);

/* Whether it holds for any rank; collective. */
gboolean ranks_any (gboolean holds);

/* Whether the text is rank 0's on all of them; collective. */
gboolean ranks_same (const char *text);

/* Threads for this rank when none are asked for: its share of the machine. */
guint ranks_threads (void);

/* "mpirun -n 2 resemotenet train", as it was started but for hosts. Free with
 * g_free(). */
char *ranks_command (guint n);

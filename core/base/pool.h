/* Threads that sleep while there is no work, but for the first microseconds: the
 * steps of a run follow each other faster than threads are woken.
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include <glib.h>

typedef struct _RenPool RenPool;

/* One piece of work. @thread is 0 (the caller) to n_threads - 1 and never in
 * use twice at the same time: it picks scratch memory. */
typedef void (*RenTask) (gpointer data, guint task, guint thread);

/* A pool that runs on n_threads threads, the caller of ren_pool_run()
 * included. NULL with REN_ERROR_NO_MEMORY when threads cannot be had. */
RenPool *ren_pool_new (guint n_threads, GError **error);

/* NULL is allowed. */
void ren_pool_free (RenPool *pool);

guint ren_pool_n_threads (const RenPool *pool);

/* Runs tasks 0 to n_tasks - 1, in any order, and returns when all are done.
 * One caller at a time. Allocates nothing. */
void ren_pool_run (RenPool *pool, RenTask task, gpointer data, guint n_tasks);

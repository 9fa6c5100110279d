/* SPDX-License-Identifier: MIT */
#include "pool.h"

#include "resemotenet.h"

typedef struct
{
  RenPool *pool;
  GThread *thread;
  guint id; /* 1 … n_threads - 1 */
} Worker;

struct _RenPool
{
  guint n_threads;
  Worker *workers; /* n_threads - 1 of them */

  GMutex lock;
  GCond work; /* a generation began, or the pool ends */
  GCond done; /* n_busy fell to 0 */
  guint generation;
  guint n_busy; /* workers that have not finished this generation */
  gboolean quit;

  /* the current generation; constant while n_busy > 0 */
  RenTask task;
  gpointer data;
  guint n_tasks;
  gint next; /* atomic */
};

static void
take_tasks (RenPool *pool, guint thread)
{
  for (;;) {
    guint i = (guint) g_atomic_int_add (&pool->next, 1);

    if (i >= pool->n_tasks)
      break;
    pool->task (pool->data, i, thread);
  }
}

static gpointer
worker_main (gpointer user_data)
{
  Worker *self = user_data;
  RenPool *pool = self->pool;
  guint seen = 0;

  g_mutex_lock (&pool->lock);
  for (;;) {
    while (pool->generation == seen && !pool->quit)
      g_cond_wait (&pool->work, &pool->lock);
    if (pool->quit)
      break;
    seen = pool->generation;
    g_mutex_unlock (&pool->lock);

    take_tasks (pool, self->id);

    g_mutex_lock (&pool->lock);
    if (--pool->n_busy == 0)
      g_cond_signal (&pool->done);
  }
  g_mutex_unlock (&pool->lock);
  return NULL;
}

RenPool *
ren_pool_new (guint n_threads, GError **error)
{
  RenPool *pool = g_new0 (RenPool, 1);

  g_mutex_init (&pool->lock);
  g_cond_init (&pool->work);
  g_cond_init (&pool->done);
  pool->workers = g_new0 (Worker, n_threads);
  pool->n_threads = 1;

  while (pool->n_threads < n_threads) {
    Worker *w = &pool->workers[pool->n_threads - 1];
    g_autoptr (GError) why = NULL;

    w->pool = pool;
    w->id = pool->n_threads;
    w->thread = g_thread_try_new ("resemotenet", worker_main, w, &why);
    if (!w->thread) {
      g_set_error (error, REN_ERROR, REN_ERROR_NO_MEMORY,
          "cannot start thread %u of %u: %s", w->id + 1, n_threads,
          why->message);
      ren_pool_free (pool);
      return NULL;
    }
    pool->n_threads++;
  }
  return pool;
}

void
ren_pool_free (RenPool *pool)
{
  if (!pool)
    return;
  g_mutex_lock (&pool->lock);
  pool->quit = TRUE;
  g_cond_broadcast (&pool->work);
  g_mutex_unlock (&pool->lock);
  for (guint i = 0; i + 1 < pool->n_threads; i++)
    g_thread_join (pool->workers[i].thread);
  g_mutex_clear (&pool->lock);
  g_cond_clear (&pool->work);
  g_cond_clear (&pool->done);
  g_free (pool->workers);
  g_free (pool);
}

guint
ren_pool_n_threads (const RenPool *pool)
{
  return pool->n_threads;
}

void
ren_pool_run (RenPool *pool, RenTask task, gpointer data, guint n_tasks)
{
  /* waking the others costs more than one task is worth */
  if (pool->n_threads == 1 || n_tasks == 1) {
    for (guint i = 0; i < n_tasks; i++)
      task (data, i, 0);
    return;
  }

  g_mutex_lock (&pool->lock);
  pool->task = task;
  pool->data = data;
  pool->n_tasks = n_tasks;
  pool->next = 0;
  pool->n_busy = pool->n_threads - 1;
  pool->generation++;
  g_cond_broadcast (&pool->work);
  g_mutex_unlock (&pool->lock);

  take_tasks (pool, 0);

  g_mutex_lock (&pool->lock);
  while (pool->n_busy > 0)
    g_cond_wait (&pool->done, &pool->lock);
  g_mutex_unlock (&pool->lock);
}

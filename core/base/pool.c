/* SPDX-License-Identifier: MIT */
#include "pool.h"

#include "memory.h"
#include "resemotenet.h"

/* In RenPool's inside: workers may still take tasks. */
#define OPEN (1U << 31)

/* How long a thread looks for what it waits for before it sleeps: longer than a
 * layer's last tasks differ, mostly, and than waking a thread takes. */
#define LOOK_US 20

#define READ(word) ((guint) g_atomic_int_get (word))
#define ADD(word, n) ((guint) g_atomic_int_add (word, n))

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
  GCond work; /* begun changed */
  GCond left; /* inside fell to 0 */

  /* All of these are atomic: they alone order what threads read and write. */
  guint begun;    /* runs, and the pool's end; wraps around */
  guint inside;   /* workers that look at the current run, and OPEN */
  guint n_asleep; /* threads that have to be woken */
  guint next;     /* task */

  /* the current run; constant until inside is 0 */
  RenTask task; /* NULL: the pool's end */
  gpointer data;
  guint n_tasks;
};

/* Until *word is value, or is not. */
static void
wait_until (
    RenPool *pool, const guint *word, guint value, gboolean is, GCond *changed)
{
  const gint64 end = g_get_monotonic_time () + LOOK_US;

  do {
    if ((READ (word) == value) == is)
      return;
    /* to whom else needs this processor, a worker of ours among them */
    g_thread_yield ();
  } while (g_get_monotonic_time () < end);

  g_mutex_lock (&pool->lock);
  g_atomic_int_inc (&pool->n_asleep);
  while ((READ (word) == value) != is)
    g_cond_wait (changed, &pool->lock);
  g_atomic_int_add (&pool->n_asleep, -1);
  g_mutex_unlock (&pool->lock);
}

static void
wake (RenPool *pool, GCond *changed)
{
  if (READ (&pool->n_asleep) == 0)
    return;
  g_mutex_lock (&pool->lock);
  g_cond_broadcast (changed);
  g_mutex_unlock (&pool->lock);
}

static void
take_tasks (RenPool *pool, guint thread)
{
  for (;;) {
    guint i = ADD (&pool->next, 1);

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
  gboolean quit = FALSE;

  while (!quit) {
    wait_until (pool, &pool->begun, seen, FALSE, &pool->work);
    seen = READ (&pool->begun);
    if (ADD (&pool->inside, 1) & OPEN) {
      if (pool->task)
        take_tasks (pool, self->id);
      else
        quit = TRUE;
    }
    if (ADD (&pool->inside, -1) == 1)
      wake (pool, &pool->left);
  }
  return NULL;
}

static void
begin (RenPool *pool, RenTask task, gpointer data, guint n_tasks)
{
  pool->task = task;
  pool->data = data;
  pool->n_tasks = n_tasks;
  g_atomic_int_set (&pool->next, 0);
  g_atomic_int_or (&pool->inside, OPEN);
  g_atomic_int_inc (&pool->begun);
  wake (pool, &pool->work);
}

RenPool *
ren_pool_new (guint n_threads, GError **error)
{
  RenPool *pool = ren_try_new0 (RenPool, 1, error);

  if (!pool)
    return NULL;
  g_mutex_init (&pool->lock);
  g_cond_init (&pool->work);
  g_cond_init (&pool->left);
  pool->n_threads = 1;
  pool->workers = ren_try_new0 (Worker, n_threads, error);
  if (!pool->workers)
    g_clear_pointer (&pool, ren_pool_free);

  while (pool && pool->n_threads < n_threads) {
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
  begin (pool, NULL, NULL, 0);
  for (guint i = 0; i + 1 < pool->n_threads; i++)
    g_thread_join (pool->workers[i].thread);
  g_mutex_clear (&pool->lock);
  g_cond_clear (&pool->work);
  g_cond_clear (&pool->left);
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

  begin (pool, task, data, n_tasks);
  take_tasks (pool, 0);
  /* Workers that other programs kept from coming are not waited for. */
  g_atomic_int_and (&pool->inside, ~OPEN);
  wait_until (pool, &pool->inside, 0, TRUE, &pool->left);
}

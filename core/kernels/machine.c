/* SPDX-License-Identifier: MIT */
#include "machine.h"

#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "pool.h"
#include "rows.h"

/* Some milliseconds of arithmetic. */
#define N_ROUNDS 1000000

/* Bytes that are read together: so many for each thread, and at most for eight,
 * which is more than caches hold. */
#define BYTES_A_THREAD ((gsize) 96 << 20)
#define MOST_BYTES (8 * BYTES_A_THREAD)

typedef struct
{
  RenRowKernels k;
  gboolean bytes;
  gsize per_round; /* the same from each thread */
  guint64 *words;
  gsize n_words; /* of each thread, lines of 8 */
  volatile guint64 sink;
} Work;

static void
saturate_task (gpointer data, guint task, guint thread)
{
  Work *work = data;
  guint8 numbers[REN_SATURATE_BYTES] __attribute__ ((aligned (64))) = { 0 };
  const gsize n = work->bytes ? work->k.saturate_u8 (N_ROUNDS, numbers)
                              : work->k.saturate (N_ROUNDS, numbers);

  if (task == 0)
    work->per_round = n;
}

static void
read_task (gpointer data, guint task, guint thread)
{
  Work *work = data;
  const guint64 *w = work->words + work->n_words * task;
  guint64 sum[8] = { 0 };

  for (gsize i = 0; i < work->n_words; i += 8) { /* by lines of 64 bytes */
    __builtin_prefetch ((const guint8 *) (w + i) + REN_FETCH_AHEAD, 0, 3);
    for (guint j = 0; j < 8; j++)
      sum[j] += w[i + j];
  }
  for (guint j = 1; j < 8; j++)
    sum[0] += sum[j];
  work->sink = sum[0];
}

/* Runs of the task on each thread in a second, the most of any round. */
static double
fastest (
    RenTask task, Work *work, guint n_threads, double seconds, GError **error)
{
  RenPool *pool = ren_pool_new (n_threads, error);
  double best = 0, spent = 0;

  /* the first round also starts threads and fetches pages */
  for (guint round = 0; pool && (round < 3 || spent < seconds); round++) {
    const gint64 start = g_get_monotonic_time ();
    double t;

    ren_pool_run (pool, task, work, n_threads);
    t = (double) MAX (1, g_get_monotonic_time () - start) / 1e6;
    spent += t;
    best = MAX (best, 1 / t);
  }
  ren_pool_free (pool);
  return best;
}

double
ren_limit_multiply_adds (
    RenCpu cpu, gboolean bytes, guint n_threads, double seconds, GError **error)
{
  Work work = { .bytes = bytes };
  double rounds;

  ren_rows_init (&work.k, cpu);
  rounds = fastest (saturate_task, &work, n_threads, seconds, error);
  return rounds * N_ROUNDS * (double) work.per_round * n_threads;
}

double
ren_limit_read (guint n_threads, double seconds, GError **error)
{
  const gsize n_words = MIN (BYTES_A_THREAD, MOST_BYTES / n_threads) / 64 * 8;
  const gsize n_bytes = n_words * sizeof (guint64) * n_threads;
  Work work = { .words = ren_try_alloc (n_bytes, error), .n_words = n_words };
  double rounds = 0;

  if (work.words) {
    memset (work.words, 1, n_bytes); /* pages of zeros may all be the same */
    rounds = fastest (read_task, &work, n_threads, seconds, error);
  }
  free (work.words);
  return rounds * (double) n_bytes;
}

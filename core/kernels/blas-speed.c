/* What a machine's matrix products reach at most. SPDX-License-Identifier: MIT
 */
#include <cblas.h>
#include <stdlib.h>

#include "kernels.h"
#include "memory.h"
#include "pool.h"

/* Rows and columns: large enough that arithmetic is all that counts, and three
 * of them an L3 cache's size. */
#define SIZE 1024
#define N_FLOATS ((gsize) SIZE * SIZE)

static void
multiply_task (gpointer data, guint task, guint thread)
{
  const float *a = (const float *) data + 3 * N_FLOATS * task;

  cblas_sgemm (CblasRowMajor, CblasNoTrans, CblasNoTrans, SIZE, SIZE, SIZE, 1,
      a, SIZE, a + N_FLOATS, SIZE, 0, (float *) a + 2 * N_FLOATS, SIZE);
}

double
ren_blas_speed (guint n_threads, double seconds, GError **error)
{
  const gsize n = 3 * N_FLOATS * n_threads;
  RenPool *pool = NULL;
  float *matrices = NULL;
  double best = 0, spent = 0;
  const int before = openblas_get_num_threads ();

  if (!(pool = ren_pool_new (n_threads, error)) ||
      !(matrices = ren_try_alloc_floats (n, error)))
    goto out;
  /* neither 0 nor subnormal: these have speeds of their own on some machines */
  for (gsize i = 0; i < n; i++)
    matrices[i] = 1 + (float) (i % 7);

  openblas_set_num_threads (1);
  /* the first round also starts threads and fetches pages */
  for (guint round = 0; round < 3 || spent < seconds; round++) {
    const gint64 start = g_get_monotonic_time ();
    double t;

    ren_pool_run (pool, multiply_task, matrices, n_threads);
    t = (double) MAX (1, g_get_monotonic_time () - start) / 1e6;
    spent += t;
    best = MAX (best, 2e-9 * SIZE * SIZE * SIZE * n_threads / t);
  }
  openblas_set_num_threads (before);

out:
  ren_pool_free (pool);
  free (matrices);
  return best;
}

/* Matrix products by OpenBLAS. SPDX-License-Identifier: MIT */
#include <cblas.h>

#include "kernels.h"
#include "matvec.h"

static void
gemm (gsize m, gsize n, gsize k, const float *a, gsize lda, const float *b,
    gsize ldb, float *c, gsize ldc, gboolean accumulate)
{
  const float beta = accumulate ? 1.f : 0.f;

  if (n == 1 && ldb == 1)
    ren_matvec (m, k, a, lda, b, c, ldc, accumulate);
  else
    cblas_sgemm (CblasRowMajor, CblasNoTrans, CblasNoTrans, (int) m, (int) n,
        (int) k, 1.f, a, (int) lda, b, (int) ldb, beta, c, (int) ldc);
}

void
ren_kernels_init_blas (RenKernels *k)
{
  k->gemm = gemm;
}

static GMutex blas_lock;
static guint blas_users;
static int blas_threads_before;

void
ren_blas_acquire (void)
{
  g_mutex_lock (&blas_lock);
  if (blas_users++ == 0) {
    blas_threads_before = openblas_get_num_threads ();
    openblas_set_num_threads (1);
  }
  g_mutex_unlock (&blas_lock);
}

void
ren_blas_release (void)
{
  g_mutex_lock (&blas_lock);
  if (--blas_users == 0)
    openblas_set_num_threads (blas_threads_before);
  g_mutex_unlock (&blas_lock);
}

/* Matrix products by OpenBLAS. SPDX-License-Identifier: MIT */
#include <cblas.h>

#include "kernels.h"
#include "small.h"

/* OpenBLAS may allocate memory in gemv (0.3.29) and in its kernels for small
 * matrices (0.3.21 on AVX-512), which are those of up to 100³ multiplications;
 * running a plan never does. */
#define SMALL_PRODUCT (100 * 100 * 100)

static void
gemm (gsize m, gsize n, gsize k, const float *a, gsize lda, const float *b,
    gsize ldb, float *c, gsize ldc, gboolean accumulate)
{
  if (n == 1 || m * n * k <= SMALL_PRODUCT)
    ren_small_gemm (m, n, k, a, lda, b, ldb, c, ldc, accumulate);
  else
    cblas_sgemm (CblasRowMajor, CblasNoTrans, CblasNoTrans, (int) m, (int) n,
        (int) k, 1.f, a, (int) lda, b, (int) ldb, accumulate ? 1.f : 0.f, c,
        (int) ldc);
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

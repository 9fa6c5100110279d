/* What a machine's matrix products reach. SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

/* GFLOP/s (a multiplication and an addition are two) of OpenBLAS's sgemm, a
 * product of 1024 × 1024 matrices on each thread: the fastest of the rounds that
 * fit into @seconds, three at least. 0 with REN_ERROR_NO_MEMORY. */
double ren_blas_speed (guint n_threads, double seconds, GError **error);

/* What a machine can do at most. SPDX-License-Identifier: MIT */
#pragma once

#include "cpu.h"

/* Multiply-adds a second on n_threads threads, with the best instructions of
 * @cpu, of floats or of bytes: the fastest of the rounds that fit into @seconds,
 * three at least. 0 with REN_ERROR_NO_MEMORY. */
double ren_limit_multiply_adds (RenCpu cpu, gboolean bytes, guint n_threads,
    double seconds, GError **error);

/* Bytes a second that n_threads threads read from memory, each its own; as
 * above. */
double ren_limit_read (guint n_threads, double seconds, GError **error);

/* What the tests of kernels share. SPDX-License-Identifier: MIT */
#pragma once

#include "conv.h"
#include "cpu.h"
#include "finish.h"
#include "resample.h"
#include "rows.h"

/* Every instruction set with those that it builds on. */
typedef struct
{
  RenCpu one;
  RenCpu all;
} KernelSet;

extern const KernelSet kernel_sets[];
extern const guint n_kernel_sets;

/* Skips the running test, visibly, where the machine lacks a set. */
gboolean kernels_can_run (const KernelSet *set);

/* Numbers from -1 to 1 that only depend on seed and place. */
float *random_floats (guint64 seed, gsize n);
guint8 *random_bytes (guint64 seed, gsize n);

/* Summed one by one, k products of numbers below 1 in fp32 carry a rounding
 * error of some k / 40 × 2^-22 (partial sums grow like sqrt (k) / 3), and the
 * worst of thousands of sums several times that. One misplaced product is off
 * by 0.1 and more. */
void assert_close (const float *a, const float *b, gsize n, gsize k);

/* Adds /WHAT/NAME OF THE SET, with the set as data. */
void add_kernel_test (
    const KernelSet *set, const char *what, GTestDataFunc func);

void add_product_tests (const KernelSet *set);
void add_finish_tests (const KernelSet *set);
void add_conv_tests (const KernelSet *set);
void add_norm_tests (const KernelSet *set);
void add_resample_tests (const KernelSet *set);

/* Prints how fast each kernel is on the network's shapes. */
void bench_kernels (const KernelSet *set);

/* What the tests of threads share. SPDX-License-Identifier: MIT */
#pragma once

#include "resemotenet.h"

#define MAX_THREADS 8
#define MAX_FACES 64
#define N_CLASSES 7

/* The default model, which is int8 and runs in floats, too; else NULL, and the
 * running test is skipped. */
const char *model_path (void);
RenModel *load_model (void);

/* MAX_FACES of them, the same at every call. */
extern const guint8 *const faces;

/* What a plan must put out, of each precision: the logits of every face alone,
 * and, which in floats are rounded otherwise, in a pass of three and more; by
 * one thread. Made when they are first asked for, by the main thread. */
typedef struct
{
  float alone[MAX_FACES][N_CLASSES];
  float together[MAX_FACES][N_CLASSES];
} Expected;

const Expected *expected_of (RenModel *model, RenPrecision precision);

/* Runs n faces from `first` on and compares: every bit, and that nothing beyond
 * is written. */
void assert_runs (
    RenPlan *plan, const Expected *expected, guint first, guint n);

void add_plan_tests (void);
void add_sharing_tests (void);

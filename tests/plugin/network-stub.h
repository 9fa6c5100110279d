/* Puts something in place of the network, for tests of what is around it
 * SPDX-License-Identifier: MIT
 *
 * A program with network-stub.c in it has a ren_plan_run() of its own, which the
 * plugin calls in place of the library's.
 */
#pragma once

#include "resemotenet.h"

/* Called for each pass; by default that of the library. */
typedef void (*NetworkStub) (
    RenPlan *plan, const guint8 *faces, guint n_faces, float *logits);

void network_stub_set (NetworkStub stub);

/* The library's. */
void network_stub_real (
    RenPlan *plan, const guint8 *faces, guint n_faces, float *logits);

/* resemotenet: faces of several elements in one pass over the weights
 * SPDX-License-Identifier: MIT
 *
 * Reading the weights is most of what a face costs that is classified alone. A
 * member runs the faces of one element; members that share wait for each
 * other, and the one that waits longest runs the faces of all, on its own
 * thread. What comes while a pass runs gathers for the next.
 */
#pragma once

#include "resemotenet.h"

typedef struct _BatchMember BatchMember;

/* Passes over the weights that faces of a member took part in. */
typedef struct
{
  guint64 n;         /* passes */
  guint64 n_led;     /* those that the member ran; summed over members: all */
  guint64 n_faces;   /* faces in the n passes, of all members */
  guint64 waited_us; /* from when faces came until their passes began */
} BatchCounts;

/* Arguments and errors are those of ren_plan_new(). shared: to run together
 * with all others that share and whose model, precision, batch_size and
 * n_threads are the same; else it has a plan of its own and waits for nobody.
 * model: as ren_model_load() gives it; labels do not matter to a pass. */
BatchMember *batch_member_new (RenModel *model, RenPrecision precision,
    guint batch_size, guint n_threads, gboolean shared, GError **error);

/* NULL is allowed. No thread may be in batch_member_run(). */
void batch_member_free (BatchMember *member);

/* The plan that runs its faces, to be asked and not to be run. */
const RenPlan *batch_member_plan (const BatchMember *member);

/* A plan that is nobody else's, whose threads may do other work between runs.
 * NULL if the member shares. */
RenPlan *batch_member_own_plan (const BatchMember *member);

gboolean batch_member_is_shared (const BatchMember *member);

/* Does what ren_plan_run() does, for up to batch_size faces. Waits for faces of
 * other members until they are all there, or as many as a pass takes, or the
 * monotonic time due has come; longer only while another pass is running.
 * Members that came to nothing for some seconds are not waited for. Adds to
 * counts. One thread a member. */
void batch_member_run (BatchMember *member, const guint8 *faces, guint n_faces,
    gint64 due, gfloat *logits, BatchCounts *counts);

/* Nobody waits for the member until it runs faces again, and if it is waiting
 * itself, its faces are due now. From any thread. */
void batch_member_leave (BatchMember *member);

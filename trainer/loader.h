/* Batches to learn from, made ready by other threads.
 * SPDX-License-Identifier: MIT
 *
 * What a batch holds is a function of the faces, the options, the epoch and its
 * number, whoever makes it and when: a run that goes on in the middle of an
 * epoch gets what the unbroken one got.
 */
#pragma once

#include "face-store.h"

typedef struct
{
  guint n_classes;
  guint batch;         /* faces a step, over all ranks; divisible by n_ranks */
  guint rank, n_ranks; /* this process makes the rank-th share of each batch */
  guint64 seed;
  RenAugment augment;
  double mixup; /* Beta (mixup, mixup); 0 = no blending */
} LoaderOptions;

typedef struct
{
  guint n_faces;
  float *faces;   /* [n_faces][REN_FACE_BYTES]: 0 to 255 */
  float *targets; /* [n_faces][n_classes] */
} Batch;

typedef struct _Loader Loader;

/* Borrows the store. Every epoch has the faces in another order; those that
 * fill no whole batch wait for the next epoch. It is an error when there are
 * fewer faces than one batch takes. */
Loader *loader_new (
    const FaceStore *store, const LoaderOptions *options, GError **error);

/* Stops its threads. */
void loader_free (Loader *loader);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Loader, loader_free)

/* Batches of an epoch. */
guint loader_n_batches (const Loader *loader);

/* Begins to make the batches from this one to the end of the epoch. */
void loader_start (Loader *loader, guint epoch, guint batch);

/* The next of them, valid until the next call of this or of loader_start().
 * NULL with an error when a picture cannot be read any more; not to be called
 * beyond the end of the epoch. */
const Batch *loader_next (Loader *loader, GError **error);

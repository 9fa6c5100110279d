/* Faces to learn from: read once at the start, then at hand.
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include "faces.h"

/* Bytes of a digest of a face's pixels: equal ones are of equal pixels, also
 * where somebody would like them not to be. */
#define FACE_DIGEST_BYTES 16

typedef struct
{
  guint8 bytes[FACE_DIGEST_BYTES];
} FaceDigest;

typedef struct
{
  GPtrArray *faces;    /* Face*, all of them readable */
  FaceDigest *digests; /* of the 64×64 pixels */
  guint8 *cache;       /* [n_cached][REN_FACE_BYTES] */
  guint32 *slot;       /* of each face in the cache; FACE_NOT_CACHED */
  guint n_unreadable;  /* left out */
} FaceStore;

#define FACE_NOT_CACHED G_MAXUINT32

/* Reads all faces on n_threads threads and keeps as many as the cache may hold;
 * the others will be read again each time. Takes over the array. Unreadable
 * ones are named on stderr and left out; when that are more than a quarter, it
 * is an error. @what: "to learn from", for messages */
FaceStore *face_store_new (GPtrArray *faces, const char *what,
    guint64 cache_bytes, guint n_threads, GError **error);

void face_store_free (FaceStore *store);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FaceStore, face_store_free)

/* One face, from the cache or its file. Any number of threads at once, each
 * with a cropper of its own. It is an error when a file has changed since the
 * start: the run would not be the one that a later --resume repeats. */
gboolean face_store_read (const FaceStore *store, guint face,
    RenCropper *cropper, guint8 out[REN_FACE_BYTES], GError **error);

/* Leaves out the faces whose pixels are those of a face of @other. Returns how
 * many. */
guint face_store_drop_twins (FaceStore *store, const FaceStore *other);

/* Probability of each class, from the face's label or its several. */
void face_store_targets (
    const FaceStore *store, guint face, guint n_classes, float *targets);

/* Sum of all faces' targets. */
void face_store_count (
    const FaceStore *store, guint n_classes, double *n_of_class);

/* What tells these faces, in this order and with these labels, from others.
 * Free with g_free(). */
char *face_store_fingerprint (const FaceStore *store, guint n_classes);

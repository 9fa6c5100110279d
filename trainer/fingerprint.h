/* What a face is recognised by when it occurs again.
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include "resemotenet.h"

/* Side of the reduced face that near twins are compared by. */
#define SMALL_SIZE 16

/* Most bits of 64 that may differ between near twins, see twins_near(). */
#define TWINS_MAX_BITS 12

typedef struct
{
  guint8 digest[32]; /* SHA-256 of the 64 × 64 grey levels */
  guint64 hash;      /* signs of 64 low frequencies */
  gint16 small[SMALL_SIZE * SMALL_SIZE]; /* the face reduced, mean 0 */
  gint64 energy; /* sum of squares of that; 0 = one plain grey */
} Fingerprint;

/* Takes the fingerprint of what face_read() gives. */
void fingerprint_take (const guint8 grey[REN_FACE_BYTES], Fingerprint *out);

/* Groups the faces that look the same to the network: all 64 × 64 grey levels
 * are. @group: (out): for each of the n faces the first one of its group */
void twins_identical (const Fingerprint *prints, guint n, guint *group);

/* Joins to the groups of twins_identical() what is nearly the same: hashes that
 * differ in at most @max_bits bits, 0 to TWINS_MAX_BITS, and reduced faces that
 * correlate by at least .98; also if one of them is mirrored. A near twin's
 * near twin belongs to the group, too. Shows progress. */
void twins_near (
    const Fingerprint *prints, guint n, guint max_bits, guint *group);

/* Reading a whole data set, and what is found in it.
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include "faces.h"
#include "fingerprint.h"

/* A data set all of whose pictures have been read. */
typedef struct
{
  const char *const *labels; /* NULL-terminated */
  guint n_classes;
  GPtrArray *faces;      /* Face*, the readable ones */
  GPtrArray *unreadable; /* SkippedFace* */
  guint *identical;      /* [n faces]: see twins_identical() */
  guint *near;           /* [n faces]: see twins_near() */
} Scan;

/* Faces that are twins of each other, two or more. */
typedef struct
{
  const guint *faces; /* into Scan.faces, ascending */
  guint n;
} Twins;

/* Reads the faces on all processors, with a progress bar, and finds twins.
 * Takes over @faces. @max_bits: see twins_near(); negative: only identical
 * ones, and near is identical. */
void scan_read (
    Scan *scan, GPtrArray *faces, const char *const *labels, int max_bits);
void scan_clear (Scan *scan);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Scan, scan_clear)

/* Lists the groups of @group, which is one of the two above. @order: (out): to
 * be freed after the groups, which point into it. Returns Twins. */
GArray *scan_groups (const Scan *scan, const guint *group, guint **order);

/* Whether not all of some twins bear the same label. */
gboolean scan_labels_differ (const Scan *scan, const Twins *twins);

/* Whether all of some twins are identical. */
gboolean scan_all_identical (const Scan *scan, const Twins *twins);

/* Which of the faces a list without twins keeps: of twins in several splits
 * only those in test, or else in validation; of twins in one split the first;
 * of identical pictures that bear different labels none, unless they are in
 * validation or test. Free with g_free(). */
gboolean *scan_keep (const Scan *scan);

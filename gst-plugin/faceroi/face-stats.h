/* faceroi: what the element counts
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include <gst/gst.h>

#include "timing.h"

G_BEGIN_DECLS

typedef struct
{
  guint64 frames, bad_frames, searched, faces, detections, bridged;
  Timing timing; /* of searched frames */
} FaceStats;

/* What one frame adds. */
typedef struct
{
  gboolean bad, searched;
  guint faces, detections, bridged;
  gint64 us; /* time taken */
} FaceFrameStats;

void face_stats_init (FaceStats *stats);

void face_stats_add (FaceStats *stats, const FaceFrameStats *frame);

/* Returns: (transfer full): the structure of the property `stats`. Sorts, so
 * call it on a copy rather than under a lock. */
GstStructure *face_stats_to_structure (const FaceStats *stats);

G_END_DECLS

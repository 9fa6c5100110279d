/* resemotenet: what the element counts
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include <gst/gst.h>

#include "batcher.h"
#include "regions.h"
#include "timing.h"

/* What became of a frame's time, in nanoseconds. The rest is the element's own. */
typedef struct
{
  GstClockTime crop;     /* pixels to 64×64 grey levels */
  GstClockTime network;  /* these to logits, waiting for others included */
  GstClockTime metadata; /* results onto the buffer */
} StageTimes;

typedef struct
{
  guint64 frames;     /* that went through */
  guint64 bad_frames; /* that could not be read */
  guint64 late_frames;
  guint64 classified; /* faces that the network saw */
  guint64 reused;     /* faces that kept an earlier result */
  guint64 skipped[N_SKIP_REASONS];
  BatchCounts passes;

  Timing timing;    /* of frames with a classified face */
  StageTimes times; /* in total */
} Stats;

/* What one frame adds. */
typedef struct
{
  gboolean bad, late;
  guint classified, reused;
  guint skipped[N_SKIP_REASONS];
  BatchCounts passes;
  gint64 us; /* time of cropping and classification */
  StageTimes times;
} FrameStats;

void stats_add (Stats *stats, const FrameStats *frame);

/* Returns: (transfer full): the structure of the property `stats`. Sorts, so
 * call it on a copy rather than under a lock. */
GstStructure *stats_to_structure (const Stats *stats);

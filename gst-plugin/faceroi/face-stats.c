/* faceroi: what the element counts
 * SPDX-License-Identifier: MIT
 */
#include "face-stats.h"

#include <string.h>

void
face_stats_init (FaceStats *stats)
{
  memset (stats, 0, sizeof *stats);
}

void
face_stats_add (FaceStats *stats, const FaceFrameStats *frame)
{
  stats->frames++;
  stats->bad_frames += frame->bad;
  stats->faces += frame->faces;
  stats->detections += frame->detections;
  stats->bridged += frame->bridged;
  stats->searched += frame->searched;
  if (frame->searched)
    timing_add (&stats->timing, frame->us);
}

GstStructure *
face_stats_to_structure (const FaceStats *stats)
{
  gdouble median_ms, p99_ms;

  timing_get (&stats->timing, &median_ms, &p99_ms);
  return gst_structure_new ("faceroi-stats",          /**/
      "frames", G_TYPE_UINT64, stats->frames,         /**/
      "bad-frames", G_TYPE_UINT64, stats->bad_frames, /**/
      "searched", G_TYPE_UINT64, stats->searched,     /**/
      "faces", G_TYPE_UINT64, stats->faces,           /**/
      "detections", G_TYPE_UINT64, stats->detections, /**/
      "bridged", G_TYPE_UINT64, stats->bridged,       /**/
      "ms-median", G_TYPE_DOUBLE, median_ms,          /**/
      "ms-p99", G_TYPE_DOUBLE, p99_ms, NULL);
}

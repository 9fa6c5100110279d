/* faceroi: what the element counts
 * SPDX-License-Identifier: MIT
 */
#include "face-stats.h"

#include <stdlib.h>
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
  if (frame->searched)
    stats->ms[stats->searched++ % FACE_STATS_WINDOW] = frame->us / 1000.0f;
}

static int
by_value (const void *a, const void *b)
{
  gfloat x = *(const gfloat *) a, y = *(const gfloat *) b;

  return (x > y) - (x < y);
}

GstStructure *
face_stats_to_structure (const FaceStats *stats)
{
  gfloat sorted[FACE_STATS_WINDOW];
  guint n = (guint) MIN (stats->searched, FACE_STATS_WINDOW);

  memcpy (sorted, stats->ms, n * sizeof *sorted);
  qsort (sorted, n, sizeof *sorted, by_value);
  return gst_structure_new ("faceroi-stats",                     /**/
      "frames", G_TYPE_UINT64, stats->frames,                    /**/
      "bad-frames", G_TYPE_UINT64, stats->bad_frames,            /**/
      "searched", G_TYPE_UINT64, stats->searched,                /**/
      "faces", G_TYPE_UINT64, stats->faces,                      /**/
      "detections", G_TYPE_UINT64, stats->detections,            /**/
      "bridged", G_TYPE_UINT64, stats->bridged,                  /**/
      "ms-median", G_TYPE_DOUBLE, n ? sorted[(n - 1) / 2] : 0.0, /**/
      "ms-p99", G_TYPE_DOUBLE, n ? sorted[(n * 99 + 99) / 100 - 1] : 0.0, NULL);
}

/* resemotenet: what the element counts
 * SPDX-License-Identifier: MIT
 */
#include "stats.h"

void
stats_add (Stats *stats, const FrameStats *frame)
{
  stats->frames++;
  stats->bad_frames += frame->bad;
  stats->late_frames += frame->late;
  stats->classified += frame->classified;
  stats->reused += frame->reused;
  for (guint i = 0; i < N_SKIP_REASONS; i++)
    stats->skipped[i] += frame->skipped[i];
  stats->passes.n += frame->passes.n;
  stats->passes.n_led += frame->passes.n_led;
  stats->passes.n_faces += frame->passes.n_faces;
  stats->passes.waited_us += frame->passes.waited_us;
  if (frame->classified)
    timing_add (&stats->timing, frame->us);
  stats->times.crop += frame->times.crop;
  stats->times.network += frame->times.network;
  stats->times.metadata += frame->times.metadata;
}

GstStructure *
stats_to_structure (const Stats *stats)
{
  static const gchar *const names[N_SKIP_REASONS] = { "skipped-empty",
    "skipped-outside", "skipped-too-small", "skipped-max-faces", "skipped-late",
    "skipped-bad-frame" };
  const gdouble n_passes = (gdouble) MAX (stats->passes.n, 1);
  gdouble median_ms, p99_ms;
  guint64 skipped = 0;
  GstStructure *s;

  timing_get (&stats->timing, &median_ms, &p99_ms);
  for (guint i = 0; i < N_SKIP_REASONS; i++)
    skipped += stats->skipped[i];

  s = gst_structure_new ("resemotenet-stats", "frames", G_TYPE_UINT64,
      stats->frames, "bad-frames", G_TYPE_UINT64, stats->bad_frames,
      "late-frames", G_TYPE_UINT64, stats->late_frames, "faces", G_TYPE_UINT64,
      stats->classified + stats->reused, "classified", G_TYPE_UINT64,
      stats->classified, "reused", G_TYPE_UINT64, stats->reused, "skipped",
      G_TYPE_UINT64, skipped, NULL);
  for (guint i = 0; i < N_SKIP_REASONS; i++)
    gst_structure_set (s, names[i], G_TYPE_UINT64, stats->skipped[i], NULL);
  gst_structure_set (s, "passes", G_TYPE_UINT64, stats->passes.n_led,
      "faces-per-pass", G_TYPE_DOUBLE,
      (gdouble) stats->passes.n_faces / n_passes, "ms-waited", G_TYPE_DOUBLE,
      (gdouble) stats->passes.waited_us / 1000 / n_passes, NULL);
  gst_structure_set (s, "ms-median", G_TYPE_DOUBLE, median_ms, "ms-p99",
      G_TYPE_DOUBLE, p99_ms, "crop-time", G_TYPE_UINT64, stats->times.crop,
      "network-time", G_TYPE_UINT64, stats->times.network, "metadata-time",
      G_TYPE_UINT64, stats->times.metadata, NULL);
  return s;
}

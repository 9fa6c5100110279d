/* SPDX-License-Identifier: MIT */
#include "progress.h"

#include <string.h>

#include "rate.h"
#include "terminal.h"

#define PLAIN_INTERVAL_US (30 * G_USEC_PER_SEC)
#define BAR_COLUMNS 24

struct _Progress
{
  Frames *frames;
  Feed *feed;
  Player *player;
  gboolean live;
  gboolean on_terminal;
  gint64 start_us, plain_us;

  Rate rate; /* of frames */
};

Progress *
progress_new (Frames *frames, Feed *feed, Player *player, gboolean live)
{
  Progress *progress = g_new0 (Progress, 1);

  progress->frames = frames;
  progress->feed = feed;
  progress->player = player;
  progress->live = live;
  progress->on_terminal = has_status_line ();
  progress->start_us = progress->plain_us = progress->rate.since_us =
      g_get_monotonic_time ();
  return progress;
}

void
progress_free (Progress *progress)
{
  if (!progress)
    return;
  show_status_line (NULL);
  g_free (progress);
}

static gchar *
format_time (guint64 seconds)
{
  if (seconds < 3600)
    return g_strdup_printf (
        "%u:%02u", (guint) (seconds / 60), (guint) (seconds % 60));
  return g_strdup_printf ("%u:%02u:%02u", (guint) (seconds / 3600),
      (guint) (seconds / 60 % 60), (guint) (seconds % 60));
}

/* Returns: 0 to 1, or below 0 where nobody knows. Files count alike. */
static gdouble
get_fraction (Progress *progress, const FrameCounts *counts)
{
  GstClockTime duration, start = feed_get_start (progress->feed);
  guint done, total = player_get_total (progress->player, &done, &duration);
  gdouble now = 0;

  if (done >= total)
    return 1;
  if (GST_CLOCK_TIME_IS_VALID (duration) && counts->time >= start)
    now = MIN ((gdouble) (counts->time - start) / (gdouble) duration, 1);
  else if (total == 1)
    return -1;
  return MIN ((done + now) / total, 1);
}

static void
append_bar (GString *line, gdouble fraction)
{
  const gint n = (gint) (fraction * BAR_COLUMNS);

  g_string_append_c (line, '[');
  for (gint i = 0; i < BAR_COLUMNS; i++)
    g_string_append_c (line, i < n ? '#' : '-');
  g_string_append_printf (line, "] %3.0f %%  ", 100 * fraction);
}

/* "3 faces"; of what there is one no s. */
static void
append_count (GString *line, guint64 n, const gchar *what)
{
  g_string_append_printf (
      line, "%" G_GUINT64_FORMAT " %s%s", n, what, n == 1 ? "" : "s");
}

static gchar *
format_files (Progress *progress, const FrameCounts *counts, gint64 now_us)
{
  g_autoptr (GString) line = g_string_new (NULL);
  gdouble fraction = get_fraction (progress, counts);
  gdouble passed = (gdouble) (now_us - progress->start_us) / G_USEC_PER_SEC;
  g_autofree gchar *time = format_time (counts->time / GST_SECOND);

  if (fraction >= 0)
    append_bar (line, fraction);
  g_string_append_printf (line, "%s  ", time);
  append_count (line, counts->n_faces_now, "face");
  if (progress->rate.per_second > 0)
    g_string_append_printf (line, "  %.0f fps", progress->rate.per_second);
  if (fraction > 0.01 && passed > 1) {
    g_autofree gchar *left =
        format_time ((guint64) (passed / fraction * (1 - fraction) + 0.5));

    g_string_append_printf (line, "  %s left", left);
  }
  return g_string_free (g_steal_pointer (&line), FALSE);
}

static gchar *
format_live (Progress *progress, const FrameCounts *counts, gint64 now_us)
{
  g_autoptr (GString) line = g_string_new (NULL);
  g_autofree gchar *time =
      format_time ((guint64) ((now_us - progress->start_us) / G_USEC_PER_SEC));

  g_string_append_printf (line, "%s  ", time);
  append_count (line, counts->n_faces_now, "face");
  g_string_append_printf (line,
      "  %.1f fps  latency %d ms  %" G_GUINT64_FORMAT " skipped  ",
      progress->rate.per_second, (gint) (counts->latency_us / 1000),
      counts->n_skipped);
  append_count (line, player_get_n_reconnects (progress->player), "reconnect");
  return g_string_free (g_steal_pointer (&line), FALSE);
}

void
progress_tick (Progress *progress)
{
  const gint64 now_us = g_get_monotonic_time ();
  const FrameCounts counts = frames_get_counts (progress->frames);
  g_autofree gchar *line = NULL;

  rate_update (&progress->rate, counts.n_frames, now_us);
  if (!progress->on_terminal && now_us - progress->plain_us < PLAIN_INTERVAL_US)
    return;
  line = progress->live ? format_live (progress, &counts, now_us)
                        : format_files (progress, &counts, now_us);
  if (progress->on_terminal) {
    show_status_line (line);
    return;
  }
  say ("%s", line);
  progress->plain_us = now_us;
}

gchar *
progress_summarise (Progress *progress)
{
  g_autoptr (GString) line = g_string_new (NULL);
  const FrameCounts counts = frames_get_counts (progress->frames);

  append_count (line, counts.n_frames, "frame");
  g_string_append (line, ", ");
  append_count (line, counts.n_faces, "face");
  if (progress->live) {
    g_string_append_printf (line,
        "; %" G_GUINT64_FORMAT " frames skipped, latency %d ms (at most %d), ",
        counts.n_skipped,
        (gint) (counts.latency_sum_us / (gint64) MAX (counts.n_frames, 1) /
                1000),
        (gint) (counts.latency_most_us / 1000));
    append_count (
        line, player_get_n_reconnects (progress->player), "reconnect");
  }
  return g_string_free (g_steal_pointer (&line), FALSE);
}

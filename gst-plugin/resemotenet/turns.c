/* resemotenet: when a face has its turn with the network, and what it has else
 * SPDX-License-Identifier: MIT
 */
#include "turns.h"

#include "schedule.h"

void
turns_init (Turns *turns)
{
  *turns = (Turns){ .due = g_ptr_array_new () };
  history_init (&turns->history);
  turns_forget (turns);
}

void
turns_clear (Turns *turns)
{
  history_clear (&turns->history);
  g_clear_pointer (&turns->due, g_ptr_array_unref);
}

void
turns_forget (Turns *turns)
{
  turns_forget_faces (turns);
  timeline_reset (&turns->timeline);
  turns->last_turn = GST_CLOCK_TIME_NONE;
}

void
turns_forget_faces (Turns *turns)
{
  history_forget (&turns->history);
  turns->since_turn = 0;
}

/* Faces that have no result, for whatever reason there is. */
static guint
count_unknown (GArray *faces)
{
  guint n = 0;

  for (guint i = 0; i < faces->len; i++)
    n += !g_array_index (faces, Face, i).has_result;
  return n;
}

static gboolean
is_late (const Turns *turns, const Frame *frame, const Lateness *lateness)
{
  const FrameTimes times = {
    .time = frame->time,
    .overdue = frame->overdue,
    .last_turn = turns->last_turn,
    .cost = turns->last_cost,
  };

  return lateness_check (lateness, &times);
}

/* FALSE if the frame cannot be read. */
static gboolean
classify_due (Turns *turns, const Frame *frame, Classifier *classifier,
    const Settings *settings, FrameStats *stats)
{
  const gint64 begin = g_get_monotonic_time ();
  const Deadlines deadlines = {
    .due = begin + settings->batch_window,
    .give_up =
        settings->skip_late ? lateness_give_up (frame->overdue) : G_MAXINT64,
  };
  guint n_tried;

  if (!frame_picture_open (frame->picture, frame->buffer, frame->info))
    return FALSE;
  stats->classified = classifier_run (classifier, frame->picture, turns->due,
      settings, &deadlines, &n_tried, &stats->passes, &stats->times);
  frame_picture_close (frame->picture);
  stats->us = g_get_monotonic_time () - begin;
  turns->last_cost = (GstClockTime) stats->us * GST_USECOND;

  stats->late = n_tried < turns->due->len;
  for (guint i = 0; i < turns->due->len; i++) {
    const Face *face = g_ptr_array_index (turns->due, i);

    if (!face->has_result)
      stats->skipped[i < n_tried ? SKIP_OUTSIDE : SKIP_LATE]++;
  }
  return TRUE;
}

void
turns_take (Turns *turns, const Frame *frame, GArray *faces,
    Classifier *classifier, const Settings *settings, const Lateness *lateness,
    FrameStats *stats)
{
  const GstClockTime frame_time =
      timeline_frame_time (frame->buffer, frame->info);
  gboolean turn;

  history_match (&turns->history, faces,
      timeline_step (&turns->timeline, frame->time, frame_time));
  stats->late = settings->skip_late && is_late (turns, frame, lateness);
  turn = !stats->late && turns->since_turn == 0;
  if (stats->late) {
    stats->skipped[SKIP_LATE] += count_unknown (faces);
  } else {
    schedule_faces (turns->due, faces, turn, settings->reclassify_interval,
        classifier->batch_size);
    if (turns->due->len &&
        !classify_due (turns, frame, classifier, settings, stats)) {
      /* the next frame takes the turn */
      stats->bad = TRUE;
      stats->skipped[SKIP_BAD_FRAME] += count_unknown (faces);
      turn = FALSE;
    }
  }
  if (turn)
    turns->last_turn = frame->time;
  if (turn || turns->since_turn)
    turns->since_turn = (turns->since_turn + 1) % settings->interval;

  stats->reused = faces->len - count_unknown (faces) - stats->classified;
  history_update (&turns->history, faces, settings->interval);
}

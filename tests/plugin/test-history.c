/* Faces from frame to frame: how long they are known, which are classified, how
 * much time passes, and when it is too late
 * SPDX-License-Identifier: MIT
 */
#include "history.h"
#include "init.h"
#include "lateness.h"
#include "schedule.h"
#include "timeline.h"

#define FRAME (40 * GST_MSECOND)
#define LONG_CHECK (g_getenv ("REN_LONG") != NULL)

static void
add_face (GArray *faces, gint64 track_id, gint x)
{
  Face face = { .track_id = track_id, .known = -1 };

  face.box = (RenRect){ x, 0, 50, 50 };
  g_array_append_val (faces, face);
}

static Face *
nth (GArray *faces, guint i)
{
  return &g_array_index (faces, Face, i);
}

static void
classify (Face *face)
{
  face->has_result = TRUE;
  face->result.age = 0;
  face->result.age_ns = 0;
}

/* A frame with one face, which is classified if it is not known. */
static gboolean
see (History *history, gint64 track_id, gint x, GstClockTime step)
{
  GArray *faces = g_array_new (FALSE, FALSE, sizeof (Face));
  gboolean known;

  add_face (faces, track_id, x);
  history_match (history, faces, step);
  if (!(known = nth (faces, 0)->has_result))
    classify (nth (faces, 0));
  history_update (history, faces, 1);
  g_array_unref (faces);
  return known;
}

static void
see_nobody (History *history, guint n_frames)
{
  GArray *faces = g_array_new (FALSE, FALSE, sizeof (Face));

  for (guint i = 0; i < n_frames; i++) {
    history_match (history, faces, FRAME);
    history_update (history, faces, 1);
  }
  g_array_unref (faces);
}

static void
test_expiry (void)
{
  History history;

  history_init (&history);
  /* by track: within two seconds, anywhere */
  g_assert_false (see (&history, 7, 0, FRAME));
  see_nobody (&history, 48);
  g_assert_true (see (&history, 7, 900, FRAME));
  see_nobody (&history, 52);
  g_assert_cmpuint (history.entries->len, ==, 0);
  g_assert_false (see (&history, 7, 900, FRAME));
  history_forget (&history);

  /* by place: within a fifth of one */
  g_assert_false (see (&history, -1, 0, FRAME));
  see_nobody (&history, 3);
  g_assert_true (see (&history, -1, 10, FRAME));
  see_nobody (&history, 6);
  g_assert_false (see (&history, -1, 10, FRAME));
  history_forget (&history);

  /* of frames that take long, one */
  g_assert_false (see (&history, -1, 0, GST_SECOND));
  g_assert_false (see (&history, -1, 500, GST_SECOND));
  g_assert_true (see (&history, -1, 0, GST_SECOND));
  history_forget (&history);

  /* of time that stands still, a hundred frames */
  g_assert_false (see (&history, 1, 0, 0));
  for (guint i = 0; i < 100; i++)
    see (&history, 2, 500, 0);
  g_assert_cmpuint (history.entries->len, ==, 2);
  see (&history, 2, 500, 0);
  g_assert_cmpuint (history.entries->len, ==, 1);
  history_clear (&history);
}

static void
test_ages (void)
{
  GArray *faces = g_array_new (FALSE, FALSE, sizeof (Face));
  History history;

  history_init (&history);
  for (guint i = 0; i < 5; i++) {
    g_array_set_size (faces, 0);
    add_face (faces, 1, 0);
    history_match (&history, faces, (i + 1) * GST_MSECOND);
    if (i == 0)
      classify (nth (faces, 0));
    history_update (&history, faces, 1);
  }
  g_assert_cmpuint (nth (faces, 0)->result.age, ==, 4);
  g_assert_cmpuint (
      nth (faces, 0)->result.age_ns, ==, (2 + 3 + 4 + 5) * GST_MSECOND);

  /* never less than before */
  g_array_set_size (faces, 0);
  add_face (faces, 1, 0);
  history_match (&history, faces, G_MAXUINT64);
  history_match (&history, faces, G_MAXUINT64);
  g_array_set_size (faces, 0);
  add_face (faces, 1, 0);
  history_match (&history, faces, FRAME);
  g_assert_cmpuint (nth (faces, 0)->result.age_ns, ==, G_MAXINT64);
  history_clear (&history);
  g_array_unref (faces);
}

/* Somebody who stays, and people or ghosts who come and go by the million: at no
 * time more is kept than what was seen of late. */
static void
test_bounded (void)
{
  const guint n_frames = LONG_CHECK ? 10000000 : 1000000;
  GArray *faces = g_array_new (FALSE, FALSE, sizeof (Face));
  guint most = 0;
  History history;

  history_init (&history);
  for (guint i = 0; i < n_frames; i++) {
    const gboolean tracked = i % 2;

    g_array_set_size (faces, 0);
    add_face (faces, 0, 0);
    /* each with an id of its own, or in a place of its own */
    add_face (faces, tracked ? (gint64) i : -1, 100 + 60 * (gint) (i % 1000));
    history_match (&history, faces, FRAME);
    g_assert_true (i == 0 || nth (faces, 0)->has_result);
    for (guint f = 0; f < 2; f++)
      classify (nth (faces, f));
    history_update (&history, faces, 1);
    most = MAX (most, history.entries->len);
  }
  g_test_message ("%u at most", most);
  /* two seconds of every second frame, a fifth of one of the others, and one */
  g_assert_cmpuint (most, <=, 26 + 4 + 2);
  g_assert_cmpuint (most, >=, 25);
  g_array_unref (faces);
  history_clear (&history);
}

/* ---- which faces are classified ------------------------------------------- */

static void
set_age (Face *face, GstClockTime age_ns)
{
  face->has_result = TRUE;
  face->result.age_ns = age_ns;
}

static void
assert_due (GArray *faces, gboolean turn, GstClockTime interval,
    guint batch_size, guint n, ...)
{
  GPtrArray *due = g_ptr_array_new ();
  va_list args;

  schedule_faces (due, faces, turn, interval, batch_size);
  g_assert_cmpuint (due->len, ==, n);
  va_start (args, n);
  for (guint i = 0; i < n; i++)
    g_assert_true (
        g_ptr_array_index (due, i) == nth (faces, va_arg (args, guint)));
  va_end (args);
  g_ptr_array_unref (due);
}

static void
test_schedule (void)
{
  GArray *faces = g_array_new (FALSE, FALSE, sizeof (Face));

  for (gint i = 0; i < 5; i++)
    add_face (faces, i, 60 * i);
  set_age (nth (faces, 0), 3 * FRAME);
  set_age (nth (faces, 1), 7 * FRAME);
  set_age (nth (faces, 3), 7 * FRAME);
  set_age (nth (faces, 4), 1 * FRAME);

  /* the new one first, then the oldest */
  assert_due (faces, TRUE, 0, 8, 5, 2, 1, 3, 0, 4);
  assert_due (faces, TRUE, 0, 1, 5, 2, 1, 3, 0, 4);
  assert_due (faces, FALSE, 0, 8, 1, 2);
  assert_due (faces, TRUE, 3 * FRAME, 8, 4, 2, 1, 3, 0);
  assert_due (faces, TRUE, 3 * FRAME + 1, 8, 3, 2, 1, 3);
  assert_due (faces, FALSE, 3 * FRAME, 8, 1, 2);
  /* no pass more than there is anyway */
  assert_due (faces, TRUE, FRAME, 3, 3, 2, 1, 3);
  assert_due (faces, TRUE, FRAME, 1, 1, 2);
  set_age (nth (faces, 2), 0);
  assert_due (faces, TRUE, FRAME, 1, 1, 1);
  assert_due (faces, TRUE, 8 * FRAME, 1, 0);
  /* all that are new, however many passes those take, which others fill */
  for (guint i = 0; i < 3; i++)
    nth (faces, i)->has_result = FALSE;
  assert_due (faces, TRUE, FRAME, 1, 3, 0, 1, 2);
  assert_due (faces, TRUE, FRAME, 2, 4, 0, 1, 2, 3);
  g_array_unref (faces);
}

/* ---- time ------------------------------------------------------------------ */

static void
test_timeline (void)
{
  Timeline t;

  timeline_reset (&t);
  g_assert_cmpuint (timeline_step (&t, 500, FRAME), ==, FRAME);
  g_assert_cmpuint (timeline_step (&t, 510, FRAME), ==, 10);
  g_assert_cmpuint (timeline_step (&t, 5 * FRAME, FRAME), ==, 5 * FRAME - 510);
  /* stands still, runs backwards, goes on from there */
  g_assert_cmpuint (timeline_step (&t, 5 * FRAME, FRAME), ==, FRAME);
  g_assert_cmpuint (timeline_step (&t, 7, FRAME), ==, FRAME);
  g_assert_cmpuint (timeline_step (&t, 17, FRAME), ==, 10);
  /* missing: what comes after adds what is left */
  g_assert_cmpuint (timeline_step (&t, GST_CLOCK_TIME_NONE, FRAME), ==, FRAME);
  g_assert_cmpuint (timeline_step (&t, 17 + 3 * FRAME, FRAME), ==, 2 * FRAME);
  timeline_reset (&t);
  for (guint i = 0; i < 3; i++)
    g_assert_cmpuint (timeline_step (&t, GST_CLOCK_TIME_NONE, 9), ==, 9);
}

static void
test_frame_time (void)
{
  GstBuffer *buffer = gst_buffer_new ();
  GstVideoInfo info;

  gst_video_info_set_format (&info, GST_VIDEO_FORMAT_RGB, 16, 16);
  GST_VIDEO_INFO_FPS_N (&info) = 0;
  g_assert_cmpuint (timeline_frame_time (buffer, &info), ==, FRAME);
  GST_VIDEO_INFO_FPS_N (&info) = 50;
  GST_VIDEO_INFO_FPS_D (&info) = 1;
  g_assert_cmpuint (timeline_frame_time (buffer, &info), ==, FRAME / 2);
  GST_BUFFER_DURATION (buffer) = 0;
  g_assert_cmpuint (timeline_frame_time (buffer, &info), ==, FRAME / 2);
  GST_BUFFER_DURATION (buffer) = 3;
  g_assert_cmpuint (timeline_frame_time (buffer, &info), ==, 3);
  gst_buffer_unref (buffer);
}

/* ---- what is late ---------------------------------------------------------- */

static gboolean
late (GstClockTime earliest, GstClockTimeDiff overdue, GstClockTime since,
    GstClockTime cost)
{
  const FrameTimes frame = {
    .time = 100 * GST_SECOND,
    .overdue = overdue,
    .last_turn = 100 * GST_SECOND - since,
    .cost = cost,
  };
  Lateness lateness;

  lateness_init (&lateness);
  lateness.earliest = earliest;
  return lateness_check (&lateness, &frame);
}

static void
test_late (void)
{
  const GstClockTime none = GST_CLOCK_TIME_NONE, past = 99 * GST_SECOND,
                     future = 101 * GST_SECOND;
  const GstClockTimeDiff unknown = GST_CLOCK_STIME_NONE,
                         behind = 101 * GST_MSECOND;

  g_assert_false (late (none, unknown, FRAME, GST_SECOND));
  g_assert_false (late (none, -behind, FRAME, GST_SECOND));
  g_assert_false (late (none, 99 * GST_MSECOND, FRAME, GST_SECOND));
  g_assert_true (late (none, behind, FRAME, GST_SECOND));
  /* not where the network takes a tenth of the time or less */
  g_assert_true (late (none, behind, FRAME, FRAME / 10 + 1));
  g_assert_false (late (none, behind, FRAME, FRAME / 10));
  /* what the sink says holds for a second, or for longer if need be */
  g_assert_true (late (future, unknown, FRAME, 0));
  g_assert_true (late (future, -behind, GST_SECOND - 1, 0));
  g_assert_false (late (future, unknown, GST_SECOND, 0));
  g_assert_true (late (future, unknown, GST_SECOND, GST_SECOND));
  g_assert_false (late (past, unknown, FRAME, GST_SECOND));
  /* the last turn is in the future: time ran backwards */
  g_assert_false (late (future, behind, -FRAME, GST_SECOND));
}

/* After how much is left of the time, or at once. */
static void
test_give_up (void)
{
  const gint64 now = g_get_monotonic_time ();

  g_assert_cmpint (lateness_give_up (GST_CLOCK_STIME_NONE), ==, G_MAXINT64);
  g_assert_cmpint (
      lateness_give_up (-(GstClockTimeDiff) GST_SECOND), >=, now + 1100000);
  g_assert_cmpint (lateness_give_up (GST_SECOND), <, g_get_monotonic_time ());
}

int
main (int argc, char **argv)
{
  test_init_gstreamer (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/history/expiry", test_expiry);
  g_test_add_func ("/history/ages", test_ages);
  g_test_add_func ("/history/bounded", test_bounded);
  g_test_add_func ("/history/schedule", test_schedule);
  g_test_add_func ("/history/timeline", test_timeline);
  g_test_add_func ("/history/frame-time", test_frame_time);
  g_test_add_func ("/history/late", test_late);
  g_test_add_func ("/history/give-up", test_give_up);
  return g_test_run ();
}

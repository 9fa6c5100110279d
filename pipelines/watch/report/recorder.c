/* SPDX-License-Identifier: MIT */
#include "recorder.h"

#include "face-crop.h"
#include "face-files.h"
#include "report.h"

/* Least side of a face, in pixels, that one can recognise anything on. */
#define LEAST_FACE 20
/* Sides of pictures, in pixels. */
#define MOMENT_SIDE 96
#define FILE_SIDE 256
#define FACES_INTERVAL (2 * GST_SECOND)

/* Pictures may take a part of the time that passes, and so much ahead of it, in
 * microseconds. */
#define TIME_PART 20
#define TIME_AHEAD 300000

struct _Recorder
{
  gchar *source, *report;
  GstClockTime faces_interval;
  GDateTime *date;
  Timeline *timeline;
  FaceCropper *cropper;
  FaceFiles *files; /* (nullable) */
  gboolean failed;  /* no more files */

  gint64 (*clock) (void);
  gint64 begin; /* by the clock; -1: not yet */
  gint64 spent; /* microseconds for pictures */
};

Recorder *
recorder_new (const RecorderSettings *settings, GError **error)
{
  g_autoptr (Recorder) r = g_new0 (Recorder, 1);

  r->timeline = timeline_new ();
  r->cropper = face_cropper_new ();
  r->date = g_date_time_new_now_local ();
  r->clock = g_get_monotonic_time;
  r->begin = -1;
  r->source = g_strdup (settings->source);
  r->report = g_strdup (settings->report);
  r->faces_interval =
      settings->faces_interval ? settings->faces_interval : FACES_INTERVAL;
  if (r->report && !report_check (r->report, error))
    return NULL;
  if (settings->faces &&
      !(r->files = face_files_new (settings->faces, RECORDER_MAX_FACES, error)))
    return NULL;
  return g_steal_pointer (&r);
}

void
recorder_free (Recorder *r)
{
  g_clear_pointer (&r->files, face_files_free);
  timeline_free (r->timeline);
  face_cropper_free (r->cropper);
  g_date_time_unref (r->date);
  g_free (r->source);
  g_free (r->report);
  g_free (r);
}

void
recorder_set_clock (Recorder *r, gint64 (*clock) (void))
{
  r->clock = clock;
}

static gboolean
have_time (const Recorder *r, gint64 now)
{
  return r->spent < TIME_AHEAD + (now - r->begin) / TIME_PART;
}

static gboolean
wants_moment (const Recorder *r, const TimelineSighting *s)
{
  const TimelinePerson *p = s->person;

  return r->report && p != timeline_model (r->timeline, p)->others &&
         moments_want (&p->moments, r->timeline->now, p->label_since, s->label,
             s->confidence);
}

static gboolean
wants_file (const Recorder *r, const TimelineSighting *s)
{
  const TimelinePerson *p = s->person;

  return r->files && !r->failed && !face_files_is_full (r->files) &&
         (!GST_CLOCK_TIME_IS_VALID (p->last_file) ||
             r->timeline->now >= p->last_file + r->faces_interval);
}

static GBytes *
crop (Recorder *r, GstBuffer *buffer, const GstVideoInfo *info,
    const TimelineSighting *s, guint side)
{
  return face_cropper_crop (
      r->cropper, buffer, info, s->x, s->y, s->w, s->h, side);
}

static void
add_moment (Recorder *r, GstBuffer *buffer, const GstVideoInfo *info,
    const TimelineSighting *s)
{
  g_autoptr (GBytes) jpeg = crop (r, buffer, info, s, MOMENT_SIDE);

  if (jpeg)
    moments_add (
        &s->person->moments, r->timeline->now, s->label, s->confidence, jpeg);
}

static gboolean
add_file (Recorder *r, GstBuffer *buffer, const GstVideoInfo *info,
    const TimelineSighting *s, GError **error)
{
  TimelinePerson *p = s->person;
  const TimelineModel *model = timeline_model (r->timeline, p);
  g_autoptr (GBytes) jpeg = crop (r, buffer, info, s, FILE_SIDE);

  if (!jpeg)
    return TRUE;
  p->last_file = r->timeline->now;
  r->failed = !face_files_add (r->files, timeline_label (model, s->label),
      r->timeline->n_frames, p->track_id, s->confidence, jpeg, error);
  return !r->failed;
}

gboolean
recorder_add (Recorder *r, GstBuffer *buffer, const GArray *faces,
    const GstVideoInfo *info, GstClockTime stream_time, GError **error)
{
  const GArray *seen = r->timeline->seen;
  gint64 now = r->clock ();
  gboolean ok = TRUE;

  if (r->begin < 0)
    r->begin = now;
  timeline_add_faces (r->timeline,
      (const EmotionFace *) (const void *) faces->data, faces->len, stream_time,
      GST_BUFFER_DURATION (buffer));
  for (guint i = 0; i < seen->len && have_time (r, now); i++) {
    const TimelineSighting *s = &g_array_index (seen, TimelineSighting, i);
    const gboolean moment = wants_moment (r, s), file = wants_file (r, s);
    gint64 end;

    if ((!moment && !file) || MIN (s->w, s->h) < LEAST_FACE)
      continue;
    if (moment)
      add_moment (r, buffer, info, s);
    if (file)
      ok = add_file (r, buffer, info, s, error) && ok;
    end = r->clock ();
    r->spent += end - now;
    now = end;
  }
  return ok;
}

void
recorder_restart (Recorder *r)
{
  timeline_restart (r->timeline);
}

gboolean
recorder_finish (Recorder *r, GError **error)
{
  const ReportInfo info = { r->source, r->date };

  timeline_finish (r->timeline);
  return !r->report || report_write (r->timeline, &info, r->report, error);
}

guint
recorder_n_faces (const Recorder *r)
{
  return r->files ? face_files_count (r->files) : 0;
}

const Timeline *
recorder_timeline (const Recorder *r)
{
  return r->timeline;
}

/* Which emotion each person of a video shows, over its time
 * SPDX-License-Identifier: MIT
 *
 *   Timeline *t = timeline_new ();
 *   timeline_add_faces (t, faces, n_faces, stream_time, duration);
 *                                            for each classified buffer
 *   timeline_finish (t);
 *   report_write (t, …);                     see report.h
 *
 * A face of a frame counts from that frame to the next one, for the emotion it is
 * labelled with; so the times of a person's emotions add up to the time in which
 * the person was seen. Faces with the same track are one person; those without
 * one are matched with the face that was there before.
 *
 * Memory is bounded, for days of video and any number of tracks:
 * - Time is cut into at most TIMELINE_MAX_BINS bins, whose width doubles when
 *   there would be more; nothing but detail is lost.
 * - Of persons that are more than TIMELINE_MAX_PERSONS, a quarter is summed up as
 *   "others": of those gone for some seconds, the ones that were seen shortest.
 *   Who comes when all are still there counts among the others, too.
 * - Labels and models beyond what one can read in a report are summed up as well.
 *
 * One thread at a time. Results are read from the structures; they are as of the
 * frame before the last until timeline_finish().
 */
#pragma once

#include <gst/gst.h>

#include "cells.h"
#include "emotion-reader.h"
#include "moments.h"

#define TIMELINE_MAX_BINS 1024
#define TIMELINE_FIRST_BIN (100 * GST_MSECOND)
#define TIMELINE_MAX_PERSONS 128
#define TIMELINE_MAX_MODELS 8
/* 32 of a model, "unknown", and the last for what is more */
#define TIMELINE_MAX_LABELS 34

typedef struct
{
  guint model;              /* index */
  gint64 track_id;          /* -1: matched */
  guint n_people;           /* 1, or how many tracks were summed up */
  guint64 n_faces;          /* frames in which it was seen */
  GstClockTime first, last; /* time of its first frame, end of its last one */
  guint64 ns;               /* seen; of others, of all of them together */
  guint64 label_ns[TIMELINE_MAX_LABELS]; /* the same by emotion */
  GArray *cells;                         /* the same over time */
  Moments moments;

  GstClockTime last_file; /* the recorder's: of its last picture, or NONE */

  /* of the timeline alone */
  guint64 frame; /* last one it was seen in */
  guint label;
  GstClockTime label_since;
  gint x, y, w, h;
} TimelinePerson;

typedef struct
{
  gchar *name;       /* (nullable) */
  GPtrArray *labels; /* of gchar *, in output order where it is known */
  TimelinePerson *others;
} TimelineModel;

/* A face of the last frame that was added. */
typedef struct
{
  TimelinePerson *person; /* may be others */
  guint label;
  gfloat confidence;
  gint x, y, w, h; /* pixels; may be outside of the frame */
} TimelineSighting;

typedef struct
{
  GPtrArray *models;  /* of TimelineModel */
  GPtrArray *persons; /* of TimelinePerson, in the order they came */
  GArray *seen;       /* of TimelineSighting */
  GstClockTime bin_ns;
  GstClockTime origin; /* time of the first frame, where bin 0 begins */
  GstClockTime now;    /* time of the last frame */
  GstClockTime end;    /* until which its faces count; origin..end is all */
  guint64 n_frames, n_faces;
  guint64 n_ignored; /* faces of a model or track that is there twice, or of a
                        ninth model */
  guint n_restarts;  /* 0: times are the source's own */

  /* of the timeline alone */
  GHashTable *by_track;
  gint64 shift;          /* from stream time to ours */
  GstClockTime duration; /* of the last frame, or NONE */
  GstClockTime interval; /* between the last two frames */
  gboolean pending;      /* the last frame's faces do not count yet */
  gboolean restarting;
} Timeline;

Timeline *timeline_new (void);
void timeline_free (Timeline *t);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Timeline, timeline_free)

/**
 * timeline_add_faces:
 * @t: the timeline
 * @faces: (array length=n_faces): those of a frame, which are classified
 * @n_faces: their number, may be 0
 * @stream_time: the frame's time in the source
 * @duration: of the frame, or NONE
 *
 * A time that goes back by more than a second begins again as
 * timeline_restart() does; a frame without a time counts as one at the time of
 * the frame before.
 */
void timeline_add_faces (Timeline *t, const EmotionFace *faces, guint n_faces,
    GstClockTime stream_time, GstClockTime duration);

/* What comes next is of another file or connection: its tracks are other people,
 * and its time goes on behind what there is. */
void timeline_restart (Timeline *t);

/* The last frame's faces count for as long as it lasts. */
void timeline_finish (Timeline *t);

/* Returns: (transfer none): a person's model */
const TimelineModel *timeline_model (
    const Timeline *t, const TimelinePerson *person);
/* Returns: (transfer none): a label of a model */
const gchar *timeline_label (const TimelineModel *model, guint label);
/* Returns: index of the label that a person showed longest */
guint timeline_dominant (const TimelinePerson *person);
/* Sums @from up in @into, without its pictures. */
void timeline_sum (TimelinePerson *into, const TimelinePerson *from);

/* For sums of one's own. */
TimelinePerson *timeline_person_new (guint model, gint64 track_id);
void timeline_person_free (TimelinePerson *person);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TimelinePerson, timeline_person_free)

/* resemotenet: when a face has its turn with the network, and what it has else
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include "classifier.h"
#include "history.h"
#include "lateness.h"
#include "timeline.h"

/* From frame to frame. */
typedef struct
{
  History history;
  Timeline timeline;
  GPtrArray *due;         /* faces of this frame */
  guint since_turn;       /* frames since known faces had a turn */
  GstClockTime last_turn; /* running time of that */
  GstClockTime last_cost; /* time that the network last took for a frame */
} Turns;

/* One frame. */
typedef struct
{
  GstBuffer *buffer;
  const GstVideoInfo *info;
  FramePicture *picture;    /* to read it with */
  GstClockTime time;        /* running time, if known */
  GstClockTimeDiff overdue; /* as lateness_overdue() says */
} Frame;

void turns_init (Turns *turns);
void turns_clear (Turns *turns);

/* Nothing of the past holds any more. */
void turns_forget (Turns *turns);
/* The past was of another size of frames. */
void turns_forget_faces (Turns *turns);

/* Gives the faces of a frame their results, new or old ones, and counts them.
 * Some have none where the frame is late or cannot be read (stats->bad). */
void turns_take (Turns *turns, const Frame *frame, GArray *faces,
    Classifier *classifier, const Settings *settings, const Lateness *lateness,
    FrameStats *stats);

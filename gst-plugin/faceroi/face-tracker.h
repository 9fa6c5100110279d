/* faceroi: which face of this image is which of the last
 * SPDX-License-Identifier: MIT
 *
 * Gives faces ids that stay with them, steadies their boxes, bridges short
 * gaps and holds back what is likely to be none. Boxes are in
 * pixels of the video frame, times in nanoseconds. No GStreamer in here, and no
 * memory that grows.
 */
#pragma once

#include "face-image.h"

G_BEGIN_DECLS

/* The most faces followed at a time. */
#define FACE_TRACKER_MAX 64

/* How much above the threshold a new face must be judged to be believed, and
 * how much it must score to be believed without being judged. */
#define FACE_TRACKER_SURE 0.65
#define FACE_TRACKER_CLEAR 1.5

/* What was not believed may be judged again after this time. */
#define FACE_TRACKER_JUDGE_NS (G_GUINT64_CONSTANT (500) * 1000000)

/* A face that is not found is shown where it was last for so long. */
#define FACE_TRACKER_BRIDGE_NS (G_GUINT64_CONSTANT (500) * 1000000)

/* A face that comes back within this time gets its id back. */
#define FACE_TRACKER_MEMORY_NS (G_GUINT64_CONSTANT (1500) * 1000000)

typedef struct
{
  gint id;               /* from 1, never given twice; 0: not believed */
  FaceBox box;           /* steadied */
  guint64 first_seen_ns; /* when the face was seen first */
  guint64 last_seen_ns;  /* and last */
  guint64 last_good_ns;  /* last time its score reached the threshold */
  guint64 judged_ns;     /* last time it was judged, while not believed */
  guint hits;            /* searches that found it */
  guint misses;          /* searches in a row that did not */
  gboolean confirmed;    /* believed to be a face */
  gboolean visible;      /* to be reported */
  FaceLook look;         /* what it looked like when it was seen last */
} FaceTrack;

/* Says how sure it is that a box is a face, as face_finder_judge(). */
typedef gfloat (*FaceJudge) (const FaceBox *box, gpointer user_data);

/* What a search found, and where it looked. */
typedef struct
{
  const FaceBox *boxes;
  guint n_boxes;
  gdouble threshold;      /* boxes below only keep known faces alive */
  const FaceImage *image; /* tells whether a face that was not found may still
                             be there: where the place looks different now, it
                             is not shown; NULL = always shown */
  gdouble scale;          /* pixels of the image to one of the frame */
  FaceJudge judge;        /* of new faces; NULL = all are believed */
  gpointer judge_data;
} FaceSearch;

typedef struct
{
  FaceTrack tracks[FACE_TRACKER_MAX];
  guint n_tracks;
  gint last_id;
  guint64 last_update_ns;
} FaceTracker;

/* Empties a tracker, ids start at 1 again. */
void face_tracker_init (FaceTracker *tracker);

/* Forgets all faces; ids given so far are not given again. */
void face_tracker_reset (FaceTracker *tracker);

/* Takes what a search found at a time, which must not run backwards; if it does,
 * all faces are forgotten. */
void face_tracker_update (
    FaceTracker *tracker, const FaceSearch *search, guint64 now_ns);

/* Takes note of a frame that was not searched: faces stay where they are. */
void face_tracker_carry (FaceTracker *tracker, guint64 now_ns);

/* Writes the `max` largest visible faces, largest first; returns how many. */
guint face_tracker_get (
    const FaceTracker *tracker, const FaceTrack **tracks, guint max);

G_END_DECLS

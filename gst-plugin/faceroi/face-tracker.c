/* faceroi: which face of this image is which of the last
 * SPDX-License-Identifier: MIT
 */
#include "face-tracker.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Searches that may miss a face before time counts: with a search a second,
 * one miss alone is past every time limit. */
#define MIN_MISSES 2

/* Low scores alone keep a face alive for so long: something else that happens
 * to look like a face a little would stay for ever otherwise. */
#define WEAK_NS (G_GUINT64_CONSTANT (3) * 1000000000)

/* Likeness below which a place is taken to have changed. Two thumbnails of a
 * face that turns or moves by a tenth stay above it; another scene does not. */
#define SAME_LOOK 0.6f

/* Time constants below are for frames of this length. */
#define FRAME_NS 33333333.0

void
face_tracker_init (FaceTracker *tracker)
{
  memset (tracker, 0, sizeof *tracker);
}

void
face_tracker_reset (FaceTracker *tracker)
{
  tracker->n_tracks = 0;
  tracker->last_update_ns = 0;
}

/* How well a box continues a track: 0 = not at all, up to 1.5. Overlap, and
 * nearness for faces that jump: by three quarters of their size, more after a
 * gap. */
static gfloat
affinity (const FaceTrack *track, const FaceBox *box, guint64 now_ns)
{
  const FaceBox *old = &track->box;
  gfloat ratio = box->w / old->w;
  gfloat dx = (box->x + 0.5f * box->w) - (old->x + 0.5f * old->w);
  gfloat dy = (box->y + 0.5f * box->h) - (old->y + 0.5f * old->h);
  gfloat gap_s = (now_ns - track->last_seen_ns) * 1e-9f;
  gfloat reach = 0.75f * MAX (box->w, old->w) * (1 + MIN (gap_s, 1));
  gfloat near;

  if (ratio > 1.8f || ratio < 1 / 1.8f)
    return 0;
  near = 1 - sqrtf (dx * dx + dy * dy) / reach;
  return face_box_overlap (old, box) + 0.5f * MAX (near, 0);
}

/* Share of the new value, when `share` is meant for one frame's time. */
static gfloat
share_for (gfloat share, guint64 elapsed_ns)
{
  if (share >= 1)
    return 1;
  return 1 - powf (1 - share, MAX (elapsed_ns / FRAME_NS, 1));
}

/* Moves the box towards the new one: little for the detector's jitter (a tenth
 * of a face), all the way for real movement. */
static void
steady (FaceTrack *track, const FaceBox *box, guint64 now_ns)
{
  FaceBox *old = &track->box;
  guint64 elapsed_ns = now_ns - track->last_seen_ns;
  gfloat cx = old->x + 0.5f * old->w, cy = old->y + 0.5f * old->h;
  gfloat dx = box->x + 0.5f * box->w - cx, dy = box->y + 0.5f * box->h - cy;
  gfloat moved = sqrtf (dx * dx + dy * dy) / old->w;
  gfloat grown = fabsf (box->w - old->w) / old->w;
  /* the mean of the first few, so that a bad first box is soon forgotten */
  gfloat least = 1.0f / (track->hits + 1);
  gfloat a = MAX (share_for (0.25f + 4 * moved, elapsed_ns), least);
  gfloat b = MAX (share_for (0.15f + 1.5f * grown, elapsed_ns), least);

  old->w += b * (box->w - old->w);
  old->h += b * (box->h - old->h);
  old->x = cx + a * dx - 0.5f * old->w;
  old->y = cy + a * dy - 0.5f * old->h;
  old->score = box->score;
  old->angle = box->angle;
}

static void
look (FaceTrack *track, const FaceSearch *search)
{
  if (search->image)
    face_image_look (search->image, search->scale, &track->box, &track->look);
}

static gboolean
looks_the_same (const FaceTrack *track, const FaceSearch *search)
{
  FaceLook now;

  if (!search->image)
    return TRUE;
  face_image_look (search->image, search->scale, &track->box, &now);
  return face_look_likeness (&track->look, &now) >= SAME_LOOK;
}

static void
remove_track (FaceTracker *tracker, guint index)
{
  tracker->tracks[index] = tracker->tracks[--tracker->n_tracks];
}

/* Decides whether a new face is one. */
static void
judge (FaceTrack *track, const FaceBox *box, const FaceSearch *search,
    guint64 now_ns)
{
  gdouble threshold = search->threshold;

  if (track->confirmed || box->score < threshold)
    return;
  if (box->score < threshold + FACE_TRACKER_CLEAR && search->judge) {
    if (track->hits > 1 && now_ns - track->judged_ns < FACE_TRACKER_JUDGE_NS)
      return;
    track->judged_ns = now_ns;
    if (search->judge (box, search->judge_data) < threshold + FACE_TRACKER_SURE)
      return;
  }
  track->confirmed = TRUE;
}

static void
seen (FaceTrack *track, const FaceBox *box, const FaceSearch *search,
    guint64 now_ns)
{
  steady (track, box, now_ns);
  track->last_seen_ns = now_ns;
  track->hits++;
  track->misses = 0;
  if (box->score >= search->threshold)
    track->last_good_ns = now_ns;
  judge (track, box, search, now_ns);
  track->visible = track->confirmed;
}

static void
missed (FaceTrack *track, const FaceSearch *search, guint64 now_ns)
{
  track->misses++;
  track->visible = track->visible && looks_the_same (track, search) &&
                   now_ns - track->last_seen_ns <= FACE_TRACKER_BRIDGE_NS;
}

static gboolean
expired (const FaceTrack *track, guint64 now_ns)
{
  if (now_ns - track->last_good_ns > WEAK_NS)
    return TRUE;
  if (track->misses < MIN_MISSES)
    return FALSE;
  return !track->confirmed ||
         now_ns - track->last_seen_ns > FACE_TRACKER_MEMORY_NS;
}

/* Pairs tracks and boxes, the best pair first. */
static void
match (FaceTracker *tracker, const FaceSearch *search, guint64 now_ns,
    guint8 *track_used, guint8 *box_used)
{
  guint n_boxes = MIN (search->n_boxes, FACE_TRACKER_MAX);

  for (;;) {
    gfloat best = 0.15f;
    guint best_track = 0, best_box = 0;
    gboolean any = FALSE;

    for (guint t = 0; t < tracker->n_tracks; t++) {
      for (guint b = 0; b < n_boxes && !track_used[t]; b++) {
        gfloat a = box_used[b] ? 0
                               : affinity (&tracker->tracks[t],
                                     &search->boxes[b], now_ns);

        if (a > best) {
          best = a;
          best_track = t;
          best_box = b;
          any = TRUE;
        }
      }
    }
    if (!any)
      return;
    track_used[best_track] = box_used[best_box] = 1;
    seen (
        &tracker->tracks[best_track], &search->boxes[best_box], search, now_ns);
  }
}

static void
add_track (FaceTracker *tracker, const FaceBox *box, const FaceSearch *search,
    guint64 now_ns)
{
  FaceTrack *track;

  /* One more box around a face that has one is a part of it or its hair. */
  for (guint t = 0; t < tracker->n_tracks; t++)
    if (tracker->tracks[t].misses == 0 &&
        face_box_containment (&tracker->tracks[t].box, box) > 0.5f)
      return;
  if (tracker->n_tracks == FACE_TRACKER_MAX)
    return;

  track = &tracker->tracks[tracker->n_tracks++];
  memset (track, 0, sizeof *track);
  track->box = *box;
  track->first_seen_ns = now_ns;
  track->last_seen_ns = track->last_good_ns = now_ns;
  track->hits = 1;
  judge (track, box, search, now_ns);
  track->visible = track->confirmed;
}

/* Whether two tracks have come to follow one face, and a is the one to drop. */
static gboolean
is_duplicate (const FaceTrack *a, const FaceTrack *b)
{
  if (face_box_containment (&a->box, &b->box) < 0.6f)
    return FALSE;
  if (a->confirmed != b->confirmed)
    return b->confirmed;
  if (a->misses != b->misses)
    return a->misses > b->misses;
  if (a->id != b->id)
    return a->id > b->id;
  return a > b;
}

void
face_tracker_update (
    FaceTracker *tracker, const FaceSearch *search, guint64 now_ns)
{
  guint8 track_used[FACE_TRACKER_MAX] = { 0 };
  guint8 box_used[FACE_TRACKER_MAX] = { 0 };
  guint n_old;

  if (now_ns < tracker->last_update_ns)
    face_tracker_reset (tracker);
  tracker->last_update_ns = now_ns;
  n_old = tracker->n_tracks;

  match (tracker, search, now_ns, track_used, box_used);
  for (guint t = 0; t < n_old; t++)
    if (!track_used[t])
      missed (&tracker->tracks[t], search, now_ns);
  for (guint b = 0; b < MIN (search->n_boxes, FACE_TRACKER_MAX); b++)
    if (!box_used[b] && search->boxes[b].score >= search->threshold)
      add_track (tracker, &search->boxes[b], search, now_ns);

  for (guint t = tracker->n_tracks; t-- > 0;) {
    FaceTrack *track = &tracker->tracks[t];
    gboolean drop = expired (track, now_ns);

    for (guint o = 0; o < tracker->n_tracks && !drop; o++)
      drop = o != t && is_duplicate (track, &tracker->tracks[o]);
    if (drop) {
      remove_track (tracker, t);
      continue;
    }
    if (track->misses == 0)
      look (track, search);
  }

  /* in order, and only now: what is dropped takes no id */
  for (guint t = 0; t < tracker->n_tracks; t++) {
    FaceTrack *track = &tracker->tracks[t];

    if (!track->confirmed || track->id != 0)
      continue;
    tracker->last_id = tracker->last_id == G_MAXINT ? 1 : tracker->last_id + 1;
    track->id = tracker->last_id;
  }
}

void
face_tracker_carry (FaceTracker *tracker, guint64 now_ns)
{
  if (now_ns < tracker->last_update_ns) {
    face_tracker_reset (tracker);
    return;
  }
  for (guint t = 0; t < tracker->n_tracks; t++) {
    FaceTrack *track = &tracker->tracks[t];

    if (track->misses > 0 &&
        now_ns - track->last_seen_ns > FACE_TRACKER_BRIDGE_NS)
      track->visible = FALSE;
  }
}

static gint
by_size (gconstpointer a, gconstpointer b)
{
  const FaceTrack *ta = *(const FaceTrack *const *) a;
  const FaceTrack *tb = *(const FaceTrack *const *) b;
  gfloat sa = ta->box.w * ta->box.h, sb = tb->box.w * tb->box.h;

  if (sa != sb)
    return sa < sb ? 1 : -1;
  return ta->id - tb->id;
}

guint
face_tracker_get (
    const FaceTracker *tracker, const FaceTrack **tracks, guint max)
{
  const FaceTrack *visible[FACE_TRACKER_MAX];
  guint n = 0;

  for (guint t = 0; t < tracker->n_tracks; t++)
    if (tracker->tracks[t].visible)
      visible[n++] = &tracker->tracks[t];
  qsort (visible, n, sizeof *visible, by_size);
  n = MIN (n, max);
  memcpy (tracks, visible, n * sizeof *tracks);
  return n;
}

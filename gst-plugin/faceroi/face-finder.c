/* faceroi: finds the faces of one image, leaning ones too
 * SPDX-License-Identifier: MIT
 */
#include "face-finder.h"

#include <math.h>
#include <stdlib.h>

/* The detector's filters reach about 15° to either side: passes 30° apart
 * leave no gap between them. */
#define TILT 30.0

/* Searches between full turned passes, which take one direction each: a
 * leaning face is found within two such periods, and the passes, each twice
 * as dear as an upright one, add less than half to the average cost. */
#define TILT_PERIOD 5

/* Turned passes around known faces in one image. They are small, but a crowd
 * that turns away must not stop the stream; the rest have their turn next. */
#define MAX_LOCAL_PASSES 8

/* Side of the surroundings searched, in sides of the face: room for the
 * window after turning, and for a face that moved by half its size. */
#define LOCAL_REACH 2.2

/* Faces are shrunk to this size for a pass around them. */
#define LOCAL_FACE_SIZE 100.0

/* How a box is judged: at angles and sizes so far apart that the detector's
 * grid falls differently on the face, as the face's own leaning and size stay
 * within its reach. */
#define JUDGE_ANGLE 15.0
#define JUDGE_SCALE 0.15
#define JUDGE_FACE_SIZE 100.0
#define JUDGE_REACH 1.7
#define JUDGE_FLOOR -0.5

/* An image, and halves of it down to some 40 pixels. */
#define MAX_LEVELS 8

struct _FaceFinder
{
  FaceDetector *detector;
  FaceImage levels[MAX_LEVELS]; /* 0 is unused: the image itself */
  gint n_levels;                /* valid in this image, 0 is the image */
  FaceImage turned;
  guint searches; /* since the reset */
  guint first;    /* known face whose turn is first */
  FaceBox found[4 * FACE_FINDER_MAX_BOXES];
  guint n_found;
};

FaceFinder *
face_finder_new (gchar **message)
{
  FaceDetector *detector = face_detector_new (message);
  FaceFinder *finder;

  if (!detector)
    return NULL;
  finder = g_new0 (FaceFinder, 1);
  finder->detector = detector;
  return finder;
}

void
face_finder_free (FaceFinder *finder)
{
  face_detector_free (finder->detector);
  for (gint i = 0; i < MAX_LEVELS; i++)
    face_image_clear (&finder->levels[i]);
  face_image_clear (&finder->turned);
  g_free (finder);
}

void
face_finder_reset (FaceFinder *finder)
{
  finder->searches = 0;
  finder->first = 0;
}

/* Runs the detector on the image turned by `degrees` around (cx, cy), and
 * turns what it finds back. The box stays upright: same centre, same size. */
static void
pass (FaceFinder *finder, const FaceImage *image, gdouble cx, gdouble cy,
    gdouble degrees, gdouble step, gint width, gint height, gdouble threshold)
{
  FaceBox *box = finder->found + finder->n_found;
  guint room = G_N_ELEMENTS (finder->found) - finder->n_found, n;
  const FaceImage *src = image;
  gdouble level_scale = 1;

  /* Bilinear sampling skips pixels above a step of two. */
  for (gint i = 1; step / level_scale >= 2 && i < MAX_LEVELS; i++) {
    if (MIN (src->width, src->height) < 2)
      break;
    if (i >= finder->n_levels) {
      face_image_halve (src, &finder->levels[i]);
      finder->n_levels = i + 1;
    }
    src = &finder->levels[i];
    level_scale *= 2;
  }

  face_image_set_size (&finder->turned, width, height);
  face_image_turn (src, (cx + 0.5) / level_scale - 0.5,
      (cy + 0.5) / level_scale - 0.5, degrees, step / level_scale,
      &finder->turned);
  n = face_detector_run (finder->detector, &finder->turned, threshold, box,
      MIN (room, FACE_FINDER_MAX_BOXES));
  for (guint i = 0; i < n; i++, box++) {
    gdouble x, y;

    face_image_turn_back (cx, cy, degrees, step, &finder->turned,
        box->x + 0.5 * (box->w - 1), box->y + 0.5 * (box->h - 1), &x, &y);
    box->w *= step;
    box->h *= step;
    box->x = x - 0.5 * (box->w - 1);
    box->y = y - 0.5 * (box->h - 1);
    box->angle = degrees;
  }
  finder->n_found += n;
}

static void
full_pass (FaceFinder *finder, const FaceImage *image, gdouble degrees,
    gdouble threshold)
{
  gdouble c = cos (degrees * G_PI / 180), s = fabs (sin (degrees * G_PI / 180));
  gint width = ceil (image->width * c + image->height * s);
  gint height = ceil (image->width * s + image->height * c);

  pass (finder, image, 0.5 * (image->width - 1), 0.5 * (image->height - 1),
      degrees, 1, width, height, threshold);
}

static gboolean
local_pass (FaceFinder *finder, const FaceImage *image, const FaceBox *known,
    gdouble degrees, gdouble threshold)
{
  gdouble size = MAX (known->w, known->h);
  gdouble step = MAX (size / LOCAL_FACE_SIZE, 1);
  gint side = ceil (MAX (size / step, FACE_DETECTOR_SIZE) * LOCAL_REACH);
  guint before = finder->n_found;

  pass (finder, image, known->x + 0.5 * known->w, known->y + 0.5 * known->h,
      degrees, step, side, side, threshold);
  for (guint i = before; i < finder->n_found; i++)
    if (face_box_overlap (&finder->found[i], known) > 0.3)
      return TRUE;
  return FALSE;
}

static gboolean
is_found (const FaceFinder *finder, const FaceBox *known, gdouble threshold)
{
  for (guint i = 0; i < finder->n_found; i++)
    if (finder->found[i].score >= threshold &&
        face_box_overlap (&finder->found[i], known) > 0.3)
      return TRUE;
  return FALSE;
}

static void
local_passes (FaceFinder *finder, const FaceImage *image, const FaceBox *known,
    guint n_known, gdouble good_score, gdouble threshold)
{
  guint passes = 0, next = finder->first;

  for (guint k = 0; k < n_known; k++) {
    guint index = (finder->first + k) % n_known;
    const FaceBox *face = &known[index];
    gdouble likely = face->angle > 0 ? TILT : -TILT;

    if (is_found (finder, face, good_score))
      continue;
    if (passes >= MAX_LOCAL_PASSES)
      break;
    passes++;
    next = index + 1;
    if (!local_pass (finder, image, face, likely, threshold)) {
      passes++;
      local_pass (finder, image, face, -likely, threshold);
    }
  }
  finder->first = n_known ? next % n_known : 0;
}

guint
face_finder_run (FaceFinder *finder, const FaceImage *image,
    const FaceFinderParams *params, const FaceBox *known, guint n_known,
    FaceBox boxes[FACE_FINDER_MAX_BOXES])
{
  gdouble threshold = params->threshold - FACE_FINDER_KEEP_MARGIN;
  guint n;

  finder->n_found = face_detector_run (
      finder->detector, image, threshold, finder->found, FACE_FINDER_MAX_BOXES);
  finder->n_levels = 1;

  if (params->tilted) {
    if (finder->searches == 0) {
      /* a still picture has no second chance */
      full_pass (finder, image, TILT, threshold);
      full_pass (finder, image, -TILT, threshold);
    } else if (finder->searches % TILT_PERIOD == 0) {
      full_pass (finder, image,
          finder->searches / TILT_PERIOD % 2 ? -TILT : TILT, threshold);
    }
    local_passes (finder, image, known, n_known, params->threshold, threshold);
    finder->searches++;
  }

  n = face_boxes_merge (finder->found, finder->n_found);
  n = MIN (n, FACE_FINDER_MAX_BOXES);
  for (guint i = 0; i < n; i++)
    boxes[i] = finder->found[i];
  return n;
}

static gint
by_value (gconstpointer a, gconstpointer b)
{
  gfloat x = *(const gfloat *) a, y = *(const gfloat *) b;

  return x < y ? 1 : x > y ? -1 : 0;
}

gfloat
face_finder_judge (
    FaceFinder *finder, const FaceImage *image, const FaceBox *box)
{
  gdouble size = MAX (box->w, box->h);
  gdouble cx = box->x + 0.5 * (box->w - 1), cy = box->y + 0.5 * (box->h - 1);
  gfloat scores[9], sum = 0;
  guint n = 0;

  for (gint angle = -1; angle <= 1; angle++) {
    for (gint scale = -1; scale <= 1; scale++) {
      gdouble step = size / JUDGE_FACE_SIZE * (1 + scale * JUDGE_SCALE);
      gint side = JUDGE_FACE_SIZE * JUDGE_REACH;
      gfloat best = JUDGE_FLOOR;

      finder->n_found = 0;
      pass (finder, image, cx, cy, box->angle + angle * JUDGE_ANGLE, step, side,
          side, JUDGE_FLOOR);
      for (guint i = 0; i < finder->n_found; i++)
        if (face_box_overlap (&finder->found[i], box) > 0.4)
          best = MAX (best, finder->found[i].score);
      scores[n++] = best;
    }
  }
  qsort (scores, n, sizeof *scores, by_value);
  for (guint i = 0; i < 6; i++)
    sum += scores[i];
  return sum / 6;
}

static gint
by_score (gconstpointer a, gconstpointer b)
{
  gfloat sa = ((const FaceBox *) a)->score, sb = ((const FaceBox *) b)->score;

  return sa < sb ? 1 : sa > sb ? -1 : 0;
}

guint
face_boxes_merge (FaceBox *boxes, guint n_boxes)
{
  guint kept = 0;

  if (n_boxes == 0)
    return 0;
  qsort (boxes, n_boxes, sizeof *boxes, by_score);
  for (guint i = 0; i < n_boxes; i++) {
    FaceBox best = boxes[i];
    gfloat weights = 0, x = 0, y = 0, w = 0, h = 0;
    gboolean known = FALSE;

    for (guint k = 0; k < kept && !known; k++)
      known = face_box_overlap (&boxes[k], &best) > 0.3 ||
              face_box_containment (&boxes[k], &best) > 0.6;
    if (known)
      continue;

    /* Positions come in steps of a tenth of a face: the mean of the passes
     * that saw it is nearer to the truth than the best of them. */
    for (guint k = i; k < n_boxes; k++) {
      gfloat weight = MAX (1 + boxes[k].score - best.score, 0);

      if (face_box_overlap (&boxes[k], &best) < 0.5)
        continue;
      weights += weight;
      x += weight * boxes[k].x;
      y += weight * boxes[k].y;
      w += weight * boxes[k].w;
      h += weight * boxes[k].h;
    }
    boxes[kept] = best;
    boxes[kept].x = x / weights;
    boxes[kept].y = y / weights;
    boxes[kept].w = w / weights;
    boxes[kept].h = h / weights;
    kept++;
  }
  return kept;
}

/* faceroi: finds the faces of one image, leaning ones too
 * SPDX-License-Identifier: MIT
 *
 *   image --upright pass--+
 *         --turned passes-+--> boxes --merge--> one box a face
 *         --around faces--+
 *
 * The detector knows upright faces only. Leaning ones are found on turned
 * copies of the image: of all of it now and then, and of the surroundings of
 * the faces seen before that the upright pass no longer sees, which is cheap.
 * No GStreamer in here.
 */
#pragma once

#include "face-detector.h"

G_BEGIN_DECLS

typedef struct _FaceFinder FaceFinder;

typedef struct
{
  gdouble threshold; /* score of a new face, as in face_detector_run() */
  gboolean tilted;   /* look for leaning faces */
} FaceFinderParams;

/* Faces known from before may score this much less than new ones. */
#define FACE_FINDER_KEEP_MARGIN 0.4

/* The most boxes that a search returns. */
#define FACE_FINDER_MAX_BOXES 64

/* Makes a finder, NULL with a message as face_detector_new(). */
FaceFinder *face_finder_new (gchar **message);

void face_finder_free (FaceFinder *finder);

/* Forgets where in its round of turned passes it is: the next image is
 * searched at all angles, as the first one is. */
void face_finder_reset (FaceFinder *finder);

/* Searches an image. `known` are boxes (in pixels of the image) where faces
 * are expected, with the angle each was last seen at. Writes at most
 * FACE_FINDER_MAX_BOXES boxes in pixels of the image, best first, which do not
 * overlap much; a score below the threshold means that the box is worth
 * something only where a face is known. Returns how many. */
guint face_finder_run (FaceFinder *finder, const FaceImage *image,
    const FaceFinderParams *params, const FaceBox *known, guint n_known,
    FaceBox boxes[FACE_FINDER_MAX_BOXES]);

/* Looks once more, and from several sides, at one box of the last search: at
 * nine other angles and sizes. A face is seen in most of them; what merely
 * happens to fall on the detector's grid like one is not. Returns the mean of
 * the better six scores: 0.8 and more for nearly all faces, up to 0.5 for what
 * is none. */
gfloat face_finder_judge (
    FaceFinder *finder, const FaceImage *image, const FaceBox *box);

/* Merges boxes of the same face, in place: the best one and those around it
 * that agree with it are averaged. Returns how many are left, best first. */
guint face_boxes_merge (FaceBox *boxes, guint n_boxes);

G_END_DECLS

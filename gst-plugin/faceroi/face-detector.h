/* faceroi: dlib's frontal face detector behind a C interface
 * SPDX-License-Identifier: MIT
 *
 * Five HOG filters over an image pyramid, built into the library: there is no
 * model file to find. It sees upright faces (leaning up to about 15°), frontal
 * to half profile, of FACE_DETECTOR_SIZE pixels and more.
 */
#pragma once

#include "face-image.h"

G_BEGIN_DECLS

/* Side in pixels of the detector's window: smaller faces are not found. */
#define FACE_DETECTOR_SIZE 80

typedef struct _FaceDetector FaceDetector;

/* Makes a detector. The filters are unpacked once a process (tens of
 * milliseconds) and copied after that. NULL with a message in `message`
 * (transfer full) on failure, such as memory that ran out. A detector is used
 * by one thread at a time. */
FaceDetector *face_detector_new (gchar **message);

void face_detector_free (FaceDetector *detector);

/* Finds upright faces that score `threshold` or more (0 is dlib's own
 * decision; each -0.1 lets through more faces and more that is none). Writes
 * at most `max_boxes`, best first, in pixels of the image, possibly reaching
 * beyond its border. Returns how many; 0 on an image too small for a face or
 * when the search fails. */
guint face_detector_run (FaceDetector *detector, const FaceImage *image,
    gdouble threshold, FaceBox *boxes, guint max_boxes);

G_END_DECLS

/* faceroi: metadata of a face on a buffer
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include "face-tracker.h"

#include <gst/video/video.h>

G_BEGIN_DECLS

/* Name of the detector in the metadata. */
#define FACE_META_MODEL "dlib-frontal-face"

/* Probability-like confidence of a score: 0.5 at dlib's own decision, 0.95 at
 * a clear face. */
gdouble face_meta_confidence (gdouble score);

/* Adds a face to a writable buffer whose frames are width × height: a region
 * metadata "face" with params `detection` and `object_id`, and, with
 * GStreamer 1.24 and later, a detection related to a tracking in the buffer's
 * GstAnalyticsRelationMeta. The box is cut at the frame's border; returns
 * FALSE, adding nothing, where less than half of it is inside. */
gboolean face_meta_add (
    GstBuffer *buffer, const FaceTrack *track, gint width, gint height);

G_END_DECLS

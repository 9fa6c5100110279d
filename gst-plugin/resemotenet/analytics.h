/* resemotenet: detections and classes as GStreamer's analytics metadata
 * SPDX-License-Identifier: MIT
 *
 * Does nothing with a GStreamer that has no analytics library (before 1.24).
 */
#pragma once

#include "face.h"

#ifdef HAVE_ANALYTICS

/* Adds the face detections of a buffer to an array of Face; a detection of a
 * region that is there already joins it. */
void analytics_collect (
    GArray *faces, GstBuffer *buffer, const Settings *settings);

/* Relates the emotion of each face to its detection; a region without a
 * detection gets one. label_quarks holds a quark for each class. What is
 * there of an earlier element stays: such metadata can only be added to. */
void analytics_write (GstBuffer *buffer, GArray *faces,
    const Settings *settings, const GQuark *label_quarks, guint n_classes);

#else

static inline void
analytics_collect (GArray *faces, GstBuffer *buffer, const Settings *settings)
{
}

static inline void
analytics_write (GstBuffer *buffer, GArray *faces, const Settings *settings,
    const GQuark *label_quarks, guint n_classes)
{
}

#endif

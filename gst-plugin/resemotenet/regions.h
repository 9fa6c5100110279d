/* resemotenet: finds the faces that other elements marked on a frame
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include "face.h"

/* Why a region of the right type is not classified. */
typedef enum
{
  SKIP_EMPTY,     /* no area */
  SKIP_OUTSIDE,   /* nothing of it in the visible picture */
  SKIP_TOO_SMALL, /* below min-size */
  SKIP_MAX_FACES, /* more than max-faces, and not among the largest */
  SKIP_LATE,      /* the frame was late and the face not known before */
  SKIP_BAD_FRAME, /* the frame cannot be read, the face not known before */
  N_SKIP_REASONS
} SkipReason;

/* The part of a frame that is seen, in the coordinates of regions. */
RenRect regions_visible (GstBuffer *buffer, const GstVideoInfo *info);

/* Collects the faces of a frame into an array of Face, in the order of the
 * metadata; where there are more than the limit, the largest, largest first. A face that is both a region
 * and an analytics detection appears once. Adds to skipped[]. */
void regions_collect (GArray *faces, GstBuffer *buffer, const RenRect *visible,
    const Settings *settings, guint skipped[N_SKIP_REASONS]);

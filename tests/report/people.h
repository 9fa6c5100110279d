/* People that are not there: a timeline as a video of them would make it
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include "timeline.h"

#define PEOPLE_LABELS 7
extern const gchar *const people_labels[PEOPLE_LABELS];

/* A face of track @track_id, or of none (-1), that shows a label. */
EmotionFace people_face (gint64 track_id, guint label, gfloat confidence);

/* People who come and go, and change their minds, for @length, looked at every
 * @step; with pictures. The same each time. */
void people_play (
    Timeline *t, guint n_people, GstClockTime length, GstClockTime step);

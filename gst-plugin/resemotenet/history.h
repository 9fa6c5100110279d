/* resemotenet: what is known of the faces of earlier frames
 * SPDX-License-Identifier: MIT
 *
 * Between two classifications a face keeps the last result, so that labels do
 * not blink. Which face of the last frame it is, is told by its track id, else
 * by the region's id where that lasts, else by overlap.
 */
#pragma once

#include "face.h"

typedef struct
{
  GArray *entries; /* of Known */
} History;

void history_init (History *history);
void history_clear (History *history);
void history_forget (History *history);

/* Finds the faces of a frame, which is so much later than the last one, among
 * those of earlier ones: sets known, and the last result with its age. */
void history_match (History *history, GArray *faces, GstClockTime step);

/* Remembers the results of a frame. Faces are forgotten that were not on the
 * last so many frames, and not seen for a while: longer where an id tells when
 * they are back. Memory does not grow, whatever ids and times there are. */
void history_update (History *history, GArray *faces, guint max_unseen);

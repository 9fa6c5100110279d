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

/* Finds the faces of a frame among those of earlier ones: sets known. */
void history_match (History *history, GArray *faces);

/* Gives a face the last result that is known of it. FALSE if there is none. */
gboolean history_recall (const History *history, Face *face);

/* Remembers the results of a frame. Faces that were not on the last max_unseen
 * frames are forgotten. */
void history_update (History *history, GArray *faces, guint max_unseen);

/* resemotenet: which faces of a frame the network is to see
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include "face.h"

/* Fills due with pointers to those of an array of Face that are to be classified,
 * the most urgent first: all that have no result, and on a turn those whose
 * result is reclassify_interval old, the oldest first. With an interval, no more
 * of these than fit into the passes of batch_size faces that there are anyway, at
 * least one: the rest has to wait for the next frame. */
void schedule_faces (GPtrArray *due, GArray *faces, gboolean turn,
    GstClockTime reclassify_interval, guint batch_size);

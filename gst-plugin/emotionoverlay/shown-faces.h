/* All faces of a frame, also those whose emotion is not known
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include "emotion-reader.h"

/* Reads the emotions of @buffer into @faces, and after them faces that were only
 * found, or whose emotion makes no sense: their label is NULL.
 * @roi_type: regions of this type are faces; "" = all */
void shown_faces_read (GArray *faces, GstBuffer *buffer, const gchar *roi_type);

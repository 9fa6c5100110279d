/* Frames with metadata as any element may have put it there
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include <gst/video/video.h>

#include "fuzz-input.h"

/* Starts GStreamer, without elements. */
void faces_input_begin (void);

/**
 * faces_input_frame:
 * @input: what to make it of, up to a byte 0x1e
 *
 * Of each face a byte for the kind of its metadata, where it is in four times four
 * bytes, who it is in four, how sure in eight as a double, and its label and model,
 * a line each.
 *
 * Returns: (transfer full): a buffer without pixels
 */
GstBuffer *faces_input_frame (FuzzInput *input);

/* One JSON object a frame, in a file. SPDX-License-Identifier: MIT */
#pragma once

#include "frames.h"
#include "source.h"

typedef struct _JsonLines JsonLines;

/**
 * json_lines_new:
 * @path: a file, or "-" for standard output
 * @source: what is read; @path must not be one of its files
 *
 * An earlier file is overwritten only when there is something to write.
 *
 * Returns: (transfer full): NULL with @error set
 */
JsonLines *json_lines_new (
    const gchar *path, const Source *source, GError **error);

/* A FrameConsumer. */
void json_lines_take (gpointer self, const Frame *frame);

/* Returns: whether a line could not be written; from any thread */
gboolean json_lines_has_failed (JsonLines *lines);

/**
 * json_lines_free:
 * @failed: whether what was to be told failed: then an earlier file stays, if
 *   there were no frames to overwrite it
 *
 * Returns: %FALSE with @error set where lines are missing from the file
 */
gboolean json_lines_free (JsonLines *lines, gboolean failed, GError **error);

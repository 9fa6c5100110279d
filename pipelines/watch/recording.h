/* The annotated video, as a file. SPDX-License-Identifier: MIT */
#pragma once

#include <gst/gst.h>

typedef struct _Recording Recording;

/**
 * recording_new:
 * @path: what is to be written; its ending says what: .mp4, .mkv or .webm
 *
 * Chooses encoders among those that are installed, and makes a file under a
 * temporary name beside @path.
 *
 * Returns: (transfer full): NULL with @error set where it cannot be
 */
Recording *recording_new (
    const gchar *path, gboolean has_audio, GError **error);

/* Removes the temporary file, unless it was finished or kept. */
void recording_free (Recording *recording);

/**
 * recording_get_launch:
 *
 * Returns: (transfer full): what takes raw video, and its other branch, which
 *   takes what the element `audio-source` has, if there is audio, as of
 *   gst_parse_launch()
 */
gchar *recording_get_launch (Recording *recording);

/**
 * recording_attach:
 * @pipeline: holds what recording_get_launch() describes
 *
 * The first frame settles size and colours of the whole file: encoders get
 * later ones as large.
 */
void recording_attach (Recording *recording, GstBin *pipeline);

/**
 * recording_finish:
 *
 * Gives the file its name, once it is safe on the disk. For when the pipeline
 * has come to its end and stopped.
 */
gboolean recording_finish (Recording *recording, GError **error);

/**
 * recording_keep:
 *
 * Leaves the file as it is, under its temporary name, for what was broken off.
 *
 * Returns: (transfer none): that name
 */
const gchar *recording_keep (Recording *recording);

/**
 * recording_check_path:
 *
 * Returns: %FALSE with @error set where nothing known ends as @path does
 */
gboolean recording_check_path (const gchar *path, GError **error);

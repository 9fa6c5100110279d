/* Faces as files, in a folder for each emotion
 * SPDX-License-Identifier: MIT
 *
 *   DIR/happy/000123-track7-94.jpg    frame, track (or face, where there is no
 *                                     tracker), confidence in percent
 *
 * A file appears whole or not at all, and none is overwritten: where there is one
 * of that name, as of another run, the new one's ends in -2, -3 and so on.
 */
#pragma once

#include <gst/gst.h>

typedef struct _FaceFiles FaceFiles;

/**
 * face_files_new:
 * @dir: the folder; made where it is not there
 * @max_files: most files to write
 * @error: return location for a #GError
 *
 * Returns: (transfer full) (nullable): %NULL with an error of #G_FILE_ERROR that
 *   names the folder, where files cannot be written to it
 */
FaceFiles *face_files_new (const gchar *dir, guint max_files, GError **error);
void face_files_free (FaceFiles *f);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FaceFiles, face_files_free)

/**
 * face_files_add:
 * @f: the folder
 * @label: emotion, any UTF-8
 * @frame: number of the frame
 * @track_id: or -1
 * @confidence: 0 to 1
 * @jpeg: the file's content
 * @error: return location for a #GError
 *
 * Beyond the most files nothing is written, and that is no error.
 *
 * Returns: %FALSE with an error of #G_FILE_ERROR that names the file, such as
 *   where the disk is full
 */
gboolean face_files_add (FaceFiles *f, const gchar *label, guint64 frame,
    gint64 track_id, gdouble confidence, GBytes *jpeg, GError **error);

/* Number of files written. */
guint face_files_count (const FaceFiles *f);

/* Whether there are as many as there may be. */
gboolean face_files_is_full (const FaceFiles *f);

/* Returns: (transfer full): a name for a folder: letters, digits, - and _ of any
 * script, of at most 64 bytes, never empty; what is none becomes _ */
gchar *face_files_folder_name (const gchar *label);

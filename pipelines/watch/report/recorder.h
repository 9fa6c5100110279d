/* What an app's options --report and --faces do
 * SPDX-License-Identifier: MIT
 *
 *   RecorderSettings settings = { .source = uri, .report = "out.html",
 *     .faces = "faces" };
 *   Recorder *r = recorder_new (&settings, &error);   before data flows
 *   recorder_add (r, buffer, faces, &video_info, stream_time, &error);
 *                                       each frame behind the last classifier
 *   recorder_restart (r);               when another connection or file begins
 *   recorder_finish (r, &error);        writes the report
 *   recorder_free (r);
 *
 * Pictures of faces take a small share of the time that passes, whatever is asked
 * for: where a stream has many faces, fewer are taken. One thread at a time:
 * recorder_add() in the streaming thread, the rest while none streams.
 */
#pragma once

#include <gst/video/video.h>

#include "timeline.h"

/* Pictures of faces that one run writes at most. */
#define RECORDER_MAX_FACES 10000

typedef struct
{
  const gchar *source; /* URI or name, for people and for links; credentials are
                          not shown */
  const gchar *report; /* (nullable): HTML file to write at the end */
  const gchar *faces;  /* (nullable): folder for pictures of faces */
  GstClockTime faces_interval; /* least time between two files of a person;
                                  0: two seconds */
} RecorderSettings;

typedef struct _Recorder Recorder;

/**
 * recorder_new:
 * @settings: what to write; copied
 * @error: return location for a #GError
 *
 * Returns: (transfer full) (nullable): %NULL with an error of #G_FILE_ERROR that
 *   names the file or folder, where it cannot be written
 */
Recorder *recorder_new (const RecorderSettings *settings, GError **error);
void recorder_free (Recorder *r);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Recorder, recorder_free)

/**
 * recorder_add:
 * @r: the recorder
 * @buffer: a frame
 * @faces: (element-type EmotionFace): its faces, see emotion-reader.h
 * @info: its caps
 * @stream_time: its time in the source, or NONE
 * @error: return location for a #GError
 *
 * Keeps no reference to @buffer, which stays writable.
 *
 * Returns: %FALSE once, when a face could not be written, such as where the disk is
 *   full; no more faces are written then, and the report goes on
 */
gboolean recorder_add (Recorder *r, GstBuffer *buffer, const GArray *faces,
    const GstVideoInfo *info, GstClockTime stream_time, GError **error);

/* What comes next is of another file or connection: see timeline_restart(). */
void recorder_restart (Recorder *r);

/**
 * recorder_finish:
 * @r: the recorder
 * @error: return location for a #GError
 *
 * Writes the report, if one was asked for.
 *
 * Returns: %FALSE with an error of #G_FILE_ERROR
 */
gboolean recorder_finish (Recorder *r, GError **error);

/* Number of pictures in the folder of faces. */
guint recorder_n_faces (const Recorder *r);

/* Returns: (transfer none): what was seen */
const Timeline *recorder_timeline (const Recorder *r);

/* For tests: a clock in microseconds in place of g_get_monotonic_time(). */
void recorder_set_clock (Recorder *r, gint64 (*clock) (void));

/* faceroi: the properties of the element
 * SPDX-License-Identifier: MIT
 */
#include "face-settings.h"

#include "face-tracker.h"

#define DEFAULT_INTERVAL 1
#define DEFAULT_MIN_SIZE 40
#define DEFAULT_MAX_FACES 16
#define DEFAULT_DETECT_WIDTH 640
#define DEFAULT_TILTED TRUE
#define DEFAULT_THRESHOLD 0.0

void
face_settings_init (FaceSettings *settings)
{
  settings->interval = DEFAULT_INTERVAL;
  settings->min_size = DEFAULT_MIN_SIZE;
  settings->max_faces = DEFAULT_MAX_FACES;
  settings->detect_width = DEFAULT_DETECT_WIDTH;
  settings->tilted = DEFAULT_TILTED;
  settings->threshold = DEFAULT_THRESHOLD;
}

gboolean
face_settings_set (FaceSettings *settings, guint id, const GValue *value)
{
  switch (id) {
    case FACE_PROP_INTERVAL:
      settings->interval = g_value_get_uint (value);
      return TRUE;
    case FACE_PROP_MIN_SIZE:
      settings->min_size = g_value_get_uint (value);
      return TRUE;
    case FACE_PROP_MAX_FACES:
      settings->max_faces = g_value_get_uint (value);
      return TRUE;
    case FACE_PROP_DETECT_WIDTH:
      settings->detect_width = g_value_get_uint (value);
      return TRUE;
    case FACE_PROP_TILTED:
      settings->tilted = g_value_get_boolean (value);
      return TRUE;
    case FACE_PROP_THRESHOLD:
      settings->threshold = g_value_get_double (value);
      return TRUE;
    default:
      return FALSE;
  }
}

gboolean
face_settings_get (const FaceSettings *settings, guint id, GValue *value)
{
  switch (id) {
    case FACE_PROP_INTERVAL:
      g_value_set_uint (value, settings->interval);
      return TRUE;
    case FACE_PROP_MIN_SIZE:
      g_value_set_uint (value, settings->min_size);
      return TRUE;
    case FACE_PROP_MAX_FACES:
      g_value_set_uint (value, settings->max_faces);
      return TRUE;
    case FACE_PROP_DETECT_WIDTH:
      g_value_set_uint (value, settings->detect_width);
      return TRUE;
    case FACE_PROP_TILTED:
      g_value_set_boolean (value, settings->tilted);
      return TRUE;
    case FACE_PROP_THRESHOLD:
      g_value_set_double (value, settings->threshold);
      return TRUE;
    default:
      return FALSE;
  }
}

void
face_settings_install (GObjectClass *object_class)
{
  const GParamFlags flags =
      G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING;

  /**
   * GstFaceRoi:interval:
   *
   * Look for faces in every so many frames only; frames in between carry the
   * faces of the last search. The main means against the cost.
   *
   * Since: 1.0
   */
  g_object_class_install_property (object_class, FACE_PROP_INTERVAL,
      g_param_spec_uint ("interval", "Interval",
          "Look for faces in every Nth frame; those between carry the last "
          "faces",
          1, 1000, DEFAULT_INTERVAL, flags));
  /**
   * GstFaceRoi:min-size:
   *
   * About the side, in pixels of the frame, of the smallest face to report.
   * How small faces can be is limited by #GstFaceRoi:detect-width as well.
   * Larger values save time where they let the searched picture be smaller.
   *
   * Since: 1.0
   */
  g_object_class_install_property (object_class, FACE_PROP_MIN_SIZE,
      g_param_spec_uint ("min-size", "Minimum size",
          "Side of the smallest face to report, in pixels of the frame", 10,
          4096, DEFAULT_MIN_SIZE, flags));
  /**
   * GstFaceRoi:max-faces:
   *
   * The most faces to report for a frame; the largest ones are.
   *
   * Since: 1.0
   */
  g_object_class_install_property (object_class, FACE_PROP_MAX_FACES,
      g_param_spec_uint ("max-faces", "Maximum faces",
          "The most faces to report for a frame, the largest first", 1,
          FACE_TRACKER_MAX, DEFAULT_MAX_FACES, flags));
  /**
   * GstFaceRoi:detect-width:
   *
   * Length, in pixels, of the longer side of the picture that is searched: the
   * frame is shrunk to it, or enlarged as far as #GstFaceRoi:min-size asks for.
   * The detector sees faces of about 75 pixels and more in that picture: at
   * 640, faces from 12 % of the frame's width on. Time goes with its square.
   *
   * Since: 1.0
   */
  g_object_class_install_property (object_class, FACE_PROP_DETECT_WIDTH,
      g_param_spec_uint ("detect-width", "Detection width",
          "Longer side of the picture that is searched, in pixels", 80, 4096,
          DEFAULT_DETECT_WIDTH, flags));
  /**
   * GstFaceRoi:tilted:
   *
   * Look for heads that lean to a side as well: on copies turned by 30° either
   * way, of the first frame, of every fifth searched one in turns, and of the
   * surroundings of known faces that the upright search misses.
   *
   * Since: 1.0
   */
  g_object_class_install_property (object_class, FACE_PROP_TILTED,
      g_param_spec_boolean ("tilted", "Tilted",
          "Look for heads that lean to a side as well", DEFAULT_TILTED, flags));
  /**
   * GstFaceRoi:threshold:
   *
   * What is added to the detector's own decision threshold. A clear face
   * scores 1 to 2, a hardly visible one 0; from -0.2 down things that are no
   * faces begin to show up. A known face may score 0.4 less for a while.
   *
   * Since: 1.0
   */
  g_object_class_install_property (object_class, FACE_PROP_THRESHOLD,
      g_param_spec_double ("threshold", "Threshold",
          "Score of a face above the detector's own threshold: lower finds "
          "more faces, and more that is none",
          -1, 3, DEFAULT_THRESHOLD, flags));
  /**
   * GstFaceRoi:stats:
   *
   * Counts since the element was started: `frames`, `bad-frames` (could not be
   * read), `searched`, `faces` (reported), `detections` (boxes found
   * by searches that reach the threshold, faces or not), `bridged` (of the faces reported: missed by the last search),
   * all uint64, and the time that a searched frame took, in milliseconds:
   * `ms-median`, `ms-p99` (double) of the last 512 of them.
   *
   * Since: 1.0
   */
  g_object_class_install_property (object_class, FACE_PROP_STATS,
      g_param_spec_boxed ("stats", "Statistics",
          "Counts and times since the element was started", GST_TYPE_STRUCTURE,
          G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
}

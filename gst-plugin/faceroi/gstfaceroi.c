/* faceroi: finds faces and puts them on the buffer as regions
 * SPDX-License-Identifier: MIT
 */

/**
 * SECTION:element-faceroi
 * @title: faceroi
 * @short_description: finds faces in raw video
 *
 * Finds faces and adds, for each of them, a #GstVideoRegionOfInterestMeta of
 * type "face" to the buffer. The pixels are not touched and not converted: any
 * raw format in system memory goes through as it is, except interlaced video with
 * one field a buffer (`interlace-mode=alternate`). The faces are looked for
 * on a smaller copy of the brightness, by the frontal face detector of dlib,
 * which needs no model file. Heads that lean up to about 45° to a side are
 * found on turned copies, see #GstFaceRoi:tilted.
 *
 * A region has two params, with the names and types that Intel's DL Streamer
 * gives them:
 *
 * * `detection`: `x_min`, `x_max`, `y_min`, `y_max` (double, 0 to 1 of the
 *   frame), `confidence` (double, 0 to 1), `label_id` (int), `model_name`,
 *   `layer_name` (string)
 * * `object_id`: `id` (int), which stays with a face from frame to frame
 *
 * With GStreamer 1.24 and later each face is also a `GstAnalyticsODMtd`,
 * related to a `GstAnalyticsTrackingMtd` that holds the same `object_id`; the
 * `id` of the region is then that of the detection, which readers use to pair
 * them, and otherwise the `object_id`.
 *
 * A face that is missed for up to half a second is reported where it was last,
 * as long as the picture there does not change; one that is back within one
 * and a half seconds keeps its id. A new face that is not very clear is looked
 * at once more from several sides before it is reported.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 v4l2src ! decodebin ! faceroi ! resemotenet model=resemotenet.safetensors ! fakesink
 * ]|
 * |[
 * gst-launch-1.0 filesrc location=people.webm ! decodebin ! faceroi interval=2 min-size=60 ! videoconvert ! autovideosink
 * ]|
 *
 * Since: 1.0
 */

#include "gstfaceroi.h"

#include "face-finder.h"
#include "face-luma.h"
#include "face-meta.h"
#include "face-settings.h"
#include "face-stats.h"
#include "face-tracker.h"
#include "frame-access.h"

GST_DEBUG_CATEGORY_STATIC (face_roi_debug);
#define GST_CAT_DEFAULT face_roi_debug

/* Frames of streams that do not say how long a frame lasts. */
#define ASSUMED_FRAME_NS (GST_SECOND / 30)

/* A gap in the timestamps from which on the scene is taken to be a new one. */
#define NEW_SCENE_NS (2 * GST_SECOND)

struct _GstFaceRoi
{
  GstBaseTransform parent;

  /* under the object lock */
  FaceSettings settings;
  FaceStats stats;

  /* streaming thread, or when that is stopped */
  GstVideoInfo info;
  FaceFinder *finder;
  FaceLuma luma;
  FaceImage image;
  FaceTracker tracker;
  guint until_search; /* frames */
  guint64 last_ns;    /* timestamp of the last frame */
  guint64 clock_ns;   /* its time as the tracker has it */
  gboolean started;   /* both are valid */
  gboolean warned;    /* of a frame that cannot be read */
};

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE (
    "sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS (FRAME_CAPS));
static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE (
    "src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS (FRAME_CAPS));

G_DEFINE_TYPE (GstFaceRoi, gst_face_roi, GST_TYPE_BASE_TRANSFORM)
GST_ELEMENT_REGISTER_DEFINE (
    faceroi, "faceroi", GST_RANK_NONE, GST_TYPE_FACE_ROI)

/* Forgets the faces and starts over, at a place in the stream that does not
 * follow the last one. */
static void
restart (GstFaceRoi *self)
{
  face_tracker_reset (&self->tracker);
  if (self->finder)
    face_finder_reset (self->finder);
  self->until_search = 0;
  self->started = FALSE;
}

static gboolean
gst_face_roi_start (GstBaseTransform *trans)
{
  GstFaceRoi *self = GST_FACE_ROI (trans);
  g_autofree gchar *message = NULL;

  self->finder = face_finder_new (&message);
  if (!self->finder) {
    GST_ELEMENT_ERROR (self, LIBRARY, INIT, (NULL),
        ("the face detector of dlib cannot be set up: %s", message));
    return FALSE;
  }
  face_tracker_init (&self->tracker);
  restart (self);
  self->warned = FALSE;

  GST_OBJECT_LOCK (self);
  face_stats_init (&self->stats);
  GST_OBJECT_UNLOCK (self);
  return TRUE;
}

static gboolean
gst_face_roi_stop (GstBaseTransform *trans)
{
  GstFaceRoi *self = GST_FACE_ROI (trans);

  g_clear_pointer (&self->finder, face_finder_free);
  face_luma_clear (&self->luma);
  face_image_clear (&self->image);
  return TRUE;
}

static gboolean
gst_face_roi_set_caps (
    GstBaseTransform *trans, GstCaps *incaps, GstCaps *outcaps)
{
  GstFaceRoi *self = GST_FACE_ROI (trans);

  if (!gst_video_info_from_caps (&self->info, incaps))
    return FALSE;
  if (!face_luma_supports (self->info.finfo)) {
    GST_WARNING_OBJECT (
        self, "format %s cannot be read", GST_VIDEO_INFO_NAME (&self->info));
    return FALSE;
  }
  if (!frame_check_size (GST_ELEMENT (self), &self->info))
    return FALSE;
  restart (self);
  return TRUE;
}

static gboolean
gst_face_roi_sink_event (GstBaseTransform *trans, GstEvent *event)
{
  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_STREAM_START:
    case GST_EVENT_FLUSH_STOP:
      restart (GST_FACE_ROI (trans));
      break;
    default:
      break;
  }
  return GST_BASE_TRANSFORM_CLASS (gst_face_roi_parent_class)
      ->sink_event (trans, event);
}

static gboolean
gst_face_roi_propose_allocation (
    GstBaseTransform *trans, GstQuery *decide_query, GstQuery *query)
{
  guint index;

  /* NULL asks what is downstream, as in passthrough: the same memory goes on,
   * and frames with rows of any length (GstVideoMeta) or from downstream's pool
   * need not be copied before they get here. */
  if (!GST_BASE_TRANSFORM_CLASS (gst_face_roi_parent_class)
           ->propose_allocation (trans, NULL, query))
    return FALSE;
  /* A sink that offers to crop would make the decoder leave the cropping to
   * it; the boxes are meant for the picture that people see. */
  while (gst_query_find_allocation_meta (
      query, GST_VIDEO_CROP_META_API_TYPE, &index))
    gst_query_remove_nth_allocation_meta (query, index);
  return TRUE;
}

/* The time of a frame: its timestamp at first, and from there on how far
 * timestamps went, either way. Played backwards, time passes as well; and
 * sources whose timestamps jitter take small steps back. Resets what does not
 * outlive a jump. */
static guint64
take_time (GstFaceRoi *self, GstBuffer *buffer, const FaceSettings *settings)
{
  guint64 frame_ns = ASSUMED_FRAME_NS, gap_ns, now_ns;

  if (GST_VIDEO_INFO_FPS_N (&self->info) > 0)
    frame_ns = gst_util_uint64_scale_int (GST_SECOND,
        GST_VIDEO_INFO_FPS_D (&self->info), GST_VIDEO_INFO_FPS_N (&self->info));
  gap_ns = MAX (NEW_SCENE_NS, 3 * frame_ns * settings->interval);

  if (GST_BUFFER_PTS_IS_VALID (buffer))
    now_ns = GST_BUFFER_PTS (buffer);
  else
    now_ns = self->started ? self->last_ns + frame_ns : 0;
  if (self->started) {
    guint64 step_ns = MAX (now_ns, self->last_ns) - MIN (now_ns, self->last_ns);

    if (step_ns > gap_ns) {
      GST_DEBUG_OBJECT (self, "time jumps, faces are forgotten");
      restart (self);
    }
    self->clock_ns += step_ns;
  }
  if (!self->started)
    self->clock_ns = now_ns;
  self->started = TRUE;
  self->last_ns = now_ns;
  return self->clock_ns;
}

/* Sets the size of the image to search; returns its pixels to one of the
 * frame. No larger than what shows the smallest wanted face at the detector's
 * size, and than the limit that the user sets to the cost. */
static gdouble
set_image_size (
    FaceImage *image, const GstVideoFrame *frame, const FaceSettings *settings)
{
  gint width = GST_VIDEO_FRAME_WIDTH (frame);
  gint height = GST_VIDEO_FRAME_HEIGHT (frame);
  gdouble scale = (gdouble) FACE_DETECTOR_SIZE / settings->min_size;

  scale = MIN (scale, (gdouble) settings->detect_width / MAX (width, height));
  face_image_set_size (image, MAX ((gint) (width * scale + 0.5), 1),
      MAX ((gint) (height * scale + 0.5), 1));
  return scale;
}

typedef struct
{
  GstFaceRoi *self;
  gdouble scale;
} Judge;

static FaceBox
scaled (const FaceBox *box, gdouble scale)
{
  FaceBox b = *box;

  b.x *= scale;
  b.y *= scale;
  b.w *= scale;
  b.h *= scale;
  return b;
}

static gfloat
judge (const FaceBox *box, gpointer user_data)
{
  Judge *j = user_data;
  FaceBox in_image = scaled (box, j->scale);

  return face_finder_judge (j->self->finder, &j->self->image, &in_image);
}

/* Looks for faces in the frame; returns how many boxes reach the threshold. */
static guint
search (GstFaceRoi *self, const GstVideoFrame *frame,
    const FaceSettings *settings, guint64 now_ns)
{
  FaceFinderParams params = { .threshold = settings->threshold,
    .tilted = settings->tilted };
  FaceBox known[FACE_TRACKER_MAX], found[FACE_FINDER_MAX_BOXES];
  gdouble scale = set_image_size (&self->image, frame, settings);
  guint n_known = self->tracker.n_tracks, n_found, n = 0, n_good = 0;
  Judge judge_data = { self, scale };
  FaceSearch result = { .boxes = found,
    .threshold = settings->threshold,
    .image = &self->image,
    .scale = scale,
    .judge = judge,
    .judge_data = &judge_data };

  if (!face_luma_read (&self->luma, frame, &self->image)) {
    face_tracker_carry (&self->tracker, now_ns);
    return 0;
  }
  for (guint i = 0; i < n_known; i++)
    known[i] = scaled (&self->tracker.tracks[i].box, scale);
  n_found = face_finder_run (
      self->finder, &self->image, &params, known, n_known, found);

  for (guint i = 0; i < n_found; i++) {
    FaceBox box = scaled (&found[i], 1 / scale);

    /* the detector's window is a tenth smaller than its nominal size */
    if (MIN (box.w, box.h) < 0.9 * settings->min_size)
      continue;
    found[n++] = box;
    n_good += box.score >= settings->threshold;
  }
  result.n_boxes = n;
  face_tracker_update (&self->tracker, &result, now_ns);
  return n_good;
}

static guint
add_metas (GstFaceRoi *self, GstBuffer *buffer, gint width, gint height,
    guint max_faces, guint *n_bridged)
{
  const FaceTrack *faces[FACE_TRACKER_MAX];
  guint n = face_tracker_get (&self->tracker, faces, max_faces), added = 0;

  for (guint i = 0; i < n; i++) {
    if (!face_meta_add (buffer, faces[i], width, height))
      continue;
    added++;
    *n_bridged += faces[i]->misses > 0;
  }
  return added;
}

static GstFlowReturn
gst_face_roi_transform_ip (GstBaseTransform *trans, GstBuffer *buffer)
{
  GstFaceRoi *self = GST_FACE_ROI (trans);
  FaceFrameStats counts = { 0 };
  FaceSettings settings;
  GstVideoFrame frame;
  gint64 start_us = g_get_monotonic_time ();
  gint width, height;
  guint64 now_ns;

  GST_OBJECT_LOCK (self);
  settings = self->settings;
  GST_OBJECT_UNLOCK (self);

  now_ns = take_time (self, buffer, &settings);

  if (!frame_map (&frame, buffer, &self->info)) {
    /* once: a stream of such frames would flood the bus */
    if (!self->warned)
      GST_ELEMENT_WARNING (self, STREAM, WRONG_TYPE,
          ("A video frame does not have the size or the format that was "
           "announced; such frames pass without faces."),
          (NULL));
    self->warned = TRUE;
    counts.bad = TRUE;
    goto out;
  }

  if (self->until_search == 0) {
    counts.detections = search (self, &frame, &settings, now_ns);
    counts.searched = TRUE;
    self->until_search = settings.interval;
  } else {
    face_tracker_carry (&self->tracker, now_ns);
  }
  self->until_search = MIN (self->until_search, settings.interval) - 1;

  width = GST_VIDEO_FRAME_WIDTH (&frame);
  height = GST_VIDEO_FRAME_HEIGHT (&frame);
  gst_video_frame_unmap (&frame);

  counts.faces = add_metas (
      self, buffer, width, height, settings.max_faces, &counts.bridged);
  counts.us = g_get_monotonic_time () - start_us;
  GST_LOG_OBJECT (self, "%u faces, %u of them bridged, %" G_GINT64_FORMAT " us",
      counts.faces, counts.bridged, counts.us);

out:
  GST_OBJECT_LOCK (self);
  face_stats_add (&self->stats, &counts);
  GST_OBJECT_UNLOCK (self);
  return GST_FLOW_OK;
}

static void
gst_face_roi_set_property (
    GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  GstFaceRoi *self = GST_FACE_ROI (object);
  gboolean known;

  GST_OBJECT_LOCK (self);
  known = face_settings_set (&self->settings, id, value);
  GST_OBJECT_UNLOCK (self);
  if (!known)
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
gst_face_roi_get_property (
    GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GstFaceRoi *self = GST_FACE_ROI (object);
  FaceSettings settings;
  FaceStats stats;

  GST_OBJECT_LOCK (self);
  settings = self->settings;
  stats = self->stats;
  GST_OBJECT_UNLOCK (self);

  if (id == FACE_PROP_STATS)
    g_value_take_boxed (value, face_stats_to_structure (&stats));
  else if (!face_settings_get (&settings, id, value))
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
gst_face_roi_finalize (GObject *object)
{
  gst_face_roi_stop (GST_BASE_TRANSFORM (object));
  G_OBJECT_CLASS (gst_face_roi_parent_class)->finalize (object);
}

static void
gst_face_roi_class_init (GstFaceRoiClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstBaseTransformClass *trans_class = GST_BASE_TRANSFORM_CLASS (klass);

  GST_DEBUG_CATEGORY_INIT (face_roi_debug, "faceroi", 0, "face detector");

  object_class->set_property = gst_face_roi_set_property;
  object_class->get_property = gst_face_roi_get_property;
  object_class->finalize = gst_face_roi_finalize;
  face_settings_install (object_class);

  gst_element_class_set_static_metadata (element_class, "Face regions",
      "Filter/Analyzer/Video",
      "Finds faces and adds them to the buffer as regions of interest",
      "The gst-resemotenet authors");
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);

  trans_class->start = gst_face_roi_start;
  trans_class->stop = gst_face_roi_stop;
  trans_class->set_caps = gst_face_roi_set_caps;
  trans_class->sink_event = gst_face_roi_sink_event;
  trans_class->propose_allocation = gst_face_roi_propose_allocation;
  trans_class->transform_ip = gst_face_roi_transform_ip;
}

static void
gst_face_roi_init (GstFaceRoi *self)
{
  face_settings_init (&self->settings);

  /* the pixels of a GAP buffer are what they were */
  gst_base_transform_set_gap_aware (GST_BASE_TRANSFORM (self), TRUE);
}

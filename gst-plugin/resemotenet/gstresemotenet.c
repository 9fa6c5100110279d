/* resemotenet: tells which emotion each face in a video shows
 * SPDX-License-Identifier: MIT
 */

/**
 * SECTION:element-resemotenet
 * @title: resemotenet
 * @short_description: facial emotion recognition with ResEmoteNet
 *
 * Classifies the emotion of each face that another element marked on the
 * frame, as #GstVideoRegionOfInterestMeta of type "face" or as
 * #GstAnalyticsODMtd, and adds the result to the buffer's metadata. Pixels are
 * never touched, and no frame is dropped. Takes any raw format, of interlaced
 * video with both fields in a frame; for `interlace-mode=alternate` put a
 * deinterlacer in front. The detector goes right before this element, or at
 * least after the last element that scales and adds borders or crops.
 *
 * Coordinates of regions are those of the whole frame as it is in memory. If
 * the buffer carries a #GstVideoCropMeta, what lies outside of it is not part
 * of the picture: faces there are skipped, faces that reach out are cut.
 *
 * ## Example launch lines
 * |[
 * gst-launch-1.0 -m filesrc location=talk.mp4 ! decodebin ! videoconvert !
 *     faceroi ! resemotenet model=model.safetensors post-messages=true !
 *     fakesink
 * ]| Prints a message with the emotion of each face of each frame.
 * |[
 * gst-launch-1.0 -m v4l2src !
 *     queue leaky=downstream max-size-buffers=1 max-size-bytes=0
 *     max-size-time=0 !
 *     videoconvert ! videoscale !
 *     video/x-raw,format=RGB,width=640,pixel-aspect-ratio=1/1 !
 *     facedetect display=false !
 *     resemotenet model=model.safetensors inference-interval=3
 *     post-messages=true ! fakesink
 * ]| With another detector, on a camera. That detector skews pictures whose
 * width is not a multiple of 4, hence the caps. The leaky queue, before all that
 * takes time, keeps a machine that is too slow at the present.
 *
 * Since: 1.0
 */
#include "gstresemotenet.h"

#include <gst/video/video.h>

#include "frame-access.h"
#include "lateness.h"
#include "model-error.h"
#include "properties.h"
#include "regions.h"
#include "sharing.h"
#include "stats.h"
#include "turns.h"

GST_DEBUG_CATEGORY_STATIC (resemotenet_debug);
#define GST_CAT_DEFAULT resemotenet_debug

struct _GstResemotenet
{
  GstBaseTransform parent;

  /* under the object lock */
  Properties properties;
  Stats stats;
  Lateness lateness;

  /* streaming thread only; but it, and its member, change under the object
   * lock, for sharing_step_back() */
  Classifier *classifier;
  GstVideoInfo info;
  gboolean have_info;
  FramePicture picture;
  GArray *faces; /* of Face */
  Turns turns;
  gboolean had_faces; /* the last message had some */
  gboolean warned;    /* of an unreadable frame */
};

G_DEFINE_TYPE (GstResemotenet, gst_resemotenet, GST_TYPE_BASE_TRANSFORM);
GST_ELEMENT_REGISTER_DEFINE (
    resemotenet, "resemotenet", GST_RANK_NONE, GST_TYPE_RESEMOTENET);

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE (
    "sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS (FRAME_CAPS));
static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE (
    "src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS (FRAME_CAPS));

/* ---- start and stop ---------------------------------------------------- */

/* Nothing of the past holds any more: another stream, another place. */
static void
forget (GstResemotenet *self)
{
  turns_forget (&self->turns);

  GST_OBJECT_LOCK (self);
  lateness_flush (&self->lateness);
  GST_OBJECT_UNLOCK (self);
}

static gboolean
gst_resemotenet_start (GstBaseTransform *base)
{
  GstResemotenet *self = GST_RESEMOTENET (base);
  StartSettings settings;
  gboolean shared;
  gchar *path;
  GError *error = NULL;

  GST_OBJECT_LOCK (self);
  start_settings_copy (&settings, &self->properties.start);
  shared = self->properties.run.batch_window > 0;
  self->stats = (Stats){ 0 };
  lateness_init (&self->lateness);
  GST_OBJECT_UNLOCK (self);

  forget (self);
  self->turns.last_cost = 0;
  self->had_faces = FALSE;
  self->warned = FALSE;

  path = settings.model && *settings.model ? g_strdup (settings.model)
                                           : ren_model_default_path (&error);
  if (!path) {
    GST_ELEMENT_ERROR (self, RESOURCE, SETTINGS,
        ("No model: give the property “model” the path of a model file (%s).",
            error->message),
        (NULL));
  } else {
    sharing_set_classifier (GST_ELEMENT (self), &self->classifier,
        classifier_new (path, settings.labels, settings.precision,
            settings.batch_size, settings.n_threads, shared, &error));
    if (!self->classifier)
      model_error (GST_ELEMENT (self), path, error);
  }

  if (self->classifier) {
    RenModel *model = self->classifier->labels.model;
    const RenPlan *plan = batch_member_plan (self->classifier->member);

    GST_INFO_OBJECT (self, "model %s, %u classes, %s, %u threads",
        ren_model_path (model), ren_model_n_classes (model),
        ren_precision_name (ren_plan_precision (plan)),
        ren_plan_n_threads (plan));
    if (ren_model_labels_assumed (model))
      GST_WARNING_OBJECT (self,
          "%s stores no labels, assuming the order of the published "
          "checkpoints; set property labels if that is wrong",
          path);
  }

  g_clear_error (&error);
  g_free (path);
  start_settings_clear (&settings);
  return self->classifier != NULL;
}

static gboolean
gst_resemotenet_stop (GstBaseTransform *base)
{
  GstResemotenet *self = GST_RESEMOTENET (base);

  sharing_set_classifier (GST_ELEMENT (self), &self->classifier, NULL);
  frame_picture_clear (&self->picture);
  turns_forget_faces (&self->turns);
  self->have_info = FALSE;
  return TRUE;
}

/* ---- sharing passes with other elements --------------------------------- */

static void
step_back (GstResemotenet *self)
{
  sharing_step_back (GST_ELEMENT (self), &self->classifier);
}

static gboolean
gst_resemotenet_query (
    GstBaseTransform *base, GstPadDirection direction, GstQuery *query)
{
  GstResemotenet *self = GST_RESEMOTENET (base);
  guint window;

  if (!GST_BASE_TRANSFORM_CLASS (gst_resemotenet_parent_class)
           ->query (base, direction, query))
    return FALSE;
  if (GST_QUERY_TYPE (query) != GST_QUERY_LATENCY || direction != GST_PAD_SRC)
    return TRUE;

  GST_OBJECT_LOCK (self);
  lateness_take_query (&self->lateness, query);
  window = self->properties.run.batch_window;
  GST_OBJECT_UNLOCK (self);
  sharing_add_latency (query, window);
  return TRUE;
}

static GstStateChangeReturn
gst_resemotenet_change_state (GstElement *element, GstStateChange transition)
{
  if (transition == GST_STATE_CHANGE_PLAYING_TO_PAUSED ||
      transition == GST_STATE_CHANGE_PAUSED_TO_READY)
    step_back (GST_RESEMOTENET (element));
  return GST_ELEMENT_CLASS (gst_resemotenet_parent_class)
      ->change_state (element, transition);
}

/* ---- negotiation and events -------------------------------------------- */

static gboolean
gst_resemotenet_set_caps (
    GstBaseTransform *base, GstCaps *incaps, GstCaps *outcaps)
{
  GstResemotenet *self = GST_RESEMOTENET (base);

  self->have_info = FALSE;
  if (!gst_video_info_from_caps (&self->info, incaps) ||
      !frame_picture_supports (&self->info)) {
    GST_WARNING_OBJECT (self, "cannot read %" GST_PTR_FORMAT, incaps);
    return FALSE;
  }
  if (!frame_check_size (GST_ELEMENT (self), &self->info))
    return FALSE;
  self->have_info = TRUE;

  /* boxes of the old size say nothing about the new one */
  turns_forget_faces (&self->turns);
  return TRUE;
}

/* What downstream can take passes us by, except that frames must not arrive
 * cropped: detectors do not look at the crop metadata. */
static gboolean
gst_resemotenet_filter_meta (GstBaseTransform *base, GstQuery *query, GType api,
    const GstStructure *params)
{
  return api != GST_VIDEO_CROP_META_API_TYPE;
}

static gboolean
gst_resemotenet_propose_allocation (
    GstBaseTransform *base, GstQuery *decide_query, GstQuery *query)
{
  guint i;

  if (!GST_BASE_TRANSFORM_CLASS (gst_resemotenet_parent_class)
           ->propose_allocation (base, decide_query, query))
    return FALSE;

  while (
      gst_query_find_allocation_meta (query, GST_VIDEO_CROP_META_API_TYPE, &i))
    gst_query_remove_nth_allocation_meta (query, i);
  return TRUE;
}

/* Frames may come before anybody downstream has asked. */
static void
ask_latency (GstResemotenet *self)
{
  GstQuery *query = gst_query_new_latency ();

  if (gst_pad_peer_query (GST_BASE_TRANSFORM_SINK_PAD (self), query)) {
    GST_OBJECT_LOCK (self);
    lateness_take_query (&self->lateness, query);
    GST_OBJECT_UNLOCK (self);
  }
  gst_query_unref (query);
}

static gboolean
gst_resemotenet_sink_event (GstBaseTransform *base, GstEvent *event)
{
  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_FLUSH_START:
    case GST_EVENT_EOS:
      step_back (GST_RESEMOTENET (base));
      break;
    case GST_EVENT_FLUSH_STOP:
    case GST_EVENT_STREAM_START:
      forget (GST_RESEMOTENET (base));
      break;
    case GST_EVENT_SEGMENT:
      ask_latency (GST_RESEMOTENET (base));
      break;
    default:
      break;
  }
  return GST_BASE_TRANSFORM_CLASS (gst_resemotenet_parent_class)
      ->sink_event (base, event);
}

static gboolean
gst_resemotenet_src_event (GstBaseTransform *base, GstEvent *event)
{
  GstResemotenet *self = GST_RESEMOTENET (base);

  GST_OBJECT_LOCK (self);
  lateness_take_event (&self->lateness, event);
  GST_OBJECT_UNLOCK (self);
  return GST_BASE_TRANSFORM_CLASS (gst_resemotenet_parent_class)
      ->src_event (base, event);
}

/* ---- one frame --------------------------------------------------------- */

/* A source of plain bytes counts those instead of time. */
static gboolean
has_time (GstBaseTransform *base)
{
  return base->segment.format == GST_FORMAT_TIME;
}

static GstClockTime
running_time (GstBaseTransform *base, GstBuffer *buffer)
{
  return has_time (base) ? gst_segment_to_running_time (&base->segment,
                               GST_FORMAT_TIME, GST_BUFFER_PTS (buffer))
                         : GST_CLOCK_TIME_NONE;
}

static GstClockTime
stream_time (GstBaseTransform *base, GstBuffer *buffer)
{
  return has_time (base) ? gst_segment_to_stream_time (&base->segment,
                               GST_FORMAT_TIME, GST_BUFFER_PTS (buffer))
                         : GST_CLOCK_TIME_NONE;
}

static void
warn_once (GstResemotenet *self, GstBuffer *buffer)
{
  GST_WARNING_OBJECT (self, "cannot read frame %" GST_PTR_FORMAT, buffer);
  if (self->warned)
    return;
  self->warned = TRUE;
  GST_ELEMENT_WARNING (self, STREAM, WRONG_TYPE,
      ("A video frame does not have the size or the format that was "
       "announced; such frames pass unclassified."),
      ("buffer of %" G_GSIZE_FORMAT " bytes, expected %" G_GSIZE_FORMAT,
          gst_buffer_get_size (buffer), GST_VIDEO_INFO_SIZE (&self->info)));
}

static void
post_emotions (
    GstResemotenet *self, GstBuffer *buffer, const Settings *settings)
{
  GstBaseTransform *base = GST_BASE_TRANSFORM (self);
  gboolean has_faces = FALSE;

  for (guint i = 0; i < self->faces->len; i++)
    has_faces |= g_array_index (self->faces, Face, i).has_result;

  if (settings->post_messages && (has_faces || self->had_faces))
    gst_element_post_message (GST_ELEMENT (self),
        gst_message_new_element (GST_OBJECT (self),
            emotion_message (self->faces, &self->classifier->labels, settings,
                GST_BUFFER_PTS (buffer), stream_time (base, buffer),
                running_time (base, buffer), GST_BUFFER_DURATION (buffer))));
  self->had_faces = has_faces;
}

static void
post_qos (GstResemotenet *self, GstBuffer *buffer)
{
  GstBaseTransform *base = GST_BASE_TRANSFORM (self);
  const GstClockTime time = running_time (base, buffer);
  guint64 frames, late;
  Lateness lateness;

  GST_OBJECT_LOCK (self);
  frames = self->stats.frames;
  late = self->stats.late_frames;
  lateness = self->lateness;
  GST_OBJECT_UNLOCK (self);

  gst_element_post_message (GST_ELEMENT (self),
      lateness_message (&lateness, GST_OBJECT (self),
          lateness_overdue (&lateness, GST_ELEMENT (self), time), time,
          stream_time (base, buffer), buffer, frames - late, late));
}

static GstFlowReturn
gst_resemotenet_transform_ip (GstBaseTransform *base, GstBuffer *buffer)
{
  GstResemotenet *self = GST_RESEMOTENET (base);
  Frame frame = {
    .buffer = buffer,
    .info = &self->info,
    .picture = &self->picture,
    .time = running_time (base, buffer),
  };
  FrameStats stats = { 0 };
  GstClockTime begin;
  RenRect visible;
  Settings settings;
  Lateness lateness;

  if (!self->have_info || !self->classifier)
    return GST_FLOW_NOT_NEGOTIATED;

  GST_OBJECT_LOCK (self);
  settings_copy (&settings, &self->properties.run);
  lateness = self->lateness;
  GST_OBJECT_UNLOCK (self);

  if (!sharing_follow_window (
          GST_ELEMENT (self), self->classifier, settings.batch_window)) {
    settings_clear (&settings);
    return GST_FLOW_ERROR;
  }

  visible = regions_visible (buffer, &self->info);
  regions_collect (self->faces, buffer, &visible, &settings, stats.skipped);
  frame.overdue = lateness_overdue (&lateness, GST_ELEMENT (self), frame.time);
  turns_take (&self->turns, &frame, self->faces, self->classifier, &settings,
      &lateness, &stats);
  if (stats.bad)
    warn_once (self, buffer);

  begin = gst_util_get_timestamp ();
  write_meta (buffer, self->faces, &self->classifier->labels, &settings);
  stats.times.metadata = gst_util_get_timestamp () - begin;
  post_emotions (self, buffer, &settings);

  GST_OBJECT_LOCK (self);
  stats_add (&self->stats, &stats);
  GST_OBJECT_UNLOCK (self);
  if (stats.late)
    post_qos (self, buffer);

  settings_clear (&settings);
  return GST_FLOW_OK;
}

/* ---- object ------------------------------------------------------------ */

static void
gst_resemotenet_set_property (
    GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  GstResemotenet *self = GST_RESEMOTENET (object);
  gboolean known, latency_changed;
  guint window;

  GST_OBJECT_LOCK (self);
  window = self->properties.run.batch_window;
  known = properties_set (&self->properties, id, value);
  latency_changed = self->properties.run.batch_window != window;
  GST_OBJECT_UNLOCK (self);
  if (latency_changed)
    gst_element_post_message (
        GST_ELEMENT (self), gst_message_new_latency (GST_OBJECT (self)));
  if (!known)
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
gst_resemotenet_get_property (
    GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GstResemotenet *self = GST_RESEMOTENET (object);
  gboolean known;
  Stats stats;

  if (id == PROP_STATS) {
    GST_OBJECT_LOCK (self);
    stats = self->stats;
    GST_OBJECT_UNLOCK (self);
    g_value_take_boxed (value, stats_to_structure (&stats));
    return;
  }

  GST_OBJECT_LOCK (self);
  known = properties_get (&self->properties, id, value);
  GST_OBJECT_UNLOCK (self);
  if (!known)
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
gst_resemotenet_finalize (GObject *object)
{
  GstResemotenet *self = GST_RESEMOTENET (object);

  properties_clear (&self->properties);
  frame_picture_clear (&self->picture);
  turns_clear (&self->turns);
  g_array_unref (self->faces);
  G_OBJECT_CLASS (gst_resemotenet_parent_class)->finalize (object);
}

static void
gst_resemotenet_class_init (GstResemotenetClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstBaseTransformClass *base_class = GST_BASE_TRANSFORM_CLASS (klass);

  GST_DEBUG_CATEGORY_INIT (
      resemotenet_debug, "resemotenet", 0, "facial emotion recognition");

  object_class->set_property = gst_resemotenet_set_property;
  object_class->get_property = gst_resemotenet_get_property;
  object_class->finalize = gst_resemotenet_finalize;
  properties_install (object_class);

  gst_element_class_set_static_metadata (element_class,
      "Facial emotion recognition", "Filter/Analyzer/Video",
      "Tells which emotion each face of a frame shows, with the ResEmoteNet "
      "network",
      "The gst-resemotenet authors");
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);

  element_class->change_state = gst_resemotenet_change_state;
  base_class->start = gst_resemotenet_start;
  base_class->stop = gst_resemotenet_stop;
  base_class->set_caps = gst_resemotenet_set_caps;
  base_class->filter_meta = gst_resemotenet_filter_meta;
  base_class->propose_allocation = gst_resemotenet_propose_allocation;
  base_class->query = gst_resemotenet_query;
  base_class->sink_event = gst_resemotenet_sink_event;
  base_class->src_event = gst_resemotenet_src_event;
  base_class->transform_ip = gst_resemotenet_transform_ip;
}

static void
gst_resemotenet_init (GstResemotenet *self)
{
  properties_init (&self->properties);
  turns_init (&self->turns);
  self->faces = g_array_new (FALSE, FALSE, sizeof (Face));
  lateness_init (&self->lateness);

  gst_base_transform_set_gap_aware (GST_BASE_TRANSFORM (self), TRUE);
}

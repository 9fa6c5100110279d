/* emotionpublish: writes the emotions of each frame as JSON
 * SPDX-License-Identifier: MIT
 */

/**
 * SECTION:element-emotionpublish
 * @title: emotionpublish
 * @short_description: writes emotions to a file, MQTT or Kafka as JSON
 *
 * Passes buffers as they are, and writes one JSON object for each frame with
 * faces to a file (one a line), to an MQTT broker, to Kafka, or to several of
 * these. The emotions are read from whichever metadata holds them: those of
 * `resemotenet`, of DL Streamer's region params, or of GStreamer's analytics.
 *
 * |[
 * {"objects":[{"detection":{"bounding_box":{"x_min":0.1,"x_max":0.3,"y_min":0.2,"y_max":0.6},"confidence":0.98,
 *   "label":"face","label_id":0},"emotion":{"label":"happy","label_id":0,"confidence":0.94,"model":{"name":"fer"},
 *   "scores":{"happy":0.94,"neutral":0.06},"age":0},"x":64,"y":72,"w":128,"h":144,"roi_type":"face","id":1,
 *   "region_id":1}],"resolution":{"width":640,"height":360},"source":"rtsp://camera.local/door","tags":{"floor":2},
 *   "timestamp":40000000,"time":"2025-01-31T12:00:00.040000Z","sequence":1}
 * ]|
 *
 * The fields are those of DL Streamer's gvametaconvert, and `scores`, `age`,
 * `time` and `sequence`. `timestamp` is stream time in nanoseconds; `time` is
 * when the frame was taken, of live streams and of those whose buffers carry the
 * sender's clock (`rtspsrc add-reference-timestamp-meta=true`). The installed
 * file `resemotenet-1.0/schemas/emotion-frame.schema.json` describes all.
 *
 * The stream never waits: objects go into a queue, which a thread for each
 * destination empties. What cannot be reached is tried again for ever, with
 * growing pauses up to half a minute. Where there is no room left in the queue,
 * or with #GstEmotionPublish:spool, on disk, the oldest objects are dropped.
 * #GstEmotionPublish:stats counts them, and a warning says so when it begins.
 *
 * An element message `emotionpublish` is posted when a destination is connected
 * or is not any more, with `destination` (`file`, `mqtt`, `kafka`), `connected`
 * (boolean) and, if it is not, `reason`. A file is connected while it can be
 * written.
 *
 * User names and passwords come from files or the environment, see
 * #GstEmotionPublish:mqtt-credentials and #GstEmotionPublish:kafka-config, and
 * cannot be read back.
 *
 * ## Example launch lines
 * |[
 * gst-launch-1.0 filesrc location=talk.mp4 ! decodebin ! faceroi ! resemotenet ! emotionpublish location=talk.jsonl ! fakesink
 * ]|
 * |[
 * gst-launch-1.0 v4l2src ! decodebin ! faceroi ! resemotenet ! emotionpublish mqtt=mqtt://broker.local/cameras/door mqtt-credentials=/etc/resemotenet/mqtt spool=/var/spool/resemotenet/door only-changes=true ! fakesink
 * ]|
 * |[
 * gst-launch-1.0 v4l2src ! decodebin ! faceroi ! resemotenet ! emotionpublish kafka=kafka://one.local:9092,two.local:9092/emotions interval=1000000000 ! fakesink
 * ]|
 *
 * Since: 1.0
 */

#include "gstemotionpublish.h"

#include "emotion-reader.h"
#include "frame-json.h"
#include "outbox.h"
#include "publish-settings.h"
#include "stream-facts.h"
#include "tags.h"

GST_DEBUG_CATEGORY_STATIC (emotion_publish_debug);
#define GST_CAT_DEFAULT emotion_publish_debug

#define MAX_DESTINATIONS 3

struct _GstEmotionPublish
{
  GstBaseTransform parent;

  /* under the object lock; outboxes are changed only while nothing streams */
  PublishSettings settings;
  Outbox *outboxes[MAX_DESTINATIONS];
  guint n_outboxes;
  guint64 n_frames, n_objects;
  /* of those that are stopped */
  const gchar *names[MAX_DESTINATIONS];
  OutboxStats stats[MAX_DESTINATIONS];
  guint n_stopped;

  gint cancel;           /* atomic: nobody is to wait for the end any more */
  guint64 drain_us;      /* the drain-timeout that it was started with */
  gboolean drained_late; /* the end of the stream waited in vain */

  /* streaming thread, or when that is stopped */
  gint width, height;
  gboolean knows_stream; /* source and live are those of this stream */
  gchar *source;
  gboolean live;
  gchar *set_source; /* the property */
  JsonNode *tags;
  FrameFilter filter;
  GArray *faces;
  guint64 sequence;
};

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE (
    "sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS ("video/x-raw(ANY)"));
static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE (
    "src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS ("video/x-raw(ANY)"));

G_DEFINE_TYPE (GstEmotionPublish, gst_emotion_publish, GST_TYPE_BASE_TRANSFORM)
GST_ELEMENT_REGISTER_DEFINE (
    emotionpublish, "emotionpublish", GST_RANK_NONE, GST_TYPE_EMOTION_PUBLISH)

/* ---- what destinations tell ------------------------------------------------------- */

static void
post_connection (GstEmotionPublish *self, const gchar *destination,
    gboolean connected, const gchar *reason)
{
  GstStructure *s = gst_structure_new ("emotionpublish", "destination",
      G_TYPE_STRING, destination, "connected", G_TYPE_BOOLEAN, connected, NULL);

  if (!connected)
    gst_structure_set (s, "reason", G_TYPE_STRING, reason, NULL);
  gst_element_post_message (
      GST_ELEMENT (self), gst_message_new_element (GST_OBJECT (self), s));
}

static void
on_outbox_event (GObject *user, const gchar *destination, OutboxEvent event,
    const gchar *text)
{
  GstEmotionPublish *self = GST_EMOTION_PUBLISH (user);

  switch (event) {
    case OUTBOX_CONNECTED:
      GST_INFO_OBJECT (self, "%s: connected", destination);
      post_connection (self, destination, TRUE, NULL);
      break;
    case OUTBOX_DISCONNECTED:
      post_connection (self, destination, FALSE, text);
      GST_ELEMENT_WARNING (self, RESOURCE, WRITE,
          ("%s: %s; trying again for as long as it takes", destination, text),
          (NULL));
      break;
    case OUTBOX_DROPPED:
      GST_ELEMENT_WARNING (self, RESOURCE, NO_SPACE_LEFT,
          ("%s: messages are dropped: %s; stats counts them", destination,
              text),
          (NULL));
      break;
    case OUTBOX_SPOOL_FAILED:
      GST_ELEMENT_WARNING (self, RESOURCE, WRITE,
          ("%s: %s; messages wait in memory", destination, text), (NULL));
      break;
  }
}

/* ---- start and stop ------------------------------------------------------------------ */

static void
add_outbox (GstEmotionPublish *self, const PublishSettings *settings,
    Destination *destination, Spool *spool)
{
  Outbox *outbox = outbox_new (destination, spool, settings->max_queue,
      settings->max_queue_bytes, on_outbox_event, G_OBJECT (self));

  GST_OBJECT_LOCK (self);
  self->outboxes[self->n_outboxes++] = outbox;
  GST_OBJECT_UNLOCK (self);
}

/* Takes the destination, which is NULL where it could not be made. */
static gboolean
start_destination (GstEmotionPublish *self, const PublishSettings *settings,
    Destination *destination, gboolean spooled, GError **error)
{
  Spool *spool = NULL;

  if (!destination)
    return FALSE;
  if (spooled && settings->spool) {
    g_autofree gchar *dir =
        g_build_filename (settings->spool, destination->klass->name, NULL);

    spool = spool_open (dir, settings->spool_size, error);
    if (!spool) {
      destination->klass->free (destination);
      return FALSE;
    }
  }
  add_outbox (self, settings, destination, spool);
  return TRUE;
}

static gboolean
start_destinations (
    GstEmotionPublish *self, const PublishSettings *settings, GError **error)
{
  g_autofree gchar *warning = NULL;

  if (settings->file.location &&
      !start_destination (self, settings,
          file_destination_new (&settings->file, error), FALSE, error))
    return FALSE;
  if (settings->mqtt.address) {
#ifdef HAVE_MQTT
    if (!start_destination (self, settings,
            mqtt_destination_new (&settings->mqtt, &warning, error), TRUE,
            error))
      return FALSE;
#else
    g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS,
        "the plugin was built without MQTT: build it with libmosquitto-dev");
    return FALSE;
#endif
  }
  if (warning)
    GST_ELEMENT_WARNING (self, RESOURCE, SETTINGS, ("%s", warning), (NULL));
  g_clear_pointer (&warning, g_free);
  if (settings->kafka.address) {
#ifdef HAVE_KAFKA
    if (!start_destination (self, settings,
            kafka_destination_new (&settings->kafka, &warning, error), TRUE,
            error))
      return FALSE;
#else
    g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS,
        "the plugin was built without Kafka: build it with librdkafka-dev");
    return FALSE;
#endif
  }
  if (warning)
    GST_ELEMENT_WARNING (self, RESOURCE, SETTINGS, ("%s", warning), (NULL));
  return TRUE;
}

static gboolean
set_tags (GstEmotionPublish *self, const gchar *tags, GError **error)
{
  g_clear_pointer (&self->tags, json_node_unref);
  if (tags && *tags)
    self->tags = tags_parse (tags, error);
  return !tags || !*tags || self->tags;
}

static gboolean
check (const PublishSettings *settings, GError **error)
{
  if (!settings->refused)
    return TRUE;
  g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS,
      "an address must not hold a user name and a password, which everyone "
      "could see there: put them into the environment, as "
      "RESEMOTENET_MQTT_USERNAME and _PASSWORD or RESEMOTENET_KAFKA_USERNAME "
      "and _PASSWORD, or into a file, see mqtt-credentials and kafka-config");
  return FALSE;
}

static void
stop_outboxes (GstEmotionPublish *self, gint64 deadline_us)
{
  const guint n = self->n_outboxes;
  OutboxStats stats[MAX_DESTINATIONS];

  for (guint i = 0; i < n; i++)
    outbox_stop (self->outboxes[i], deadline_us, &stats[i]);
  GST_OBJECT_LOCK (self);
  for (guint i = 0; i < n; i++) {
    self->names[i] = outbox_name (self->outboxes[i]);
    self->stats[i] = stats[i];
    outbox_unref (self->outboxes[i]);
  }
  self->n_stopped = n;
  self->n_outboxes = 0;
  GST_OBJECT_UNLOCK (self);
}

static gboolean
gst_emotion_publish_start (GstBaseTransform *trans)
{
  GstEmotionPublish *self = GST_EMOTION_PUBLISH (trans);
  PublishSettings settings;
  g_autoptr (GError) error = NULL;
  gboolean ok;

  GST_OBJECT_LOCK (self);
  publish_settings_copy (&settings, &self->settings);
  self->n_frames = self->n_objects = 0;
  self->n_stopped = 0;
  GST_OBJECT_UNLOCK (self);

  frame_filter_reset (&self->filter);
  self->sequence = 0;
  self->knows_stream = FALSE;
  self->drained_late = FALSE;
  self->drain_us = settings.drain_timeout / GST_USECOND;
  g_free (self->set_source);
  self->set_source = g_strdup (settings.source);
  g_atomic_int_set (&self->cancel, FALSE);

  ok = check (&settings, &error) && set_tags (self, settings.tags, &error) &&
       start_destinations (self, &settings, &error);
  if (!ok) {
    stop_outboxes (self, 0);
    GST_ELEMENT_ERROR (
        self, RESOURCE, OPEN_WRITE, ("%s", error->message), (NULL));
  } else if (self->n_outboxes == 0) {
    GST_ELEMENT_WARNING (self, RESOURCE, SETTINGS,
        ("there is nothing to publish to: set location, mqtt or kafka"),
        (NULL));
  }
  publish_settings_clear (&settings);
  return ok;
}

static gboolean
gst_emotion_publish_stop (GstBaseTransform *trans)
{
  GstEmotionPublish *self = GST_EMOTION_PUBLISH (trans);
  const gint64 now_us = g_get_monotonic_time ();

  stop_outboxes (
      self, self->drained_late ? now_us : now_us + (gint64) self->drain_us);
  return TRUE;
}

/* The end of the stream waits until all is sent, in vain for as long as is
 * set. */
static void
drain (GstEmotionPublish *self)
{
  const gint64 until_us = g_get_monotonic_time () + (gint64) self->drain_us;

  for (guint i = 0; i < self->n_outboxes; i++)
    outbox_drain (self->outboxes[i], until_us, TRUE, &self->cancel);
  self->drained_late = g_get_monotonic_time () >= until_us;
}

static void
cancel_drain (GstEmotionPublish *self)
{
  g_atomic_int_set (&self->cancel, TRUE);
  GST_OBJECT_LOCK (self);
  for (guint i = 0; i < self->n_outboxes; i++)
    outbox_cancel_drain (self->outboxes[i]);
  GST_OBJECT_UNLOCK (self);
}

static GstStateChangeReturn
gst_emotion_publish_change_state (
    GstElement *element, GstStateChange transition)
{
  /* it would hold up the thread that streams, which is to stop first */
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY)
    cancel_drain (GST_EMOTION_PUBLISH (element));
  return GST_ELEMENT_CLASS (gst_emotion_publish_parent_class)
      ->change_state (element, transition);
}

/* ---- the stream ---------------------------------------------------------------------- */

static gboolean
gst_emotion_publish_set_caps (
    GstBaseTransform *trans, GstCaps *incaps, GstCaps *outcaps)
{
  GstEmotionPublish *self = GST_EMOTION_PUBLISH (trans);
  const GstStructure *s = gst_caps_get_structure (incaps, 0);

  return gst_structure_get_int (s, "width", &self->width) &&
         gst_structure_get_int (s, "height", &self->height);
}

static gboolean
gst_emotion_publish_sink_event (GstBaseTransform *trans, GstEvent *event)
{
  GstEmotionPublish *self = GST_EMOTION_PUBLISH (trans);

  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_STREAM_START:
      self->knows_stream = FALSE;
      break;
    case GST_EVENT_FLUSH_START:
      cancel_drain (self);
      break;
    case GST_EVENT_FLUSH_STOP:
      g_atomic_int_set (&self->cancel, FALSE);
      frame_filter_reset (&self->filter);
      break;
    case GST_EVENT_EOS:
      drain (self);
      break;
    default:
      break;
  }
  return GST_BASE_TRANSFORM_CLASS (gst_emotion_publish_parent_class)
      ->sink_event (trans, event);
}

static void
learn_stream (GstEmotionPublish *self)
{
  GstPad *pad = GST_BASE_TRANSFORM_SINK_PAD (self);

  if (self->knows_stream)
    return;
  self->knows_stream = TRUE;
  g_free (self->source);
  self->source =
      self->set_source ? g_strdup (self->set_source) : stream_source (pad);
  self->live = stream_is_live (pad);
}

static void
publish (GstEmotionPublish *self, GstBuffer *buffer, GstClockTime stream_time)
{
  const GstSegment *segment = &GST_BASE_TRANSFORM (self)->segment;
  const GstClockTime running_time = gst_segment_to_running_time (
      segment, GST_FORMAT_TIME, GST_BUFFER_PTS (buffer));
  g_autoptr (GDateTime) time = NULL;
  g_autofree gchar *json = NULL;
  g_autoptr (Message) message = NULL;

  learn_stream (self);
  time = frame_time (GST_ELEMENT (self), buffer, running_time, self->live);
  json = frame_to_json (&(FrameInfo){ .width = self->width,
                            .height = self->height,
                            .source = self->source,
                            .tags = self->tags,
                            .timestamp = stream_time,
                            .time = time,
                            .sequence = self->sequence++ },
      self->faces);
  message = message_new (self->source ? self->source : "", json);
  for (guint i = 0; i < self->n_outboxes; i++)
    outbox_push (self->outboxes[i], message);

  GST_OBJECT_LOCK (self);
  self->n_objects++;
  GST_OBJECT_UNLOCK (self);
}

static GstFlowReturn
gst_emotion_publish_transform_ip (GstBaseTransform *trans, GstBuffer *buffer)
{
  GstEmotionPublish *self = GST_EMOTION_PUBLISH (trans);
  const GstSegment *segment = &trans->segment;
  const GstClockTime time = segment->format == GST_FORMAT_TIME
                                ? gst_segment_to_stream_time (segment,
                                      GST_FORMAT_TIME, GST_BUFFER_PTS (buffer))
                                : GST_CLOCK_TIME_NONE;
  FrameFilterConfig config;

  GST_OBJECT_LOCK (self);
  config = self->settings.filter;
  self->n_frames++;
  GST_OBJECT_UNLOCK (self);

  emotion_faces_read (self->faces, buffer);
  if (frame_filter_accepts (&self->filter, &config, time, self->faces))
    publish (self, buffer, time);
  return GST_FLOW_OK;
}

/* ---- the object ---------------------------------------------------------------------- */

static void
gst_emotion_publish_set_property (
    GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  GstEmotionPublish *self = GST_EMOTION_PUBLISH (object);
  gboolean known;

  GST_OBJECT_LOCK (self);
  known = publish_settings_set (&self->settings, id, value);
  GST_OBJECT_UNLOCK (self);
  if (!known)
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
add_stats (GstStructure *to, const gchar *name, const OutboxStats *stats)
{
  GstStructure *s = gst_structure_new (name,                /**/
      "queued", G_TYPE_UINT64, stats->queued,               /**/
      "sent", G_TYPE_UINT64, stats->sent,                   /**/
      "acknowledged", G_TYPE_UINT64, stats->acknowledged,   /**/
      "dropped", G_TYPE_UINT64, stats->dropped,             /**/
      "waiting", G_TYPE_UINT64, stats->waiting,             /**/
      "spooled-bytes", G_TYPE_UINT64, stats->spooled_bytes, /**/
      "corrupt-bytes", G_TYPE_UINT64, stats->corrupt_bytes, /**/
      "reconnects", G_TYPE_UINT64, stats->reconnects,       /**/
      "connected", G_TYPE_BOOLEAN, stats->connected, NULL);

  gst_structure_set (to, name, GST_TYPE_STRUCTURE, s, NULL);
  gst_structure_free (s);
}

static GstStructure *
get_stats (GstEmotionPublish *self)
{
  GstStructure *s;

  GST_OBJECT_LOCK (self);
  s = gst_structure_new ("emotionpublish-stats", "frames", G_TYPE_UINT64,
      self->n_frames, "objects", G_TYPE_UINT64, self->n_objects, NULL);
  for (guint i = 0; i < self->n_outboxes; i++) {
    OutboxStats stats;

    outbox_get_stats (self->outboxes[i], &stats);
    add_stats (s, outbox_name (self->outboxes[i]), &stats);
  }
  for (guint i = 0; i < self->n_stopped; i++)
    add_stats (s, self->names[i], &self->stats[i]);
  GST_OBJECT_UNLOCK (self);
  return s;
}

static void
gst_emotion_publish_get_property (
    GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GstEmotionPublish *self = GST_EMOTION_PUBLISH (object);
  gboolean known;

  if (id == PUBLISH_PROP_STATS) {
    g_value_take_boxed (value, get_stats (self));
    return;
  }
  GST_OBJECT_LOCK (self);
  known = publish_settings_get (&self->settings, id, value);
  GST_OBJECT_UNLOCK (self);
  if (!known)
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
gst_emotion_publish_finalize (GObject *object)
{
  GstEmotionPublish *self = GST_EMOTION_PUBLISH (object);

  publish_settings_clear (&self->settings);
  g_clear_pointer (&self->tags, json_node_unref);
  frame_filter_reset (&self->filter);
  g_array_unref (self->faces);
  g_free (self->source);
  g_free (self->set_source);
  G_OBJECT_CLASS (gst_emotion_publish_parent_class)->finalize (object);
}

static void
gst_emotion_publish_class_init (GstEmotionPublishClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstBaseTransformClass *trans_class = GST_BASE_TRANSFORM_CLASS (klass);

  GST_DEBUG_CATEGORY_INIT (
      emotion_publish_debug, "emotionpublish", 0, "publisher of emotions");

  object_class->set_property = gst_emotion_publish_set_property;
  object_class->get_property = gst_emotion_publish_get_property;
  object_class->finalize = gst_emotion_publish_finalize;
  publish_settings_install (object_class);

  gst_element_class_set_static_metadata (element_class, "Emotion publisher",
      "Filter/Analyzer/Video",
      "Writes the emotions of each frame to a file, MQTT or Kafka, as JSON",
      "The gst-resemotenet authors");
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);

  element_class->change_state = gst_emotion_publish_change_state;
  trans_class->start = gst_emotion_publish_start;
  trans_class->stop = gst_emotion_publish_stop;
  trans_class->set_caps = gst_emotion_publish_set_caps;
  trans_class->sink_event = gst_emotion_publish_sink_event;
  trans_class->transform_ip = gst_emotion_publish_transform_ip;
}

static void
gst_emotion_publish_init (GstEmotionPublish *self)
{
  publish_settings_init (&self->settings);
  self->faces = emotion_faces_new ();

  /* buffers are only looked at, whether they may be written or not */
  gst_base_transform_set_passthrough (GST_BASE_TRANSFORM (self), TRUE);
  gst_base_transform_set_gap_aware (GST_BASE_TRANSFORM (self), TRUE);
}

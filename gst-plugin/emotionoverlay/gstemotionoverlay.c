/* emotionoverlay: draws the emotions of a frame's faces over it
 * SPDX-License-Identifier: MIT
 */

/**
 * SECTION:element-emotionoverlay
 * @title: emotionoverlay
 * @short_description: draws the emotion of each face over the video
 *
 * Draws a box around each face, in a colour that stands for its emotion, with the
 * emotion's name and its confidence, and with #GstEmotionOverlay:scores a bar for
 * each class. Emotions are read from #GstEmotionMeta, else from the param
 * `emotion` of region metadata as Intel's DL Streamer writes it, else from
 * `GstAnalyticsRelationMeta` (GStreamer 1.24 and later). Faces that have none get
 * a white box. Frames without faces go through as they are.
 *
 * Labels are kept inside the frame and apart from each other where there is
 * room, and stay where they are while faces move a little. Their colours can be
 * told apart by people of every colour vision.
 *
 * Where downstream shows pictures that are attached to frames
 * (`GstVideoOverlayCompositionMeta`, as most video sinks do), they are attached:
 * this costs next to nothing and works in any memory. Elsewhere they are drawn
 * into frames in system memory, of every raw format except palettes.
 *
 * #GstEmotionOverlay:blur-faces makes faces unrecognisable, in the picture
 * itself. It is no protection against somebody who has pictures of a few people
 * and wants to know which of them it is.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 v4l2src ! decodebin ! faceroi ! resemotenet ! emotionoverlay scores=true ! videoconvert ! autovideosink
 * ]|
 * |[
 * gst-launch-1.0 filesrc location=talk.mp4 ! decodebin ! faceroi ! emotionoverlay style=minimal blur-faces=true ! videoconvert ! vp8enc deadline=1 ! webmmux ! filesink location=private.webm
 * ]|
 *
 * Since: 1.0
 */

#include "gstemotionoverlay.h"

#include "attach.h"
#include "blend.h"
#include "frame-access.h"
#include "mosaic.h"
#include "overlay-caps.h"
#include "overlay-settings.h"
#include "planes.h"

GST_DEBUG_CATEGORY_STATIC (emotion_overlay_debug);
#define GST_CAT_DEFAULT emotion_overlay_debug

struct _GstEmotionOverlay
{
  GstElement parent;

  GstPad *sinkpad, *srcpad;

  /* under the object lock */
  OverlaySettings settings;

  /* streaming thread, or when that is stopped */
  Scene *scene;
  GArray *faces;
  GstVideoInfo info;
  PictureColors colors;
  Attach attached;
  gboolean attach;       /* pictures, instead of drawing into frames */
  gboolean editable;     /* frames can be drawn on */
  gboolean warned;       /* of a frame that cannot be drawn on */
  gboolean warned_emoji; /* that there are none */
};

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS (OVERLAY_TEMPLATE_CAPS));
static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS (OVERLAY_TEMPLATE_CAPS));

G_DEFINE_TYPE (GstEmotionOverlay, gst_emotion_overlay, GST_TYPE_ELEMENT)
GST_ELEMENT_REGISTER_DEFINE (
    emotionoverlay, "emotionoverlay", GST_RANK_NONE, GST_TYPE_EMOTION_OVERLAY)

static OverlaySettings
get_settings (GstEmotionOverlay *self)
{
  OverlaySettings settings;

  GST_OBJECT_LOCK (self);
  settings = self->settings;
  GST_OBJECT_UNLOCK (self);
  return settings;
}

/* ---- negotiation ----------------------------------------------------------- */

/* Whether downstream shows pictures that are attached to frames. */
static gboolean
shows_overlays (GstEmotionOverlay *self, GstCaps *caps)
{
  GstQuery *query = gst_query_new_allocation (caps, FALSE);
  gboolean shows = gst_pad_peer_query (self->srcpad, query) &&
                   gst_query_find_allocation_meta (query,
                       GST_VIDEO_OVERLAY_COMPOSITION_META_API_TYPE, NULL);

  gst_query_unref (query);
  return shows;
}

/* Chooses between attaching and drawing, and sets the caps of the source pad. */
static gboolean
negotiate (GstEmotionOverlay *self, GstCaps *caps)
{
  g_autoptr (GstCaps) overlay = overlay_caps_with_overlay (caps);
  const gboolean has_overlay = overlay_caps_have_overlay (caps);

  gst_pad_check_reconfigure (self->srcpad);
  self->editable = overlay_caps_are_editable (caps);
  self->attach = FALSE;
  if (has_overlay || gst_pad_peer_query_accept_caps (self->srcpad, overlay)) {
    /* elements answer what they allocate only for caps that they have */
    if (!gst_pad_set_caps (self->srcpad, overlay))
      goto failed;
    /* who takes nothing else, such as a caps filter, gets them unasked */
    self->attach = shows_overlays (self, overlay) || !self->editable ||
                   !gst_pad_peer_query_accept_caps (self->srcpad, caps);
    if (self->attach || has_overlay)
      goto out;
  }
  if (!self->editable || !gst_pad_set_caps (self->srcpad, caps))
    goto failed;

out:
  GST_DEBUG_OBJECT (self, "%s, %" GST_PTR_FORMAT,
      self->attach ? "attaching" : "drawing", caps);
  return TRUE;

failed:
  gst_pad_mark_reconfigure (self->srcpad);
  return FALSE;
}

static gboolean
set_caps (GstEmotionOverlay *self, GstCaps *caps)
{
  GstVideoInfo info;

  if (!gst_video_info_from_caps (&info, caps))
    return FALSE;
  if (!frame_check_size (GST_ELEMENT (self), &info))
    return FALSE;
  if (GST_VIDEO_INFO_INTERLACE_MODE (&info) ==
      GST_VIDEO_INTERLACE_MODE_ALTERNATE) {
    GST_ELEMENT_ERROR (self, STREAM, FORMAT,
        ("Interlaced video with one field a buffer cannot be drawn on; put "
         "`deinterlace` before this element."),
        (NULL));
    return FALSE;
  }
  self->info = info;
  picture_colors_init (&self->colors, &info);
  scene_reset (self->scene);
  return negotiate (self, caps);
}

static gboolean
query_caps (
    GstEmotionOverlay *self, GstPad *pad, GstPad *other, GstQuery *query)
{
  const gboolean is_sink = pad == self->sinkpad;
  g_autoptr (GstCaps) own = gst_pad_get_pad_template_caps (pad);
  g_autoptr (GstCaps) peer = gst_pad_peer_query_caps (other, NULL);
  g_autoptr (GstCaps) known =
      gst_caps_intersect_full (peer, own, GST_CAPS_INTERSECT_FIRST);
  GstCaps *filter;
  g_autoptr (GstCaps) caps =
      is_sink ? overlay_caps_for_sink (known, get_settings (self).blur_faces)
              : overlay_caps_for_src (known);

  gst_query_parse_caps (query, &filter);
  if (filter) {
    g_autoptr (GstCaps) both =
        gst_caps_intersect_full (filter, caps, GST_CAPS_INTERSECT_FIRST);

    gst_query_set_caps_result (query, both);
  } else {
    gst_query_set_caps_result (query, caps);
  }
  return TRUE;
}

static gboolean
query_allocation (GstEmotionOverlay *self, GstQuery *query)
{
  guint index;

  if (!gst_pad_peer_query (self->srcpad, query))
    return FALSE;
  /* A sink that offers to crop would make the decoder leave the cropping to
   * it; the boxes are meant for the picture that people see. */
  while (gst_query_find_allocation_meta (
      query, GST_VIDEO_CROP_META_API_TYPE, &index))
    gst_query_remove_nth_allocation_meta (query, index);
  return TRUE;
}

static gboolean
query_func (GstPad *pad, GstObject *parent, GstQuery *query)
{
  GstEmotionOverlay *self = GST_EMOTION_OVERLAY (parent);
  const gboolean is_sink = pad == self->sinkpad;

  switch (GST_QUERY_TYPE (query)) {
    case GST_QUERY_CAPS:
      return query_caps (
          self, pad, is_sink ? self->srcpad : self->sinkpad, query);
    case GST_QUERY_ALLOCATION:
      if (is_sink)
        return query_allocation (self, query);
      return gst_pad_query_default (pad, parent, query);
    default:
      return gst_pad_query_default (pad, parent, query);
  }
}

static gboolean
sink_event (GstPad *pad, GstObject *parent, GstEvent *event)
{
  GstEmotionOverlay *self = GST_EMOTION_OVERLAY (parent);
  GstCaps *caps;
  gboolean ok;

  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_CAPS:
      gst_event_parse_caps (event, &caps);
      ok = set_caps (self, caps);
      gst_event_unref (event);
      return ok;
    case GST_EVENT_STREAM_START:
    case GST_EVENT_FLUSH_STOP:
      scene_reset (self->scene);
      return gst_pad_event_default (pad, parent, event);
    default:
      return gst_pad_event_default (pad, parent, event);
  }
}

/* ---- frames ---------------------------------------------------------------- */

static gboolean
blur (GstEmotionOverlay *self, GstBuffer *buffer)
{
  GstVideoFrame frame;
  gboolean ok = TRUE;

  if (!self->editable || !frame_map_writable (&frame, buffer, &self->info))
    ok = FALSE;
  else {
    for (guint i = 0; ok && i < self->faces->len; i++) {
      const EmotionFace *f = &g_array_index (self->faces, EmotionFace, i);

      ok = mosaic_box (&frame, f->x, f->y, f->w, f->h);
    }
    gst_video_frame_unmap (&frame);
  }
  if (!ok)
    GST_ELEMENT_ERROR (self, STREAM, FORMAT,
        ("The faces of a frame cannot be blurred, so it is not shown."),
        ("format %s; put `videoconvert` before this element for frames that "
         "are not in system memory or of a format with a palette",
            GST_VIDEO_INFO_NAME (&self->info)));
  return ok;
}

static void
draw_pieces (GstEmotionOverlay *self, GstBuffer *buffer, const GArray *pieces)
{
  GstVideoFrame frame;

  if (!frame_map_writable (&frame, buffer, &self->info)) {
    /* once: a stream of such frames would flood the bus */
    if (!self->warned)
      GST_ELEMENT_WARNING (self, STREAM, WRONG_TYPE,
          ("A video frame does not have the size or the format that was "
           "announced; nothing is drawn on such frames."),
          (NULL));
    self->warned = TRUE;
    return;
  }
  if (!blend_pieces (&frame, pieces, &self->colors))
    GST_WARNING_OBJECT (self, "no memory to draw on a frame");
  gst_video_frame_unmap (&frame);
}

static void
warn_emoji (GstEmotionOverlay *self, const OverlaySettings *settings)
{
  if (settings->scene.style != STYLE_EMOJI || self->warned_emoji ||
      scene_has_emojis (self->scene))
    return;
  self->warned_emoji = TRUE;
  GST_ELEMENT_WARNING (self, RESOURCE, NOT_FOUND,
      ("No font has emojis, so names are written; install one, such as "
       "Debian's "
       "fonts-noto-color-emoji."),
      (NULL));
}

static GstFlowReturn
chain (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  GstEmotionOverlay *self = GST_EMOTION_OVERLAY (parent);
  const OverlaySettings settings = get_settings (self);
  const GArray *pieces;

  if (gst_pad_check_reconfigure (self->srcpad)) {
    g_autoptr (GstCaps) caps = gst_pad_get_current_caps (pad);

    if (!caps || !negotiate (self, caps)) {
      gst_buffer_unref (buffer);
      return GST_PAD_IS_FLUSHING (self->srcpad) ? GST_FLOW_FLUSHING
                                                : GST_FLOW_NOT_NEGOTIATED;
    }
  }

  shown_faces_read (self->faces, buffer, settings.roi_type);
  if (self->faces->len == 0)
    return gst_pad_push (self->srcpad, buffer);
  if (!gst_buffer_is_writable (buffer)) {
    buffer = gst_buffer_make_writable (buffer);
    /* the strings are those of the metadata */
    shown_faces_read (self->faces, buffer, settings.roi_type);
  }

  if (settings.blur_faces && !blur (self, buffer)) {
    gst_buffer_unref (buffer);
    return GST_FLOW_ERROR;
  }
  warn_emoji (self, &settings);
  pieces = scene_draw (self->scene, self->faces, &settings.scene, &self->info);
  if (self->attach)
    attach_pieces (&self->attached, buffer, pieces);
  else if (pieces->len)
    draw_pieces (self, buffer, pieces);
  return gst_pad_push (self->srcpad, buffer);
}

/* ---- element --------------------------------------------------------------- */

static void
stop (GstEmotionOverlay *self)
{
  attach_clear (&self->attached);
  g_clear_pointer (&self->scene, scene_free);
}

static void
start (GstEmotionOverlay *self)
{
  stop (self);
  /* here rather than at the first frame: to find fonts takes a while */
  self->scene = scene_new (get_settings (self).font);
  self->warned = self->warned_emoji = FALSE;
  if (!scene_has_fonts (self->scene)) {
    self->warned_emoji = TRUE;
    GST_ELEMENT_WARNING (self, RESOURCE, NOT_FOUND,
        ("No fonts are installed, so boxes are drawn without labels; install "
         "some, such as Debian's fonts-dejavu-core."),
        (NULL));
  }
}

static GstStateChangeReturn
gst_emotion_overlay_change_state (
    GstElement *element, GstStateChange transition)
{
  GstEmotionOverlay *self = GST_EMOTION_OVERLAY (element);
  GstStateChangeReturn ret;

  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED)
    start (self);
  ret = GST_ELEMENT_CLASS (gst_emotion_overlay_parent_class)
            ->change_state (element, transition);
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY)
    stop (self);
  return ret;
}

static void
gst_emotion_overlay_set_property (
    GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  GstEmotionOverlay *self = GST_EMOTION_OVERLAY (object);
  gboolean known;

  GST_OBJECT_LOCK (self);
  known = overlay_settings_set (&self->settings, id, value);
  GST_OBJECT_UNLOCK (self);
  if (!known)
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  /* which formats can be taken depends on it */
  if (id == OVERLAY_PROP_BLUR_FACES)
    gst_pad_push_event (self->sinkpad, gst_event_new_reconfigure ());
}

static void
gst_emotion_overlay_get_property (
    GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  const OverlaySettings settings = get_settings (GST_EMOTION_OVERLAY (object));

  if (!overlay_settings_get (&settings, id, value))
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
gst_emotion_overlay_finalize (GObject *object)
{
  GstEmotionOverlay *self = GST_EMOTION_OVERLAY (object);

  stop (self);
  g_array_unref (self->faces);
  G_OBJECT_CLASS (gst_emotion_overlay_parent_class)->finalize (object);
}

static void
gst_emotion_overlay_class_init (GstEmotionOverlayClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  GST_DEBUG_CATEGORY_INIT (
      emotion_overlay_debug, "emotionoverlay", 0, "emotion overlay");

  object_class->set_property = gst_emotion_overlay_set_property;
  object_class->get_property = gst_emotion_overlay_get_property;
  object_class->finalize = gst_emotion_overlay_finalize;
  overlay_settings_install (object_class);
  gst_type_mark_as_plugin_api (GST_TYPE_EMOTION_OVERLAY_STYLE, 0);

  gst_element_class_set_static_metadata (element_class, "Emotion overlay",
      "Filter/Effect/Video",
      "Draws the emotion of each face over the video, or blurs faces",
      "The gst-resemotenet authors");
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  element_class->change_state = gst_emotion_overlay_change_state;
}

static void
gst_emotion_overlay_init (GstEmotionOverlay *self)
{
  overlay_settings_init (&self->settings);
  self->faces = emotion_faces_new ();

  self->sinkpad = gst_pad_new_from_static_template (&sink_template, "sink");
  gst_pad_set_chain_function (self->sinkpad, chain);
  gst_pad_set_event_function (self->sinkpad, sink_event);
  gst_pad_set_query_function (self->sinkpad, query_func);
  gst_element_add_pad (GST_ELEMENT (self), self->sinkpad);

  self->srcpad = gst_pad_new_from_static_template (&src_template, "src");
  gst_pad_set_query_function (self->srcpad, query_func);
  gst_element_add_pad (GST_ELEMENT (self), self->srcpad);
}

/* SPDX-License-Identifier: MIT */
#include "overlay-settings.h"

#define DEFAULT_STYLE STYLE_LABEL
#define DEFAULT_SCORES FALSE
#define DEFAULT_BLUR_FACES FALSE
#define DEFAULT_TEXT_SCALE 1.0
#define DEFAULT_FONT "Sans Bold"
#define DEFAULT_ROI_TYPE "face"

GType
gst_emotion_overlay_style_get_type (void)
{
  static const GEnumValue values[] = {
    { STYLE_MINIMAL, "A box in the emotion's colour", "minimal" },
    { STYLE_LABEL, "And the emotion with its confidence", "label" },
    { STYLE_FULL, "And the track's number, and a bar for each class", "full" },
    { STYLE_EMOJI, "As label, with an emoji in place of the name", "emoji" },
    { 0, NULL, NULL },
  };
  static gsize type;

  if (g_once_init_enter (&type))
    g_once_init_leave (
        &type, g_enum_register_static ("GstEmotionOverlayStyle", values));
  return type;
}

void
overlay_settings_init (OverlaySettings *s)
{
  *s = (OverlaySettings){
    .scene = { DEFAULT_STYLE, DEFAULT_SCORES, DEFAULT_TEXT_SCALE },
    .blur_faces = DEFAULT_BLUR_FACES,
    .font = DEFAULT_FONT,
    .roi_type = DEFAULT_ROI_TYPE,
  };
}

static const gchar *
intern (const GValue *value, const gchar *otherwise)
{
  const gchar *string = g_value_get_string (value);

  return string ? g_intern_string (string) : otherwise;
}

gboolean
overlay_settings_set (OverlaySettings *s, guint id, const GValue *value)
{
  switch (id) {
    case OVERLAY_PROP_STYLE:
      s->scene.style = (OverlayStyle) g_value_get_enum (value);
      return TRUE;
    case OVERLAY_PROP_SCORES:
      s->scene.scores = g_value_get_boolean (value);
      return TRUE;
    case OVERLAY_PROP_BLUR_FACES:
      s->blur_faces = g_value_get_boolean (value);
      return TRUE;
    case OVERLAY_PROP_TEXT_SCALE:
      s->scene.text_scale = g_value_get_double (value);
      return TRUE;
    case OVERLAY_PROP_FONT:
      s->font = intern (value, DEFAULT_FONT);
      return TRUE;
    case OVERLAY_PROP_ROI_TYPE:
      s->roi_type = intern (value, "");
      return TRUE;
    default:
      return FALSE;
  }
}

gboolean
overlay_settings_get (const OverlaySettings *s, guint id, GValue *value)
{
  switch (id) {
    case OVERLAY_PROP_STYLE:
      g_value_set_enum (value, (gint) s->scene.style);
      return TRUE;
    case OVERLAY_PROP_SCORES:
      g_value_set_boolean (value, s->scene.scores);
      return TRUE;
    case OVERLAY_PROP_BLUR_FACES:
      g_value_set_boolean (value, s->blur_faces);
      return TRUE;
    case OVERLAY_PROP_TEXT_SCALE:
      g_value_set_double (value, s->scene.text_scale);
      return TRUE;
    case OVERLAY_PROP_FONT:
      g_value_set_string (value, s->font);
      return TRUE;
    case OVERLAY_PROP_ROI_TYPE:
      g_value_set_string (value, s->roi_type);
      return TRUE;
    default:
      return FALSE;
  }
}

void
overlay_settings_install (GObjectClass *object_class)
{
  const GParamFlags readwrite = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;
  const GParamFlags playing = readwrite | GST_PARAM_MUTABLE_PLAYING;
  const GParamFlags ready = readwrite | GST_PARAM_MUTABLE_READY;

  /**
   * GstEmotionOverlay:style:
   *
   * How much of a face's emotion is drawn. Emojis are taken where the fonts have
   * them; otherwise the names are written, with a warning on the bus.
   *
   * Since: 1.0
   */
  g_object_class_install_property (object_class, OVERLAY_PROP_STYLE,
      g_param_spec_enum ("style", "Style", "How much of an emotion is drawn",
          GST_TYPE_EMOTION_OVERLAY_STYLE, DEFAULT_STYLE, playing));
  /**
   * GstEmotionOverlay:scores:
   *
   * Draw a bar for each class beside the face, where the metadata has all scores
   * and where there is room. Not with the style `minimal`.
   *
   * Since: 1.0
   */
  g_object_class_install_property (object_class, OVERLAY_PROP_SCORES,
      g_param_spec_boolean ("scores", "Scores",
          "Draw a bar for each class beside the face", DEFAULT_SCORES,
          playing));
  /**
   * GstEmotionOverlay:blur-faces:
   *
   * Make faces unrecognisable: each is replaced by a few squares of its mean
   * colours, in the picture itself, so that nothing downstream can undo it; also
   * faces without an emotion. Faces that no element upstream found stay as they
   * are. A frame that cannot be changed is an error, and is not passed on.
   *
   * Since: 1.0
   */
  g_object_class_install_property (object_class, OVERLAY_PROP_BLUR_FACES,
      g_param_spec_boolean ("blur-faces", "Blur faces",
          "Make all faces unrecognisable, in the picture itself",
          DEFAULT_BLUR_FACES, playing));
  /**
   * GstEmotionOverlay:text-scale:
   *
   * Factor to the size of text, which follows from the size of the frame and of
   * the face.
   *
   * Since: 1.0
   */
  g_object_class_install_property (object_class, OVERLAY_PROP_TEXT_SCALE,
      g_param_spec_double ("text-scale", "Text scale",
          "Factor to the size of text", .25, 4, DEFAULT_TEXT_SCALE, playing));
  /**
   * GstEmotionOverlay:font:
   *
   * Font of the text, as a Pango font description, such as "Noto Sans Medium". A
   * size in it is not heeded, see #GstEmotionOverlay:text-scale.
   *
   * Since: 1.0
   */
  g_object_class_install_property (object_class, OVERLAY_PROP_FONT,
      g_param_spec_string ("font", "Font",
          "Pango description of the font, without a size", DEFAULT_FONT,
          ready));
  /**
   * GstEmotionOverlay:roi-type:
   *
   * Regions of this type are faces, also without an emotion: they get a white
   * box, and are blurred. Empty = all regions.
   *
   * Since: 1.0
   */
  g_object_class_install_property (object_class, OVERLAY_PROP_ROI_TYPE,
      g_param_spec_string ("roi-type", "Region type",
          "Regions of this type are faces; empty = all", DEFAULT_ROI_TYPE,
          playing));
}

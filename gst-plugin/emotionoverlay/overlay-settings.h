/* emotionoverlay: the properties of the element
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include "scene.h"

enum
{
  OVERLAY_PROP_0,
  OVERLAY_PROP_STYLE,
  OVERLAY_PROP_SCORES,
  OVERLAY_PROP_BLUR_FACES,
  OVERLAY_PROP_TEXT_SCALE,
  OVERLAY_PROP_FONT,
  OVERLAY_PROP_ROI_TYPE,
};

typedef struct
{
  SceneSettings scene;
  gboolean blur_faces;
  const gchar *font;     /* interned, as there are few and they stay */
  const gchar *roi_type; /* interned */
} OverlaySettings;

void overlay_settings_init (OverlaySettings *settings);

/* FALSE for a property that is not known. */
gboolean overlay_settings_set (
    OverlaySettings *settings, guint id, const GValue *value);
gboolean overlay_settings_get (
    const OverlaySettings *settings, guint id, GValue *value);

/* Installs the properties and documents them. */
void overlay_settings_install (GObjectClass *object_class);

#define GST_TYPE_EMOTION_OVERLAY_STYLE (gst_emotion_overlay_style_get_type ())
GType gst_emotion_overlay_style_get_type (void);

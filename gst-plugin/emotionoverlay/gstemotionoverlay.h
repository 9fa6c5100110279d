/* emotionoverlay: draws the emotions of a frame's faces over it
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_TYPE_EMOTION_OVERLAY (gst_emotion_overlay_get_type ())
G_DECLARE_FINAL_TYPE (
    GstEmotionOverlay, gst_emotion_overlay, GST, EMOTION_OVERLAY, GstElement)

GST_ELEMENT_REGISTER_DECLARE (emotionoverlay);

G_END_DECLS

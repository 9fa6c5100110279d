/* emotionpublish: writes the emotions of each frame as JSON
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include <gst/base/gstbasetransform.h>

G_BEGIN_DECLS

#define GST_TYPE_EMOTION_PUBLISH (gst_emotion_publish_get_type ())
G_DECLARE_FINAL_TYPE (GstEmotionPublish, gst_emotion_publish, GST,
    EMOTION_PUBLISH, GstBaseTransform)

GST_ELEMENT_REGISTER_DECLARE (emotionpublish);

G_END_DECLS

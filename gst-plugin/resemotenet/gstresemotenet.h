/* resemotenet: tells which emotion each face in a video shows
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include <gst/base/gstbasetransform.h>
#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_TYPE_RESEMOTENET (gst_resemotenet_get_type ())
G_DECLARE_FINAL_TYPE (
    GstResemotenet, gst_resemotenet, GST, RESEMOTENET, GstBaseTransform)

GST_ELEMENT_REGISTER_DECLARE (resemotenet);

G_END_DECLS

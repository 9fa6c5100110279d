/* faceroi: finds faces and puts them on the buffer as regions
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include <gst/base/gstbasetransform.h>
#include <gst/video/video.h>

G_BEGIN_DECLS

#define GST_TYPE_FACE_ROI (gst_face_roi_get_type ())
G_DECLARE_FINAL_TYPE (GstFaceRoi, gst_face_roi, GST, FACE_ROI, GstBaseTransform)

GST_ELEMENT_REGISTER_DECLARE (faceroi);

G_END_DECLS

/* Which caps can be drawn on, and which take what is drawn beside the picture
 * SPDX-License-Identifier: MIT
 *
 * Three kinds: frames in system memory of an editable format are drawn on.
 * Others, such as those in a GPU's memory, need an element downstream that shows
 * attached pictures: its caps have the feature meta:VideoOverlayComposition.
 * Where downstream has it, either is possible.
 */
#pragma once

#include <gst/video/video.h>

/* Of both pads. */
#define OVERLAY_TEMPLATE_CAPS                                                  \
  GST_VIDEO_CAPS_MAKE (GST_VIDEO_FORMATS_ALL)                                  \
  ";" GST_VIDEO_CAPS_MAKE_WITH_FEATURES ("ANY", GST_VIDEO_FORMATS_ALL)

/* Whether frames of fixed caps can be drawn on. */
gboolean overlay_caps_are_editable (const GstCaps *caps);

/* Whether they may have pictures attached. */
gboolean overlay_caps_have_overlay (const GstCaps *caps);

/* Returns: (transfer full): the same, with the feature */
GstCaps *overlay_caps_with_overlay (const GstCaps *caps);

/* What can be taken where downstream takes @peer.
 * @must_edit: also where pictures can be attached
 * Returns: (transfer full): caps */
GstCaps *overlay_caps_for_sink (const GstCaps *peer, gboolean must_edit);

/* What can be given where upstream gives @peer.
 * Returns: (transfer full): caps */
GstCaps *overlay_caps_for_src (const GstCaps *peer);

/* For programs of this build that need the elements: without shared libraries
 * there is no plugin that GStreamer could load, and they have it built in.
 * SPDX-License-Identifier: MIT */
#pragma once

#include <gst/gst.h>

#ifdef STATIC_PLUGIN
GST_PLUGIN_STATIC_DECLARE (resemotenet);
#endif

/* To be called after gst_init(), as often as you like. */
static inline void
static_plugin_register (void)
{
#ifdef STATIC_PLUGIN
  GST_PLUGIN_STATIC_REGISTER (resemotenet);
#endif
}

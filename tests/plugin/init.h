/* SPDX-License-Identifier: MIT */
#pragma once

#include <gst/gst.h>

/* Initialises GStreamer without its registry: plugins are loaded by file where
 * they are needed, and a scan of them would be kept for good. */
static inline void
test_init_gstreamer (int *argc, char ***argv)
{
  g_setenv ("GST_REGISTRY_DISABLE", "yes", TRUE);
  gst_init (argc, argv);
}

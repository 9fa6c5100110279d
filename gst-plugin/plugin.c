/* resemotenet: GStreamer elements for facial emotion recognition
 * SPDX-License-Identifier: MIT
 *
 * Only registers the elements: GStreamer remembers a plugin that fails here as
 * broken, so nothing that depends on the machine may happen.
 */
#include <gst/gst.h>

GST_ELEMENT_REGISTER_DECLARE (resemotenet);
GST_ELEMENT_REGISTER_DECLARE (emotionpublish);
#ifdef HAVE_FACEROI
GST_ELEMENT_REGISTER_DECLARE (faceroi);
#endif
#ifdef HAVE_OVERLAY
GST_ELEMENT_REGISTER_DECLARE (emotionoverlay);
#endif

static gboolean
plugin_init (GstPlugin *plugin)
{
  gboolean ok = FALSE;

  ok |= GST_ELEMENT_REGISTER (resemotenet, plugin);
  ok |= GST_ELEMENT_REGISTER (emotionpublish, plugin);
#ifdef HAVE_FACEROI
  ok |= GST_ELEMENT_REGISTER (faceroi, plugin);
#endif
#ifdef HAVE_OVERLAY
  ok |= GST_ELEMENT_REGISTER (emotionoverlay, plugin);
#endif

  return ok;
}

#define PACKAGE "gst-resemotenet"

GST_PLUGIN_DEFINE (GST_VERSION_MAJOR, GST_VERSION_MINOR, resemotenet,
    "Tells which emotion each face in a video shows", plugin_init,
    GST_PLUGIN_VERSION, "MIT/X11", PACKAGE, "Unknown package origin")

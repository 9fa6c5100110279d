/* What a program of others does: prints the emotion of each face of a picture, by
 * elements that it has linked in, or else by those that GStreamer loads. Fails
 * where there is no face, or one with another emotion than it is told to expect.
 * SPDX-License-Identifier: MIT */
#include <gst/gst.h>
#include <gst/resemotenet/gstemotionmeta.h>

#ifdef LINKED_IN
GST_PLUGIN_STATIC_DECLARE (resemotenet);
#endif

typedef struct
{
  const gchar *expected;
  guint n, n_expected;
} Faces;

static GstPadProbeReturn
on_buffer (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  Faces *faces = user_data;
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  GstEmotionMeta *meta;
  gpointer state = NULL;

  (void) pad;
  while ((meta = gst_buffer_iterate_emotion_meta (buffer, &state))) {
    guint n_scores;
    const gfloat *scores = gst_emotion_meta_get_scores (meta, &n_scores);

    g_print ("%s", gst_emotion_meta_get_label (meta));
    for (guint i = 0; i < n_scores; i++)
      g_print (" %a", scores[i]); /* every bit of it */
    g_print ("\n");
    faces->n++;
    faces->n_expected +=
        g_str_equal (gst_emotion_meta_get_label (meta), faces->expected);
  }
  return GST_PAD_PROBE_OK;
}

/* Fails where an element is one that was loaded from a file, with the plugin
 * linked in, or the other way round. */
static gboolean
check_origin (const gchar *name)
{
  g_autoptr (GstElementFactory) factory = gst_element_factory_find (name);
  g_autoptr (GstPlugin) plugin =
      factory ? gst_plugin_feature_get_plugin (GST_PLUGIN_FEATURE (factory))
              : NULL;

  if (!plugin) {
    g_printerr ("there is no element %s\n", name);
    return FALSE;
  }
#ifdef LINKED_IN
  if (gst_plugin_get_filename (plugin)) {
    g_printerr ("%s is from %s\n", name, gst_plugin_get_filename (plugin));
    return FALSE;
  }
#else
  if (!gst_plugin_get_filename (plugin)) {
    g_printerr ("%s is linked in\n", name);
    return FALSE;
  }
#endif
  return TRUE;
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GstElement) pipeline = NULL;
  g_autoptr (GstElement) source = NULL;
  g_autoptr (GstElement) sink = NULL;
  g_autoptr (GstPad) pad = NULL;
  g_autoptr (GstBus) bus = NULL;
  g_autoptr (GstMessage) message = NULL;
  Faces faces = { 0 };

  gst_init (&argc, &argv);
#ifdef LINKED_IN
  GST_PLUGIN_STATIC_REGISTER (resemotenet);
#endif
  if (argc != 3 || !check_origin ("resemotenet") || !check_origin ("faceroi"))
    return 2;
  faces.expected = argv[2];

  pipeline = gst_parse_launch ("filesrc name=source ! jpegdec ! faceroi "
                               "! resemotenet ! fakesink name=sink",
      &error);
  if (!pipeline) {
    g_printerr ("%s\n", error->message);
    return 2;
  }
  source = gst_bin_get_by_name (GST_BIN (pipeline), "source");
  g_object_set (source, "location", argv[1], NULL);
  sink = gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  pad = gst_element_get_static_pad (sink, "sink");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, on_buffer, &faces, NULL);

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  bus = gst_element_get_bus (pipeline);
  message = gst_bus_timed_pop_filtered (
      bus, 60 * GST_SECOND, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  if (!message || GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR) {
    if (message)
      gst_message_parse_error (message, &error, NULL);
    g_printerr ("%s\n", error ? error->message : "no end in 60 s");
    return 1;
  }
  return faces.n > 0 && faces.n_expected == faces.n ? 0 : 1;
}

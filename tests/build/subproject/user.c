/* Calls something of each library, and finds the element where it has that
 * linked in.
 * SPDX-License-Identifier: MIT */
#include <gst/gst.h>
#include <gst/resemotenet/gstemotionmeta.h>
#include <resemotenet.h>

#ifdef LINKED_IN
GST_PLUGIN_STATIC_DECLARE (resemotenet);
#endif

int
main (int argc, char **argv)
{
  static const gchar *const labels[] = { "happy", "sad", NULL };
  static const gfloat scores[] = { 0.75f, 0.25f };
  GstEmotionClasses *classes;
  GstEmotionMeta *meta;
  GstBuffer *buffer;
  g_autoptr (GError) error = NULL;

  gst_init (&argc, &argv);
  g_assert_null (ren_model_load ("/no/such/model", &error));
  g_assert_error (error, REN_ERROR, REN_ERROR_OPEN);

  classes = gst_emotion_classes_new ("model", labels);
  buffer = gst_buffer_new ();
  meta = gst_buffer_add_emotion_meta (buffer, classes, scores, 2, 0, 0, 9, 9);
  g_assert_cmpstr (gst_emotion_meta_get_label (meta), ==, "happy");
  gst_buffer_unref (buffer);
  gst_emotion_classes_unref (classes);

#ifdef LINKED_IN
  {
    GstElement *element;

    GST_PLUGIN_STATIC_REGISTER (resemotenet);
    element = gst_element_factory_make ("resemotenet", NULL);
    g_assert_nonnull (element);
    gst_object_unref (element);
  }
#endif
  return 0;
}

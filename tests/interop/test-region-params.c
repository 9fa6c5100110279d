/* The params of regions, field by field and type by type
 * SPDX-License-Identifier: MIT
 *
 * DL Streamer's readers take a field of another type, such as a float where a
 * double is expected, for one that is missing, and say nothing.
 */
#include "harness.h"

typedef struct
{
  const gchar *name;
  GType type;
} Field;

static void
check_fields (const GstStructure *s, const Field *fields, guint n_fields)
{
  g_assert_nonnull (s);
  for (guint i = 0; i < n_fields; i++) {
    g_test_message ("%s.%s", gst_structure_get_name (s), fields[i].name);
    g_assert_cmpstr (
        g_type_name (gst_structure_get_field_type (s, fields[i].name)), ==,
        g_type_name (fields[i].type));
  }
  g_assert_cmpint (gst_structure_n_fields (s), ==, (gint) n_fields);
}

static const GstStructure *
get_param (GstBuffer *buffer, const gchar *name)
{
  return gst_video_region_of_interest_meta_get_param (
      gst_buffer_get_video_region_of_interest_meta (buffer), name);
}

static void
check_emotion (GstBuffer *buffer)
{
  const Field fields[] = {
    { "label", G_TYPE_STRING },
    { "label_id", G_TYPE_INT },
    { "confidence", G_TYPE_DOUBLE },
    { "model_name", G_TYPE_STRING },
    { "layer_name", G_TYPE_STRING },
    { "attribute_name", G_TYPE_STRING },
    { "type", G_TYPE_STRING },
    { "tensor_id", G_TYPE_INT },
    { "precision", G_TYPE_INT },
    { "layout", G_TYPE_INT },
    { "dims", GST_TYPE_ARRAY },
    { "data_buffer", G_TYPE_VARIANT },
    { "data", G_TYPE_POINTER },
  };
  const GstStructure *s = get_param (buffer, "emotion");
  const GValue *dims;
  GVariant *data;

  check_fields (s, fields, G_N_ELEMENTS (fields));
  dims = gst_structure_get_value (s, "dims");
  for (guint i = 0; i < gst_value_array_get_size (dims); i++)
    g_assert_true (G_VALUE_HOLDS_UINT (gst_value_array_get_value (dims, i)));
  data = g_value_get_variant (gst_structure_get_value (s, "data_buffer"));
  g_assert_cmpstr (g_variant_get_type_string (data), ==, "ay");
}

/* Of a buffer and of its copies, which have params of their own. */
static void
test_emotion (void)
{
  GstHarness *h = test_started_harness (NULL);
  GstBuffer *buffer = test_frame (0), *out, *copy;

  test_add_face (buffer, BOX_A);
  out = test_push (h, buffer);
  check_emotion (out);
  copy = gst_buffer_copy_deep (out);
  gst_buffer_unref (out);
  check_emotion (copy);
  gst_buffer_unref (copy);
  gst_harness_teardown (h);
}

/* Regions of faceroi, which resemotenet adds to. */
static void
test_detection (void)
{
  const Field detection[] = {
    { "x_min", G_TYPE_DOUBLE },
    { "x_max", G_TYPE_DOUBLE },
    { "y_min", G_TYPE_DOUBLE },
    { "y_max", G_TYPE_DOUBLE },
    { "confidence", G_TYPE_DOUBLE },
    { "label_id", G_TYPE_INT },
    { "model_name", G_TYPE_STRING },
    { "layer_name", G_TYPE_STRING },
  };
  const Field object_id[] = { { "id", G_TYPE_INT } };
  GstElementFactory *factory = gst_element_factory_find ("faceroi");
  GstVideoRegionOfInterestMeta *roi;
  GstElement *pipeline, *sink;
  GError *error = NULL;
  GstMessage *message;
  GstSample *sample;
  GstBuffer *buffer;
  gchar *line;

  if (!factory) {
    g_test_skip ("built without faceroi");
    return;
  }
  gst_object_unref (factory);
  test_load_plugin ("jpeg");
  line = g_strdup_printf (
      "filesrc location=%s/pipelines/sample/astronaut.jpg ! jpegdec ! faceroi "
      "! resemotenet model=%s ! fakesink name=sink enable-last-sample=true",
      g_getenv ("REN_SOURCE_ROOT"), test_random_model ());
  pipeline = gst_parse_launch (line, &error);
  g_assert_no_error (error);
  g_free (line);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  message = gst_bus_timed_pop_filtered (GST_ELEMENT_BUS (pipeline),
      60 * GST_SECOND, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  g_assert_nonnull (message);
  g_assert_cmpint (GST_MESSAGE_TYPE (message), ==, GST_MESSAGE_EOS);
  gst_message_unref (message);

  sink = gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  g_object_get (sink, "last-sample", &sample, NULL);
  buffer = gst_sample_get_buffer (sample);
  roi = gst_buffer_get_video_region_of_interest_meta (buffer);
  g_assert_nonnull (roi);
  g_assert_cmpstr (g_quark_to_string (roi->roi_type), ==, "face");
  g_assert_cmpuint (g_list_length (roi->params), ==, 3);
  check_fields (
      get_param (buffer, "detection"), detection, G_N_ELEMENTS (detection));
  check_fields (
      get_param (buffer, "object_id"), object_id, G_N_ELEMENTS (object_id));
  check_emotion (buffer);

  gst_sample_unref (sample);
  gst_object_unref (sink);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pipeline);
}

int
main (int argc, char **argv)
{
  test_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/region-params/emotion", test_emotion);
  g_test_add_func ("/region-params/detection", test_detection);

  return test_run_kept ();
}

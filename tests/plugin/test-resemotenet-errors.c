/* What resemotenet does when something is wrong, and its life cycle
 * SPDX-License-Identifier: MIT
 */
#include "harness.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

#include "guarded.h"
#include "resemotenet.h"

/* ---- models that cannot be used ---------------------------------------- */

/* Starts an element and returns its error, which must name the file, once, and
 * the reason: some word of it. */
static GError *
start_error (const gchar *model, const gchar *labels, const gchar *reason)
{
  GstElement *element = gst_element_factory_make ("resemotenet", NULL);
  GstBus *bus = gst_bus_new ();
  GError *error;

  gst_element_set_bus (element, bus);
  g_object_set (element, "model", model, "labels", labels, NULL);
  g_assert_cmpint (gst_element_set_state (element, GST_STATE_PAUSED), ==,
      GST_STATE_CHANGE_FAILURE);
  error = test_pop_error (bus);
  g_assert_nonnull (strstr (error->message, reason));
  if (model) {
    const gchar *at = strstr (error->message, model);

    g_assert_nonnull (at);
    /* "/" is in other words as well */
    if (strlen (model) > 1)
      g_assert_null (strstr (at + 1, model));
  }

  gst_element_set_state (element, GST_STATE_NULL);
  gst_element_set_bus (element, NULL);
  gst_object_unref (bus);
  gst_object_unref (element);
  return error;
}

#define assert_start_error(model, labels, reason, domain, code)                \
  G_STMT_START                                                                 \
  {                                                                            \
    GError *e = start_error (model, labels, reason);                           \
    g_assert_error (e, domain, code);                                          \
    g_error_free (e);                                                          \
  }                                                                            \
  G_STMT_END

/* Starts with the default model, or says what to do where there is none. */
static void
test_unset (void)
{
  GError *error;
  gchar *path;

  g_unsetenv ("RESEMOTENET_MODEL");
  path = ren_model_default_path (NULL);
  if (path) {
    GstElement *element = gst_element_factory_make ("resemotenet", NULL);

    g_assert_cmpint (gst_element_set_state (element, GST_STATE_PAUSED), ==,
        GST_STATE_CHANGE_SUCCESS);
    gst_element_set_state (element, GST_STATE_NULL);
    gst_object_unref (element);
    g_free (path);
    return;
  }
  error = start_error (NULL, NULL, "RESEMOTENET_MODEL");
  g_assert_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS);
  g_error_free (error);
}

static void
test_missing (void)
{
  assert_start_error ("/nonexistent/model.safetensors", NULL, "no model file",
      GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND);
}

static void
test_directory (void)
{
  assert_start_error (
      "/", NULL, "directory", GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_READ);
}

static void
test_wrong_network (void)
{
  assert_start_error (test_wrong_model (), NULL, "conv1.weight",
      GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS);
}

static void
test_wrong_labels (void)
{
  assert_start_error (test_random_model (), "one,two", "2 labels",
      GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS);
}

/* The first bytes of the model, or other bytes. */
static gchar *
write_temporary (const gchar *content, gsize n_bytes)
{
  gchar *path = NULL;
  gint fd = g_file_open_tmp ("ren-XXXXXX.safetensors", &path, NULL);
  gchar *data = g_malloc0 (n_bytes);
  FILE *in = content ? NULL : fopen (test_random_model (), "rb");

  g_assert_cmpint (fd, >=, 0);
  if (in) {
    g_assert_cmpuint (fread (data, 1, n_bytes, in), ==, n_bytes);
    fclose (in);
  } else {
    memcpy (data, content, MIN (n_bytes, strlen (content)));
  }
  g_close (fd, NULL);
  g_assert_true (g_file_set_contents (path, data, (gssize) n_bytes, NULL));
  g_free (data);
  return path;
}

static void
test_truncated (void)
{
  static const gsize sizes[] = { 0, 4, 100, 1000000 };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    gchar *path = write_temporary (NULL, sizes[i]);

    assert_start_error (
        path, NULL, "the file", GST_STREAM_ERROR, GST_STREAM_ERROR_DECODE);
    g_remove (path);
    g_free (path);
  }
}

static void
test_garbage (void)
{
  gchar *path =
      write_temporary ("this is a text, and a long one at that", 4096);

  assert_start_error (path, NULL, "neither a safetensors", GST_STREAM_ERROR,
      GST_STREAM_ERROR_DECODE);
  g_remove (path);
  g_free (path);
}

/* After an error the element works with another file. */
static void
test_recovers (void)
{
  GstElement *element = gst_element_factory_make ("resemotenet", NULL);

  g_object_set (element, "model", "/nonexistent", NULL);
  g_assert_cmpint (gst_element_set_state (element, GST_STATE_PAUSED), ==,
      GST_STATE_CHANGE_FAILURE);
  g_object_set (element, "model", test_random_model (), NULL);
  g_assert_cmpint (gst_element_set_state (element, GST_STATE_PAUSED), ==,
      GST_STATE_CHANGE_SUCCESS);
  gst_element_set_state (element, GST_STATE_NULL);
  gst_object_unref (element);
}

static void
test_environment (void)
{
  GstElement *element = gst_element_factory_make ("resemotenet", NULL);

  g_setenv ("RESEMOTENET_MODEL", test_random_model (), TRUE);
  g_assert_cmpint (gst_element_set_state (element, GST_STATE_PAUSED), ==,
      GST_STATE_CHANGE_SUCCESS);
  g_unsetenv ("RESEMOTENET_MODEL");
  gst_element_set_state (element, GST_STATE_NULL);
  gst_object_unref (element);
}

/* ---- sharing ----------------------------------------------------------- */

/* Bytes of memory of this process that no file stands behind. */
static gsize
own_memory (void)
{
  gchar *text = NULL, *line;
  gsize kib = 0;

  g_assert_true (g_file_get_contents ("/proc/self/status", &text, NULL, NULL));
  line = strstr (text, "RssAnon:");
  g_assert_nonnull (line);
  kib = g_ascii_strtoull (line + strlen ("RssAnon:"), NULL, 10);
  g_free (text);
  return kib * 1024;
}

static void
push_one (GstHarness *h)
{
  GstBuffer *buffer = test_rgb_picture (), *out;

  test_add_face (buffer, BOX_A);
  out = gst_harness_push_and_pull (h, buffer);
  g_assert_nonnull (out);
  g_assert_cmpuint (gst_buffer_get_n_emotion_meta (out), ==, 1);
  gst_buffer_unref (out);
}

static void
test_two_elements_one_model (void)
{
  GstHarness *a = test_harness ("threads=1"), *b;
  RenModel *one = ren_model_load (test_random_model (), NULL);
  RenModel *two = ren_model_load (test_random_model (), NULL);
  gsize before, after;

  g_assert_nonnull (one);
  g_assert_true (one == two);

  gst_harness_set_src_caps (a, test_rgb_caps ());
  push_one (a);
  before = own_memory ();
  b = test_harness ("threads=1");
  gst_harness_set_src_caps (b, test_rgb_caps ());
  push_one (b);
  after = own_memory ();
  g_test_message ("%" G_GSIZE_FORMAT " MB for the first, %" G_GSIZE_FORMAT
                  " for the second",
      before >> 20, (after - before) >> 20);
  /* weights are 145 MB; what belongs to one element is a few */
  g_assert_cmpuint (after, <, before + (40u << 20));

  gst_harness_teardown (a);
  push_one (b); /* does not lean on the first */
  gst_harness_teardown (b);
  ren_model_unref (one);
  ren_model_unref (two);
}

/* ---- life cycle -------------------------------------------------------- */

static void
test_restart (void)
{
  GstHarness *h = test_harness (NULL);
  GstElement *element = gst_harness_find_element (h, "resemotenet");

  for (guint i = 0; i < 3; i++) {
    gst_harness_set_src_caps (h, test_rgb_caps ());
    push_one (h);
    g_assert_cmpuint (test_stat (h, "frames"), ==, 1);
    gst_element_set_state (element, GST_STATE_NULL);
    gst_element_set_state (element, GST_STATE_PLAYING);
    gst_harness_push_event (h, gst_event_new_stream_start ("again"));
  }
  gst_object_unref (element);
  gst_harness_teardown (h);
}

static void
test_eos (void)
{
  GstHarness *h = test_harness (NULL);
  GstEvent *event;
  gboolean eos = FALSE;

  gst_harness_set_src_caps (h, test_rgb_caps ());
  push_one (h);
  g_assert_true (gst_harness_push_event (h, gst_event_new_eos ()));
  while ((event = gst_harness_try_pull_event (h))) {
    eos |= GST_EVENT_TYPE (event) == GST_EVENT_EOS;
    gst_event_unref (event);
  }
  g_assert_true (eos);
  gst_harness_teardown (h);
}

static void
test_renegotiation (void)
{
  static const struct
  {
    GstVideoFormat format;
    gint w, h;
  } steps[] = { { GST_VIDEO_FORMAT_RGB, 320, 240 },
    { GST_VIDEO_FORMAT_NV12, 640, 480 },
    { GST_VIDEO_FORMAT_P010_10LE, 200, 150 },
    { GST_VIDEO_FORMAT_P010_10LE, 800, 600 },
    { GST_VIDEO_FORMAT_GRAY8, 33, 65 }, { GST_VIDEO_FORMAT_RGB, 320, 240 } };
  GstHarness *h = test_harness ("inference-interval=100 min-size=0");

  for (guint i = 0; i < G_N_ELEMENTS (steps); i++) {
    GstVideoInfo info;
    GstBuffer *buffer, *out;

    gst_video_info_set_format (&info, steps[i].format, steps[i].w, steps[i].h);
    gst_harness_set_src_caps (h, gst_video_info_to_caps (&info));
    buffer = test_picture (&info);
    test_add_face (buffer, 5, 5, steps[i].w / 2, steps[i].h / 2);
    out = gst_harness_push_and_pull (h, buffer);
    g_assert_cmpuint (gst_buffer_get_n_emotion_meta (out), ==, 1);
    /* nothing of the former picture is repeated */
    g_assert_cmpuint (test_nth_emotion (out, 0)->age, ==, 0);
    gst_buffer_unref (out);
  }
  gst_harness_teardown (h);
}

/* ---- frames that are not what the caps say ----------------------------- */

static void
push_bad (GstHarness *h, GstBuffer *buffer)
{
  GstBuffer *out;

  test_add_face (buffer, BOX_A);
  out = gst_harness_push_and_pull (h, buffer);
  g_assert_nonnull (out);
  g_assert_cmpuint (gst_buffer_get_n_emotion_meta (out), ==, 0);
  gst_buffer_unref (out);
}

static void
test_bad_frames (void)
{
  GstHarness *h = test_harness (NULL);
  GstElement *element = gst_harness_find_element (h, "resemotenet");
  GstBus *bus = gst_bus_new ();
  GstBuffer *buffer;
  GstMessage *message;
  gsize offset[4] = { 0 };
  gint stride[4] = { 4000 };

  gst_element_set_bus (element, bus);
  gst_harness_set_src_caps (h, test_rgb_caps ());

  push_bad (h, gst_buffer_new_allocate (NULL, 1000, NULL));
  push_bad (h, gst_buffer_new ());
  /* a meta of another format */
  buffer = test_rgb_picture ();
  gst_buffer_add_video_meta (buffer, GST_VIDEO_FRAME_FLAG_NONE,
      GST_VIDEO_FORMAT_I420, PICTURE_WIDTH, PICTURE_HEIGHT);
  push_bad (h, buffer);
  /* a smaller one */
  buffer = test_rgb_picture ();
  gst_buffer_add_video_meta (
      buffer, GST_VIDEO_FRAME_FLAG_NONE, GST_VIDEO_FORMAT_RGB, 100, 100);
  push_bad (h, buffer);
  /* strides that lead out of the memory */
  buffer = test_rgb_picture ();
  gst_buffer_add_video_meta_full (buffer, GST_VIDEO_FRAME_FLAG_NONE,
      GST_VIDEO_FORMAT_RGB, PICTURE_WIDTH, PICTURE_HEIGHT, 1, offset, stride);
  push_bad (h, buffer);
  buffer = test_rgb_picture ();
  stride[0] = -960;
  gst_buffer_add_video_meta_full (buffer, GST_VIDEO_FRAME_FLAG_NONE,
      GST_VIDEO_FORMAT_RGB, PICTURE_WIDTH, PICTURE_HEIGHT, 1, offset, stride);
  push_bad (h, buffer);
  /* larger than the memory */
  buffer = test_rgb_picture ();
  gst_buffer_add_video_meta (
      buffer, GST_VIDEO_FRAME_FLAG_NONE, GST_VIDEO_FORMAT_RGB, 3200, 2400);
  push_bad (h, buffer);

  g_assert_cmpuint (test_stat (h, "bad-frames"), ==, 7);
  g_assert_cmpuint (test_stat (h, "frames"), ==, 7);

  /* one warning, not one a frame */
  message = gst_bus_pop_filtered (bus, GST_MESSAGE_WARNING);
  g_assert_nonnull (message);
  gst_message_unref (message);
  g_assert_null (gst_bus_pop_filtered (bus, GST_MESSAGE_WARNING));

  push_one (h); /* and good ones still work */

  gst_element_set_bus (element, NULL);
  gst_object_unref (bus);
  gst_object_unref (element);
  gst_harness_teardown (h);
}

/* Frames that end where memory does, of kinds whose unpackers read on. */
static void
test_ends_of_frames (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (guarded_frames); i++) {
    GstHarness *h = test_harness ("min-size=0");
    GstVideoInfo info;
    GstBuffer *buffer = guarded_frame (&guarded_frames[i], &info), *out;

    gst_harness_set_src_caps (h, gst_video_info_to_caps (&info));
    test_add_face (buffer, 0, 0, GST_VIDEO_INFO_WIDTH (&info),
        GST_VIDEO_INFO_HEIGHT (&info));
    out = test_push (h, buffer);
    g_assert_cmpuint (gst_buffer_get_n_emotion_meta (out), ==, 1);
    gst_buffer_unref (out);
    gst_harness_teardown (h);
  }
}

/* Rows that cannot hold the pixels, in as much memory as they claim. */
static void
test_short_strides (void)
{
  static const struct
  {
    GstVideoFormat format;
    gint stride[2];
    gsize offset[2];
  } cases[] = { { GST_VIDEO_FORMAT_v210, { 16 }, { 0 } },
    { GST_VIDEO_FORMAT_UYVP, { 4 }, { 0 } },
    { GST_VIDEO_FORMAT_IYU1, { 44 }, { 0 } },
    { GST_VIDEO_FORMAT_RGB, { 3 }, { 0 } },
    { GST_VIDEO_FORMAT_NV12_4L4,
        { GST_VIDEO_TILE_MAKE_STRIDE (80, 59),
            GST_VIDEO_TILE_MAKE_STRIDE (80, 30) },
        { 0, 320 * 240 } },
    { GST_VIDEO_FORMAT_NV12_10BE_8L128,
        { GST_VIDEO_TILE_MAKE_STRIDE (2, 2),
            GST_VIDEO_TILE_MAKE_STRIDE (2, 1) },
        { 0, 4096 } } };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    GstHarness *h = test_harness (NULL);
    GstVideoInfo info;
    GstBuffer *buffer;
    gsize offset[4] = { cases[i].offset[0], cases[i].offset[1] };
    gint stride[4] = { cases[i].stride[0], cases[i].stride[1] };

    gst_video_info_set_format (
        &info, cases[i].format, PICTURE_WIDTH, PICTURE_HEIGHT);
    gst_harness_set_src_caps (h, gst_video_info_to_caps (&info));
    buffer = guarded_buffer (info.finfo->n_planes == 1
                                 ? (gsize) stride[0] * PICTURE_HEIGHT
                                 : GST_VIDEO_INFO_SIZE (&info));
    gst_buffer_add_video_meta_full (buffer, GST_VIDEO_FRAME_FLAG_NONE,
        cases[i].format, PICTURE_WIDTH, PICTURE_HEIGHT, info.finfo->n_planes,
        offset, stride);
    push_bad (h, buffer);
    g_assert_cmpuint (test_stat (h, "bad-frames"), ==, 1);
    gst_harness_teardown (h);
  }
}

/* ---- caps -------------------------------------------------------------- */

static void
test_too_large (gconstpointer name)
{
  gchar *line =
      strcmp (name, "resemotenet") == 0
          ? g_strdup_printf ("resemotenet model=%s", test_random_model ())
          : g_strdup (name);
  GstHarness *h;
  GstElement *element;
  GstBus *bus = gst_bus_new ();
  GError *error;
  GstElementFactory *factory = gst_element_factory_find (name);

  if (!factory) {
    g_test_skip ("built without");
    g_free (line);
    gst_object_unref (bus);
    return;
  }
  gst_object_unref (factory);
  h = gst_harness_new_parse (line);
  element = gst_harness_find_element (h, name);
  gst_element_set_bus (element, bus);
  gst_harness_set_src_caps_str (
      h, "video/x-raw,format=GRAY8,width=32768,height=4,framerate=25/1");
  g_assert_cmpint (
      gst_harness_push (h, gst_buffer_new_allocate (NULL, 32768 * 4, NULL)), ==,
      GST_FLOW_NOT_NEGOTIATED);
  error = test_pop_error (bus);
  g_assert_error (error, GST_STREAM_ERROR, GST_STREAM_ERROR_FORMAT);
  g_assert_nonnull (strstr (error->message, "32767"));
  g_error_free (error);

  gst_element_set_bus (element, NULL);
  gst_object_unref (bus);
  gst_object_unref (element);
  gst_harness_teardown (h);
  g_free (line);
}

/* Both elements take the same caps, also those of frames with overlays. */
static void
test_caps (gconstpointer name)
{
  static const gchar *const taken[] = { "video/x-raw,format=NV12",
    "video/x-raw(memory:SystemMemory,meta:GstVideoOverlayComposition),"
    "format=NV12" };
  GstElementFactory *factory = gst_element_factory_find (name);

  if (!factory) {
    g_test_skip ("built without");
    return;
  }
  for (guint i = 0; i < G_N_ELEMENTS (taken); i++) {
    GstCaps *caps = gst_caps_from_string (taken[i]);

    g_assert_true (gst_element_factory_can_sink_any_caps (factory, caps));
    g_assert_true (gst_element_factory_can_src_any_caps (factory, caps));
    gst_caps_unref (caps);
  }
  gst_object_unref (factory);
}

/* ---- negotiation of metadata ------------------------------------------- */

static void
test_allocation (void)
{
  GstHarness *h = test_harness (NULL);
  GstCaps *caps = test_rgb_caps ();
  GstQuery *query = gst_query_new_allocation (caps, FALSE);
  GstPad *pad;

  gst_harness_add_propose_allocation_meta (h, GST_VIDEO_META_API_TYPE, NULL);
  gst_harness_add_propose_allocation_meta (
      h, GST_VIDEO_CROP_META_API_TYPE, NULL);
  gst_harness_set_src_caps (h, gst_caps_ref (caps));
  push_one (h);
  pad = gst_pad_get_peer (h->srcpad);
  g_assert_true (gst_pad_query (pad, query));
  /* what downstream takes, less frames that arrive cropped */
  g_assert_true (
      gst_query_find_allocation_meta (query, GST_VIDEO_META_API_TYPE, NULL));
  g_assert_false (gst_query_find_allocation_meta (
      query, GST_VIDEO_CROP_META_API_TYPE, NULL));
  gst_object_unref (pad);
  gst_query_unref (query);
  gst_caps_unref (caps);
  gst_harness_teardown (h);
}

/* ---- properties -------------------------------------------------------- */

static void
test_defaults (void)
{
  GstElement *element = gst_element_factory_make ("resemotenet", NULL);
  GParamSpec **specs;
  guint n;

  /* what init sets is what the documentation says */
  specs = g_object_class_list_properties (G_OBJECT_GET_CLASS (element), &n);
  for (guint i = 0; i < n; i++) {
    GValue value = G_VALUE_INIT;

    if (specs[i]->owner_type != G_OBJECT_TYPE (element) ||
        !(specs[i]->flags & G_PARAM_WRITABLE))
      continue;
    g_value_init (&value, specs[i]->value_type);
    g_object_get_property (G_OBJECT (element), specs[i]->name, &value);
    g_assert_true (g_param_value_defaults (specs[i], &value));
    g_assert_true (specs[i]->flags &
                   (GST_PARAM_MUTABLE_READY | GST_PARAM_MUTABLE_PLAYING));
    g_value_unset (&value);
  }
  g_free (specs);
  gst_object_unref (element);
}

int
main (int argc, char **argv)
{
  test_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/errors/model/unset", test_unset);
  g_test_add_func ("/errors/model/missing", test_missing);
  g_test_add_func ("/errors/model/directory", test_directory);
  g_test_add_func ("/errors/model/wrong-network", test_wrong_network);
  g_test_add_func ("/errors/model/wrong-labels", test_wrong_labels);
  g_test_add_func ("/errors/model/truncated", test_truncated);
  g_test_add_func ("/errors/model/garbage", test_garbage);
  g_test_add_func ("/errors/model/recovers", test_recovers);
  g_test_add_func ("/errors/model/environment", test_environment);
  g_test_add_func (
      "/errors/two-elements-one-model", test_two_elements_one_model);
  g_test_add_func ("/errors/restart", test_restart);
  g_test_add_func ("/errors/eos", test_eos);
  g_test_add_func ("/errors/renegotiation", test_renegotiation);
  g_test_add_func ("/errors/bad-frames", test_bad_frames);
  g_test_add_func ("/errors/ends-of-frames", test_ends_of_frames);
  g_test_add_func ("/errors/short-strides", test_short_strides);
  g_test_add_data_func (
      "/errors/too-large/resemotenet", "resemotenet", test_too_large);
  g_test_add_data_func ("/errors/too-large/faceroi", "faceroi", test_too_large);
  g_test_add_data_func ("/errors/caps/resemotenet", "resemotenet", test_caps);
  g_test_add_data_func ("/errors/caps/faceroi", "faceroi", test_caps);
  g_test_add_func ("/errors/allocation", test_allocation);
  g_test_add_func ("/errors/defaults", test_defaults);
  return g_test_run ();
}

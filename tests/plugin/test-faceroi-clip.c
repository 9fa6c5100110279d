/* faceroi in pipelines: real clips and pictures, and what has no face in it
 * SPDX-License-Identifier: MIT
 */
#include "face-picture.h"

typedef struct
{
  guint frames;
  guint with_two;
  guint most;
  guint outside; /* boxes that are not where a face can be */
  gint max_id;
  guint faces;
} Count;

/* A path in the shared data; NULL, and the test is skipped, without it. */
static gchar *
shared (const gchar *name)
{
  const gchar *root = g_getenv ("REN_SHARED");
  gchar *path = root ? g_build_filename (root, "data", name, NULL) : NULL;

  if (path && g_file_test (path, G_FILE_TEST_EXISTS))
    return path;
  g_free (path);
  g_test_skip ("no shared data");
  return NULL;
}

static GstPadProbeReturn
count_faces (GstPad *pad, GstPadProbeInfo *probe, gpointer data)
{
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (probe);
  GstVideoRegionOfInterestMeta *r;
  Count *count = data;
  guint n = 0;

  for (; (r = nth_region (buffer, n)); n++) {
    gdouble x = (r->x + r->w / 2.) / 480, y = (r->y + r->h / 2.) / 270;
    /* where the two heads are, at the most, in all of two-people.webm */
    gboolean plausible = ((x > 0.08 && x < 0.24) || (x > 0.66 && x < 0.82)) &&
                         y > 0.3 && y < 0.52 && r->w > 45 && r->w < 95 &&
                         r->h > 45 && r->h < 95;

    count->outside += !plausible;
    count->max_id = MAX (count->max_id, region_object_id (r));
  }
  count->frames++;
  count->faces += n;
  count->with_two += n == 2;
  count->most = MAX (count->most, n);
  return GST_PAD_PROBE_OK;
}

/* Runs a launch line with a faceroi named "f" to its end. */
static GstElement *
start (const gchar *line, Count *count)
{
  g_autoptr (GError) error = NULL;
  GstElement *pipeline = gst_parse_launch (line, &error);
  g_autoptr (GstElement) element = NULL;
  g_autoptr (GstPad) pad = NULL;

  g_assert_no_error (error);
  element = gst_bin_get_by_name (GST_BIN (pipeline), "f");
  pad = gst_element_get_static_pad (element, "src");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, count_faces, count, NULL);
  return pipeline;
}

static void
play (GstElement *pipeline)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GstMessage) message = NULL;

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  message = gst_bus_timed_pop_filtered (
      bus, 100 * GST_SECOND, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  g_assert_nonnull (message);
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR) {
    g_autoptr (GError) error = NULL;

    gst_message_parse_error (message, &error, NULL);
    g_assert_no_error (error);
  }
  gst_element_set_state (pipeline, GST_STATE_NULL);
}

static Count
run (const gchar *line)
{
  Count count = { 0 };
  g_autoptr (GstElement) pipeline = start (line, &count);

  play (pipeline);
  return count;
}

static void
run_clip (const gchar *options)
{
  g_autofree gchar *path = shared ("two-people.webm"), *line = NULL;
  Count count;

  if (!path)
    return;
  line = g_strdup_printf ("filesrc location=\"%s\" ! matroskademux ! vp8dec ! "
                          "faceroi name=f %s ! fakesink",
      path, options);
  count = run (line);
  g_test_message ("%u of %u frames with both, %u boxes elsewhere, %d ids",
      count.with_two, count.frames, count.outside, count.max_id);
  g_assert_cmpuint (count.frames, ==, 56);
  g_assert_cmpuint (count.with_two, >=, 48);
  g_assert_cmpuint (count.most, ==, 2);
  g_assert_cmpuint (count.outside, ==, 0);
  g_assert_cmpint (count.max_id, ==, 2);
}

static void
test_clip (void)
{
  run_clip ("");
}

static void
test_clip_interval (void)
{
  run_clip ("interval=3");
}

static void
test_clip_small (void)
{
  run_clip ("detect-width=480");
}

static void
test_portraits (void)
{
  static const struct
  {
    const gchar *name;
    guint x, y, w, h; /* from the eyebrows to the mouth, read off the picture */
  } portraits[] = { { "portrait-obama.jpg", 420, 230, 130, 120 },
    { "portrait-biden.jpg", 510, 330, 130, 140 } };

  for (guint i = 0; i < G_N_ELEMENTS (portraits); i++) {
    g_autofree gchar *path = shared (portraits[i].name);
    g_autoptr (GstSample) sample = NULL;
    GstVideoRegionOfInterestMeta *r;

    if (!path)
      return;
    /* one frame only: there is no second one to be sure with */
    sample = picture_decode (path, "jpegdec ! faceroi");
    r = nth_region (gst_sample_get_buffer (sample), 0);
    g_assert_nonnull (r);
    g_assert_null (nth_region (gst_sample_get_buffer (sample), 1));
    g_test_message ("%u %u %u %u", r->x, r->y, r->w, r->h);
    g_assert_cmpuint (r->x, <, portraits[i].x);
    g_assert_cmpuint (r->y, <, portraits[i].y);
    g_assert_cmpuint (r->x + r->w, >, portraits[i].x + portraits[i].w);
    g_assert_cmpuint (r->y + r->h, >, portraits[i].y + portraits[i].h);
    g_assert_cmpuint (r->w, <, 3 * portraits[i].w);
  }
}

static void
test_no_faces (void)
{
  static const gchar *const patterns[] = { "smpte", "snow", "ball",
    "checkers-8", "zone-plate kx2=20 ky2=20 kt=1", "spokes", "gradient",
    "black" };

  for (guint i = 0; i < G_N_ELEMENTS (patterns); i++) {
    g_autofree gchar *line = g_strdup_printf (
        "videotestsrc num-buffers=12 pattern=%s ! video/x-raw,width=480,"
        "height=360 ! faceroi name=f ! fakesink",
        patterns[i]);
    Count count = run (line);

    g_test_message ("%s", patterns[i]);
    g_assert_cmpuint (count.frames, ==, 12);
    g_assert_cmpuint (count.faces, ==, 0);
  }
}

/* A face, then all at once another scene: it must not be bridged. */
static void
test_cut (void)
{
  const gchar *root = g_getenv ("REN_SOURCE_ROOT");
  g_autofree gchar *path = root ? g_build_filename (root, PICTURE, NULL) : NULL;
  g_autofree gchar *line = NULL;
  Count count;

  if (!path || !g_file_test (path, G_FILE_TEST_EXISTS)) {
    g_test_skip ("no " PICTURE);
    return;
  }
  line = g_strdup_printf (
      "concat name=c ! faceroi name=f ! fakesink "
      "filesrc location=\"%s\" ! jpegdec ! imagefreeze num-buffers=4 ! "
      "videoconvert ! video/x-raw,format=I420,width=512,height=512,"
      "framerate=25/1,colorimetry=bt601 ! identity single-segment=true ! c. "
      "videotestsrc num-buffers=4 ! video/x-raw,format=I420,width=512,"
      "height=512,framerate=25/1,colorimetry=bt601 ! c.",
      path);
  count = run (line);
  g_assert_cmpuint (count.frames, ==, 8);
  g_assert_cmpuint (count.faces, ==, 4);
}

static void
test_restart (void)
{
  Count count = { 0 };
  g_autoptr (GstElement) pipeline =
      start ("videotestsrc num-buffers=3 ! video/x-raw,width=320,height=240 ! "
             "faceroi name=f ! fakesink",
          &count);
  g_autoptr (GstElement) element =
      gst_bin_get_by_name (GST_BIN (pipeline), "f");

  for (guint i = 1; i <= 2; i++) {
    g_autoptr (GstStructure) stats = NULL;
    guint64 frames = 0;

    play (pipeline);
    g_assert_cmpuint (count.frames, ==, 3 * i);
    g_object_get (element, "stats", &stats, NULL);
    g_assert_true (gst_structure_get_uint64 (stats, "frames", &frames));
    g_assert_cmpuint (frames, ==, 3);
  }
}

int
main (int argc, char **argv)
{
  static const gchar *const plugins[] = { "coreelements", "videoconvertscale",
    "videotestsrc", "jpeg", "imagefreeze", "matroska", "vpx", NULL };

  picture_init (&argc, &argv, plugins);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/faceroi/clip", test_clip);
  g_test_add_func ("/faceroi/clip-interval", test_clip_interval);
  g_test_add_func ("/faceroi/clip-480", test_clip_small);
  g_test_add_func ("/faceroi/portraits", test_portraits);
  g_test_add_func ("/faceroi/no-faces", test_no_faces);
  g_test_add_func ("/faceroi/cut", test_cut);
  g_test_add_func ("/faceroi/restart", test_restart);
  return g_test_run ();
}

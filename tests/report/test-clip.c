/* A report of a real video: test-clip [CLIP OUT.html [FACES]]
 * SPDX-License-Identifier: MIT
 *
 * Without arguments it is a test; with them, the way to look at one.
 */
#include <glib/gstdio.h>
#include <string.h>

#include "recorder.h"

#define CLIP "data/two-people.webm"

typedef struct
{
  Recorder *recorder;
  GstVideoInfo info;
  GstSegment segment;
} Play;

static GstPadProbeReturn
on_output (GstPad *pad, GstPadProbeInfo *probe, gpointer data)
{
  Play *play = data;

  if (probe->type & GST_PAD_PROBE_TYPE_BUFFER) {
    GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (probe);
    g_autoptr (GArray) faces = emotion_faces_new ();
    g_autoptr (GError) error = NULL;

    emotion_faces_read (faces, buffer);
    if (!recorder_add (play->recorder, buffer, faces, &play->info,
            gst_segment_to_stream_time (
                &play->segment, GST_FORMAT_TIME, GST_BUFFER_PTS (buffer)),
            &error))
      g_printerr ("%s\n", error->message);
  } else {
    GstEvent *event = GST_PAD_PROBE_INFO_EVENT (probe);
    GstCaps *caps;

    if (GST_EVENT_TYPE (event) == GST_EVENT_CAPS) {
      gst_event_parse_caps (event, &caps);
      g_assert_true (gst_video_info_from_caps (&play->info, caps));
    } else if (GST_EVENT_TYPE (event) == GST_EVENT_SEGMENT) {
      gst_event_copy_segment (event, &play->segment);
    }
  }
  return GST_PAD_PROBE_OK;
}

static void
play_clip (Recorder *recorder, const gchar *clip, gint n_frames)
{
  Play play = { .recorder = recorder };
  g_autoptr (GError) error = NULL;
  g_autoptr (GstElement) pipeline = gst_parse_launch (
      "filesrc name=src ! decodebin ! videoconvert ! identity name=first ! "
      "faceroi ! resemotenet threads=2 ! fakesink name=sink sync=false",
      &error);
  g_autoptr (GstElement) src = NULL, sink = NULL, first = NULL;
  g_autoptr (GstPad) pad = NULL;
  g_autoptr (GstBus) bus = NULL;
  g_autoptr (GstMessage) message = NULL;

  g_assert_no_error (error);
  src = gst_bin_get_by_name (GST_BIN (pipeline), "src");
  sink = gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  first = gst_bin_get_by_name (GST_BIN (pipeline), "first");
  g_object_set (src, "location", clip, NULL);
  g_object_set (first, "eos-after", n_frames, NULL);
  pad = gst_element_get_static_pad (sink, "sink");
  gst_pad_add_probe (pad,
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM,
      on_output, &play, NULL);
  bus = gst_element_get_bus (pipeline);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  message = gst_bus_timed_pop_filtered (
      bus, GST_CLOCK_TIME_NONE, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR)
    gst_message_parse_error (message, &error, NULL);
  g_assert_no_error (error);
  gst_element_set_state (pipeline, GST_STATE_NULL);
}

static void
write_report (
    const gchar *clip, gint n_frames, const gchar *report, const gchar *faces)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *path = g_canonicalize_filename (clip, NULL);
  g_autofree gchar *uri = g_filename_to_uri (path, NULL, NULL);
  const RecorderSettings settings = {
    .source = uri, .report = report, .faces = faces
  };
  g_autoptr (Recorder) r = recorder_new (&settings, &error);

  g_assert_no_error (error);
  play_clip (r, clip, n_frames);
  g_assert_true (recorder_finish (r, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (recorder_timeline (r)->n_frames, >, 0);
}

static guint
count (const gchar *text, const gchar *part)
{
  guint n = 0;

  for (; (text = strstr (text, part)); text++)
    n++;
  return n;
}

static gboolean
have_element (const gchar *name)
{
  g_autoptr (GstElementFactory) factory = gst_element_factory_find (name);

  return factory != NULL;
}

/* Two people for some seconds, with pictures of them. */
static void
test_clip (void)
{
  g_autofree gchar *clip =
      g_build_filename (g_getenv ("REN_SHARED"), CLIP, NULL);
  g_autofree gchar *dir = NULL, *report = NULL, *text = NULL;

  if (!g_file_test (clip, G_FILE_TEST_EXISTS) || !have_element ("faceroi") ||
      !have_element ("vp8dec")) {
    g_test_skip ("no " CLIP ", faceroi or decoder of VP8");
    return;
  }
  dir = g_dir_make_tmp ("report-XXXXXX", NULL);
  report = g_build_filename (dir, "report.html", NULL);
  write_report (clip, 30, report, NULL);
  g_assert_true (g_file_get_contents (report, &text, NULL, NULL));
  g_assert_nonnull (strstr (text, "two-people.webm"));
  g_assert_nonnull (strstr (text, "<b>Person 2"));
  g_assert_nonnull (strstr (text, "#t="));
  /* portraits of both, and pictures along the time */
  g_assert_cmpuint (count (text, "data:image/jpeg;base64,"), >=, 4);
  g_unlink (report);
  g_rmdir (dir);
}

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  if (argc > 2) {
    write_report (argv[1], -1, argv[2], argv[3]);
    return 0;
  }
  g_test_add_func ("/report/clip", test_clip);
  return g_test_run ();
}

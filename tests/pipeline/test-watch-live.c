/* resemotenet-watch on a camera that fails in all the ways cameras do.
 * SPDX-License-Identifier: MIT */
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <gst/gst.h>
#include <json-glib/json-glib.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "camera.h"

#define N_RESTARTS 5
#define SLOW_MS "200"
#define N_SLOW 20
/* What may come to the time that a frame itself takes, which is more on a busy
 * machine: 100 ms to wait, up to one frame of the camera, and others' turns.
 * Frames that queued up would be three seconds late. */
#define MAX_WAIT_MS 300
#define PASSWORD "s3cret:word"
#define PASSWORD_IN_URI "s3cret%3Aword"

static gchar *place; /* a directory of the test's own */

/* ---- a run ---------------------------------------------------------------- */

typedef struct
{
  GSubprocess *process;
  GDataInputStream *lines;
  gchar *stderr_path;
  guint n_lines;
} Watch;

typedef struct
{
  gint64 arrival_us;
  gint64 time_us;
  gint64 width;
  guint n_faces;
} Line;

/* Environment as NAME=VALUE, up to NULL; then arguments, up to NULL. */
static void
watch_start (
    Watch *watch, const gchar *const *variables, const gchar *const *arguments)
{
  g_autoptr (GSubprocessLauncher) launcher =
      g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE);
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;

  *watch = (Watch){ .stderr_path = g_build_filename (place, "stderr", NULL) };
  g_subprocess_launcher_set_stderr_file_path (launcher, watch->stderr_path);
  for (; variables && *variables; variables++) {
    g_auto (GStrv) pair = g_strsplit (*variables, "=", 2);

    g_subprocess_launcher_setenv (launcher, pair[0], pair[1], TRUE);
  }
  g_ptr_array_add (argv, (gpointer) g_getenv ("REN_WATCH"));
  g_ptr_array_add (argv, (gpointer) "--json");
  g_ptr_array_add (argv, (gpointer) "-");
  for (; *arguments; arguments++)
    g_ptr_array_add (argv, (gpointer) *arguments);
  g_ptr_array_add (argv, NULL);
  watch->process = g_subprocess_launcher_spawnv (
      launcher, (const gchar *const *) argv->pdata, &error);
  g_assert_no_error (error);
  watch->lines =
      g_data_input_stream_new (g_subprocess_get_stdout_pipe (watch->process));
}

static gchar *
watch_get_stderr (Watch *watch)
{
  gchar *text;

  g_assert_true (g_file_get_contents (watch->stderr_path, &text, NULL, NULL));
  return text;
}

/* Returns: FALSE at the end */
static gboolean
watch_read (Watch *watch, Line *line)
{
  g_autofree gchar *text =
      g_data_input_stream_read_line (watch->lines, NULL, NULL, NULL);
  g_autoptr (JsonNode) root = NULL;
  JsonObject *object;

  if (!text)
    return FALSE;
  line->arrival_us = g_get_monotonic_time ();
  root = json_from_string (text, NULL);
  g_assert_nonnull (root);
  object = json_node_get_object (root);
  line->time_us = json_object_get_int_member (object, "timestamp") / 1000;
  line->width = json_object_get_int_member (
      json_object_get_object_member (object, "resolution"), "width");
  line->n_faces =
      json_array_get_length (json_object_get_array_member (object, "objects"));
  g_assert_null (strstr (text, "s3cret"));
  watch->n_lines++;
  return TRUE;
}

static void
watch_must_read (Watch *watch, Line *line)
{
  g_autofree gchar *text = NULL;

  if (watch_read (watch, line))
    return;
  text = watch_get_stderr (watch);
  g_error ("it ended: %s", text);
}

/* As Ctrl-C does. Returns: exit status; @text: what it said */
static gint
watch_stop (Watch *watch, gchar **text)
{
  gint status;
  Line line;

  g_subprocess_send_signal (watch->process, SIGINT);
  while (watch_read (watch, &line))
    ;
  g_assert_true (g_subprocess_wait (watch->process, NULL, NULL));
  *text = watch_get_stderr (watch);
  g_test_message ("%s", *text);
  g_assert_true (g_subprocess_get_if_exited (watch->process));
  status = g_subprocess_get_exit_status (watch->process);
  g_object_unref (watch->lines);
  g_object_unref (watch->process);
  g_free (watch->stderr_path);
  return status;
}

/* The number before @what. */
static guint
get_number (const gchar *text, const gchar *what)
{
  const gchar *p = strstr (text, what);

  g_assert_nonnull (p);
  while (p > text && g_ascii_isdigit (p[-1]))
    p--;
  return (guint) atoi (p);
}

static void
on_frame (GstElement *sink, GstBuffer *buffer, GstPad *pad, gpointer n)
{
  (*(guint *) n)++;
}

/* Decodes the whole; anything wrong is a failure. */
static guint
count_frames (const gchar *path)
{
  g_autofree gchar *launch =
      g_strdup_printf ("filesrc location=\"%s\" ! decodebin ! "
                       "fakesink name=sink signal-handoffs=true sync=false",
          path);
  g_autoptr (GstElement) pipeline = gst_parse_launch (launch, NULL);
  g_autoptr (GstElement) sink =
      gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GstMessage) message = NULL;
  guint n = 0;

  g_signal_connect (sink, "handoff", G_CALLBACK (on_frame), &n);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  message = gst_bus_timed_pop_filtered (
      bus, 60 * GST_SECOND, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  g_assert_nonnull (message);
  g_assert_cmpint (GST_MESSAGE_TYPE (message), ==, GST_MESSAGE_EOS);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  return n;
}

/* ---- tests ---------------------------------------------------------------- */

/* One recording, one sequence of lines, whatever the camera does. */
static void
test_restarts (void)
{
  static const gint widths[] = { 256, 256, 320, 320, 192, 256 };
  static const gchar *const codecs[] = { "vp8", "jpeg" };
  g_autofree gchar *video = g_build_filename (place, "live.mkv", NULL);
  g_autofree gchar *uri = NULL, *text = NULL;
  Camera *camera = camera_new (NULL);
  Line line, before = { 0 };
  Watch watch;
  guint n_faces = 0;

  camera_switch_on (camera, codecs[0], widths[0]);
  uri = camera_get_uri (camera, NULL);
  watch_start (&watch, NULL,
      (const gchar *[]){
          "--rtsp-transport", "tcp", "--annotate", video, uri, NULL });
  for (guint round = 0; round <= N_RESTARTS; round++) {
    if (round > 0) {
      camera_switch_off (camera);
      camera_switch_on (camera, codecs[round % 2], widths[round]);
    }
    for (guint n = 0; n < 5;) {
      watch_must_read (&watch, &line);
      g_assert_cmpint (line.time_us, >=, before.time_us);
      before = line;
      n_faces += line.n_faces;
      /* what was on its way has the former size */
      n += line.width == widths[round];
    }
  }
  g_assert_cmpint (watch_stop (&watch, &text), ==, 0);
  g_assert_cmpuint (get_number (text, " reconnects"), ==, N_RESTARTS);
  g_assert_cmpuint (n_faces, >, 0);
  g_assert_cmpuint (count_frames (video), ==, get_number (text, " frames,"));
  g_unlink (video);
  camera_free (camera);
}

static void
test_silence (void)
{
  Camera *camera = camera_new (NULL);
  g_autofree gchar *uri = NULL, *text = NULL;
  gint64 silent_us;
  Line line;
  Watch watch;

  camera_switch_on (camera, "vp8", 192);
  uri = camera_get_uri (camera, NULL);
  watch_start (
      &watch, NULL, (const gchar *[]){ "--rtsp-transport", "tcp", uri, NULL });
  for (guint n = 0; n < 3; n++)
    watch_must_read (&watch, &line);
  camera_fall_silent (camera);
  silent_us = g_get_monotonic_time ();
  do
    watch_must_read (&watch, &line);
  while (line.arrival_us - silent_us < 3 * G_USEC_PER_SEC);
  for (guint n = 0; n < 8; n++)
    watch_must_read (&watch, &line);
  g_assert_cmpint (watch_stop (&watch, &text), ==, 0);
  g_assert_nonnull (strstr (text, "silent"));
  g_assert_nonnull (strstr (text, "1 reconnect"));
  camera_free (camera);
}

/* The newest frames are classified, whatever the machine can do. */
static void
test_slow (void)
{
  g_autofree gchar *preload =
      g_strdup_printf ("LD_PRELOAD=%s", g_getenv ("REN_SLOW_NETWORK"));
  g_autofree gchar *video = g_build_filename (place, "slow.mp4", NULL);
  Camera *camera = camera_new (NULL);
  g_autofree gchar *uri = NULL, *text = NULL;
  gint64 first_us = 0, first_behind_us = 0, behind_us = 0;
  guint frame_ms;
  Line line;
  Watch watch;

  camera_switch_on (camera, "vp8", 256);
  uri = camera_get_uri (camera, NULL);
  watch_start (&watch,
      (const gchar *[]){ preload, "REN_SLOW_MS=" SLOW_MS, NULL },
      (const gchar *[]){
          "--rtsp-transport", "tcp", "--annotate", video, uri, NULL });
  for (guint n = 0; n < N_SLOW; n++) {
    watch_must_read (&watch, &line);
    g_assert_cmpuint (line.n_faces, ==, 1);
    behind_us = line.arrival_us - line.time_us;
    if (n == 0) {
      first_us = line.arrival_us;
      first_behind_us = behind_us;
    }
  }
  frame_ms = (guint) ((line.arrival_us - first_us) / (N_SLOW - 1) / 1000);
  g_assert_cmpint (watch_stop (&watch, &text), ==, 0);
  g_test_message ("%u ms a frame; in the end %d ms later than at first",
      frame_ms, (gint) ((behind_us - first_behind_us) / 1000));
  g_assert_cmpuint (frame_ms, >=, (guint) atoi (SLOW_MS));
  g_assert_cmpint (
      behind_us - first_behind_us, <, (frame_ms + MAX_WAIT_MS) * 1000);
  g_assert_cmpuint (
      get_number (text, " ms (at most"), <, frame_ms + MAX_WAIT_MS);
  /* three of the camera's frames in the time of one */
  g_assert_cmpuint (get_number (text, " frames skipped"), >, 20);
  g_assert_cmpuint (count_frames (video), ==, get_number (text, " frames,"));
  g_unlink (video);
  camera_free (camera);
}

static void
assert_hidden (Watch *watch)
{
  g_autofree gchar *path = g_strdup_printf (
      "/proc/%s/cmdline", g_subprocess_get_identifier (watch->process));
  g_autofree gchar *line = NULL;
  gsize length;

  g_assert_true (g_file_get_contents (path, &line, &length, NULL));
  g_assert_cmpuint (length, >, 0);
  for (gsize i = 0; i < length; i++)
    if (line[i] == '\0')
      line[i] = ' ';
  g_assert_nonnull (strstr (line, "rtsp://"));
  g_assert_null (strstr (line, "s3cret"));
}

/* @right: it is to be let in */
static void
check_login (Camera *camera, const gchar *user_info,
    const gchar *const *variables, const gchar *file, gboolean right)
{
  g_autofree gchar *uri = camera_get_uri (camera, user_info);
  const gchar *arguments[] = { "--rtsp-transport", "tcp", uri,
    file ? "--credentials" : NULL, file, NULL };
  g_autofree gchar *text = NULL;
  Watch watch;
  Line line;

  watch_start (&watch, variables, arguments);
  if (right) {
    watch_must_read (&watch, &line);
    assert_hidden (&watch);
    g_assert_cmpint (watch_stop (&watch, &text), !=, 1);
  } else {
    g_assert_false (watch_read (&watch, &line));
    g_assert_cmpint (watch_stop (&watch, &text), ==, 1);
    g_assert_nonnull (strstr (text, "--credentials"));
  }
  g_assert_null (strstr (text, "s3cret"));
}

static void
test_credentials (void)
{
  static const gchar *const variables[] = { "RESEMOTENET_RTSP_USER=someone",
    "RESEMOTENET_RTSP_PASSWORD=" PASSWORD, "GST_DEBUG=default:4", NULL };
  static const gchar *const wrong[] = { "RESEMOTENET_RTSP_USER=someone",
    "RESEMOTENET_RTSP_PASSWORD=s3cret", NULL };
  g_autofree gchar *file = g_build_filename (place, "login", NULL);
  Camera *camera = camera_new (PASSWORD);

  camera_switch_on (camera, "jpeg", 192);
  g_assert_true (g_file_set_contents_full (file, "someone:" PASSWORD "\n", -1,
      G_FILE_SET_CONTENTS_NONE, 0600, NULL));
  check_login (camera, NULL, variables, NULL, TRUE);
  check_login (camera, NULL, NULL, file, TRUE);
  check_login (camera, "someone:" PASSWORD_IN_URI, NULL, NULL, TRUE);
  check_login (camera, NULL, wrong, NULL, FALSE);
  check_login (camera, NULL, NULL, NULL, FALSE);
  g_unlink (file);
  camera_free (camera);
}

int
main (int argc, char **argv)
{
  const gchar *model = g_getenv ("RESEMOTENET_MODEL");
  const gchar *missing;
  int status;

  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  if (!model || !g_file_test (model, G_FILE_TEST_EXISTS)) {
    g_print ("1..0 # SKIP there is no models/resemotenet.safetensors\n");
    return 0;
  }
  if ((missing = camera_find_missing ())) {
    g_print ("1..0 # SKIP no element %s\n", missing);
    return 0;
  }
  place = g_dir_make_tmp (NULL, NULL);
  g_test_add_func ("/watch/restarts", test_restarts);
  g_test_add_func ("/watch/silence", test_silence);
  g_test_add_func ("/watch/slow", test_slow);
  g_test_add_func ("/watch/credentials", test_credentials);
  status = g_test_run ();
  {
    g_autofree gchar *left = g_build_filename (place, "stderr", NULL);

    g_unlink (left);
    g_rmdir (place);
    g_free (place);
  }
  return status;
}

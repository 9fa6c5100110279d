/* resemotenet-watch: the emotion of every face in a file, camera or stream.
 * SPDX-License-Identifier: MIT
 *
 *   source → decode → face detector → resemotenet → print, JSON lines
 */
#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "emotion-reader.h"
#include "frame-json.h"
#include "gstemotionmeta.h"
#include "resemotenet.h"

/* Exit status: also in --help. */
enum
{
  EXIT_FACES = 0,
  EXIT_ERROR = 1,
  EXIT_USAGE = 2,
  EXIT_NO_FACES = 3,
};

typedef struct
{
  /* options */
  gchar *model;
  gchar *json_path;
  gchar *detector;
  gchar *precision;
  gint threads;
  gdouble duration; /* seconds, 0 = to the end */
  gdouble interval; /* seconds of video between two printed lines */
  gboolean quiet;
  gboolean version;

  gchar *uri;
  gchar *source; /* uri without credentials */
  gboolean live;
  GMainLoop *loop;
  GstElement *pipeline;
  GstElement *first; /* what decoded video goes into */
  FILE *json;
  int status;
  gboolean finishing; /* by request: what breaks off then is no error */
  gint json_errno;    /* atomic: first failure to write */

  /* streaming thread only */
  GstVideoInfo info;
  GstClockTime next_print;
  GstSegment segment;
  gboolean json_begun; /* what the file held before is gone */
  gboolean past_end;   /* --duration is over */

  gint n_frames, n_faces; /* atomic */
} App;

static void complain (const gchar *format, ...) G_GNUC_PRINTF (1, 2);

static void
complain (const gchar *format, ...)
{
  va_list args;
  g_autofree gchar *text = NULL;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  fprintf (stderr, "resemotenet-watch: %s\n", text);
}

static gboolean on_past_end (gpointer user_data);

/* ---- what comes out ------------------------------------------------------- */

static void
print_faces (const App *app, GstBuffer *buffer, GstClockTime time)
{
  gpointer state = NULL;
  GstEmotionMeta *m;

  while ((m = gst_buffer_iterate_emotion_meta (buffer, &state)))
    printf ("%u:%02u:%02u.%03u  face %-4" G_GINT64_FORMAT " %-10s %3.0f %%   "
            "at %d,%d  %d×%d\n",
        (guint) (time / GST_SECOND / 3600),
        (guint) (time / GST_SECOND / 60 % 60), (guint) (time / GST_SECOND % 60),
        (guint) (time / GST_MSECOND % 1000),
        m->track_id >= 0 ? m->track_id : m->face_id,
        gst_emotion_meta_get_label (m), 100 * m->confidence, m->x, m->y, m->w,
        m->h);
  fflush (stdout);
}

/* An earlier file is overwritten only when there is something to write. */
static void
begin_json (App *app)
{
  struct stat st;

  if (app->json_begun)
    return;
  app->json_begun = TRUE;
  if (fstat (fileno (app->json), &st) == 0 && S_ISREG (st.st_mode) &&
      app->json != stdout && ftruncate (fileno (app->json), 0) != 0)
    g_atomic_int_compare_and_exchange (&app->json_errno, 0, errno);
}

static void
write_json (App *app, GstBuffer *buffer, GstClockTime time)
{
  g_autoptr (GArray) faces = emotion_faces_new ();
  g_autofree gchar *line = NULL;

  emotion_faces_read (faces, buffer);
  line =
      frame_to_json (&(FrameInfo){ .width = GST_VIDEO_INFO_WIDTH (&app->info),
                         .height = GST_VIDEO_INFO_HEIGHT (&app->info),
                         .source = app->source,
                         .timestamp = time,
                         .sequence = FRAME_JSON_NO_SEQUENCE },
          faces);
  begin_json (app);
  if (fprintf (app->json, "%s\n", line) < 0 || fflush (app->json) != 0)
    g_atomic_int_compare_and_exchange (&app->json_errno, 0, errno);
}

/* Of a file --duration counts seconds of video, not of work. */
static gboolean
is_past_end (App *app, GstClockTime now)
{
  if (app->past_end || app->live || app->duration <= 0 ||
      now < (GstClockTime) (app->duration * GST_SECOND))
    return app->past_end;
  app->past_end = TRUE;
  g_idle_add (on_past_end, app);
  return TRUE;
}

static void
handle_buffer (App *app, GstBuffer *buffer)
{
  GstClockTime time = app->segment.format == GST_FORMAT_TIME
                          ? gst_segment_to_stream_time (&app->segment,
                                GST_FORMAT_TIME, GST_BUFFER_PTS (buffer))
                          : GST_CLOCK_TIME_NONE;
  GstClockTime now = GST_CLOCK_TIME_IS_VALID (time) ? time : 0;
  guint n_faces = gst_buffer_get_n_emotion_meta (buffer);

  if (is_past_end (app, now))
    return;
  g_atomic_int_inc (&app->n_frames);
  g_atomic_int_add (&app->n_faces, (gint) n_faces);
  if (app->json)
    write_json (app, buffer, time);
  if (n_faces > 0 && !app->quiet && now >= app->next_print) {
    print_faces (app, buffer, now);
    app->next_print = now + (GstClockTime) (app->interval * GST_SECOND);
  }
}

static GstPadProbeReturn
on_output (GstPad *pad, GstPadProbeInfo *probe, gpointer user_data)
{
  App *app = user_data;

  if (probe->type & GST_PAD_PROBE_TYPE_BUFFER) {
    handle_buffer (app, GST_PAD_PROBE_INFO_BUFFER (probe));
  } else {
    GstEvent *event = GST_PAD_PROBE_INFO_EVENT (probe);
    GstCaps *caps;

    if (GST_EVENT_TYPE (event) == GST_EVENT_CAPS) {
      gst_event_parse_caps (event, &caps);
      gst_video_info_from_caps (&app->info, caps);
    } else if (GST_EVENT_TYPE (event) == GST_EVENT_SEGMENT) {
      gst_event_copy_segment (event, &app->segment);
      app->next_print = 0;
    }
  }
  return GST_PAD_PROBE_OK;
}

/* ---- the pipeline ------------------------------------------------------------ */

static void
on_pad_added (GstElement *decoder, GstPad *pad, gpointer user_data)
{
  App *app = user_data;
  g_autoptr (GstPad) sink = gst_element_get_static_pad (app->first, "sink");
  g_autoptr (GstCaps) caps = gst_pad_query_caps (pad, NULL);

  if (gst_caps_is_empty (caps) || gst_pad_is_linked (sink) ||
      !g_str_has_prefix (
          gst_structure_get_name (gst_caps_get_structure (caps, 0)), "video/"))
    return;
  if (GST_PAD_LINK_FAILED (gst_pad_link (pad, sink)))
    GST_ELEMENT_ERROR (app->pipeline, STREAM, FORMAT,
        ("cannot use this video's format"), (NULL));
}

static void
on_no_more_pads (GstElement *decoder, gpointer user_data)
{
  App *app = user_data;
  g_autoptr (GstPad) sink = gst_element_get_static_pad (app->first, "sink");

  if (!gst_pad_is_linked (sink))
    GST_ELEMENT_ERROR (
        app->pipeline, STREAM, WRONG_TYPE, ("there is no video in it"), (NULL));
}

/* Detectors by name. OpenCV's reads RGB and wants a width it does not skew. */
static const gchar *
detector_launch (const gchar *name)
{
  if (g_str_equal (name, "faceroi"))
    return "faceroi";
  if (g_str_equal (name, "facedetect"))
    return "videoconvert ! videoscale ! video/x-raw,format=RGB,width=640,"
           "pixel-aspect-ratio=1/1 ! facedetect display=false";
  return NULL;
}

/* The element would say so as well, but in words of its properties. */
static gboolean
have_model (App *app)
{
  g_autoptr (GError) error = NULL;

  if (!app->model && !(app->model = ren_model_default_path (&error)))
    complain ("which model? Give --model FILE (%s)", error->message);
  return app->model != NULL;
}

/* An element that is not there gets an answer that says where to find it. */
static gboolean
check_element (const gchar *name, const gchar *advice)
{
  g_autoptr (GstElementFactory) factory = gst_element_factory_find (name);

  if (!factory)
    complain ("there is no element %s: %s", name, advice);
  return factory != NULL;
}

static gboolean
have_elements (const App *app)
{
  if (!check_element ("resemotenet",
          "install the plugin, or set GST_PLUGIN_PATH to the directory of "
          "libgstresemotenet.so"))
    return FALSE;
  if (g_str_equal (app->detector, "faceroi"))
    return check_element ("faceroi",
        "the plugin was built without dlib; build it with libdlib-dev, or try "
        "--detector facedetect");
  return check_element (
      "facedetect", "install gstreamer1.0-opencv and opencv-data");
}

static gboolean
build_pipeline (App *app, GError **error)
{
  g_autofree gchar *launch = NULL;
  GstElement *decoder, *classifier, *sink;
  g_autoptr (GstPad) out = NULL;

  /* a live source must not wait for us: skip the oldest frames instead */
  launch = g_strdup_printf (
      "uridecodebin name=decoder queue name=first %s ! %s ! resemotenet "
      "name=classifier ! fakesink name=sink sync=%s",
      app->live ? "leaky=downstream max-size-buffers=1 max-size-bytes=0 "
                  "max-size-time=0"
                : "max-size-buffers=4",
      detector_launch (app->detector), app->live ? "true" : "false");
  app->pipeline = gst_parse_launch (launch, error);
  if (!app->pipeline || *error)
    return FALSE;

  decoder = gst_bin_get_by_name (GST_BIN (app->pipeline), "decoder");
  app->first = gst_bin_get_by_name (GST_BIN (app->pipeline), "first");
  classifier = gst_bin_get_by_name (GST_BIN (app->pipeline), "classifier");
  sink = gst_bin_get_by_name (GST_BIN (app->pipeline), "sink");
  g_object_set (decoder, "uri", app->uri, NULL);
  g_object_set (classifier, "threads", app->threads, "model", app->model, NULL);
  if (app->precision)
    gst_util_set_object_arg (
        G_OBJECT (classifier), "precision", app->precision);
  g_signal_connect (decoder, "pad-added", G_CALLBACK (on_pad_added), app);
  g_signal_connect (decoder, "no-more-pads", G_CALLBACK (on_no_more_pads), app);
  out = gst_element_get_static_pad (sink, "sink");
  gst_pad_add_probe (out,
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM,
      on_output, app, NULL);

  gst_object_unref (decoder);
  gst_object_unref (classifier);
  gst_object_unref (sink);
  return TRUE;
}

/* Messages of our own elements explain themselves; others are about the source. */
static void
report (const App *app, GstMessage *message, const GError *error)
{
  if (g_str_equal (GST_MESSAGE_SRC_NAME (message), "classifier"))
    complain ("%s", error->message);
  else
    complain ("%s: %s", app->source, error->message);
}

static gboolean
on_message (GstBus *bus, GstMessage *message, gpointer user_data)
{
  App *app = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *debug = NULL;

  switch (GST_MESSAGE_TYPE (message)) {
    case GST_MESSAGE_ERROR:
      if (app->finishing)
        break;
      gst_message_parse_error (message, &error, &debug);
      report (app, message, error);
      GST_INFO ("%s", debug);
      app->status = EXIT_ERROR;
      g_main_loop_quit (app->loop);
      break;
    case GST_MESSAGE_WARNING:
      gst_message_parse_warning (message, &error, &debug);
      report (app, message, error);
      break;
    case GST_MESSAGE_EOS:
      g_main_loop_quit (app->loop);
      break;
    default:
      break;
  }
  return G_SOURCE_CONTINUE;
}

/* All frames so far are out when the pipeline stops: the sink passes each on
 * before it takes the next. */
static gboolean
on_finish (gpointer user_data)
{
  App *app = user_data;

  app->finishing = TRUE;
  g_main_loop_quit (app->loop);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_past_end (gpointer user_data)
{
  on_finish (user_data);
  return G_SOURCE_REMOVE;
}

/* ---- start --------------------------------------------------------------------- */

/* An address without user name and password. */
static gchar *
without_credentials (const gchar *uri)
{
  const gchar *host = strstr (uri, "://"), *end, *at = NULL;

  if (!host)
    return g_strdup (uri);
  host += 3;
  end = host + strcspn (host, "/?#");
  for (const gchar *p = host; p < end; p++)
    if (*p == '@')
      at = p;
  if (!at)
    return g_strdup (uri);
  return g_strdup_printf ("%.*s%s", (int) (host - uri), uri, at + 1);
}

static gboolean
set_source (App *app, const gchar *source, GError **error)
{
  if (g_str_has_prefix (source, "/dev/video")) {
    app->uri = g_strconcat ("v4l2://", source, NULL);
    app->live = TRUE;
  } else if (gst_uri_is_valid (source)) {
    app->uri = g_strdup (source);
    app->live =
        g_str_has_prefix (source, "rtsp") || g_str_has_prefix (source, "v4l2:");
  } else if (!g_file_test (source, G_FILE_TEST_EXISTS)) {
    g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT,
        "%s: there is no such file", source);
    return FALSE;
  } else {
    app->uri = gst_filename_to_uri (source, error);
    if (!app->uri)
      return FALSE;
  }
  app->source = without_credentials (app->uri);
  return TRUE;
}

static gboolean
is_source (const App *app, int fd)
{
  g_autofree gchar *path = g_filename_from_uri (app->uri, NULL, NULL);
  struct stat a, b;

  return path && stat (path, &a) == 0 && fstat (fd, &b) == 0 &&
         a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static gboolean
open_json (App *app)
{
  int fd;

  if (!app->json_path)
    return TRUE;
  if (g_str_equal (app->json_path, "-")) {
    app->json = stdout;
    return TRUE;
  }
  /* not truncated yet: see begin_json() */
  fd = open (app->json_path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
  if (fd < 0) {
    complain ("cannot write %s: %s", app->json_path, g_strerror (errno));
    return FALSE;
  }
  if (is_source (app, fd)) {
    complain ("--json %s is the video itself", app->json_path);
    close (fd);
    return FALSE;
  }
  app->json = fdopen (fd, "w");
  return app->json != NULL;
}

static void
run (App *app)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (app->pipeline);
  guint watch = gst_bus_add_watch (bus, on_message, app);
  guint signals[2] = { g_unix_signal_add (SIGINT, on_finish, app),
    g_unix_signal_add (SIGTERM, on_finish, app) };
  guint timer = 0;

  if (app->duration > 0 && app->live)
    timer = g_timeout_add ((guint) (app->duration * 1000), on_finish, app);
  app->loop = g_main_loop_new (NULL, FALSE);
  /* a failure is reported on the bus as well, with its reason */
  gst_element_set_state (app->pipeline, GST_STATE_PLAYING);
  g_main_loop_run (app->loop);
  gst_element_set_state (app->pipeline, GST_STATE_NULL);

  if (timer)
    g_source_remove (timer);
  g_source_remove (signals[0]);
  g_source_remove (signals[1]);
  g_source_remove (watch);
  g_main_loop_unref (app->loop);
}

static void
finish (App *app)
{
  gint json_errno;

  if (app->json && app->status != EXIT_ERROR)
    begin_json (app); /* a video without frames has no lines */
  json_errno = g_atomic_int_get (&app->json_errno);
  if (app->json && app->json != stdout && fclose (app->json) != 0 &&
      !json_errno)
    json_errno = errno;
  if (json_errno) {
    complain ("cannot write %s: %s", app->json_path, g_strerror (json_errno));
    app->status = EXIT_ERROR;
  }
  if (app->status != EXIT_ERROR && app->n_faces == 0)
    app->status = EXIT_NO_FACES;
  if (app->status != EXIT_ERROR && !app->quiet)
    fprintf (stderr, "%d frame%s, %d face%s%s%s\n", app->n_frames,
        app->n_frames == 1 ? "" : "s", app->n_faces,
        app->n_faces == 1 ? "" : "s", app->json_path ? "; JSON lines in " : "",
        app->json_path ? app->json_path : "");
}

static gboolean
parse_options (App *app, int *argc, char ***argv)
{
  const GOptionEntry entries[] = {
    { "model", 'm', 0, G_OPTION_ARG_FILENAME, &app->model,
        "Model file, in place of the default", "FILE" },
    { "json", 'j', 0, G_OPTION_ARG_FILENAME, &app->json_path,
        "Write one JSON object a frame; - for standard output", "FILE" },
    { "detector", 0, 0, G_OPTION_ARG_STRING, &app->detector,
        "faceroi (default) or facedetect (OpenCV)", "NAME" },
    { "precision", 'p', 0, G_OPTION_ARG_STRING, &app->precision,
        "Run the network in fp32, fp16 or int8 (default: as stored)", "P" },
    { "threads", 't', 0, G_OPTION_ARG_INT, &app->threads,
        "Threads of the network, 0 = one a processor", "N" },
    { "interval", 'i', 0, G_OPTION_ARG_DOUBLE, &app->interval,
        "Seconds of video between printed lines (0.2)", "S" },
    { "duration", 'd', 0, G_OPTION_ARG_DOUBLE, &app->duration,
        "Stop after so many seconds: of video, or of a live stream", "S" },
    { "quiet", 'q', 0, G_OPTION_ARG_NONE, &app->quiet, "Print nothing", NULL },
    { "version", 0, 0, G_OPTION_ARG_NONE, &app->version, "Print the version",
        NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("SOURCE");
  RenPrecision precision;
  g_autoptr (GError) error = NULL;

  g_option_context_set_summary (context,
      "Tells the emotion of every face in a video file, camera or stream.\n"
      "SOURCE: a file, rtsp://HOST/PATH, http://HOST/PATH or /dev/videoN");
  g_option_context_set_description (context,
      "Examples:\n"
      "  resemotenet-watch holiday.mp4\n"
      "  resemotenet-watch --json faces.jsonl rtsp://camera.local/stream\n\n"
      "Exit status: 0 faces were found, 1 error, 2 wrong usage, 3 no faces.\n");
  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_add_group (context, gst_init_get_option_group ());
  if (!g_option_context_parse (context, argc, argv, &error)) {
    complain ("%s", error->message);
    return FALSE;
  }
  if (app->version)
    return TRUE;
  if (*argc != 2) {
    complain ("give one SOURCE; see --help");
    return FALSE;
  }
  if (!app->detector)
    app->detector = g_strdup ("faceroi");
  if (!detector_launch (app->detector)) {
    complain ("--detector is faceroi or facedetect, not %s", app->detector);
    return FALSE;
  }
  if (app->precision &&
      (!ren_precision_from_name (app->precision, &precision) ||
          precision == REN_PRECISION_BF16)) {
    complain (
        "--precision is auto, fp32, fp16 or int8, not %s", app->precision);
    return FALSE;
  }
  if (app->threads < 0 || app->threads > 64 || !(app->interval >= 0) ||
      !(app->duration >= 0 && app->duration < 4e6)) {
    complain ("--threads is 0 to 64, --interval and --duration are seconds");
    return FALSE;
  }
  return TRUE;
}

int
main (int argc, char **argv)
{
  App app = { .interval = 0.2 };
  g_autoptr (GError) error = NULL;

  setlocale (LC_ALL, "");
  if (!parse_options (&app, &argc, &argv)) {
    app.status = EXIT_USAGE;
    goto out;
  }
  if (app.version) {
    printf ("resemotenet-watch %s\n", REN_VERSION);
    goto out;
  }
  /* lines for people do not belong between lines for programs */
  if (g_strcmp0 (app.json_path, "-") == 0)
    app.quiet = TRUE;
  gst_segment_init (&app.segment, GST_FORMAT_TIME);
  gst_video_info_init (&app.info);
  if (!have_model (&app) || !have_elements (&app)) {
    app.status = EXIT_ERROR;
    goto out;
  }
  if (!set_source (&app, argv[1], &error) || !build_pipeline (&app, &error)) {
    complain ("%s", error->message);
    app.status = EXIT_ERROR;
    goto out;
  }
  if (!open_json (&app)) {
    app.status = EXIT_ERROR;
    goto out;
  }
  run (&app);
  finish (&app);

out:
  gst_clear_object (&app.first);
  gst_clear_object (&app.pipeline);
  g_free (app.model);
  g_free (app.json_path);
  g_free (app.detector);
  g_free (app.precision);
  g_free (app.uri);
  g_free (app.source);
  return app.status;
}

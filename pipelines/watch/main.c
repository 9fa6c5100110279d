/* resemotenet-watch: the emotion of every face in files, cameras and streams.
 * SPDX-License-Identifier: MIT
 *
 *   player: inputs one after another → feed: one timeline → pipeline: detector,
 *   classifier → frames: consumers, that is lines, JSON, people, page
 *                        brokers; pictures: file, window, page
 */
#include <glib-unix.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "feed.h"
#include "frames.h"
#include "heap.h"
#include "json-lines.h"
#include "log.h"
#include "options.h"
#include "page.h"
#include "people.h"
#include "pipeline.h"
#include "player.h"
#include "printer.h"
#include "progress.h"
#include "recording.h"
#include "resemotenet.h"
#include "source.h"
#include "terminal.h"

/* Exit status: also in --help. */
enum
{
  EXIT_FACES = 0,
  EXIT_ERROR = 1,
  EXIT_USAGE = 2,
  EXIT_NO_FACES = 3,
};

#define TICK_MS 250
/* For what is on its way when it is to end: encoders hold some frames. */
#define FINISH_LIMIT_MS 10000

typedef struct
{
  Options options;
  Source source;
  Feed *feed;
  Frames *frames;
  Player *player;
  Progress *progress; /* NULL: quiet */
  Printer printer;
  JsonLines *json;      /* or NULL */
  People *people;       /* or NULL */
  Page *page;           /* or NULL */
  Pipeline pipeline;    /* empty until it is known what comes */
  Recording *recording; /* or NULL */
  GMainLoop *loop;
  guint limit; /* timer while it ends, or 0 */
  gboolean ending;
  gboolean came_through; /* the pipeline, to its end: files are whole */
  gboolean is_unwritten; /* the recording: it failed itself */
  int status;
} App;

static void
fail (App *app, const gchar *message)
{
  say ("%s", message);
  app->status = EXIT_ERROR;
  g_main_loop_quit (app->loop);
}

/* ---- the end -------------------------------------------------------------- */

static gboolean
on_limit (gpointer user_data)
{
  App *app = user_data;

  app->limit = 0;
  fail (app, "it does not come to an end, and is broken off");
  return G_SOURCE_REMOVE;
}

/* The pipeline's end follows when all that is on its way has come through. */
static void
end (App *app)
{
  if (app->ending)
    return;
  app->ending = TRUE;
  player_stop (app->player);
  if (app->pipeline.pipeline)
    app->limit = g_timeout_add (FINISH_LIMIT_MS, on_limit, app);
  else
    g_main_loop_quit (app->loop);
}

static gboolean
on_end (gpointer user_data)
{
  end (user_data);
  return G_SOURCE_REMOVE;
}

static gboolean
on_signal (gpointer user_data)
{
  App *app = user_data;

  /* asked for twice: at once */
  if (app->ending) {
    if (app->recording)
      say ("what there is of the video is in %s",
          recording_keep (app->recording));
    _exit (EXIT_ERROR);
  }
  end (app);
  return G_SOURCE_CONTINUE;
}

static void
on_played (gpointer user_data)
{
  App *app = user_data;

  if (player_is_all_failed (app->player))
    app->status = EXIT_ERROR;
  if (!app->pipeline.pipeline)
    g_main_loop_quit (app->loop);
}

static gboolean
on_tick (gpointer user_data)
{
  App *app = user_data;

  if (app->progress)
    progress_tick (app->progress);
  if (app->page)
    page_tick (app->page, app->frames, app->player, app->source.live);
  /* nobody reads, or there is no room: that does not mend itself */
  if (g_atomic_int_get (&app->printer.failed) ||
      (app->json && json_lines_has_failed (app->json)))
    end (app);
  return G_SOURCE_CONTINUE;
}

/* ---- the pipeline --------------------------------------------------------- */

/* Messages of our own elements explain themselves; others are about the files. */
static void
report (App *app, GstMessage *message, const GError *error)
{
  const gchar *name = GST_MESSAGE_SRC_NAME (message);

  if (g_str_has_prefix (name, "record-")) {
    app->is_unwritten |= GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR;
    say ("cannot write %s: %s", app->options.annotate, error->message);
  } else if (g_str_has_prefix (name, "window"))
    say ("--display: %s", error->message);
  else if (g_str_equal (name, "classifier") || g_str_equal (name, "publisher"))
    say ("%s", error->message);
  else
    say ("%s: %s", app->source.name, error->message);
}

/* That a broker is gone is a warning, and that it is back is not. */
static void
tell_connection (const GstStructure *s)
{
  gboolean connected;

  if (gst_structure_has_name (s, "emotionpublish") &&
      gst_structure_get_boolean (s, "connected", &connected) && connected)
    say ("%s: connected", gst_structure_get_string (s, "destination"));
}

static gboolean
on_message (GstBus *bus, GstMessage *message, gpointer user_data)
{
  App *app = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *debug = NULL;

  switch (GST_MESSAGE_TYPE (message)) {
    case GST_MESSAGE_ERROR:
      gst_message_parse_error (message, &error, &debug);
      log_details (debug);
      if (app->status != EXIT_ERROR)
        report (app, message, error);
      app->status = EXIT_ERROR;
      g_main_loop_quit (app->loop);
      break;
    case GST_MESSAGE_WARNING:
      gst_message_parse_warning (message, &error, &debug);
      if (g_str_equal (GST_MESSAGE_SRC_NAME (message), "window"))
        fail (app, "--display: no window can be opened here");
      else
        report (app, message, error);
      /* of all that elements warn of, only this loses what was asked for */
      if (g_str_equal (GST_MESSAGE_SRC_NAME (message), "publisher") &&
          g_error_matches (
              error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NO_SPACE_LEFT))
        app->status = EXIT_ERROR;
      break;
    case GST_MESSAGE_ELEMENT:
      if (!app->options.quiet)
        tell_connection (gst_message_get_structure (message));
      break;
    case GST_MESSAGE_EOS:
      app->came_through = TRUE;
      g_main_loop_quit (app->loop);
      break;
    default:
      break;
  }
  return G_SOURCE_CONTINUE;
}

static gboolean
on_ready (gpointer user_data, gboolean has_audio)
{
  App *app = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GstBus) bus = NULL;

  if (app->pipeline.pipeline)
    return TRUE;
  if (app->options.annotate &&
      !(app->recording =
              recording_new (app->options.annotate, has_audio, &error))) {
    fail (app, error->message);
    return FALSE;
  }
  if (!pipeline_init (&app->pipeline, &app->options, app->source.live,
          app->source.name, app->recording, has_audio, app->page, &error)) {
    fail (app, error->message);
    return FALSE;
  }
  feed_connect (app->feed, app->pipeline.video, app->pipeline.audio);
  frames_attach (app->frames, app->pipeline.results);
  bus = gst_element_get_bus (app->pipeline.pipeline);
  gst_bus_add_watch (bus, on_message, app);
  /* A failure is reported on the bus as well, with its reason. What was never
   * started does not wake who waits to feed it, so that nobody is to. */
  return gst_element_set_state (app->pipeline.pipeline, GST_STATE_PLAYING) !=
         GST_STATE_CHANGE_FAILURE;
}

/* ---- start ---------------------------------------------------------------- */

/* The element would say so as well, but in words of its properties. */
static gboolean
have_model (Options *options)
{
  g_autoptr (GError) error = NULL;

  if (!options->model && !(options->model = ren_model_default_path (&error)))
    say ("which model? Give --model FILE (%s)", error->message);
  return options->model != NULL;
}

static gboolean
prepare (App *app)
{
  static const PlayerCallbacks callbacks = { on_ready, on_played };
  const Options *options = &app->options;
  const InputSettings settings = {
    .credentials = &options->credentials,
    .transport = options->transport,
    .wants_audio = options->annotate != NULL,
  };
  g_autoptr (GError) error = NULL;

  log_hide (&options->credentials, options->source);
  if (!source_init (&app->source, options->source, &error) ||
      (options->annotate && !source_check_output (&app->source, "--annotate",
                                options->annotate, &error)) ||
      (options->json && !(app->json = json_lines_new (
                              options->json, &app->source, &error))) ||
      ((options->report || options->faces) &&
          !(app->people = people_new (
                &app->source, options->report, options->faces, &error))) ||
      (options->http &&
          !(app->page = page_new (options->http, app->source.name, &error)))) {
    say ("%s", error->message);
    return FALSE;
  }
  app->loop = g_main_loop_new (NULL, FALSE);
  app->feed = feed_new (app->source.live);
  /* of files --duration counts seconds of video, not of work */
  app->frames = frames_new (app->feed,
      app->source.live ? 0 : (GstClockTime) (options->duration * GST_SECOND),
      on_end, app);
  app->player =
      player_new (&app->source, &settings, app->feed, &callbacks, app);
  if (app->json)
    frames_add_consumer (app->frames, json_lines_take, app->json);
  if (app->people)
    frames_add_consumer (app->frames, people_take, app->people);
  if (app->page)
    frames_add_consumer (app->frames, page_take, app->page);
  /* the port and the token may be known from nowhere else */
  if (app->page) {
    g_autofree gchar *text =
        g_strconcat ("watch it at ", page_get_url (app->page), NULL);

    say_as_is (text);
  }
  if (options->quiet)
    return TRUE;
  app->printer.interval = (GstClockTime) (options->interval * GST_SECOND);
  /* lines for people do not belong between lines for programs */
  if (g_strcmp0 (options->json, "-") != 0)
    frames_add_consumer (app->frames, printer_take, &app->printer);
  app->progress =
      progress_new (app->frames, app->feed, app->player, app->source.live);
  return TRUE;
}

/* What elements say of their end, such as what could not be sent, is heard. */
static void
stop_pipeline (App *app)
{
  g_autoptr (GstBus) bus = NULL;
  GstMessage *message;

  if (!app->pipeline.pipeline)
    return;
  bus = gst_element_get_bus (app->pipeline.pipeline);
  gst_bus_remove_watch (bus);
  gst_element_set_state (app->pipeline.pipeline, GST_STATE_READY);
  while ((message = gst_bus_pop (bus))) {
    on_message (bus, message, app);
    gst_message_unref (message);
  }
  pipeline_clear (&app->pipeline);
}

static void
run (App *app)
{
  const guint sources[] = { g_unix_signal_add (SIGINT, on_signal, app),
    g_unix_signal_add (SIGTERM, on_signal, app),
    g_timeout_add (TICK_MS, on_tick, app) };
  guint timer = 0;

  player_start (app->player);
  /* of a stream, not of the model's loading */
  if (app->options.duration > 0 && app->source.live)
    timer = g_timeout_add ((guint) (app->options.duration * 1000), on_end, app);
  if (!app->ending && app->status == EXIT_FACES)
    g_main_loop_run (app->loop);
  app->ending = TRUE;

  if (timer && g_main_context_find_source_by_id (NULL, timer))
    g_source_remove (timer);
  g_clear_handle_id (&app->limit, g_source_remove);
  /* before the inputs, which may wait for it */
  stop_pipeline (app);
  for (guint i = 0; i < G_N_ELEMENTS (sources); i++)
    g_source_remove (sources[i]);
}

static void
take_error (App *app, const GError *error)
{
  if (error)
    say ("%s", error->message);
  app->status = EXIT_ERROR;
}

static void
append_result (GString *text, const gchar *what, const gchar *path)
{
  if (path)
    g_string_append_printf (text, "; %s in %s", what, path);
}

static void
summarise (App *app, gboolean any_frames, guint n_pictures)
{
  const Options *options = &app->options;
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree gchar *summary = progress_summarise (app->progress);
  g_autofree gchar *pictures =
      g_strdup_printf ("%u picture%s", n_pictures, n_pictures == 1 ? "" : "s");

  g_string_append (text, summary);
  append_result (text, "JSON lines", options->json);
  if (any_frames) {
    append_result (text, "video", options->annotate);
    append_result (text, "report", options->report);
    append_result (text, pictures, options->faces);
  }
  show_status_line (NULL);
  fprintf (stderr, "%s\n", text->str);
}

/* Hours of video outlive the error that ends them, under the name that they have
 * so far where they are not whole. */
static void
finish_recording (App *app)
{
  g_autoptr (GError) error = NULL;

  if (!app->came_through)
    say (
        "what there is of the video is in %s", recording_keep (app->recording));
  else if (!recording_finish (app->recording, &error))
    take_error (app, error);
}

/* Nothing runs any more. */
static void
finish (App *app)
{
  const FrameCounts counts = frames_get_counts (app->frames);
  const guint n_pictures = app->people ? people_get_n_files (app->people) : 0;
  g_autoptr (GError) error = NULL;

  if (app->recording && counts.n_frames > 0 && !app->is_unwritten)
    finish_recording (app);
  if (counts.n_frames == 0 && app->status != EXIT_ERROR && app->source.live) {
    say ("%s: no picture came", app->source.name);
    app->status = EXIT_ERROR;
  }
  if (app->json && !json_lines_free (g_steal_pointer (&app->json),
                       app->status == EXIT_ERROR, &error))
    take_error (app, error);
  g_clear_error (&error);
  if (app->people && !people_free (g_steal_pointer (&app->people),
                         counts.n_frames > 0, &error))
    take_error (app, error);
  if (app->status == EXIT_FACES && counts.n_faces == 0)
    app->status = EXIT_NO_FACES;
  if (app->progress && app->status != EXIT_ERROR)
    summarise (app, counts.n_frames > 0, n_pictures);
}

int
main (int argc, char **argv)
{
  App app = { .status = EXIT_FACES };

  heap_keep_together ();
  setlocale (LC_ALL, "");
  /* told as errors of writing */
  signal (SIGPIPE, SIG_IGN);
  signal (SIGXFSZ, SIG_IGN);
  if (!options_parse (&app.options, &argc, &argv)) {
    app.status = EXIT_USAGE;
  } else if (app.options.help || app.options.version) {
    app.status = EXIT_FACES;
  } else if (!have_model (&app.options) || !pipeline_check (&app.options) ||
             !prepare (&app)) {
    app.status = EXIT_ERROR;
  } else {
    run (&app);
    finish (&app);
  }

  g_clear_pointer (&app.progress, progress_free);
  if (app.people)
    people_free (app.people, FALSE, NULL);
  if (app.json)
    json_lines_free (app.json, TRUE, NULL);
  page_free (app.page);
  player_free (app.player);
  frames_free (app.frames);
  feed_free (app.feed);
  recording_free (app.recording);
  source_clear (&app.source);
  options_clear (&app.options);
  g_clear_pointer (&app.loop, g_main_loop_unref);
  return app.status;
}

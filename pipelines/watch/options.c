/* SPDX-License-Identifier: MIT */
#include "options.h"

#include <gst/gst.h>

#include "recording.h"
#include "resemotenet.h"
#include "terminal.h"

static const gchar summary[] =
    "Tells the emotion of every face in a video. SOURCE: a file, a directory,\n"
    "rtsp://, http://, /dev/videoN, - (standard input)";
static const gchar examples[] =
    "Examples:\n"
    "  resemotenet-watch --annotate seen.mp4 --report seen.html holiday.mp4\n"
    "  resemotenet-watch --http 8080 --json day.jsonl rtsp://camera/live\n"
    "Manual: man resemotenet-watch. GStreamer's options, as --gst-debug=3, "
    "work, too.";

static gboolean
is_one_of (const gchar *text, const gchar *const *names, guint *index)
{
  for (guint i = 0; names[i]; i++)
    if (g_str_equal (text, names[i])) {
      if (index)
        *index = i;
      return TRUE;
    }
  return FALSE;
}

/* Outputs that are files: none is to end up in the place of another. */
static gboolean
check_files (const Options *options, GError **error)
{
  const gchar *const paths[] = { options->annotate, options->json,
    options->report };
  g_autoptr (GHashTable) seen =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (paths); i++) {
    if (!paths[i])
      continue;
    if (!paths[i][0]) {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
          "--annotate, --json and --report take the name of a file");
      return FALSE;
    }
    if (!g_hash_table_add (seen, g_canonicalize_filename (paths[i], NULL))) {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
          "%s is given for two outputs: the second would replace the first",
          paths[i]);
      return FALSE;
    }
  }
  return TRUE;
}

static gboolean
check (Options *options, const gchar *transport, GError **error)
{
  static const gchar *const detectors[] = { "faceroi", "facedetect", NULL };
  static const gchar *const styles[] = { "minimal", "label", "full", "emoji",
    NULL };
  static const gchar *const transports[] = { "auto", "udp", "tcp", NULL };
  const GQuark domain = G_OPTION_ERROR;
  RenPrecision precision;
  guint index = RTSP_TRANSPORT_AUTO;

  if (!is_one_of (options->detector, detectors, NULL))
    g_set_error (error, domain, G_OPTION_ERROR_BAD_VALUE,
        "--detector is faceroi or facedetect, not %s", options->detector);
  else if (options->precision &&
           (!ren_precision_from_name (options->precision, &precision) ||
               precision == REN_PRECISION_BF16))
    g_set_error (error, domain, G_OPTION_ERROR_BAD_VALUE,
        "--precision is auto, fp32, fp16 or int8, not %s", options->precision);
  else if (options->overlay_style &&
           !is_one_of (options->overlay_style, styles, NULL))
    g_set_error (error, domain, G_OPTION_ERROR_BAD_VALUE,
        "--overlay-style is minimal, label, full or emoji, not %s",
        options->overlay_style);
  else if (transport && !is_one_of (transport, transports, &index))
    g_set_error (error, domain, G_OPTION_ERROR_BAD_VALUE,
        "--rtsp-transport is auto, udp or tcp, not %s", transport);
  else if (options->spool && !options->mqtt && !options->kafka)
    g_set_error (error, domain, G_OPTION_ERROR_BAD_VALUE,
        "--spool is for --mqtt and --kafka");
  else if (options->threads < 0 || options->threads > 64 ||
           !(options->interval >= 0) || !(options->smoothing >= 0) ||
           !(options->smoothing < 3600) ||
           !(options->duration >= 0 && options->duration < 4e6))
    g_set_error (error, domain, G_OPTION_ERROR_BAD_VALUE,
        "--threads is 0 to 64; --interval, --duration and --smoothing are "
        "seconds");
  else if (check_files (options, error) &&
           (!options->annotate ||
               recording_check_path (options->annotate, error))) {
    options->transport = (RtspTransport) index;
    return TRUE;
  }
  return FALSE;
}

static gchar *
help_text (GOptionContext *context, gboolean all)
{
  g_autofree gchar *text = g_option_context_get_help (context, !all, NULL);
  GString *help = g_string_new (text);

  g_string_replace (help, "Application Options:", "Options:", 1);
  return g_string_free (help, FALSE);
}

gboolean
options_parse (Options *options, int *argc, char ***argv)
{
  g_autofree gchar *credentials = NULL, *transport = NULL;
  g_autofree gchar *brief = NULL, *all_options = NULL;
  g_auto (GStrv) arguments = NULL;
  gchar **rest;
  gboolean help = FALSE, help_all = FALSE, has_password;
  /* what most people need, so that --help fits a screen */
  const GOptionEntry entries[] = {
    { "annotate", 'a', 0, G_OPTION_ARG_FILENAME, &options->annotate,
        "Write the video with boxes: .mp4, .mkv or .webm", "VIDEO" },
    { "json", 'j', 0, G_OPTION_ARG_FILENAME, &options->json,
        "Write one JSON object a frame; - standard output", "FILE" },
    { "report", 0, 0, G_OPTION_ARG_FILENAME, &options->report,
        "Write who was seen, and how they looked over time", "HTML" },
    { "faces", 0, 0, G_OPTION_ARG_FILENAME, &options->faces,
        "Save pictures of faces, by emotion", "DIR" },
    { "http", 0, 0, G_OPTION_ARG_STRING, &options->http,
        "Show it live in a browser, here or at ADDR", "[ADDR:]PORT" },
    { "display", 0, 0, G_OPTION_ARG_NONE, &options->display,
        "Show it in a window", NULL },
    { "duration", 'd', 0, G_OPTION_ARG_DOUBLE, &options->duration,
        "Stop after S seconds of video or live stream", "S" },
    { "model", 'm', 0, G_OPTION_ARG_FILENAME, &options->model,
        "Model, in place of the default", "MODEL" },
    { "quiet", 'q', 0, G_OPTION_ARG_NONE, &options->quiet,
        "No lines of faces, no progress", NULL },
    { "help", 'h', 0, G_OPTION_ARG_NONE, &help, "Show this help", NULL },
    { "help-all", 0, 0, G_OPTION_ARG_NONE, &help_all, "Show all options",
        NULL },
    G_OPTION_ENTRY_NULL,
  };
  const GOptionEntry more_entries[] = {
    { "mqtt", 0, 0, G_OPTION_ARG_STRING, &options->mqtt,
        "Send JSON: mqtt://HOST/TOPIC, with TLS mqtts://", "URL" },
    { "kafka", 0, 0, G_OPTION_ARG_STRING, &options->kafka,
        "Send JSON: kafka://HOST/TOPIC", "URL" },
    { "spool", 0, 0, G_OPTION_ARG_FILENAME, &options->spool,
        "Keep there what these two do not take yet", "DIR" },
    { "overlay-style", 0, 0, G_OPTION_ARG_STRING, &options->overlay_style,
        "Draw minimal, label (default), full or emoji", "STYLE" },
    { "interval", 'i', 0, G_OPTION_ARG_DOUBLE, &options->interval,
        "Seconds of video between lines; default 0.2", "S" },
    { "smoothing", 0, 0, G_OPTION_ARG_DOUBLE, &options->smoothing,
        "Average scores over S seconds; 0: not; default 0.3", "S" },
    { "precision", 'p', 0, G_OPTION_ARG_STRING, &options->precision,
        "Run it in fp32, fp16 or int8; auto: as stored", "TYPE" },
    { "threads", 't', 0, G_OPTION_ARG_INT, &options->threads,
        "1 to 64; 0, the default: all processors", "N" },
    { "detector", 0, 0, G_OPTION_ARG_STRING, &options->detector,
        "faceroi (default) or facedetect, OpenCV's", "NAME" },
    { "rtsp-transport", 0, 0, G_OPTION_ARG_STRING, &transport,
        "auto (default), udp or tcp", "NAME" },
    { "credentials", 0, 0, G_OPTION_ARG_FILENAME, &credentials,
        "Take USER:PASSWORD from there; chmod 600", "FILE" },
    { "version", 0, 0, G_OPTION_ARG_NONE, &options->version, "Show the version",
        NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("SOURCE");
  GOptionGroup *more =
      g_option_group_new ("more", "More options:", "", NULL, NULL);
  g_autoptr (GError) error = NULL;

  g_set_prgname ("resemotenet-watch");
  *options = (Options){ .interval = 0.2, .smoothing = 0.3 };
  /* before all else, since others may look at any time */
  has_password =
      credentials_take_from_arguments (&options->credentials, *argc, *argv);
  arguments = credentials_hide_parameters (*argc, *argv);
  if (has_password)
    say ("a password on the command line is seen by others before it is "
         "hidden; --credentials FILE and the environment are better places");
  g_option_context_set_help_enabled (context, FALSE);
  g_option_context_set_summary (context, summary);
  g_option_context_set_description (context, examples);
  g_option_context_add_main_entries (context, entries, NULL);
  g_option_group_add_entries (more, more_entries);
  g_option_context_add_group (context, more);
  /* without GStreamer's, which are wider than a screen */
  brief = help_text (context, FALSE);
  all_options = help_text (context, TRUE);
  g_option_context_add_group (context, gst_init_get_option_group ());
  if (!g_option_context_parse_strv (context, &arguments, &error))
    goto fail;
  options->help = help || help_all;
  if (options->help)
    g_print ("%s", help_all ? all_options : brief);
  if (options->version)
    g_print ("resemotenet-watch %s\n", REN_VERSION);
  if (options->help || options->version)
    return TRUE;
  /* GLib leaves a -- in front of what begins with - */
  rest = arguments + 1;
  if (rest[0] && g_str_equal (rest[0], "--"))
    rest++;
  if (g_strv_length (rest) != 1) {
    g_set_error (&error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
        "give one SOURCE; see --help");
    goto fail;
  }
  options->source = g_strdup (rest[0]);
  if (!options->detector)
    options->detector = g_strdup ("faceroi");
  if (check (options, transport, &error) &&
      credentials_complete (&options->credentials, credentials, &error))
    return TRUE;
fail:
  say ("%s", error->message);
  return FALSE;
}

void
options_clear (Options *options)
{
  g_free (options->source);
  credentials_clear (&options->credentials);
  g_free (options->model);
  g_free (options->json);
  g_free (options->annotate);
  g_free (options->report);
  g_free (options->faces);
  g_free (options->http);
  g_free (options->mqtt);
  g_free (options->kafka);
  g_free (options->spool);
  g_free (options->detector);
  g_free (options->precision);
  g_free (options->overlay_style);
}

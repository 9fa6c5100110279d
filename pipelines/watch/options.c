/* SPDX-License-Identifier: MIT */
#include "options.h"

#include <gst/gst.h>

#include "recording.h"
#include "resemotenet.h"
#include "terminal.h"

/* By hand, to fit a screen. */
/* clang-format off */
static const gchar usage[] =
    "resemotenet-watch [OPTION...] SOURCE: the emotion of every face in a video\n"
    "SOURCE: a file, a directory, rtsp://, http://, /dev/videoN, - (standard input)\n"
    "  -a, --annotate FILE     write the video with boxes: .mp4, .mkv or .webm\n"
    "  -j, --json FILE         write one JSON object a frame; - standard output\n"
    "      --report FILE.html  write who was seen, and how they felt over time\n"
    "      --faces DIR         save pictures of faces, by emotion\n"
    "      --http [ADDR:]PORT  show it live in a browser, of this machine or at ADDR\n"
    "      --display           show it in a window\n"
    "      --mqtt URL, --kafka URL   send JSON: mqtt[s]:// or kafka://HOST/TOPIC\n"
    "      --spool DIR         keep there what these do not take yet\n"
    "      --overlay-style S   draw minimal, label, full or emoji\n"
    "  -d, --duration S        stop after S seconds of video or live stream\n"
    "  -i, --interval S        seconds of video between printed lines (0.2)\n"
    "  -m, --model FILE        model, in place of the default\n"
    "  -p, --precision P       fp32, fp16, int8 or auto: as stored (auto)\n"
    "  -t, --threads N         threads of the network, 0 = one a processor (0)\n"
    "      --smoothing S       average scores over S seconds, 0 = do not (0.3)\n"
    "      --detector NAME     faceroi or facedetect, OpenCV's (faceroi)\n"
    "      --rtsp-transport T  tcp, udp or auto (auto)\n"
    "      --credentials FILE  USER:PASSWORD; or RESEMOTENET_RTSP_USER, ..._PASSWORD\n"
    "  -q, --quiet, --version, -h, --help; GStreamer's, such as --gst-debug=3\n"
    "Examples: resemotenet-watch --annotate seen.mp4 --report seen.html holiday.mp4\n"
    "          resemotenet-watch --http 8080 --json day.jsonl rtsp://camera/live\n"
    "Exit status: 0 faces were found, 1 error, 2 wrong usage, 3 no faces.\n";
/* clang-format on */

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

gboolean
options_parse (Options *options, int *argc, char ***argv)
{
  g_autofree gchar *credentials = NULL, *transport = NULL;
  const GOptionEntry entries[] = {
    { "annotate", 'a', 0, G_OPTION_ARG_FILENAME, &options->annotate, NULL,
        NULL },
    { "json", 'j', 0, G_OPTION_ARG_FILENAME, &options->json, NULL, NULL },
    { "report", 0, 0, G_OPTION_ARG_FILENAME, &options->report, NULL, NULL },
    { "faces", 0, 0, G_OPTION_ARG_FILENAME, &options->faces, NULL, NULL },
    { "http", 0, 0, G_OPTION_ARG_STRING, &options->http, NULL, NULL },
    { "mqtt", 0, 0, G_OPTION_ARG_STRING, &options->mqtt, NULL, NULL },
    { "kafka", 0, 0, G_OPTION_ARG_STRING, &options->kafka, NULL, NULL },
    { "spool", 0, 0, G_OPTION_ARG_FILENAME, &options->spool, NULL, NULL },
    { "display", 0, 0, G_OPTION_ARG_NONE, &options->display, NULL, NULL },
    { "overlay-style", 0, 0, G_OPTION_ARG_STRING, &options->overlay_style, NULL,
        NULL },
    { "model", 'm', 0, G_OPTION_ARG_FILENAME, &options->model, NULL, NULL },
    { "detector", 0, 0, G_OPTION_ARG_STRING, &options->detector, NULL, NULL },
    { "precision", 'p', 0, G_OPTION_ARG_STRING, &options->precision, NULL,
        NULL },
    { "threads", 't', 0, G_OPTION_ARG_INT, &options->threads, NULL, NULL },
    { "smoothing", 0, 0, G_OPTION_ARG_DOUBLE, &options->smoothing, NULL, NULL },
    { "interval", 'i', 0, G_OPTION_ARG_DOUBLE, &options->interval, NULL, NULL },
    { "duration", 'd', 0, G_OPTION_ARG_DOUBLE, &options->duration, NULL, NULL },
    { "rtsp-transport", 0, 0, G_OPTION_ARG_STRING, &transport, NULL, NULL },
    { "credentials", 0, 0, G_OPTION_ARG_FILENAME, &credentials, NULL, NULL },
    { "quiet", 'q', 0, G_OPTION_ARG_NONE, &options->quiet, NULL, NULL },
    { "version", 0, 0, G_OPTION_ARG_NONE, &options->version, NULL, NULL },
    { "help", 'h', 0, G_OPTION_ARG_NONE, &options->help, NULL, NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("SOURCE");
  g_autoptr (GError) error = NULL;

  *options = (Options){ .interval = 0.2, .smoothing = 0.3 };
  /* before all else, since others may look at any time */
  if (credentials_take_from_arguments (&options->credentials, *argc, *argv))
    say ("a password on the command line is seen by others before it is "
         "hidden; see --help for better places");
  g_option_context_set_help_enabled (context, FALSE);
  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_add_group (context, gst_init_get_option_group ());
  if (!g_option_context_parse (context, argc, argv, &error))
    goto fail;
  if (options->help)
    g_print ("%s", usage);
  if (options->version)
    g_print ("resemotenet-watch %s\n", REN_VERSION);
  if (options->help || options->version)
    return TRUE;
  if (*argc != 2) {
    g_set_error (&error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
        "give one SOURCE; see --help");
    goto fail;
  }
  options->source = g_strdup ((*argv)[1]);
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

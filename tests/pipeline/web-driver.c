/* The page of --http by itself, fed from a pipeline and told what to show.
 * SPDX-License-Identifier: MIT
 *
 *   web-driver [--listen SPEC] [--uri URI --json FILE] [--faces N]
 *
 * Shows a test picture with invented faces, or a video over and over with the
 * faces that `resemotenet-watch --json FILE` found in it. Prints the page's
 * address, and then does what lines of standard input say, to its end:
 *
 *   faces N           invent so many faces
 *   state NAME [WHY]  one of connecting playing reconnecting ended failed
 *   stop, go          hold back frames and pictures; go on
 *   burst BYTES       push pictures of so many bytes from two threads, asked for
 *                     or not; 0 ends it
 *   wants             print whether pictures and frames are wanted, 0 or 1 each
 */
#include <gio/gio.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "web-sink.h"

#define MAX_LINES 100000

typedef struct
{
  Web *web;
  GMainLoop *loop;
  GstElement *pipeline;
  gchar **lines;                             /* (nullable): JSON, one a frame */
  gint n_faces, stopped, burst_bytes, state; /* atomic */
  gint n_frames;                             /* atomic */
  GThread *bursts[2];
} Driver;

static const gchar *const labels[] = { "happy", "surprise", "sad", "anger",
  "disgust", "fear", "neutral" };
static const WebColor colors[] = { { "happy", 0xe69f00 },
  { "surprise", 0xf0e442 }, { "sad", 0x0072b2 }, { "anger", 0xd55e00 },
  { "disgust", 0x009e73 }, { "fear", 0xcc79a7 }, { "neutral", 0x999999 } };
static const gchar *const states[] = { "connecting", "playing", "reconnecting",
  "ended", "failed" };

/* ---- frames ------------------------------------------------------------------ */

/* Scores that wander slowly, another way for each face. */
static void
invent_face (GString *s, gint id, gdouble seconds)
{
  gdouble scores[G_N_ELEMENTS (labels)], sum = 0;
  guint best = 0;

  for (guint i = 0; i < G_N_ELEMENTS (labels); i++) {
    scores[i] = exp (
        3.2 * sin (seconds / (7 + i) + 2.1 * i + 1.7 * id) + (i == 6 ? .8 : 0));
    sum += scores[i];
    if (scores[i] > scores[best])
      best = i;
  }
  g_string_append_printf (s,
      "%s{\"detection\":{\"label\":\"face\"},\"emotion\":{\"label\":\"%s\","
      "\"label_id\":%u,\"confidence\":%.4f,\"model\":{\"name\":\"invented\"},"
      "\"scores\":{",
      id > 1 ? "," : "", labels[best], best, scores[best] / sum);
  for (guint i = 0; i < G_N_ELEMENTS (labels); i++)
    g_string_append_printf (
        s, "%s\"%s\":%.4f", i ? "," : "", labels[i], scores[i] / sum);
  g_string_append_printf (s,
      "},\"age\":%d},\"x\":0,\"y\":0,\"w\":64,\"h\":64,\"roi_type\":\"face\","
      "\"id\":%d,\"region_id\":%d}",
      (gint) (4 * seconds) % 3, id, id);
}

static gchar *
invent_frame (const Driver *d, GstClockTime pts)
{
  GString *s = g_string_new ("{\"objects\":[");

  for (gint i = 1; i <= g_atomic_int_get (&d->n_faces); i++)
    invent_face (s, i, pts / 1e9);
  g_string_append (s,
      "],\"resolution\":{\"width\":640,\"height\":360},\"source\":\"test\"}");
  return g_string_free (s, FALSE);
}

static void
set_status (Driver *d, const gchar *detail)
{
  const WebStatus status = { g_atomic_int_get (&d->state), detail, 29.97, 38,
    (guint64) g_atomic_int_get (&d->n_frames),
    (guint64) g_atomic_int_get (&d->n_frames), 3 };

  web_set_status (d->web, &status);
}

static GstPadProbeReturn
on_frame (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  Driver *d = user_data;
  GstClockTime pts = GST_BUFFER_PTS (GST_PAD_PROBE_INFO_BUFFER (info));
  gint n = g_atomic_int_add (&d->n_frames, 1);

  if (g_atomic_int_get (&d->stopped))
    return GST_PAD_PROBE_DROP;
  if (web_wants_frame_json (d->web)) {
    g_autofree gchar *json =
        d->lines ? g_strdup (d->lines[(guint) n % g_strv_length (d->lines)])
                 : invent_frame (d, pts);

    web_push_frame_json (d->web, json);
  }
  if (n % 15 == 0 && g_atomic_int_get (&d->state) == WEB_STATE_PLAYING)
    set_status (d, NULL);
  return GST_PAD_PROBE_OK;
}

static gboolean
on_message (GstBus *bus, GstMessage *message, gpointer user_data)
{
  Driver *d = user_data;
  g_autoptr (GError) error = NULL;

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS) {
    g_atomic_int_set (&d->n_frames, 0);
    gst_element_seek_simple (
        d->pipeline, GST_FORMAT_TIME, GST_SEEK_FLAG_FLUSH, 0);
  } else if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR) {
    gst_message_parse_error (message, &error, NULL);
    g_error ("%s", error->message);
  }
  return G_SOURCE_CONTINUE;
}

static gboolean
build (Driver *d, const gchar *uri, GError **error)
{
  g_autofree gchar *source =
      uri ? g_strdup_printf ("uridecodebin uri=\"%s\" ! videoconvert", uri)
          : g_strdup ("videotestsrc is-live=true pattern=smpte ! "
                      "video/x-raw,width=640,height=360,framerate=30/1");
  g_autofree gchar *launch = g_strdup_printf (
      "%s ! identity name=out sync=%s", source, uri ? "true" : "false");
  g_autoptr (GstElement) out = NULL;
  g_autoptr (GstBus) bus = NULL;
  g_autoptr (GstPad) pad = NULL;
  GstElement *sink;

  d->pipeline = gst_parse_launch (launch, error);
  if (!d->pipeline)
    return FALSE;
  sink = web_sink_new (d->web, error);
  if (!sink)
    return FALSE;
  out = gst_bin_get_by_name (GST_BIN (d->pipeline), "out");
  gst_bin_add (GST_BIN (d->pipeline), sink);
  if (!gst_element_link (out, sink))
    g_error ("cannot link");
  pad = gst_element_get_static_pad (out, "src");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, on_frame, d, NULL);
  bus = gst_element_get_bus (d->pipeline);
  gst_bus_add_watch (bus, on_message, d);
  gst_element_set_state (d->pipeline, GST_STATE_PLAYING);
  return TRUE;
}

/* ---- commands ------------------------------------------------------------------- */

/* Bytes that compress no better than a picture, in many sizes. */
static gpointer
push_bursts (gpointer user_data)
{
  Driver *d = user_data;
  gint n;

  while ((n = g_atomic_int_get (&d->burst_bytes)) > 0) {
    gchar *bytes = g_malloc ((gsize) n);
    g_autoptr (GBytes) jpeg = NULL;
    g_autofree gchar *json = invent_frame (d, 0);

    memset (bytes, rand () & 0xff, (gsize) n);
    jpeg = g_bytes_new_take (bytes, (gsize) n);
    web_push_jpeg (d->web, jpeg);
    web_push_frame_json (d->web, json);
    set_status (d, "burst");
    g_usleep (500);
  }
  return NULL;
}

static void
burst (Driver *d, gint n_bytes)
{
  g_atomic_int_set (&d->burst_bytes, n_bytes);
  for (guint i = 0; i < G_N_ELEMENTS (d->bursts); i++) {
    if (n_bytes > 0 && !d->bursts[i])
      d->bursts[i] = g_thread_new ("burst", push_bursts, d);
    else if (n_bytes <= 0 && d->bursts[i])
      g_thread_join (g_steal_pointer (&d->bursts[i]));
  }
}

static void
obey (Driver *d, gchar *line)
{
  g_auto (GStrv) words = g_strsplit (g_strstrip (line), " ", 3);
  const gchar *word = words[0] ? words[0] : "";
  const gchar *argument = words[0] && words[1] ? words[1] : "";

  if (g_str_equal (word, "faces")) {
    g_atomic_int_set (&d->n_faces, atoi (argument));
  } else if (g_str_equal (word, "state")) {
    for (gint i = 0; i < (gint) G_N_ELEMENTS (states); i++)
      if (g_str_equal (argument, states[i]))
        g_atomic_int_set (&d->state, i);
    set_status (d, *argument ? words[2] : NULL);
  } else if (g_str_equal (word, "stop") || g_str_equal (word, "go")) {
    g_atomic_int_set (&d->stopped, g_str_equal (word, "stop"));
  } else if (g_str_equal (word, "burst")) {
    burst (d, atoi (argument));
  } else if (g_str_equal (word, "wants")) {
    printf ("%d %d\n", web_wants_jpeg (d->web), web_wants_frame_json (d->web));
    fflush (stdout);
  } else {
    g_error ("no such command: %s", word);
  }
}

static gpointer
read_commands (gpointer user_data)
{
  Driver *d = user_data;
  char line[256];

  while (fgets (line, sizeof line, stdin))
    obey (d, line);
  g_main_loop_quit (d->loop);
  return NULL;
}

int
main (int argc, char **argv)
{
  Driver d = { .n_faces = 1, .state = WEB_STATE_PLAYING };
  g_autofree gchar *listen = NULL, *uri = NULL, *path = NULL, *text = NULL;
  gint n_faces = 1;
  gboolean still = FALSE;
  const GOptionEntry entries[] = {
    { "listen", 0, 0, G_OPTION_ARG_STRING, &listen, "", "SPEC" },
    { "uri", 0, 0, G_OPTION_ARG_STRING, &uri, "", "URI" },
    { "json", 0, 0, G_OPTION_ARG_FILENAME, &path, "", "FILE" },
    { "faces", 0, 0, G_OPTION_ARG_INT, &n_faces, "", "N" },
    { "still", 0, 0, G_OPTION_ARG_NONE, &still, "No pipeline", NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;
  WebSettings settings = { .source = "two-people.webm" };
  GThread *commands;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    g_error ("%s", error->message);
  d.n_faces = n_faces;
  gst_init (NULL, NULL);
  if (path && g_file_get_contents (path, &text, NULL, NULL))
    d.lines = g_strsplit (g_strstrip (text), "\n", MAX_LINES);
  settings.listen = listen ? listen : "0";
  d.web = web_new (&settings, &error);
  if (!d.web) {
    fprintf (stderr, "%s\n", error->message);
    return 1;
  }
  printf ("%s\n", web_get_url (d.web));
  fflush (stdout);
  web_set_colors (d.web, colors, G_N_ELEMENTS (colors));
  set_status (&d, NULL);
  if (!still && !build (&d, uri, &error))
    g_error ("%s", error->message);

  d.loop = g_main_loop_new (NULL, FALSE);
  commands = g_thread_new ("commands", read_commands, &d);
  g_main_loop_run (d.loop);
  g_thread_join (commands);
  burst (&d, 0);
  if (d.pipeline)
    gst_element_set_state (d.pipeline, GST_STATE_NULL);
  gst_clear_object (&d.pipeline);
  g_main_loop_unref (d.loop);
  web_free (d.web);
  g_strfreev (d.lines);
  return 0;
}

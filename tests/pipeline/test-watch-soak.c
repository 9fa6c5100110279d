/* resemotenet-watch on many streams for long: what it takes of memory.
 * SPDX-License-Identifier: MIT
 *
 * Only with REN_LONG; REN_SOAK_SECONDS says how long (20 minutes).
 */
#include <gst/gst.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <gio/gio.h>

#include "camera.h"

#define N_STREAMS 8
#define SECONDS 1200
/* Decoders, pools and malloc's arenas grow to what they need: over ten minutes,
 * in ever smaller and rarer steps. */
#define WARM_UP 0.5
#define MAX_SLOPE_KB_AN_HOUR 1000.0

/* Memory of its own: what maps the model's file is of no interest. */
static gdouble
get_anonymous_kb (GSubprocess *process)
{
  g_autofree gchar *path = g_strdup_printf (
      "/proc/%s/status", g_subprocess_get_identifier (process));
  g_autofree gchar *text = NULL;
  const gchar *field;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  field = strstr (text, "RssAnon:");
  g_assert_nonnull (field);
  return atof (field + strlen ("RssAnon:"));
}

/* Of the line through n points one second apart, by least squares. */
static gdouble
get_slope (const gdouble *y, guint n)
{
  const gdouble middle = (n - 1) / 2.0;
  gdouble xy = 0, xx = 0;

  for (guint i = 0; i < n; i++) {
    xy += (i - middle) * y[i];
    xx += (i - middle) * (i - middle);
  }
  return xy / xx;
}

static void
test_memory (void)
{
  const gchar *given = g_getenv ("REN_SOAK_SECONDS");
  const guint n_seconds = given ? (guint) atoi (given) : SECONDS;
  const guint warm_up = (guint) (n_seconds * WARM_UP);
  g_autofree gdouble *kb = g_new0 (gdouble, n_seconds);
  GSubprocess *processes[N_STREAMS];
  Camera *camera = camera_new (NULL);
  g_autofree gchar *uri = NULL;
  g_autoptr (GError) error = NULL;
  gdouble slope;

  g_assert_cmpuint (n_seconds, >=, 20);
  camera_switch_on (camera, "vp8", 192);
  uri = camera_get_uri (camera, NULL);
  for (guint i = 0; i < N_STREAMS; i++) {
    processes[i] = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE, &error,
        g_getenv ("REN_WATCH"), "--threads", "1", "--rtsp-transport", "tcp",
        "--json", "/dev/null", uri, NULL);
    g_assert_no_error (error);
  }
  for (guint second = 0; second < n_seconds; second++) {
    g_usleep (G_USEC_PER_SEC);
    for (guint i = 0; i < N_STREAMS; i++)
      kb[second] += get_anonymous_kb (processes[i]);
  }
  for (guint i = 0; i < N_STREAMS; i++) {
    g_subprocess_send_signal (processes[i], SIGINT);
    g_assert_true (g_subprocess_wait (processes[i], NULL, NULL));
    g_assert_cmpint (g_subprocess_get_exit_status (processes[i]), ==, 0);
    g_object_unref (processes[i]);
  }
  camera_free (camera);

  slope = get_slope (kb + warm_up, n_seconds - warm_up) * 3600;
  g_test_message ("%.0f kB after %u s, %.0f kB after %u s; %.0f kB an hour",
      kb[warm_up], warm_up, kb[n_seconds - 1], n_seconds, slope);
  g_assert_cmpfloat (slope, <, MAX_SLOPE_KB_AN_HOUR);
}

int
main (int argc, char **argv)
{
  const gchar *model = g_getenv ("RESEMOTENET_MODEL");

  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  if (!g_getenv ("REN_LONG") || !model ||
      !g_file_test (model, G_FILE_TEST_EXISTS) || camera_find_missing ()) {
    g_print ("1..0 # SKIP takes 20 minutes: REN_LONG, with the default model "
             "and an RTSP server\n");
    return 0;
  }
  g_test_add_func ("/watch/memory", test_memory);
  return g_test_run ();
}

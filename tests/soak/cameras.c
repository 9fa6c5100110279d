/* Cameras on loopback that do as they are told: cameras N FPS PICTURES
 * SPDX-License-Identifier: MIT
 *
 * Each line of standard input is an order to the camera I (0 to N - 1):
 *   on I CODEC WIDTH   answered by its address on standard output
 *   off I
 *   silent I
 * At its end they go.
 */
#include <gst/gst.h>
#include <stdio.h>
#include <stdlib.h>

#include "camera.h"

#define MAX_CAMERAS 64

static void
obey (Camera *const *cameras, guint n, const gchar *line)
{
  g_auto (GStrv) words = g_strsplit (line, " ", -1);
  const guint n_words = g_strv_length (words);
  const guint i = n_words > 1 ? (guint) atoi (words[1]) : n;

  if (i >= n)
    g_error ("there is no such camera: %s", line);
  if (n_words == 4 && g_str_equal (words[0], "on")) {
    g_autofree gchar *uri = NULL;

    camera_switch_on (cameras[i], words[2], atoi (words[3]));
    uri = camera_get_uri (cameras[i], NULL);
    g_print ("%s\n", uri);
  } else if (g_str_equal (words[0], "off")) {
    camera_switch_off (cameras[i]);
  } else if (g_str_equal (words[0], "silent")) {
    camera_fall_silent (cameras[i]);
  } else {
    g_error ("no order: %s", line);
  }
}

static gboolean
have (const gchar *name)
{
  g_autoptr (GstElementFactory) factory = gst_element_factory_find (name);

  return factory != NULL;
}

int
main (int argc, char **argv)
{
  Camera *cameras[MAX_CAMERAS];
  const gchar *missing;
  gchar line[256];
  guint n;

  gst_init (&argc, &argv);
  if (argc != 4 || (n = (guint) atoi (argv[1])) < 1 || n > MAX_CAMERAS ||
      atoi (argv[2]) < 1) {
    g_printerr ("usage: cameras N FPS PICTURES\n");
    return 2;
  }
  missing = camera_find_missing ();
  if (!missing && !have ("openh264enc"))
    missing = "openh264enc";
  if (missing) {
    g_printerr ("cameras: there is no element %s\n", missing);
    return 1;
  }
  for (guint i = 0; i < n; i++) {
    cameras[i] = camera_new (NULL);
    camera_set_pictures (cameras[i], argv[3], atoi (argv[2]));
  }
  while (fgets (line, sizeof line, stdin))
    obey (cameras, n, g_strchomp (line));
  for (guint i = 0; i < n; i++)
    camera_free (cameras[i]);
  return 0;
}

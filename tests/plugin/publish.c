/* SPDX-License-Identifier: MIT */
#include "publish.h"

#include <glib/gstdio.h>
#include <string.h>

#define WIDTH 64
#define HEIGHT 48

gchar *
publish_dir (void)
{
  g_autoptr (GError) error = NULL;
  gchar *dir = g_dir_make_tmp ("publish-XXXXXX", &error);

  g_assert_no_error (error);
  return dir;
}

static void
remove_all (const gchar *path)
{
  GDir *dir = g_dir_open (path, 0, NULL);
  const gchar *name;

  while (dir && (name = g_dir_read_name (dir))) {
    gchar *below = g_build_filename (path, name, NULL);

    remove_all (below);
    g_free (below);
  }
  if (dir)
    g_dir_close (dir);
  g_assert_cmpint (g_remove (path), ==, 0);
}

void
publish_remove_dir (gchar *dir)
{
  remove_all (dir);
  g_free (dir);
}

/* Its messages go to a bus from the beginning. */
static GstElement *
new_element (const gchar *format, va_list args)
{
  g_autofree gchar *properties = g_strdup_vprintf (format, args);
  g_autofree gchar *line = g_strconcat ("emotionpublish ", properties, NULL);
  g_autoptr (GstBus) bus = gst_bus_new ();
  g_autoptr (GError) error = NULL;
  GstElement *element = gst_parse_launch (line, &error);

  g_assert_no_error (error);
  gst_object_ref_sink (element);
  gst_element_set_bus (element, bus);
  return element;
}

GstHarness *
publish_harness (const gchar *format, ...)
{
  GstElement *element;
  GstHarness *h;
  va_list args;

  va_start (args, format);
  element = new_element (format, args);
  va_end (args);
  h = gst_harness_new_with_element (element, "sink", "src");
  gst_object_unref (element);
  gst_harness_set_src_caps (
      h, gst_caps_new_simple ("video/x-raw", "format", G_TYPE_STRING, "GRAY8",
             "width", G_TYPE_INT, WIDTH, "height", G_TYPE_INT, HEIGHT,
             "framerate", GST_TYPE_FRACTION, 25, 1, NULL));
  return h;
}

void
publish_abort (GstHarness *h)
{
  gst_element_set_bus (h->element, NULL);
  gst_harness_teardown (h);
}

void
publish_finish (GstHarness *h)
{
  gst_harness_push_event (h, gst_event_new_eos ()); /* the first one counts */
  publish_abort (h);
}

gchar *
publish_start_error (const gchar *format, ...)
{
  g_autoptr (GstBus) bus = NULL;
  g_autoptr (GError) error = NULL;
  GstElement *element;
  va_list args;

  va_start (args, format);
  element = new_element (format, args);
  va_end (args);
  bus = gst_element_get_bus (element);
  g_assert_cmpint (gst_element_set_state (element, GST_STATE_PAUSED), ==,
      GST_STATE_CHANGE_FAILURE);
  error = test_pop_error (bus);
  gst_element_set_state (element, GST_STATE_NULL);
  gst_element_set_bus (element, NULL);
  gst_object_unref (element);
  return g_strdup (error->message);
}

static void
add_face (GstBuffer *buffer, guint label, gint64 track)
{
  static const gchar *const labels[] = { "happy", "sad", "neutral", NULL };
  gfloat scores[3] = { .1f, .1f, .1f };
  GstEmotionClasses *classes = gst_emotion_classes_new ("m", labels);
  GstEmotionMeta *meta;

  scores[label] = .8f;
  meta = gst_buffer_add_emotion_meta (buffer, classes, scores, 3, 8, 6, 16, 12);
  meta->track_id = track;
  gst_emotion_classes_unref (classes);
}

void
publish_push (GstHarness *h, guint index, gint label, gint64 track)
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, WIDTH * HEIGHT, NULL),
            *out;

  GST_BUFFER_PTS (buffer) = index * GST_SECOND / 25;
  if (label >= 0)
    add_face (buffer, (guint) label, track);
  out = gst_harness_push_and_pull (h, buffer);
  g_assert_true (out == buffer);
  gst_buffer_unref (out);
}

void
publish_push_many (GstHarness *h, guint from, guint to)
{
  for (guint i = from; i < to; i++)
    publish_push (h, i, 0, 1);
}

static GstStructure *
get_stats (GstHarness *h, const gchar *destination)
{
  GstStructure *stats, *part;

  g_object_get (h->element, "stats", &stats, NULL);
  if (!destination)
    return stats;
  g_assert_true (
      gst_structure_get (stats, destination, GST_TYPE_STRUCTURE, &part, NULL));
  gst_structure_free (stats);
  return part;
}

guint64
publish_stat (GstHarness *h, const gchar *destination, const gchar *field)
{
  GstStructure *stats = get_stats (h, destination);
  guint64 v = 0;

  g_assert_true (gst_structure_get_uint64 (stats, field, &v));
  gst_structure_free (stats);
  return v;
}

gboolean
publish_is_connected (GstHarness *h, const gchar *destination)
{
  GstStructure *stats = get_stats (h, destination);
  gboolean v;

  g_assert_true (gst_structure_get_boolean (stats, "connected", &v));
  gst_structure_free (stats);
  return v;
}

gchar *
publish_pop_warning (GstHarness *h)
{
  GstBus *bus = gst_element_get_bus (h->element);
  GstMessage *message = gst_bus_pop_filtered (bus, GST_MESSAGE_WARNING);
  g_autoptr (GError) error = NULL;

  gst_object_unref (bus);
  if (!message)
    return NULL;
  gst_message_parse_warning (message, &error, NULL);
  gst_message_unref (message);
  g_test_message ("%s", error->message);
  return g_strdup (error->message);
}

gchar **
publish_lines (const gchar *path)
{
  g_autofree gchar *text = NULL;
  gchar **lines;
  gsize size;

  if (!g_file_get_contents (path, &text, &size, NULL))
    return g_new0 (gchar *, 1);
  if (size > 0) {
    g_assert_cmpint (text[size - 1], ==, '\n');
    text[size - 1] = 0;
  }
  lines = g_strsplit (text, "\n", -1);
  return lines;
}

gint64
publish_sequence (const gchar *line)
{
  const gchar *field = strstr (line, "\"sequence\":");

  g_assert_nonnull (field);
  return g_ascii_strtoll (field + strlen ("\"sequence\":"), NULL, 10);
}

guint
publish_free_port (void)
{
  g_autoptr (GSocketListener) listener = g_socket_listener_new ();
  g_autoptr (GError) error = NULL;
  const guint port =
      g_socket_listener_add_any_inet_port (listener, NULL, &error);

  g_assert_no_error (error);
  g_socket_listener_close (listener);
  return port;
}

gchar *
publish_program (const gchar *name)
{
  gchar *path = g_find_program_in_path (name);

  if (!path) {
    path = g_build_filename ("/usr/sbin", name, NULL);
    if (!g_file_test (path, G_FILE_TEST_IS_EXECUTABLE))
      g_clear_pointer (&path, g_free);
  }
  if (!path)
    g_test_skip_printf ("there is no program %s", name);
  return path;
}

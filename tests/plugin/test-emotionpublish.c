/* emotionpublish in a harness: what it writes, and files
 * SPDX-License-Identifier: MIT
 */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "publish.h"
#include "stream-facts.h"
#include "user-info.h"

/* A test's folder and file. */
typedef struct
{
  gchar *dir, *file;
} Place;

static void
set_up (Place *place, gconstpointer data)
{
  place->dir = publish_dir ();
  place->file = g_build_filename (place->dir, "faces.jsonl", NULL);
}

static void
tear_down (Place *place, gconstpointer data)
{
  publish_remove_dir (place->dir);
  g_free (place->file);
}

static void
check_n_lines (const gchar *path, guint n)
{
  gchar **lines = publish_lines (path);

  g_assert_cmpuint (g_strv_length (lines), ==, n);
  g_strfreev (lines);
}

/* ---- what is written ---------------------------------------------------------------- */

/* All lines of a file, against the schema that is installed. */
static void
check_schema (const gchar *path)
{
  static const gchar script[] =
      "import json, sys\n"
      "try:\n"
      "  import jsonschema\n"
      "except ImportError:\n"
      "  sys.exit(77)\n"
      "schema = json.load(open(sys.argv[1]))\n"
      "jsonschema.Draft202012Validator.check_schema(schema)\n"
      "v = jsonschema.Draft202012Validator(schema)\n"
      "lines = open(sys.argv[2]).read().splitlines()\n"
      "assert lines\n"
      "for line in lines: v.validate(json.loads(line))\n"
      "o = json.loads(lines[0])\n"
      "del o['resolution']['width']\n"
      "assert not v.is_valid(o)\n";
  g_autofree gchar *python = publish_program ("python3");
  g_autoptr (GSubprocess) p = NULL;
  g_autoptr (GError) error = NULL;

  if (!python)
    return;
  p = g_subprocess_new (G_SUBPROCESS_FLAGS_NONE, &error, python, "-c", script,
      g_getenv ("REN_SCHEMA"), path, NULL);
  g_assert_no_error (error);
  g_subprocess_wait (p, NULL, &error);
  g_assert_no_error (error);
  if (g_subprocess_get_exit_status (p) == 77)
    g_test_skip ("there is no Python module jsonschema");
  else
    g_assert_cmpint (g_subprocess_get_exit_status (p), ==, 0);
}

static void
push_region (GstHarness *h)
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, 64 * 48, NULL);
  GstVideoRegionOfInterestMeta *roi = test_add_face (buffer, -4, 6, 16, 12);
  g_autoptr (GstCaps) ntp = gst_caps_new_empty_simple ("timestamp/x-ntp");

  GST_BUFFER_PTS (buffer) = GST_SECOND;
  gst_buffer_add_reference_timestamp_meta (buffer, ntp,
      (2208988800 + 1000000000) * GST_SECOND + 5000, GST_CLOCK_TIME_NONE);
  gst_video_region_of_interest_meta_add_param (
      roi, gst_structure_new ("emotion", "label", G_TYPE_STRING,
               "line\nend \"\xc3\xa4\"", "label_id", G_TYPE_INT, -7,
               "confidence", G_TYPE_DOUBLE, .5, NULL));
  gst_buffer_unref (gst_harness_push_and_pull (h, buffer));
}

static JsonObject *
parse (const gchar *line, JsonNode **root)
{
  g_autoptr (GError) error = NULL;

  *root = json_from_string (line, &error);
  g_assert_no_error (error);
  return json_node_get_object (*root);
}

static void
test_fields (Place *place, gconstpointer data)
{
  GstHarness *h = publish_harness ("location=%s add-empty=true source=door "
                                   "tags=\"\\{\\\"floor\\\":2\\}\"",
      place->file);
  g_autoptr (JsonNode) first = NULL, second = NULL, third = NULL;
  JsonObject *o, *face, *emotion, *box;
  gchar **lines;

  gst_harness_set_live (h, FALSE);
  publish_push (h, 25, 1, 3);
  push_region (h);
  publish_push (h, 50, -1, -1);
  publish_finish (h);
  lines = publish_lines (place->file);
  g_assert_cmpuint (g_strv_length (lines), ==, 3);

  o = parse (lines[0], &first);
  g_assert_cmpstr (json_object_get_string_member (o, "source"), ==, "door");
  g_assert_cmpint (json_object_get_int_member (o, "timestamp"), ==, GST_SECOND);
  g_assert_cmpint (json_object_get_int_member (o, "sequence"), ==, 0);
  g_assert_false (json_object_has_member (o, "time"));
  g_assert_cmpint (json_object_get_int_member (
                       json_object_get_object_member (o, "tags"), "floor"),
      ==, 2);
  face = json_array_get_object_element (
      json_object_get_array_member (o, "objects"), 0);
  g_assert_cmpint (json_object_get_int_member (face, "id"), ==, 3);
  g_assert_cmpint (json_object_get_int_member (face, "x"), ==, 8);
  box = json_object_get_object_member (
      json_object_get_object_member (face, "detection"), "bounding_box");
  g_assert_cmpfloat (json_object_get_double_member (box, "x_min"), ==, 8 / 64.);
  g_assert_cmpfloat (
      json_object_get_double_member (box, "y_max"), ==, 18 / 48.);
  emotion = json_object_get_object_member (face, "emotion");
  g_assert_cmpstr (json_object_get_string_member (emotion, "label"), ==, "sad");
  g_assert_cmpint (json_object_get_int_member (emotion, "age"), ==, 0);
  g_assert_cmpfloat (
      json_object_get_double_member (
          json_object_get_object_member (emotion, "scores"), "sad"),
      ==, json_object_get_double_member (emotion, "confidence"));

  o = parse (lines[1], &second);
  g_assert_cmpstr (json_object_get_string_member (o, "time"), ==,
      "2001-09-09T01:46:40.000005Z");
  face = json_array_get_object_element (
      json_object_get_array_member (o, "objects"), 0);
  g_assert_cmpint (json_object_get_int_member (face, "x"), ==, -4);
  g_assert_false (json_object_has_member (face, "id"));
  emotion = json_object_get_object_member (face, "emotion");
  g_assert_cmpstr (json_object_get_string_member (emotion, "label"), ==,
      "line\nend \"\xc3\xa4\"");
  g_assert_cmpint (json_object_get_int_member (emotion, "label_id"), ==, -1);

  o = parse (lines[2], &third);
  g_assert_cmpuint (
      json_array_get_length (json_object_get_array_member (o, "objects")), ==,
      0);
  g_assert_cmpint (json_object_get_int_member (o, "sequence"), ==, 2);
  g_strfreev (lines);
  check_schema (place->file);
}

/* Of live streams the pipeline's clock tells when a frame was taken. */
static void
test_live_time (Place *place, gconstpointer data)
{
  GstHarness *h = publish_harness ("location=%s", place->file);
  GstClock *clock = gst_system_clock_obtain ();
  g_autoptr (JsonNode) root = NULL;
  g_autoptr (GDateTime) time = NULL;
  const gchar *text;
  gint64 late_us;
  gchar **lines;

  gst_element_set_clock (h->element, clock);
  /* the first frame was taken three seconds ago */
  gst_element_set_base_time (
      h->element, gst_clock_get_time (clock) - 3 * GST_SECOND);
  publish_push (h, 0, 0, 1);
  publish_finish (h);
  gst_object_unref (clock);
  lines = publish_lines (place->file);
  text = json_object_get_string_member (parse (lines[0], &root), "time");
  time = g_date_time_new_from_iso8601 (text, NULL);
  g_assert_nonnull (time);
  late_us = g_get_real_time () - g_date_time_to_unix (time) * G_USEC_PER_SEC -
            g_date_time_get_microsecond (time);
  g_assert_cmpint (late_us, >=, 3 * G_USEC_PER_SEC);
  g_assert_cmpint (late_us, <, 30 * G_USEC_PER_SEC);
  g_strfreev (lines);
}

static void
check_written (const gchar *path, const gint *expected)
{
  gchar **lines = publish_lines (path);
  guint i = 0;

  for (; expected[i] >= 0; i++) {
    g_autofree gchar *time =
        g_strdup_printf ("\"timestamp\":%" G_GUINT64_FORMAT,
            (guint) expected[i] * GST_SECOND / 25);

    g_assert_nonnull (lines[i]);
    g_assert_nonnull (strstr (lines[i], time));
  }
  g_assert_null (lines[i]);
  g_strfreev (lines);
}

/* Label and track of each frame, and the frames that are written. */
typedef struct
{
  const gchar *path, *properties;
  gint frames[12][2]; /* label, -1 = no face, -2 = the end; track */
  gint expected[12];
} FilterCase;

static const FilterCase filter_cases[] = {
  { "faces", "", { { -1 }, { 0, 1 }, { -1 }, { 0, 1 }, { -2 } }, { 1, 3, -1 } },
  { "empty", "add-empty=true", { { -1 }, { 0, 1 }, { -1 }, { -2 } },
      { 0, 1, 2, -1 } },
  { "interval", "interval=80000000",
      { { 0, 1 }, { 0, 1 }, { 0, 1 }, { -1 }, { -1 }, { 0, 1 }, { 0, 1 },
          { 0, 1 }, { -2 } },
      { 0, 2, 5, 7, -1 } },
  /* comes, stays, is sad, is another, leaves, stays away, is back */
  { "changes", "only-changes=true",
      { { -1 }, { 0, 1 }, { 0, 1 }, { 1, 1 }, { 1, 2 }, { 1, 2 }, { -1 },
          { -1 }, { 1, 2 }, { -2 } },
      { 1, 3, 4, 6, 8, -1 } },
  { "untracked", "only-changes=true",
      { { 0, -1 }, { 0, -1 }, { 1, -1 }, { -1 }, { -2 } }, { 0, 2, 3, -1 } },
  { "empty-changes", "only-changes=true add-empty=true",
      { { -1 }, { -1 }, { 0, 1 }, { -1 }, { -1 }, { -2 } }, { 0, 2, 3, -1 } },
  /* a change that comes too soon is written when it may be, if it lasts */
  { "slow-changes", "only-changes=true interval=120000000",
      { { 0, 1 }, { 1, 1 }, { 0, 1 }, { 0, 1 }, { 1, 1 }, { 1, 1 }, { -2 } },
      { 0, 4, -1 } },
};

static void
test_filter (Place *place, gconstpointer data)
{
  const FilterCase *c = data;
  GstHarness *h =
      publish_harness ("location=%s %s", place->file, c->properties);

  for (guint i = 0; c->frames[i][0] != -2; i++)
    publish_push (h, i, c->frames[i][0], c->frames[i][1]);
  publish_finish (h);
  check_written (place->file, c->expected);
}

/* Properties that count at once; time that goes back begins anew. */
static void
test_while_playing (Place *place, gconstpointer data)
{
  GstHarness *h = publish_harness ("location=%s", place->file);
  const gint expected[] = { 10, 20, 0, -1 };

  publish_push (h, 10, 0, 1);
  g_object_set (h->element, "interval", GST_SECOND / 5, NULL);
  publish_push (h, 11, 0, 1);
  publish_push (h, 20, 0, 1);
  publish_push (h, 0, 0, 1);
  publish_finish (h);
  check_written (place->file, expected);
}

/* ---- where from ------------------------------------------------------------------------ */

static void
test_addresses (void)
{
  static const gchar *const cases[][2] = {
    { "file:///a/b@c.mp4", "file:///a/b@c.mp4" },
    { "rtsp://u:p@host:554/x", "rtsp://host:554/x" },
    { "rtsp://u:p@ss@host/x?channel=1&token=abc&x=2",
        "rtsp://host/x?channel=1&token=***&x=2" },
    { "rtsp://host/user=admin&password=s3&channel=1",
        "rtsp://host/user=***&password=***&channel=1" },
    { "http://host/a?monkey=1&KEY=2", "http://host/a?monkey=1&KEY=***" },
    { "rtsp://host/user=me_password=s3_channel=1.sdp?real_stream",
        "rtsp://host/user=***" },
    { "http://host/v?loginuse=me&loginpas=s3&X-Amz-Signature=1&x=2",
        "http://host/v?loginuse=***&loginpas=***&X-Amz-Signature=***&x=2" },
    { "http://host/\xff?token=\xfe&x=\xff", "http://host/�?token=***&x=�" },
    { "no address", "no address" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree gchar *uri = uri_without_credentials (cases[i][0]);

    g_assert_cmpstr (uri, ==, cases[i][1]);
  }
}

/* In messages, and where `ps` reads them. */
static void
test_hidden_addresses (void)
{
  static const gchar *const cases[][2] = {
    { "no rtsp://u:p@ss@host/x, twice: http://host/?token=abc&x=1 'http://a@b'",
        "no rtsp://host/x, twice: http://host/?token=***&x=1 'http://b'" },
    { "uri=(string)http://host/\\?token\\=abc&x\\=1",
        "uri=(string)http://host/\\?token\\=***&x\\=1" },
    { "GET /x?token=abc HTTP/1.1\r\n\xff",
        "GET /x?token=*** HTTP/1.1\r\n\xff" },
    { "token=abc is no address", "token=abc is no address" },
  };
  gchar uri[] = "http://host/v?user=me&x=1&token=s3cret#token=";
  gchar name[] = "/video?token=1.mp4";

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree gchar *text = text_without_credentials (cases[i][0]);

    g_assert_cmpstr (text, ==, cases[i][1]);
  }
  uri_mask_parameters (uri);
  g_assert_cmpstr (uri, ==, "http://host/v?user=**&x=1&token=******#token=");
  uri_mask_parameters (name);
  g_assert_cmpstr (name, ==, "/video?token=1.mp4");
}

static gboolean
answer_uri (GstPad *pad, GstObject *parent, GstQuery *query)
{
  if (GST_QUERY_TYPE (query) != GST_QUERY_URI)
    return gst_pad_query_default (pad, parent, query);
  gst_query_set_uri (query, "rtsp://me:s3cret@camera/door");
  return TRUE;
}

static void
test_source (Place *place, gconstpointer data)
{
  GstHarness *h = publish_harness ("location=%s", place->file);
  gchar **lines;

  gst_pad_set_query_function (h->srcpad, answer_uri);
  publish_push (h, 0, 0, 1);
  /* the next stream does not say */
  gst_pad_set_query_function (h->srcpad, gst_pad_query_default);
  gst_harness_push_event (h, gst_event_new_stream_start ("the next"));
  publish_push (h, 1, 0, 1);
  publish_finish (h);
  lines = publish_lines (place->file);
  g_assert_nonnull (strstr (lines[0], "\"source\":\"rtsp://camera/door\""));
  g_assert_nonnull (strstr (lines[1], "\"source\":\"the next\""));
  g_strfreev (lines);
}

/* ---- files ------------------------------------------------------------------------------ */

static void
write_file (const gchar *path, const gchar *text)
{
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static void
check_file (const gchar *path, const gchar *text)
{
  g_autofree gchar *found = NULL;

  g_assert_true (g_file_get_contents (path, &found, NULL, NULL));
  g_assert_cmpstr (found, ==, text);
}

/* An earlier file goes when there is something in its place, or at the end. */
static void
test_earlier_file (Place *place, gconstpointer data)
{
  GstHarness *h;

  write_file (place->file, "earlier\n");
  h = publish_harness ("location=%s", place->file);
  publish_abort (h);
  check_file (place->file, "earlier\n");
  h = publish_harness ("location=%s", place->file);
  publish_push (h, 0, 0, 1);
  publish_finish (h);
  check_n_lines (place->file, 1);
  publish_finish (publish_harness ("location=%s", place->file));
  check_file (place->file, "");
}

static void
test_append (Place *place, gconstpointer data)
{
  GstHarness *h;
  g_autofree gchar *message = NULL;

  /* longer than what is read at a time */
  g_autofree gchar *tail = g_strnfill (10000, 'x');
  g_autofree gchar *text = g_strconcat ("{}\n{\"objects\"", tail, NULL);

  write_file (place->file, text);
  h = publish_harness ("location=%s append=true", place->file);
  publish_push (h, 0, 0, 1);
  publish_finish (h);
  check_n_lines (place->file, 2);
  h = publish_harness ("location=%s append=true", place->file);
  publish_push (h, 0, 0, 1);
  publish_finish (h);
  check_n_lines (place->file, 3);

  /* what is no such file is left alone */
  write_file (place->file, "a picture");
  message = publish_start_error ("location=%s append=true", place->file);
  g_assert_nonnull (strstr (message, "does not hold JSON lines"));
  check_file (place->file, "a picture");
}

static void
test_rotation (Place *place, gconstpointer data)
{
  GstHarness *h =
      publish_harness ("location=%s max-size=4000 max-files=3", place->file);
  gint64 next = 199;

  publish_push_many (h, 0, 200);
  publish_finish (h);
  /* the last lines, from the newest file backwards, without a gap */
  for (guint n = 0; n <= 4; n++) {
    g_autofree gchar *path =
        n ? g_strdup_printf ("%s.%u", place->file, n) : g_strdup (place->file);
    GStatBuf st;
    gchar **lines;

    if (n == 4) {
      g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
      break;
    }
    g_assert_cmpint (g_stat (path, &st), ==, 0);
    g_assert_cmpint (st.st_size, <=, 4000);
    if (n > 0)
      g_assert_cmpint (st.st_size, >, 3000);
    lines = publish_lines (path);
    for (guint i = g_strv_length (lines); i > 0; i--)
      g_assert_cmpint (publish_sequence (lines[i - 1]), ==, next--);
    g_strfreev (lines);
  }
}

/* What others move away or delete is begun anew, and goes on when it can. */
static void
test_moved_away (Place *place, gconstpointer data)
{
  GstHarness *h = publish_harness ("location=%s", place->file);
  g_autofree gchar *moved = g_strconcat (place->file, ".moved", NULL);
  g_autofree gchar *warning = NULL;
  gchar **lines;

  publish_push_many (h, 0, 10);
  wait_until (publish_stat (h, "file", "acknowledged") == 10);
  g_assert_cmpint (g_rename (place->file, moved), ==, 0);
  publish_push_many (h, 10, 20);
  wait_until (publish_stat (h, "file", "acknowledged") == 20);
  g_assert_cmpint (g_unlink (place->file), ==, 0);
  g_assert_cmpint (g_mkdir (place->file, 0700), ==, 0);
  publish_push_many (h, 20, 30);
  wait_until ((warning = publish_pop_warning (h)));
  g_assert_nonnull (strstr (warning, "Is a directory"));
  g_assert_cmpint (g_rmdir (place->file), ==, 0);
  publish_finish (h);

  lines = publish_lines (moved);
  g_assert_cmpuint (g_strv_length (lines), ==, 10);
  g_strfreev (lines);
  lines = publish_lines (place->file);
  g_assert_cmpuint (g_strv_length (lines), ==, 10);
  g_assert_cmpint (publish_sequence (lines[0]), ==, 20);
  g_strfreev (lines);
}

/* A line that is larger than all of a file may be is a file of its own. */
static void
test_small_rotation (Place *place, gconstpointer data)
{
  GstHarness *h =
      publish_harness ("location=%s max-size=10 max-files=1", place->file);
  g_autofree gchar *older = g_strconcat (place->file, ".1", NULL);

  publish_push_many (h, 0, 3);
  publish_finish (h);
  check_n_lines (place->file, 1);
  check_n_lines (older, 1);
}

static void
test_two_writers (Place *place, gconstpointer data)
{
  GstHarness *h = publish_harness ("location=%s", place->file);
  g_autofree gchar *message =
      publish_start_error ("location=%s append=true", place->file);

  g_assert_nonnull (strstr (message, "another element writes"));
  publish_push (h, 0, 0, 1);
  publish_finish (h);
  check_n_lines (place->file, 1);
}

static void
test_no_folder (Place *place, gconstpointer data)
{
  g_autofree gchar *message =
      publish_start_error ("location=%s/no/where.jsonl", place->dir);

  g_assert_nonnull (strstr (message, "no/where.jsonl"));
  g_assert_nonnull (strstr (message, "No such file"));
}

/* A full disk: a warning, whole lines, and on with it when there is room. */
static void
test_full_disk (Place *place, gconstpointer data)
{
  GstHarness *h = publish_harness ("location=%s max-queue=100", place->file);
  struct rlimit before, small;
  g_autofree gchar *warning = NULL;
  gchar **lines;
  guint n;

  getrlimit (RLIMIT_FSIZE, &before);
  small = before;
  small.rlim_cur = 2000;
  signal (SIGXFSZ, SIG_IGN);
  setrlimit (RLIMIT_FSIZE, &small);
  publish_push_many (h, 0, 50);
  wait_until (!publish_is_connected (h, "file") &&
              publish_stat (h, "file", "acknowledged") > 0);
  check_n_lines (place->file, (guint) publish_stat (h, "file", "acknowledged"));
  wait_until ((warning = publish_pop_warning (h)));
  g_assert_nonnull (strstr (warning, place->file));
  setrlimit (RLIMIT_FSIZE, &before);
  publish_push_many (h, 50, 60);
  publish_finish (h);
  lines = publish_lines (place->file);
  n = g_strv_length (lines);
  g_assert_cmpuint (n, ==, 60);
  for (guint i = 0; i < n; i++)
    g_assert_cmpint (publish_sequence (lines[i]), ==, i);
  g_strfreev (lines);
}

/* Where there is never room, all is counted. */
static void
test_dev_full (void)
{
  GstHarness *h =
      publish_harness ("location=/dev/full max-queue=10 drain-timeout=0");
  g_autofree gchar *first = NULL;
  gchar *second, *third;

  publish_push_many (h, 0, 100);
  wait_until ((first = publish_pop_warning (h)));
  /* of the file, and of what is dropped */
  wait_until ((second = publish_pop_warning (h)));
  gst_harness_push_event (h, gst_event_new_eos ());
  gst_element_set_state (h->element, GST_STATE_NULL);
  g_assert_cmpuint (publish_stat (h, "file", "queued"), ==, 100);
  g_assert_cmpuint (publish_stat (h, "file", "dropped"), ==, 100);
  g_assert_true (!strstr (first, "dropped") != !strstr (second, "dropped"));
  g_assert_true (strstr (first, "/dev/full") || strstr (second, "/dev/full"));
  g_free (second);
  while ((third = publish_pop_warning (h))) {
    g_assert_nonnull (strstr (third, "dropped"));
    g_free (third);
  }
  publish_abort (h);
}

/* A named pipe that nobody reads holds nothing up, and is gone on with. */
static void
test_pipe (Place *place, gconstpointer data)
{
  GstHarness *h;
  g_autofree gchar *text = g_malloc0 (4 << 20);
  gsize size = 0;
  int fd;

  g_assert_cmpint (mkfifo (place->file, 0600), ==, 0);
  h = publish_harness ("location=%s", place->file);
  publish_push_many (h, 0, 500);
  fd = open (place->file, O_RDONLY | O_NONBLOCK);
  while (size == 0 || !strstr (text, "\"sequence\":499}\n")) {
    const gssize n = read (fd, text + size, 65536);

    if (n > 0)
      size += (gsize) n;
    else
      g_usleep (1000);
  }
  publish_finish (h);
  close (fd);
  g_assert_true (g_file_set_contents (place->file, text, (gssize) size, NULL));
  check_n_lines (place->file, 500);
}

static void
test_standard_output (Place *place, gconstpointer data)
{
  const int fd = open (place->file, O_WRONLY | O_CREAT, 0600);
  const int saved = dup (STDOUT_FILENO);
  GstHarness *h;

  /* opened when it starts, so that what the test prints goes elsewhere */
  fflush (stdout);
  dup2 (fd, STDOUT_FILENO);
  h = publish_harness ("location=-");
  dup2 (saved, STDOUT_FILENO);
  close (saved);
  close (fd);
  publish_push_many (h, 0, 10);
  publish_finish (h);
  check_n_lines (place->file, 10);
}

/* ---- the element ------------------------------------------------------------------------- */

static void
test_nothing_to_do (void)
{
  GstHarness *h = publish_harness ("max-queue=5");
  g_autofree gchar *warning = publish_pop_warning (h);

  g_assert_nonnull (strstr (warning, "nothing to publish to"));
  publish_push (h, 0, 0, 1);
  publish_finish (h);
}

static void
test_bad_tags (void)
{
  static const gchar *const tags[] = { "[1]", "nonsense", "3" };

  for (guint i = 0; i < G_N_ELEMENTS (tags); i++) {
    g_autofree gchar *message = publish_start_error ("tags=\"%s\"", tags[i]);

    g_assert_nonnull (strstr (message, "not a JSON object"));
  }
}

/* What is in an address could be read by everyone: it is not even kept. */
static void
test_secret_address (void)
{
  static const gchar *const addresses[][2] = {
    { "mqtt", "mqtt://me:s3cret@host/topic" },
    { "kafka", "kafka://me:s3cret@host:9092/topic" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (addresses); i++) {
    g_autoptr (GstElement) element =
        gst_element_factory_make ("emotionpublish", NULL);
    g_autofree gchar *kept = NULL, *message = NULL;

    g_object_set (element, addresses[i][0], addresses[i][1], NULL);
    g_object_get (element, addresses[i][0], &kept, NULL);
    g_assert_null (kept);
    message = publish_start_error ("%s=%s", addresses[i][0], addresses[i][1]);
    g_assert_nonnull (strstr (message, "mqtt-credentials"));
    g_assert_null (strstr (message, "s3cret"));
  }
}

/* Started again it writes again; stats are those of the last run. */
static void
test_restart (Place *place, gconstpointer data)
{
  GstHarness *h = publish_harness ("location=%s append=true", place->file);

  for (guint i = 1; i <= 3; i++) {
    publish_push (h, 0, 0, 1);
    gst_element_set_state (h->element, GST_STATE_NULL);
    g_assert_cmpuint (publish_stat (h, NULL, "frames"), ==, 1);
    g_assert_cmpuint (publish_stat (h, "file", "acknowledged"), ==, 1);
    check_n_lines (place->file, i);
    gst_element_set_state (h->element, GST_STATE_PLAYING);
    gst_harness_push_event (h, gst_event_new_stream_start ("again"));
    gst_harness_set_src_caps_str (
        h, "video/x-raw,format=GRAY8,width=64,height=48,framerate=25/1");
  }
  publish_finish (h);
}

/* Every property can be set and read back, and stays within its range. */
static void
test_properties (void)
{
  g_autoptr (GstElement) element =
      gst_element_factory_make ("emotionpublish", NULL);
  guint n;
  GParamSpec **specs =
      g_object_class_list_properties (G_OBJECT_GET_CLASS (element), &n);

  for (guint i = 0; i < n; i++) {
    GValue value = G_VALUE_INIT, again = G_VALUE_INIT;

    if (!(specs[i]->flags & G_PARAM_WRITABLE) ||
        !g_type_is_a (G_OBJECT_TYPE (element), specs[i]->owner_type) ||
        specs[i]->owner_type != G_OBJECT_TYPE (element))
      continue;
    g_value_init (&value, specs[i]->value_type);
    g_value_init (&again, specs[i]->value_type);
    g_object_get_property (G_OBJECT (element), specs[i]->name, &value);
    g_assert_true (g_param_value_defaults (specs[i], &value));
    if (G_VALUE_HOLDS_STRING (&value))
      g_value_set_string (&value, specs[i]->name);
    else if (G_VALUE_HOLDS_BOOLEAN (&value))
      g_value_set_boolean (&value, TRUE);
    else if (G_VALUE_HOLDS_UINT (&value))
      g_value_set_uint (&value, G_PARAM_SPEC_UINT (specs[i])->maximum);
    else if (G_VALUE_HOLDS_UINT64 (&value))
      g_value_set_uint64 (&value, G_PARAM_SPEC_UINT64 (specs[i])->maximum);
    else
      g_value_set_enum (&value, 0);
    g_object_set_property (G_OBJECT (element), specs[i]->name, &value);
    g_object_get_property (G_OBJECT (element), specs[i]->name, &again);
    g_assert_cmpint (g_param_values_cmp (specs[i], &value, &again), ==, 0);
    g_value_unset (&value);
    g_value_unset (&again);
  }
  g_free (specs);
}

#define add(path, function)                                                    \
  g_test_add ("/emotionpublish/" path, Place, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  test_init (&argc, &argv);
  add ("fields", test_fields);
  add ("live-time", test_live_time);
  for (guint i = 0; i < G_N_ELEMENTS (filter_cases); i++) {
    g_autofree gchar *path =
        g_strconcat ("/emotionpublish/filter/", filter_cases[i].path, NULL);

    g_test_add (path, Place, &filter_cases[i], set_up, test_filter, tear_down);
  }
  add ("while-playing", test_while_playing);
  g_test_add_func ("/emotionpublish/addresses", test_addresses);
  g_test_add_func ("/emotionpublish/hidden-addresses", test_hidden_addresses);
  add ("source", test_source);
  add ("earlier-file", test_earlier_file);
  add ("append", test_append);
  add ("rotation", test_rotation);
  add ("moved-away", test_moved_away);
  add ("small-rotation", test_small_rotation);
  add ("two-writers", test_two_writers);
  add ("no-folder", test_no_folder);
  add ("full-disk", test_full_disk);
  g_test_add_func ("/emotionpublish/dev-full", test_dev_full);
  add ("pipe", test_pipe);
  add ("standard-output", test_standard_output);
  g_test_add_func ("/emotionpublish/nothing-to-do", test_nothing_to_do);
  g_test_add_func ("/emotionpublish/bad-tags", test_bad_tags);
  g_test_add_func ("/emotionpublish/secret-address", test_secret_address);
  add ("restart", test_restart);
  g_test_add_func ("/emotionpublish/properties", test_properties);
  return g_test_run ();
}

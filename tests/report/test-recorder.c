/* --report and --faces on frames: names, intervals, the share of time, errors
 * SPDX-License-Identifier: MIT
 */
#include "recorder.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "face-files.h"

#define STEP (GST_SECOND / 10)

static gchar *temporary;

static gchar *
path_of (const gchar *name)
{
  return g_build_filename (temporary, name, NULL);
}

static void
remove_tree (const gchar *path)
{
  GDir *dir = g_file_test (path, G_FILE_TEST_IS_SYMLINK)
                  ? NULL
                  : g_dir_open (path, 0, NULL);
  const gchar *name;

  while (dir && (name = g_dir_read_name (dir))) {
    g_autofree gchar *below = g_build_filename (path, name, NULL);

    remove_tree (below);
  }
  g_clear_pointer (&dir, g_dir_close);
  g_remove (path);
}

/* Names of all files below, such as "happy/000001-track7-94.jpg", sorted. */
static GPtrArray *
list (const gchar *path, const gchar *prefix, GPtrArray *names)
{
  GDir *dir = g_dir_open (path, 0, NULL);
  const gchar *name;

  while (dir && (name = g_dir_read_name (dir))) {
    g_autofree gchar *below = g_build_filename (path, name, NULL);
    g_autofree gchar *shown = g_strconcat (prefix, name, NULL);

    if (g_file_test (below, G_FILE_TEST_IS_DIR)) {
      g_autofree gchar *deeper = g_strconcat (shown, "/", NULL);

      list (below, deeper, names);
    } else {
      g_ptr_array_add (names, g_steal_pointer (&shown));
    }
  }
  g_clear_pointer (&dir, g_dir_close);
  return names;
}

static gint
compare (gconstpointer a, gconstpointer b)
{
  return strcmp (*(gchar *const *) a, *(gchar *const *) b);
}

static gchar *
list_files (const gchar *path)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);

  list (path, "", names);
  g_ptr_array_sort (names, compare);
  g_ptr_array_add (names, NULL);
  return g_strjoinv (" ", (gchar **) names->pdata);
}

/* ---- frames ------------------------------------------------------------------ */

static GstBuffer *
make_frame (GstVideoInfo *info)
{
  GstBuffer *buffer;

  gst_video_info_set_format (info, GST_VIDEO_FORMAT_NV12, 320, 240);
  buffer = gst_buffer_new_allocate (NULL, info->size, NULL);
  gst_buffer_memset (buffer, 0, 128, info->size);
  GST_BUFFER_DURATION (buffer) = STEP;
  return buffer;
}

static void
add_face (GstBuffer *buffer, const gchar *label, gint64 track_id, gint x)
{
  const gchar *const labels[] = { label, "else", NULL };
  const gfloat scores[] = { .94f, .06f };
  g_autoptr (GstEmotionClasses) classes =
      gst_emotion_classes_new ("model", labels);
  GstEmotionMeta *m =
      gst_buffer_add_emotion_meta (buffer, classes, scores, 2, x, 20, 60, 60);

  m->track_id = track_id;
}

static Recorder *
start (const gchar *report, const gchar *faces)
{
  const RecorderSettings settings = {
    .source = "file:///x.webm", .report = report, .faces = faces
  };
  g_autoptr (GError) error = NULL;
  Recorder *r = recorder_new (&settings, &error);

  g_assert_no_error (error);
  return r;
}

static gboolean
add (Recorder *r, GstBuffer *buffer, const GstVideoInfo *info,
    GstClockTime time, GError **error)
{
  g_autoptr (GArray) faces = emotion_faces_new ();

  emotion_faces_read (faces, buffer);
  return recorder_add (r, buffer, faces, info, time, error);
}

/* Frames with a face of one label; FALSE where adding one failed. */
static gboolean
play (Recorder *r, guint n, const gchar *label, gint64 track_id, GError **error)
{
  gboolean ok = TRUE;

  for (guint i = 0; i < n && ok; i++) {
    GstVideoInfo info;
    g_autoptr (GstBuffer) buffer = make_frame (&info);

    add_face (buffer, label, track_id, 20);
    ok = add (r, buffer, &info, i * STEP, error);
  }
  return ok;
}

/* ---- faces --------------------------------------------------------------------- */

/* One each two seconds, in folders that are made, and none is overwritten. */
static void
test_files (void)
{
  g_autofree gchar *top = path_of ("faces"), *files = NULL, *more = NULL;
  g_autofree gchar *folder = g_build_filename (top, "below", NULL);

  for (guint run = 0; run < 2; run++) {
    g_autoptr (Recorder) r = start (NULL, folder);
    g_autoptr (GError) error = NULL;

    g_assert_true (play (r, 45, "happy", 7, &error));
    g_assert_cmpuint (recorder_n_faces (r), ==, 3);
    g_assert_true (recorder_finish (r, &error));
    g_assert_no_error (error);
    if (run == 0)
      files = list_files (top);
  }
  g_assert_cmpstr (files, ==,
      "below/happy/000001-track7-94.jpg below/happy/000021-track7-94.jpg "
      "below/happy/000041-track7-94.jpg");
  more = list_files (top);
  g_assert_cmpstr (more, ==,
      "below/happy/000001-track7-94-2.jpg below/happy/000001-track7-94.jpg "
      "below/happy/000021-track7-94-2.jpg below/happy/000021-track7-94.jpg "
      "below/happy/000041-track7-94-2.jpg below/happy/000041-track7-94.jpg");
  remove_tree (top);
}

/* Labels come from a file: whatever they are, files are in a folder of DIR. */
static void
test_hostile_labels (void)
{
  static const gchar *const labels[][2] = { { "../../etc", "______etc" },
    { "/etc/passwd", "_etc_passwd" }, { ".", "_" }, { "..", "__" },
    { "a\\b:c*d", "a_b_c_d" }, { "-rf", "-rf" }, { "喜び", "喜び" },
    { "tr\xc3\xa8s gai\n", "tr\xc3\xa8s_gai_" }, { "\x1b[31m", "__31m" } };
  g_autofree gchar *top = path_of ("faces");
  g_autofree gchar *letters = g_strnfill (300, 'a');
  g_autofree gchar *wide =
      g_strconcat ("x", "喜喜喜喜喜喜喜喜喜喜喜喜喜喜喜喜喜喜喜喜喜喜", NULL);
  g_autofree gchar *cut = face_files_folder_name (letters);
  g_autofree gchar *cut_wide = face_files_folder_name (wide);
  g_autofree gchar *none = face_files_folder_name ("");

  for (guint i = 0; i < G_N_ELEMENTS (labels); i++) {
    g_autofree gchar *name = face_files_folder_name (labels[i][0]);
    g_autofree gchar *wanted =
        g_strdup_printf ("%s/000001-face-94.jpg", labels[i][1]);
    g_autofree gchar *files = NULL;
    g_autoptr (Recorder) r = start (NULL, top);
    g_autoptr (GError) error = NULL;

    g_assert_cmpstr (name, ==, labels[i][1]);
    g_assert_true (play (r, 1, labels[i][0], -1, &error));
    files = list_files (top);
    g_assert_cmpstr (files, ==, wanted);
    remove_tree (top);
  }
  g_assert_cmpuint (strlen (cut), ==, 64);
  g_assert_cmpuint (strlen (cut_wide), ==, 64);
  g_assert_true (g_utf8_validate (cut_wide, -1, NULL));
  g_assert_cmpstr (none, ==, "_");
}

/* A film of days does not fill the disk. */
static void
test_most_files (void)
{
  g_autofree gchar *top = path_of ("faces");
  g_autoptr (GBytes) jpeg = g_bytes_new_static ("x", 1);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;
  g_autoptr (FaceFiles) f = face_files_new (top, 20, &error);

  g_assert_no_error (error);
  for (guint i = 0; i < 30; i++)
    g_assert_true (face_files_add (f, "happy", i, 1, 1, jpeg, &error));
  g_assert_true (face_files_is_full (f));
  g_assert_cmpuint (face_files_count (f), ==, 20);
  g_assert_cmpuint (list (top, "", names)->len, ==, 20);
  remove_tree (top);
}

/* ---- errors ---------------------------------------------------------------------- */

static void
check_refused (const gchar *report, const gchar *faces, const gchar *named)
{
  const RecorderSettings settings = {
    .source = "x", .report = report, .faces = faces
  };
  g_autoptr (GError) error = NULL;

  g_assert_null (recorder_new (&settings, &error));
  g_assert_nonnull (error);
  g_assert_true (error->domain == G_FILE_ERROR);
  g_assert_nonnull (strstr (error->message, named));
}

static void
test_not_writable (void)
{
  g_autofree gchar *file = path_of ("file");
  g_autofree gchar *below = g_build_filename (file, "faces", NULL);
  g_autofree gchar *locked = path_of ("locked");
  g_autofree gchar *in_locked = g_build_filename (locked, "faces", NULL);

  g_assert_true (g_file_set_contents (file, "", 0, NULL));
  check_refused (NULL, file, file);
  check_refused (NULL, below, below);
  check_refused (below, NULL, below);
  check_refused ("/dev/null", NULL, "/dev/null");
  g_unlink (file);
  if (geteuid () == 0)
    return; /* who may write everywhere */
  g_assert_cmpint (g_mkdir (locked, 0555), ==, 0);
  check_refused (NULL, locked, locked);
  check_refused (NULL, in_locked, in_locked);
  g_rmdir (locked);
}

/* A disk that is full is told of once; the report goes on, and nothing half
 * written is left. */
static void
test_full_disk (void)
{
  g_autofree gchar *top = path_of ("faces"), *files = NULL;
  g_autofree gchar *report = path_of ("report.html"), *text = NULL;
  g_autoptr (Recorder) r = start (report, top);
  g_autoptr (GError) error = NULL;
  struct rlimit limit, small;

  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &limit), ==, 0);
  small = limit;
  small.rlim_cur = 100;
  signal (SIGXFSZ, SIG_IGN);
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &small), ==, 0);
  g_assert_false (play (r, 1, "happy", 1, &error));
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &limit), ==, 0);
  g_assert_nonnull (strstr (error->message, top));
  g_clear_error (&error);
  g_assert_true (play (r, 50, "happy", 1, &error));
  g_assert_cmpuint (recorder_n_faces (r), ==, 0);
  files = list_files (top);
  g_assert_cmpstr (files, ==, "");
  g_assert_true (recorder_finish (r, &error));
  g_assert_no_error (error);
  g_assert_true (g_file_get_contents (report, &text, NULL, NULL));
  g_assert_nonnull (strstr (text, "data:image/jpeg;base64,"));
  g_unlink (report);
  remove_tree (top);
}

/* ---- time ---------------------------------------------------------------------------- */

static gint64 clock_now, clock_step;

/* Each look at it takes that long. */
static gint64
slow_clock (void)
{
  return clock_now += clock_step;
}

/* Where pictures take long, there are few of them: a twentieth of the time, and
 * what may be taken in advance. */
static void
test_share_of_time (void)
{
  g_autofree gchar *top = path_of ("faces");
  guint counts[2];

  for (guint slow = 0; slow < 2; slow++) {
    g_autoptr (Recorder) r = start (NULL, top);
    g_autoptr (GError) error = NULL;

    clock_now = 0;
    recorder_set_clock (r, slow_clock);
    for (guint i = 0; i < 150; i++) {
      GstVideoInfo info;
      g_autoptr (GstBuffer) buffer = make_frame (&info);

      /* two new people in each frame, for 15 seconds */
      for (guint k = 0; k < 2; k++)
        add_face (buffer, "happy", i * 2 + k, 100 * (gint) k);
      clock_now = i * 100000;
      clock_step = slow ? 50000 : 10;
      g_assert_true (add (r, buffer, &info, i * STEP, &error));
    }
    counts[slow] = recorder_n_faces (r);
    remove_tree (top);
  }
  /* 0.3 s and a twentieth of 15 s, at 50 ms each; one may be under way */
  g_assert_cmpuint (counts[1], >=, 20);
  g_assert_cmpuint (counts[1], <=, 22);
  g_assert_cmpuint (counts[0], ==, 300);
}

/* What a buffer shares, and who may write to it, is as before. */
static void
test_buffer_stays (void)
{
  g_autofree gchar *report = path_of ("report.html");
  g_autoptr (Recorder) r = start (report, NULL);
  g_autoptr (GError) error = NULL;
  GstVideoInfo info, other;
  g_autoptr (GstBuffer) buffer = make_frame (&info);

  add_face (buffer, "happy", 1, 20);
  g_assert_true (add (r, buffer, &info, 0, &error));
  g_assert_true (gst_buffer_is_writable (buffer));
  g_assert_cmpuint (recorder_timeline (r)->persons->len, ==, 1);
  /* of other caps than it says: no picture, no harm */
  gst_video_info_set_format (&other, GST_VIDEO_FORMAT_RGB, 4000, 3000);
  g_assert_true (add (r, buffer, &other, 10 * GST_SECOND, &error));
  recorder_restart (r);
  g_assert_true (add (r, buffer, &info, 0, &error));
  g_assert_cmpuint (recorder_timeline (r)->persons->len, ==, 2);
  g_assert_true (recorder_finish (r, &error));
  g_unlink (report);
}

int
main (int argc, char **argv)
{
  int status;

  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  temporary = g_dir_make_tmp ("recorder-XXXXXX", NULL);
  g_test_add_func ("/recorder/files", test_files);
  g_test_add_func ("/recorder/hostile-labels", test_hostile_labels);
  g_test_add_func ("/recorder/most-files", test_most_files);
  g_test_add_func ("/recorder/not-writable", test_not_writable);
  g_test_add_func ("/recorder/full-disk", test_full_disk);
  g_test_add_func ("/recorder/share-of-time", test_share_of_time);
  g_test_add_func ("/recorder/buffer-stays", test_buffer_stays);
  status = g_test_run ();
  g_assert_cmpint (g_rmdir (temporary), ==, 0);
  g_free (temporary);
  return status;
}

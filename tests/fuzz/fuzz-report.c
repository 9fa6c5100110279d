/* Faces as a report's page shows them. SPDX-License-Identifier: MIT
 *
 * An input is the source in a line, and frames: see faces-input.h.
 */
#include "emotion-reader.h"
#include "face-files.h"
#include "faces-input.h"
#include "fuzzer.h"
#include "report.h"
#include "source-link.h"

int
LLVMFuzzerInitialize (int *argc, char ***argv)
{
  faces_input_begin ();
  return 0;
}

/* A label is one folder's name, wherever it leads. */
static void
check_folder (const gchar *label)
{
  g_autofree gchar *name = face_files_folder_name (label);

  g_assert (*name && strlen (name) <= 64);
  g_assert_null (strpbrk (name, "/."));
  g_assert_true (g_utf8_validate (name, -1, NULL));
}

static void
add_frame (Timeline *t, FuzzInput *input)
{
  g_autoptr (GstBuffer) buffer = faces_input_frame (input);
  g_autoptr (GArray) faces = emotion_faces_new ();
  const GstClockTime time = fuzz_take (input, 1) % 64 * (GST_SECOND / 4);

  emotion_faces_read (faces, buffer);
  for (guint i = 0; i < faces->len; i++)
    check_folder (g_array_index (faces, EmotionFace, i).label);
  timeline_add_faces (t, (const EmotionFace *) (gpointer) faces->data,
      faces->len, time, GST_CLOCK_TIME_NONE);
}

/* Nothing that came from outside is more than text in it. */
static void
check_page (const GString *html)
{
  static const gchar *const tags[] = { "<x", "<script", "<X" };

  g_assert_true (g_utf8_validate (html->str, (gssize) html->len, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (tags); i++)
    g_assert_null (strstr (html->str, tags[i]));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  FuzzInput input = { data, size };
  g_autofree gchar *source = fuzz_text (fuzz_until (&input, '\n'));
  g_autoptr (GDateTime) date = g_date_time_new_from_unix_utc (0);
  const ReportInfo info = { source, date };
  g_autoptr (Timeline) t = timeline_new ();
  GString *html;

  while (input.left)
    add_frame (t, &input);
  timeline_finish (t);
  html = report_html (t, &info, "/tmp/report.html");
  check_page (html);
  g_string_free (html, TRUE);
  return 0;
}

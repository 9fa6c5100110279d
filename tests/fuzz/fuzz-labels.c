/* Names of classes, splits and files, and how they are shown
 * SPDX-License-Identifier: MIT
 *
 * An input is lines: labels, separated by commas; a name; a crop.
 */
#include <string.h>

#include "app.h"
#include "fuzz-input.h"
#include "dataset.h"
#include "faces.h"
#include "fuzzer.h"
#include "labels.h"

/* Nothing in it steers a terminal. */
static void
check_shown (const char *bytes)
{
  g_autofree char *shown = console_name (bytes);
  g_autoptr (GString) line = g_string_new (NULL);

  g_assert_true (g_utf8_validate (shown, -1, NULL));
  for (const char *p = shown; *p; p = g_utf8_next_char (p)) {
    const gunichar c = g_utf8_get_char (p);

    g_assert_false (g_unichar_iscntrl (c));
    g_assert_cmpint (g_unichar_type (c), !=, G_UNICODE_FORMAT);
  }
  console_pad (line, shown, 12);
  g_assert_cmpuint (console_width (line->str), ==, 12);
  g_string_truncate (line, 0);
  console_pad (line, shown, -7);
  g_assert_cmpuint (console_width (line->str), ==, 7);
}

static void
find (const char *labels, const char *name)
{
  g_auto (GStrv) all = g_strsplit (labels, ",", -1);
  const char *const *list = (const char *const *) all;
  g_autofree char *shown = labels_list (list);

  g_assert_true (g_utf8_validate (shown, -1, NULL));
  g_assert_cmpint (labels_find (list, name), <, (int) g_strv_length (all));
  for (guint i = 0; all[i]; i++)
    g_assert_cmpint (labels_find (list, all[i]), <=, (int) i);
  labels_is_emotion (name);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  FuzzInput input = { data, size };
  g_autofree char *labels = fuzz_text (fuzz_until (&input, '\n'));
  g_autofree char *name = fuzz_text (fuzz_until (&input, '\n'));
  g_autofree char *crop = fuzz_text (fuzz_until (&input, '\n'));
  g_autoptr (GError) split_error = NULL, votes_error = NULL, error = NULL;
  DatasetSplit split;
  DatasetVotes votes;
  RenRect rect;

  if (strlen (labels) < 1000)
    find (labels, name);
  check_shown (labels);
  check_shown (name);
  g_assert (dataset_parse_split (name, &split, &split_error) == !split_error);
  g_assert (dataset_parse_votes (name, &votes, &votes_error) == !votes_error);
  g_assert (faces_parse_crop (crop, &rect, &error) == !error);
  g_assert (error || (rect.w >= 1 && rect.h >= 1));
  return 0;
}

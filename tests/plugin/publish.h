/* What the tests of emotionpublish share: frames with faces, brokers, ports
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include <gio/gio.h>

#include "harness.h"

/* Polls until the condition holds, and fails after ten seconds, a minute under
 * the sanitizers' weight. */
#define wait_until(condition)                                                  \
  G_STMT_START                                                                 \
  {                                                                            \
    const gint64 give_up_us = g_get_monotonic_time () + 60 * G_USEC_PER_SEC;   \
                                                                               \
    while (!(condition)) {                                                     \
      g_assert_cmpint (g_get_monotonic_time (), <, give_up_us);                \
      g_usleep (2000);                                                         \
    }                                                                          \
  }                                                                            \
  G_STMT_END

/* A folder for the running test. */
gchar *publish_dir (void);
void publish_remove_dir (gchar *dir);

/* emotionpublish in a harness, with properties as in a launch line, and a bus. */
GstHarness *publish_harness (const gchar *format, ...) G_GNUC_PRINTF (1, 2);
/* Ends the stream first, so that all is sent; or does not. */
void publish_finish (GstHarness *h);
void publish_abort (GstHarness *h);

/* An element of these properties that must not start: its error's text. */
gchar *publish_start_error (const gchar *format, ...) G_GNUC_PRINTF (1, 2);

/* Pushes frame number `index`, at 25 a second, and checks that it comes out as
 * it was. One with a face of this label of happy, sad, neutral, and this track;
 * without a face for a label of -1. */
void publish_push (GstHarness *h, guint index, gint label, gint64 track);
/* Frames from..to-1 with a face. */
void publish_push_many (GstHarness *h, guint from, guint to);

/* A number of the property stats; of a destination or, where that is NULL, of
 * the element. */
guint64 publish_stat (
    GstHarness *h, const gchar *destination, const gchar *field);
gboolean publish_is_connected (GstHarness *h, const gchar *destination);

/* The text of the next warning on the bus, or NULL. */
gchar *publish_pop_warning (GstHarness *h);

/* The lines of a file; the last is whole, or the test fails. NULL-terminated. */
gchar **publish_lines (const gchar *path);
/* The number of a line's object. */
gint64 publish_sequence (const gchar *line);

/* A TCP port of the loopback that is free now. */
guint publish_free_port (void);

/* The path of a program, or NULL, and the test is skipped. */
gchar *publish_program (const gchar *name);

/* Lines on standard output and error that do not get into each other's way.
 * SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

/**
 * say:
 * @format: as of printf(), without a line end
 *
 * Prints a line on standard error that begins with the program's name, without the
 * credentials of addresses in it.
 *
 * All of these may be called from any thread; a status line that is shown makes
 * room.
 */
void say (const gchar *format, ...) G_GNUC_PRINTF (1, 2);

/* The same with all that is in @text. */
void say_as_is (const gchar *text);

/* Prints @text, whole lines, on standard output. Returns: whether that can
 * still be written. */
gboolean print_lines (const gchar *text);

/* Whether standard error is a terminal, which a status line can be shown on. */
gboolean has_status_line (void);

/* Shows @line, as far as it fits, as the last on the terminal; NULL takes it
 * away. */
void show_status_line (const gchar *line);

/* Columns of the terminal, 80 where that is not known. */
guint get_columns (void);

/* Text for people: messages, safe names, columns, the progress bar.
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "app.h"

/* often enough to look alive, seldom enough to cost nothing */
#define PROGRESS_INTERVAL_US (G_USEC_PER_SEC / 10)

static gboolean quiet, mute;

/* There is one terminal, so there is one progress bar. */
static struct
{
  gboolean active;
  gboolean drawn;
  guint64 total, done, skipped;
  const char *unit;
  gint64 start_us, drawn_us;
  char label[64];
} progress;

void
console_set_quiet (gboolean be_quiet)
{
  quiet = be_quiet;
}

void
console_set_mute (gboolean be_mute)
{
  mute = be_mute;
}

gboolean
console_is_terminal (void)
{
  return isatty (STDOUT_FILENO);
}

gboolean
console_is_utf8 (void)
{
  return g_get_charset (NULL);
}

guint
console_columns (int fd)
{
  struct winsize size = { 0 };

  return ioctl (fd, TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col : 80;
}

static const char *
escape (const char *sequence)
{
  /* https://no-color.org */
  const char *no_color = g_getenv ("NO_COLOR");

  return console_is_terminal () && !(no_color && *no_color) ? sequence : "";
}

const char *
console_bold (void)
{
  return escape ("\033[1m");
}

const char *
console_dim (void)
{
  return escape ("\033[2m");
}

const char *
console_plain (void)
{
  return escape ("\033[0m");
}

/* ---- messages ------------------------------------------------------------ */

static char *
make_printable (const char *bytes, gboolean keep_newlines)
{
  GString *out = g_string_new (NULL);

  for (const char *p = bytes; *p;) {
    const gunichar c = g_utf8_get_char_validated (p, -1);

    if (c == (gunichar) -1 || c == (gunichar) -2) {
      g_string_append_printf (out, "\\x%02x", (guint8) *p++);
      continue;
    }
    /* Cc are control characters; Cf turn the direction of text around */
    if (c == '\n' && keep_newlines)
      g_string_append_c (out, '\n');
    else if (c == '\n')
      g_string_append (out, "\\n");
    else if (c < 0x80 && g_unichar_iscntrl (c))
      g_string_append_printf (out, "\\x%02x", c);
    else if (g_unichar_iscntrl (c) || g_unichar_type (c) == G_UNICODE_FORMAT ||
             g_unichar_type (c) == G_UNICODE_LINE_SEPARATOR ||
             g_unichar_type (c) == G_UNICODE_PARAGRAPH_SEPARATOR)
      g_string_append_printf (out, "\\u%04x", c);
    else
      g_string_append_unichar (out, c);
    p = g_utf8_next_char (p);
  }
  return g_string_free (out, FALSE);
}

char *
console_name (const char *bytes)
{
  return make_printable (bytes, FALSE);
}

static void
clear_progress_line (void)
{
  if (progress.drawn)
    fputs ("\r\033[K", stderr);
  progress.drawn = FALSE;
}

static void
print_message (const char *format, va_list args)
{
  g_autofree char *text = g_strdup_vprintf (format, args);
  /* messages of libraries may hold anything */
  g_autofree char *safe = make_printable (text, TRUE);

  if (mute)
    return;
  clear_progress_line ();
  /* results that came before on the same terminal stay before */
  fflush (stdout);
  fprintf (stderr, "resemotenet: %s\n", safe);
}

void
console_error (const char *format, ...)
{
  va_list args;

  va_start (args, format);
  print_message (format, args);
  va_end (args);
}

void
console_note (const char *format, ...)
{
  va_list args;

  if (quiet)
    return;
  va_start (args, format);
  print_message (format, args);
  va_end (args);
}

/* ---- columns ------------------------------------------------------------- */

static guint
char_width (gunichar c)
{
  return g_unichar_iszerowidth (c) ? 0 : g_unichar_iswide (c) ? 2 : 1;
}

guint
console_width (const char *utf8)
{
  guint width = 0;

  for (const char *p = utf8; *p; p = g_utf8_next_char (p))
    width += char_width (g_utf8_get_char (p));
  return width;
}

/* Appends the first or the last characters that fit into `width` columns. */
static guint
append_part (GString *line, const char *utf8, guint width, gboolean tail)
{
  const char *begin = utf8, *end = utf8 + strlen (utf8);
  guint used = 0;

  for (const char *p = tail ? end : begin; tail ? p > utf8 : p < end;) {
    const char *c = tail ? g_utf8_prev_char (p) : p;
    const guint w = char_width (g_utf8_get_char (c));

    if (used + w > width)
      break;
    used += w;
    p = tail ? c : g_utf8_next_char (p);
    if (tail)
      begin = p;
    else
      utf8 = p;
  }
  if (tail)
    g_string_append (line, used ? begin : "");
  else
    g_string_append_len (line, begin, utf8 - begin);
  return used;
}

void
console_pad (GString *line, const char *utf8, int width)
{
  const guint room = ABS (width), have = console_width (utf8);
  guint used = have;

  if (width < 0 && have < room)
    g_string_append_printf (line, "%*s", (int) (room - have), "");
  if (have <= room) {
    g_string_append (line, utf8);
  } else {
    const char *dots = console_is_utf8 () ? "…" : "~";
    const guint first = (room - 1) / 3;

    used = append_part (line, utf8, first, FALSE) + 1;
    g_string_append (line, dots);
    used += append_part (line, utf8, room - 1 - first, TRUE);
  }
  /* a wide character that did not fit leaves room in a text that was cut, too */
  if (used < room && (width > 0 || have > room))
    g_string_append_printf (line, "%*s", (int) (room - used), "");
}

char *
console_number (guint64 n)
{
  GString *text = g_string_new (NULL);

  g_string_printf (text, "%" G_GUINT64_FORMAT, n);
  for (gssize i = (gssize) text->len - 3; i > 0; i -= 3)
    g_string_insert_c (text, i, ',');
  return g_string_free (text, FALSE);
}

/* ---- progress ------------------------------------------------------------ */

static void
draw_progress (gint64 now_us)
{
  const double seconds = (double) (now_us - progress.start_us) / 1e6;
  const double rate =
      (double) (progress.done - progress.skipped) / MAX (seconds, 1e-3);
  g_autofree char *done = console_number (progress.done);
  g_autofree char *total = console_number (progress.total);
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GString) bar = g_string_new (NULL);
  int columns, room;

  g_string_printf (text, " %3.0f %%  %s of %s %s",
      100.0 * (double) progress.done / (double) progress.total, done, total,
      progress.unit);
  /* the first faces wait for threads to start and say nothing of the rate */
  if (progress.done > progress.skipped && seconds > 0.5) {
    const guint64 left =
        (guint64) ((double) (progress.total - progress.done) / rate + 0.5);

    g_string_append_printf (text, "  %.*f/s", rate < 10 ? 1 : 0, rate);
    if (left >= 3600)
      g_string_append_printf (text, "  %" G_GUINT64_FORMAT ":%02u:%02u left",
          left / 3600, (guint) (left / 60 % 60), (guint) (left % 60));
    else
      g_string_append_printf (
          text, "  %u:%02u left", (guint) (left / 60), (guint) (left % 60));
  }

  if (progress.label[0])
    g_string_append_printf (text, "  %s", progress.label);
  columns = (int) console_columns (STDERR_FILENO);
  room = MIN (30, columns - 1 - (int) text->len);
  if (room >= 8) {
    const int filled =
        (int) ((guint64) room * progress.done / MAX (progress.total, 1));

    for (int i = 0; i < room; i++)
      g_string_append (bar, console_is_utf8 () ? (i < filled ? "━" : "╌")
                                               : (i < filled ? "=" : "."));
  }
  if (room < 0)
    g_string_truncate (text, MAX (columns - 1, 0));
  fprintf (stderr, "\r%s%s\033[K", bar->str, text->str);
  fflush (stderr);
  progress.drawn = TRUE;
  progress.drawn_us = now_us;
}

void
console_progress_begin (guint64 total, const char *unit)
{
  memset (&progress, 0, sizeof progress);
  if (quiet || mute || total < 2 || !isatty (STDERR_FILENO))
    return;
  progress.active = TRUE;
  progress.total = total;
  progress.unit = unit;
  progress.start_us = g_get_monotonic_time ();
  draw_progress (progress.start_us);
}

void
console_progress (guint64 done)
{
  const gint64 now_us = g_get_monotonic_time ();

  if (!progress.active)
    return;
  progress.done = MIN (done, progress.total);
  if (now_us - progress.drawn_us >= PROGRESS_INTERVAL_US)
    draw_progress (now_us);
}

void
console_progress_skip (guint64 done)
{
  progress.done = progress.skipped = MIN (done, progress.total);
}

void
console_progress_label (const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_vsnprintf (progress.label, sizeof progress.label, format, args);
  va_end (args);
}

void
console_progress_end (void)
{
  clear_progress_line ();
  fflush (stderr);
  progress.active = FALSE;
}

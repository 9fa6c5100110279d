/* SPDX-License-Identifier: MIT */
#include "html.h"

#include <string.h>

/* Control characters, and those that turn the direction of what follows. */
static gboolean
is_printable (gunichar c)
{
  return c == '\t' || c == '\n' ||
         (c >= 0x20 && c != 0x7f && !(c >= 0x80 && c < 0xa0) &&
             !(c >= 0x202a && c <= 0x202e) && !(c >= 0x2066 && c <= 0x2069) &&
             (c & 0xfffe) != 0xfffe && !(c >= 0xfdd0 && c <= 0xfdef));
}

void
html_text (GString *html, const gchar *text)
{
  g_autofree gchar *valid = g_utf8_make_valid (text, -1);

  for (const gchar *p = valid; *p; p = g_utf8_next_char (p)) {
    const gunichar c = g_utf8_get_char (p);

    switch (c) {
      case '&':
        g_string_append (html, "&amp;");
        break;
      case '<':
        g_string_append (html, "&lt;");
        break;
      case '>':
        g_string_append (html, "&gt;");
        break;
      case '"':
        g_string_append (html, "&quot;");
        break;
      case '\'':
        g_string_append (html, "&#39;");
        break;
      default:
        g_string_append_unichar (html, is_printable (c) ? c : 0xfffd);
    }
  }
}

void
html_number (GString *html, gdouble value, guint decimals)
{
  gchar format[8], text[G_ASCII_DTOSTR_BUF_SIZE + 32];

  g_snprintf (format, sizeof format, "%%.%uf", MIN (decimals, 9));
  g_ascii_formatd (text, sizeof text, format, value);
  if (strchr (text, '.')) {
    gchar *end = text + strlen (text) - 1;

    while (*end == '0')
      *end-- = '\0';
    if (*end == '.')
      *end = '\0';
  }
  g_string_append (html, g_str_equal (text, "-0") ? "0" : text);
}

void
html_share (GString *html, gdouble share)
{
  gchar text[G_ASCII_DTOSTR_BUF_SIZE];

  if (share > 0 && share < .0005) {
    g_string_append (html, "&lt;0.1 %");
    return;
  }
  g_ascii_formatd (text, sizeof text, "%.1f", 100 * share);
  g_string_append_printf (html, "%s %%", text);
}

void
html_clock (GString *html, GstClockTime time, gboolean tenths)
{
  /* cut, not rounded: a link leads to before what it names */
  const guint64 s = time / GST_SECOND;

  if (s >= 3600)
    g_string_append_printf (html, "%" G_GUINT64_FORMAT ":%02u:%02u", s / 3600,
        (guint) (s / 60 % 60), (guint) (s % 60));
  else
    g_string_append_printf (
        html, "%u:%02u", (guint) (s / 60), (guint) (s % 60));
  if (tenths)
    g_string_append_printf (
        html, ".%u", (guint) (time / (GST_SECOND / 10) % 10));
}

void
html_duration (GString *html, GstClockTime time)
{
  const guint64 s = (time + GST_SECOND / 2) / GST_SECOND;

  if (time < 10 * GST_SECOND) {
    html_number (html, (gdouble) time / GST_SECOND, 1);
    g_string_append (html, " s");
  } else if (s < 60) {
    g_string_append_printf (html, "%u s", (guint) s);
  } else if (s < 3600) {
    g_string_append_printf (
        html, "%u min %u s", (guint) (s / 60), (guint) (s % 60));
  } else {
    g_string_append_printf (html, "%" G_GUINT64_FORMAT " h %u min", s / 3600,
        (guint) (s / 60 % 60));
  }
}

void
html_count (GString *html, guint64 n)
{
  gchar digits[24];
  const gint n_digits =
      g_snprintf (digits, sizeof digits, "%" G_GUINT64_FORMAT, n);

  for (gint i = 0; i < n_digits; i++) {
    if (i > 0 && (n_digits - i) % 3 == 0)
      g_string_append_c (html, ',');
    g_string_append_c (html, digits[i]);
  }
}

void
html_color (GString *html, guint32 rgb)
{
  g_string_append_printf (html, "#%06x", rgb & 0xffffff);
}

void
html_jpeg (GString *html, GBytes *jpeg)
{
  gsize n_bytes;
  gconstpointer data = g_bytes_get_data (jpeg, &n_bytes);
  g_autofree gchar *text = g_base64_encode (data, n_bytes);

  g_string_append (html, "data:image/jpeg;base64,");
  g_string_append (html, text);
}

void
html_hash (GString *html, const gchar *content)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  guint8 digest[32];
  gsize n_bytes = sizeof digest;
  g_autofree gchar *text = NULL;

  g_checksum_update (sum, (const guchar *) content, -1);
  g_checksum_get_digest (sum, digest, &n_bytes);
  text = g_base64_encode (digest, n_bytes);
  g_string_append_printf (html, "'sha256-%s'", text);
}

/* Text and numbers of a page
 * SPDX-License-Identifier: MIT
 *
 * Numbers are written with a point, whatever the locale.
 */
#pragma once

#include <gst/gst.h>

/* Appends text from outside: made UTF-8, with what has no place in HTML replaced,
 * and escaped, for content and for attributes in double quotes. */
void html_text (GString *html, const gchar *text);

/* Appends a number with at most so many decimals. */
void html_number (GString *html, gdouble value, guint decimals);

/* Appends a share, 0 to 1, such as "12.3 %"; "<0.1 %" of what is not nothing. */
void html_share (GString *html, gdouble share);

/* Appends a time such as 0:07, 12:30 or 1:02:03; with tenths, 0:07.3. */
void html_clock (GString *html, GstClockTime time, gboolean tenths);

/* Appends how long something took, such as "0.4 s", "37 s", "12 min 5 s",
 * "3 h 7 min". */
void html_duration (GString *html, GstClockTime time);

/* Appends a count with its digits in groups of three. */
void html_count (GString *html, guint64 n);

/* Appends a color, 0xRRGGBB, as #rrggbb. */
void html_color (GString *html, guint32 rgb);

/* Appends a picture as a data URI. */
void html_jpeg (GString *html, GBytes *jpeg);

/* Appends what a Content-Security-Policy names a style sheet or script by. */
void html_hash (GString *html, const gchar *content);

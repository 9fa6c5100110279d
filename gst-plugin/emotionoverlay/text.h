/* Lines of text as pictures
 * SPDX-License-Identifier: MIT
 *
 * For one thread. What is written comes from files and other elements: it is
 * never markup, and cleaned beforehand.
 */
#pragma once

#include <cairo.h>
#include <glib.h>

typedef struct _Text Text;

/* Takes some time where a process has not used fonts yet.
 * @font: a Pango font description; its size is not heeded
 * Returns: (transfer full): the writer */
Text *text_new (const gchar *font);
void text_free (Text *text);

/* Whether there is any font. Without, nothing can be written. */
gboolean text_has_fonts (const Text *text);

/* Whether the fonts have a glyph for all of it. */
gboolean text_has_glyphs (Text *text, const gchar *string);

/* Height of every line of a size, in pixels. */
gint text_line_height (Text *text, gint size);

/* One line of text, as high as every line of that size; what is longer than
 * some 16 letters is cut with an ellipsis.
 * @size: height of the font in pixels, 1 to 512
 * @stretch: factor to the width, for pixels that are not square
 * @rgb: colour, 0xRRGGBB
 *
 * Returns: (transfer full): a picture with premultiplied alpha */
cairo_surface_t *text_get (
    Text *text, const gchar *string, gint size, gdouble stretch, guint32 rgb);

/* A label that is safe to be shown: what is not UTF-8, control characters, what
 * turns the direction of writing and line ends are replaced; not longer than 24
 * characters; not empty.
 * Returns: (transfer full): the text */
gchar *text_clean (const gchar *label);

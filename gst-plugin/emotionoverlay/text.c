/* SPDX-License-Identifier: MIT */
#include "text.h"

#include <math.h>
#include <pango/pangocairo.h>
#include <string.h>

#include "cache.h"

/* Labels, and the numbers 0 to 100, in some sizes and colours. */
#define CACHE_BYTES (8 << 20)

#define MAX_CHARS 24
#define MAX_EMS 12

struct _Text
{
  PangoFontMap *map; /* of its own: Pango's default belongs to a thread */
  PangoContext *context;
  PangoFontDescription *font;
  Cache *cache;
  gboolean has_fonts;
  gint metrics_size, height, baseline; /* of the last size that was asked for */
};

static void
destroy_surface (gpointer surface)
{
  cairo_surface_destroy (surface);
}

Text *
text_new (const gchar *font)
{
  Text *t = g_new0 (Text, 1);
  cairo_font_options_t *options = cairo_font_options_create ();
  PangoFont *loaded;

  t->map = pango_cairo_font_map_new ();
  t->context = pango_font_map_create_context (t->map);
  /* the same on every machine, whatever its screen */
  cairo_font_options_set_antialias (options, CAIRO_ANTIALIAS_GRAY);
  cairo_font_options_set_hint_style (options, CAIRO_HINT_STYLE_SLIGHT);
  cairo_font_options_set_hint_metrics (options, CAIRO_HINT_METRICS_ON);
  pango_cairo_context_set_font_options (t->context, options);
  pango_cairo_context_set_resolution (t->context, 96);
  cairo_font_options_destroy (options);

  t->font = pango_font_description_from_string (font);
  pango_font_description_set_absolute_size (t->font, 16 * PANGO_SCALE);
  /* families are listed, by general names, even where there is no font */
  loaded = pango_font_map_load_font (t->map, t->context, t->font);
  t->has_fonts = loaded != NULL;
  g_clear_object (&loaded);
  t->cache = cache_new (CACHE_BYTES, destroy_surface);
  return t;
}

void
text_free (Text *t)
{
  cache_free (t->cache);
  pango_font_description_free (t->font);
  g_object_unref (t->context);
  g_object_unref (t->map);
  g_free (t);
}

gboolean
text_has_fonts (const Text *t)
{
  return t->has_fonts;
}

static PangoLayout *
make_layout (Text *t, const gchar *string, gint size)
{
  PangoLayout *layout = pango_layout_new (t->context);

  pango_font_description_set_absolute_size (t->font, size * PANGO_SCALE);
  pango_layout_set_font_description (layout, t->font);
  pango_layout_set_single_paragraph_mode (layout, TRUE);
  pango_layout_set_ellipsize (layout, PANGO_ELLIPSIZE_END);
  pango_layout_set_width (layout, MAX_EMS * size * PANGO_SCALE);
  pango_layout_set_text (layout, string, -1);
  return layout;
}

gboolean
text_has_glyphs (Text *t, const gchar *string)
{
  PangoLayout *layout;
  gboolean all;

  if (!t->has_fonts)
    return FALSE;
  layout = make_layout (t, string, 16);
  all = pango_layout_get_unknown_glyphs_count (layout) == 0;
  g_object_unref (layout);
  return all;
}

/* Of the font that was asked for: letters that come from another one do not
 * make a line higher. */
static void
measure (Text *t, gint size)
{
  PangoFontMetrics *metrics;

  if (t->metrics_size == size)
    return;
  pango_font_description_set_absolute_size (t->font, size * PANGO_SCALE);
  metrics = pango_context_get_metrics (
      t->context, t->font, pango_language_get_default ());
  t->baseline = PANGO_PIXELS_CEIL (pango_font_metrics_get_ascent (metrics));
  t->height = t->baseline +
              PANGO_PIXELS_CEIL (pango_font_metrics_get_descent (metrics));
  pango_font_metrics_unref (metrics);
  t->height = CLAMP (t->height, size / 2 + 1, 3 * size);
  t->metrics_size = size;
}

gint
text_line_height (Text *t, gint size)
{
  measure (t, size);
  return t->height;
}

static cairo_surface_t *
draw (Text *t, const gchar *string, gint size, gdouble stretch, guint32 rgb)
{
  PangoLayout *layout = make_layout (t, string, size);
  PangoRectangle extents;
  cairo_surface_t *surface;
  cairo_t *cr;
  gint width;

  measure (t, size);
  /* of the line as it was laid out, not of the width that it may have */
  pango_layout_get_pixel_extents (layout, NULL, &extents);
  width = (gint) ceil (CLAMP (extents.width, 1, MAX_EMS * size) * stretch);
  surface = cairo_image_surface_create (
      CAIRO_FORMAT_ARGB32, MAX (width, 1), t->height);
  cr = cairo_create (surface);
  cairo_scale (cr, stretch, 1);
  cairo_set_source_rgb (cr, (rgb >> 16 & 0xff) / 255., (rgb >> 8 & 0xff) / 255.,
      (rgb & 0xff) / 255.);
  /* lines that read from right to left are at the right of their width */
  cairo_move_to (cr, -extents.x,
      t->baseline - (gdouble) pango_layout_get_baseline (layout) / PANGO_SCALE);
  pango_cairo_show_layout (cr, layout);
  cairo_destroy (cr);
  g_object_unref (layout);
  cairo_surface_flush (surface);
  return surface;
}

cairo_surface_t *
text_get (Text *t, const gchar *string, gint size, gdouble stretch, guint32 rgb)
{
  g_autofree gchar *key = g_strdup_printf (
      "%d %d %06x %s", size, (gint) (stretch * 1000), rgb, string);
  cairo_surface_t *surface = cache_get (t->cache, key);

  if (!surface) {
    surface = draw (t, string, size, stretch, rgb);
    cache_put (t->cache, key, surface,
        (gsize) cairo_image_surface_get_stride (surface) *
                (gsize) cairo_image_surface_get_height (surface) +
            256);
  }
  return cairo_surface_reference (surface);
}

static gboolean
is_harmless (gunichar c)
{
  switch (g_unichar_type (c)) {
    case G_UNICODE_CONTROL:
    case G_UNICODE_LINE_SEPARATOR:
    case G_UNICODE_PARAGRAPH_SEPARATOR:
    case G_UNICODE_PRIVATE_USE:
    case G_UNICODE_SURROGATE:
    case G_UNICODE_UNASSIGNED:
      return FALSE;
    case G_UNICODE_FORMAT:
      /* some scripts cannot be written without these two, the others turn the
       * direction or cannot be seen */
      return c == 0x200c || c == 0x200d;
    default:
      return TRUE;
  }
}

gchar *
text_clean (const gchar *label)
{
  /* of text of any length, as much as can be needed */
  g_autofree gchar *valid =
      g_utf8_make_valid (label, (gssize) strnlen (label, 6 * (MAX_CHARS + 1)));
  GString *out = g_string_new (NULL);
  guint n = 0;

  for (const gchar *p = valid; *p; p = g_utf8_next_char (p)) {
    const gunichar c = g_utf8_get_char (p);

    if (n++ == MAX_CHARS) {
      g_string_append (out, "…");
      break;
    }
    g_string_append_unichar (out, is_harmless (c) ? c : 0xfffd);
  }
  g_strstrip (out->str);
  if (!*out->str)
    g_string_assign (out, "?");
  return g_string_free (out, FALSE);
}

/* SPDX-License-Identifier: MIT */
#include "label.h"

#include <math.h>
#include <string.h>

#include "emotion-colors.h"

#define PANEL_ALPHA 0.72
#define EDGE_ALPHA 0.69
/* Of a bar that is full. */
#define TRACK_ALPHA 0.16

/* In shares of the text's size. */
#define PAD_X 0.34
#define PAD_Y 0.1
#define GAP 0.4
#define SPACE 0.3
#define BAR_WIDTH 4.
#define BAR_HEIGHT 0.55

/* The text beside bars, to the label's. */
#define BAR_TEXT 0.78
#define MIN_BAR_TEXT 11

/* More bars than that are not read in passing. */
#define MAX_BARS 10

#define WHITE 0xffffff

/* Drawn one by one: confidences change more often than names. */
#define MAX_WORDS 3

static const struct
{
  const gchar *label, *emoji;
} emojis[] = {
  { "happy", "😀" },
  { "happiness", "😀" },
  { "surprise", "😮" },
  { "sad", "😢" },
  { "sadness", "😢" },
  { "anger", "😠" },
  { "angry", "😠" },
  { "disgust", "😖" },
  { "fear", "😨" },
  { "neutral", "😐" },
  { "contempt", "😏" },
};

const gchar *
label_emoji (const gchar *label)
{
  for (guint i = 0; i < G_N_ELEMENTS (emojis); i++)
    if (g_ascii_strcasecmp (label, emojis[i].label) == 0)
      return emojis[i].emoji;
  return NULL;
}

const gchar *
label_all_emojis (void)
{
  return "😀😮😢😠😖😨😐😏";
}

guint32
label_color (const EmotionFace *f)
{
  guint32 colors[GST_EMOTION_MAX_CLASSES];

  emotion_colors (f->score_labels, f->n_scores, colors);
  for (guint i = 0; i < f->n_scores; i++)
    if (strcmp (f->score_labels[i], f->label) == 0)
      return colors[i];
  return emotion_color (f->label);
}

/* ---- what it says -------------------------------------------------------- */

typedef struct
{
  gchar *name;
  gint percent;
  guint32 rgb;
} Bar;

typedef struct
{
  gchar *title[MAX_WORDS]; /* track, emotion, confidence; NULL = not shown */
  guint32 rgb;
  Bar bars[MAX_BARS];
  guint n_bars;
} Content;

static void
content_clear (Content *c)
{
  for (guint i = 0; i < MAX_WORDS; i++)
    g_free (c->title[i]);
  for (guint i = 0; i < c->n_bars; i++)
    g_free (c->bars[i].name);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Content, content_clear)

static gint
percent (gfloat share)
{
  return (gint) (100 * share + .5f);
}

/* Whether the class is one of the @n with the highest scores. */
static gboolean
is_among (const EmotionFace *f, guint i, guint n)
{
  guint higher = 0;

  for (guint j = 0; j < f->n_scores; j++)
    higher +=
        f->scores[j] > f->scores[i] || (f->scores[j] == f->scores[i] && j < i);
  return higher < n;
}

static void
get_content (Content *c, const Label *l, guint max_bars)
{
  const EmotionFace *f = l->face;
  const gchar *emoji = l->emoji ? label_emoji (f->label) : NULL;
  guint32 colors[GST_EMOTION_MAX_CLASSES];

  *c = (Content){ .rgb = l->rgb };
  if (l->track && f->track_id >= 0)
    c->title[0] = g_strdup_printf ("#%" G_GINT64_FORMAT, f->track_id);
  c->title[1] = emoji ? g_strdup (emoji) : text_clean (f->label);
  c->title[2] = g_strdup_printf ("%d %%", percent (f->confidence));
  if (!l->scores)
    return;
  /* in the model's order, which does not change from frame to frame */
  emotion_colors (f->score_labels, f->n_scores, colors);
  for (guint i = 0; i < f->n_scores; i++)
    if (is_among (f, i, max_bars))
      c->bars[c->n_bars++] = (Bar){ text_clean (f->score_labels[i]),
        percent (f->scores[i]), colors[i] };
}

/* ---- drawing ------------------------------------------------------------- */

typedef struct
{
  cairo_surface_t *name, *number;
} Row;

typedef struct
{
  cairo_surface_t *title[MAX_WORDS]; /* or NULL */
  Row rows[MAX_BARS];
  guint n_rows;
  gint pad_x, pad_y, gap, space, bar, edge;
  gint names, numbers; /* widths of the columns */
  gint row_height;
  gint title_height, width, height;
} Drawing;

static gint
pixels (gdouble share, gint size, gdouble stretch)
{
  return MAX ((gint) (share * size * stretch + .5), 1);
}

static void
lay_out (Drawing *d, Text *text, const Label *l, const Content *c)
{
  const gint small = MAX ((gint) (l->size * BAR_TEXT + .5), MIN_BAR_TEXT);

  *d = (Drawing){
    .pad_x = pixels (PAD_X, l->size, l->stretch),
    .pad_y = pixels (PAD_Y, l->size, 1),
    .gap = pixels (GAP, l->size, l->stretch),
    .space = pixels (SPACE, l->size, l->stretch),
    .bar = pixels (BAR_WIDTH, l->size, l->stretch),
    .edge = MAX (l->size / 16, 1),
    .row_height = text_line_height (text, small),
    .n_rows = c->n_bars,
  };
  d->title_height = text_line_height (text, l->size) + 2 * d->pad_y;
  d->width = 2 * d->pad_x - d->space;
  for (guint i = 0; i < MAX_WORDS; i++)
    if (c->title[i]) {
      d->title[i] = text_get (
          text, c->title[i], l->size, l->stretch, emotion_color_ink (c->rgb));
      d->width += d->space + cairo_image_surface_get_width (d->title[i]);
    }
  d->height = d->title_height;

  for (guint i = 0; i < c->n_bars; i++) {
    gchar number[16];
    Row *r = &d->rows[i];

    g_snprintf (number, sizeof number, "%d %%", c->bars[i].percent);
    r->name = text_get (text, c->bars[i].name, small, l->stretch, WHITE);
    r->number = text_get (text, number, small, l->stretch, WHITE);
    d->names = MAX (d->names, cairo_image_surface_get_width (r->name));
  }
  if (c->n_bars) {
    cairo_surface_t *widest =
        text_get (text, "100 %", small, l->stretch, WHITE);

    d->numbers = cairo_image_surface_get_width (widest);
    cairo_surface_destroy (widest);
    d->width = MAX (
        d->width, d->names + d->bar + d->numbers + 2 * d->gap + 2 * d->pad_x);
    d->height += (gint) c->n_bars * d->row_height + 2 * d->pad_y;
  }
  d->width += 2 * d->edge;
  d->height += 2 * d->edge;
}

static void
drawing_clear (Drawing *d)
{
  for (guint i = 0; i < MAX_WORDS; i++)
    cairo_surface_destroy (d->title[i]);
  for (guint i = 0; i < d->n_rows; i++) {
    cairo_surface_destroy (d->rows[i].name);
    cairo_surface_destroy (d->rows[i].number);
  }
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Drawing, drawing_clear)

static void
fill (cairo_t *cr, guint32 rgb, gdouble alpha, gint x, gint y, gint w, gint h)
{
  cairo_set_source_rgba (cr, (rgb >> 16 & 0xff) / 255.,
      (rgb >> 8 & 0xff) / 255., (rgb & 0xff) / 255., alpha);
  cairo_rectangle (cr, x, y, w, h);
  cairo_fill (cr);
}

static void
show (cairo_t *cr, cairo_surface_t *surface, gint x, gint y)
{
  cairo_set_source_surface (cr, surface, x, y);
  cairo_paint (cr);
}

static void
draw_bar (cairo_t *cr, const Drawing *d, const Row *row, const Bar *bar, gint y)
{
  const gint bar_height = MAX ((gint) (d->row_height * BAR_HEIGHT), 2);
  const gint bar_y = y + (d->row_height - bar_height + 1) / 2;
  gint x = d->edge + d->pad_x;
  /* what is left of the width is the bars' */
  const gint length = d->width - 2 * x - d->names - d->numbers - 2 * d->gap;

  show (cr, row->name, x, y);
  x += d->names + d->gap;
  fill (cr, WHITE, TRACK_ALPHA, x, bar_y, length, bar_height);
  fill (cr, bar->rgb, 1, x, bar_y, (length * bar->percent + 50) / 100,
      bar_height);
  x += length + d->gap + d->numbers;
  show (cr, row->number, x - cairo_image_surface_get_width (row->number), y);
}

static Picture *
draw (const Drawing *d, const Content *c)
{
  Picture *p = picture_new (d->width, d->height);
  cairo_surface_t *surface = cairo_image_surface_create_for_data (
      p->data, CAIRO_FORMAT_ARGB32, p->width, p->height, p->stride);
  cairo_t *cr = cairo_create (surface);
  const gint inner = d->width - 2 * d->edge;
  gint x = d->edge + d->pad_x, y = d->edge + d->title_height;

  fill (cr, 0, EDGE_ALPHA, 0, 0, d->width, y + (c->n_bars ? 0 : d->edge));
  fill (cr, c->rgb, 1, d->edge, d->edge, inner, d->title_height);
  for (guint i = 0; i < MAX_WORDS; i++)
    if (d->title[i]) {
      show (cr, d->title[i], x, d->edge + d->pad_y);
      x += d->space + cairo_image_surface_get_width (d->title[i]);
    }
  if (c->n_bars)
    fill (cr, 0, PANEL_ALPHA, 0, y, d->width, d->height - y);
  y += d->pad_y;
  for (guint i = 0; i < c->n_bars; i++, y += d->row_height)
    draw_bar (cr, d, &d->rows[i], &c->bars[i], y);

  cairo_destroy (cr);
  cairo_surface_finish (surface);
  cairo_surface_destroy (surface);
  return p;
}

static gchar *
make_key (const Label *l, const Content *c)
{
  GString *key = g_string_new (NULL);

  g_string_printf (
      key, "label %d %d %06x", l->size, (gint) (l->stretch * 1000), c->rgb);
  for (guint i = 0; i < MAX_WORDS; i++)
    g_string_append_printf (key, "\n%s", c->title[i] ? c->title[i] : "");
  for (guint i = 0; i < c->n_bars; i++)
    g_string_append_printf (key, "\n%d %06x %s", c->bars[i].percent,
        c->bars[i].rgb, c->bars[i].name);
  return g_string_free (key, FALSE);
}

static guint
most_bars (Text *text, const Label *l)
{
  const gint small = MAX ((gint) (l->size * BAR_TEXT + .5), MIN_BAR_TEXT);
  const gint left = l->max_height - text_line_height (text, l->size) -
                    4 * pixels (PAD_Y, l->size, 1) - 2 * MAX (l->size / 16, 1);
  const gint n = left / text_line_height (text, small);

  return (guint) CLAMP (n, 0, MAX_BARS);
}

Picture *
label_picture (Cache *cache, Text *text, const Label *l)
{
  g_auto (Content) content = { 0 };
  g_auto (Drawing) drawing = { 0 };
  g_autofree gchar *key = NULL;
  Picture *p;

  get_content (&content, l, l->scores ? most_bars (text, l) : 0);
  key = make_key (l, &content);
  p = cache_get (cache, key);
  if (p)
    return picture_ref (p);
  lay_out (&drawing, text, l, &content);
  p = draw (&drawing, &content);
  cache_put (cache, key, picture_ref (p), picture_bytes (p));
  return p;
}

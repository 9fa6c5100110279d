/* SPDX-License-Identifier: MIT */
#include "scene.h"

#include "box.h"
#include "label.h"

/* Some hundred labels in 1080p. */
#define CACHE_BYTES (32 << 20)

/* Boxes of faces without an emotion. */
#define NEUTRAL_BOX 0xffffff

/* More faces than that have boxes only: nobody could read so many. */
#define MAX_LABELS 64

struct _Scene
{
  Text *text;
  Cache *cache; /* of Picture */
  Placement placement;
  GArray *pieces;
  gboolean has_emojis;
};

/* A face that gets a label. */
typedef struct
{
  const EmotionFace *face;
  guint32 rgb;
  Rect visible;
  gint level;
  Picture *pictures[PLACE_N_SIZES];
} Labelled;

static void
unref_picture (gpointer picture)
{
  picture_unref (picture);
}

Scene *
scene_new (const gchar *font)
{
  Scene *s = g_new0 (Scene, 1);

  s->text = text_new (font);
  s->has_emojis = text_has_glyphs (s->text, label_all_emojis ());
  s->cache = cache_new (CACHE_BYTES, unref_picture);
  placement_init (&s->placement);
  s->pieces = g_array_new (FALSE, FALSE, sizeof (Piece));
  g_array_set_clear_func (s->pieces, piece_clear);
  return s;
}

void
scene_free (Scene *s)
{
  g_array_unref (s->pieces);
  placement_clear (&s->placement);
  cache_free (s->cache);
  text_free (s->text);
  g_free (s);
}

gboolean
scene_has_fonts (const Scene *s)
{
  return text_has_fonts (s->text);
}

gboolean
scene_has_emojis (const Scene *s)
{
  return s->has_emojis;
}

void
scene_reset (Scene *s)
{
  placement_reset (&s->placement);
}

/* What a face and its box take of the frame. */
static Rect
visible_part (const EmotionFace *f, const Sizes *sizes)
{
  const gint m = box_margin (sizes);
  const gint x0 = MAX (f->x - m, 0), x1 = MIN (f->x + f->w + m, sizes->width);
  const gint y0 = MAX (f->y - m, 0), y1 = MIN (f->y + f->h + m, sizes->height);

  return (Rect){ x0, y0, x1 - x0, y1 - y0 };
}

static gint
compare_area (gconstpointer a, gconstpointer b)
{
  const Labelled *l = a, *m = b;
  const gint64 i = (gint64) l->visible.w * l->visible.h;
  const gint64 j = (gint64) m->visible.w * m->visible.h;

  /* largest first; of equal ones, as they are read */
  if (i != j)
    return i < j ? 1 : -1;
  if (l->visible.y != m->visible.y)
    return l->visible.y < m->visible.y ? -1 : 1;
  return (l->visible.x > m->visible.x) - (l->visible.x < m->visible.x);
}

static guint
collect (Labelled *out, const GArray *faces, const guint32 *colors,
    const Sizes *sizes)
{
  g_autoptr (GArray) all = g_array_new (FALSE, TRUE, sizeof (Labelled));
  guint n;

  for (guint i = 0; i < faces->len; i++) {
    Labelled l = { .face = &g_array_index (faces, EmotionFace, i),
      .rgb = colors[i] };

    l.visible = visible_part (l.face, sizes);
    if (l.face->label && l.visible.w > 0 && l.visible.h > 0)
      g_array_append_val (all, l);
  }
  g_array_sort (all, compare_area);
  n = MIN (all->len, MAX_LABELS);
  for (guint i = 0; i < n; i++)
    out[i] = g_array_index (all, Labelled, i);
  return n;
}

static void
make_pictures (Scene *s, Labelled *l, const SceneSettings *settings,
    const Sizes *sizes, Place *place)
{
  const gboolean scores =
      (settings->scores || settings->style == STYLE_FULL) && l->face->n_scores;
  Label label = {
    .face = l->face,
    .rgb = l->rgb,
    .size = sizes_text (sizes, l->level),
    .stretch = sizes->stretch,
    .emoji = settings->style == STYLE_EMOJI && s->has_emojis,
    .track = settings->style == STYLE_FULL,
    .max_height = sizes->height,
  };

  l->pictures[PLACE_SHORT] = label_picture (s->cache, s->text, &label);
  if (scores) {
    label.scores = TRUE;
    l->pictures[PLACE_FULL] = label_picture (s->cache, s->text, &label);
  }
  for (guint i = 0; i < PLACE_N_SIZES; i++)
    if (l->pictures[i]) {
      place->w[i] = l->pictures[i]->width;
      place->h[i] = l->pictures[i]->height;
    }
}

static void
add_labels (Scene *s, Labelled *labels, guint n, const SceneSettings *settings,
    const Sizes *sizes)
{
  Place places[MAX_LABELS];

  for (guint i = 0; i < n; i++) {
    Labelled *l = &labels[i];
    const Place *before =
        placement_recall (&s->placement, &l->visible, l->face->track_id);

    l->level = sizes_level (sizes, l->face->h, before ? before->level : -1);
    places[i] = (Place){
      .face = l->visible, .track_id = l->face->track_id, .level = l->level
    };
    make_pictures (s, l, settings, sizes, &places[i]);
  }
  placement_run (&s->placement, places, n, sizes->width, sizes->height);

  for (guint i = n; i-- > 0;) {
    /* the largest last, on top where there was no room */
    const Place *p = &places[i];

    if (p->size != PLACE_NONE) {
      Piece piece = { picture_ref (labels[i].pictures[p->size]), p->label.x,
        p->label.y };

      g_array_append_val (s->pieces, piece);
    }
    for (guint k = 0; k < PLACE_N_SIZES; k++)
      g_clear_pointer (&labels[i].pictures[k], picture_unref);
  }
}

GArray *
scene_draw (Scene *s, const GArray *faces, const SceneSettings *settings,
    const GstVideoInfo *info)
{
  g_autofree guint32 *colors = g_new (guint32, faces->len);
  Sizes sizes;

  sizes_init (&sizes, GST_VIDEO_INFO_WIDTH (info), GST_VIDEO_INFO_HEIGHT (info),
      GST_VIDEO_INFO_PAR_N (info), GST_VIDEO_INFO_PAR_D (info),
      settings->text_scale);
  g_array_set_size (s->pieces, 0);
  for (guint i = 0; i < faces->len; i++) {
    const EmotionFace *f = &g_array_index (faces, EmotionFace, i);
    const Rect box = { f->x, f->y, f->w, f->h };

    colors[i] = f->label ? label_color (f) : NEUTRAL_BOX;
    box_add (s->pieces, s->cache, &sizes, &box, colors[i]);
  }
  if (settings->style != STYLE_MINIMAL && sizes.text > 0 &&
      text_has_fonts (s->text)) {
    Labelled labels[MAX_LABELS];

    add_labels (
        s, labels, collect (labels, faces, colors, &sizes), settings, &sizes);
  }
  return s->pieces;
}

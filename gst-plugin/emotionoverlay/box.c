/* SPDX-License-Identifier: MIT */
#include "box.h"

#define DARK 0xb0000000u /* premultiplied */

/* Lines of tiny faces are thinner. */
#define FACE_PER_LINE 20

typedef struct
{
  gint line, edge;
  guint32 argb;
} Pen;

gint
box_margin (const Sizes *sizes)
{
  return sizes->edge + sizes->line / 2;
}

static Rect
inset (const Rect *r, gint n)
{
  return (Rect){ r->x + n, r->y + n, r->w - 2 * n, r->h - 2 * n };
}

static gboolean
is_inside (const Rect *r, gint x, gint y)
{
  return x >= r->x && x < r->x + r->w && y >= r->y && y < r->y + r->h;
}

static Picture *
paint (const Rect *outer, const Rect *part, const Pen *pen)
{
  const Rect line = inset (outer, pen->edge);
  const Rect edge = inset (&line, pen->line);
  const Rect hole = inset (&edge, pen->edge);
  Picture *p = picture_new (part->w, part->h);
  guint32 *at = (guint32 *) (void *) p->data;

  for (gint y = part->y; y < part->y + part->h; y++)
    for (gint x = part->x; x < part->x + part->w; x++, at++)
      if (is_inside (&hole, x, y))
        continue;
      else if (is_inside (&line, x, y) && !is_inside (&edge, x, y))
        *at = pen->argb;
      else
        *at = DARK;
  return p;
}

static void
add_part (GArray *pieces, Cache *cache, const Sizes *sizes, const Rect *outer,
    const Rect *side, const Pen *pen)
{
  const gint x0 = MAX (side->x, 0), x1 = MIN (side->x + side->w, sizes->width);
  const gint y0 = MAX (side->y, 0), y1 = MIN (side->y + side->h, sizes->height);
  const Rect part = { x0, y0, x1 - x0, y1 - y0 };
  g_autofree gchar *key = NULL;
  Piece piece = { NULL, x0, y0 };

  if (part.w <= 0 || part.h <= 0)
    return;
  key = g_strdup_printf ("box %d %d %d %d %d %d %d %d %x", outer->w, outer->h,
      x0 - outer->x, y0 - outer->y, part.w, part.h, pen->line, pen->edge,
      pen->argb);
  piece.picture = cache_get (cache, key);
  if (!piece.picture) {
    piece.picture = paint (outer, &part, pen);
    cache_put (cache, key, piece.picture, picture_bytes (piece.picture));
  }
  picture_ref (piece.picture); /* beside the cache's */
  g_array_append_val (pieces, piece);
}

void
box_add (GArray *pieces, Cache *cache, const Sizes *sizes, const Rect *box,
    guint32 rgb)
{
  const gint most = MAX (MIN (box->w, box->h) / FACE_PER_LINE, 1);
  const Pen pen = { MIN (sizes->line, most), MIN (sizes->edge, most),
    0xff000000u | rgb };
  /* the line's middle is the box */
  const Rect outer = inset (box, -pen.edge - pen.line / 2);
  const gint side = MIN (pen.line + 2 * pen.edge, (outer.h + 1) / 2);
  const gint inner_h = outer.h - 2 * side;
  const Rect parts[] = {
    { outer.x, outer.y, outer.w, side },
    { outer.x, outer.y + outer.h - side, outer.w, side },
    { outer.x, outer.y + side, side, inner_h },
    { outer.x + outer.w - side, outer.y + side, side, inner_h },
  };

  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    add_part (pieces, cache, sizes, &outer, &parts[i], &pen);
}

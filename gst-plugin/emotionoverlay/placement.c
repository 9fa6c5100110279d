/* SPDX-License-Identifier: MIT */
#include "placement.h"

/* What is bad about a place, in shares of the label's area. */
#define COST_LABELS 40
#define COST_FACES 12
#define COST_OWN_FACE 4
/* And for touching any of them. */
#define COST_TOUCH 1.0
/* Another place must be better by so much. */
#define COST_MOVE 1.0
/* From here on the short label is taken; to go back takes half of it. */
#define COST_CROWDED 1.0

/* Boxes of the same face in two frames share at least so much. */
#define SAME_FACE 0.3

typedef enum
{
  ABOVE,
  BELOW,
  RIGHT,
  LEFT,
  INSIDE_TOP,
  INSIDE_BOTTOM,
  N_SIDES
} Side;

/* What is liked best, of each size. Bars belong beside the face. */
static const gdouble side_costs[PLACE_N_SIZES][N_SIDES] = {
  [PLACE_FULL] = { .8, .7, 0, .3, 2, 2.2 },
  [PLACE_SHORT] = { 0, .5, .9, 1, 1.2, 1.4 },
};

/* Along the side: flush with the face, in its middle, at its other end, and
 * beyond either; and so many labels away from it. */
static const gdouble shift_costs[] = { 0, .2, .25, .5, .5 };
#define N_SHIFTS G_N_ELEMENTS (shift_costs)
#define N_AWAY 3
#define AWAY_COST .8

#define N_SLOTS (N_SIDES * N_SHIFTS * N_AWAY)

void
placement_init (Placement *placement)
{
  placement->last = g_array_new (FALSE, FALSE, sizeof (Place));
}

void
placement_clear (Placement *placement)
{
  g_clear_pointer (&placement->last, g_array_unref);
}

void
placement_reset (Placement *placement)
{
  g_array_set_size (placement->last, 0);
}

static gdouble
area (const Rect *r)
{
  return (gdouble) r->w * r->h;
}

static gdouble
shared_area (const Rect *a, const Rect *b)
{
  const gint w = MIN (a->x + a->w, b->x + b->w) - MAX (a->x, b->x);
  const gint h = MIN (a->y + a->h, b->y + b->h) - MAX (a->y, b->y);

  return w > 0 && h > 0 ? (gdouble) w * h : 0;
}

const Place *
placement_recall (const Placement *placement, const Rect *face, gint64 track_id)
{
  const Place *best = NULL;
  gdouble best_share = SAME_FACE;

  for (guint i = 0; i < placement->last->len; i++) {
    const Place *p = &g_array_index (placement->last, Place, i);
    const gdouble shared = shared_area (&p->face, face);
    const gdouble share = shared / (area (&p->face) + area (face) - shared);

    if (track_id >= 0 && p->track_id == track_id)
      return p;
    if ((track_id < 0 || p->track_id < 0) && share > best_share) {
      best = p;
      best_share = share;
    }
  }
  return best;
}

/* ---- places of one label ------------------------------------------------- */

typedef struct
{
  gint width, height;
} Frame;

/* Where something of size @n starts along a face. */
static gint
along (gint start, gint size, gint n, guint shift)
{
  switch (shift) {
    case 0:
      return start;
    case 1:
      return start + (size - n) / 2;
    case 2:
      return start + size - n;
    case 3:
      return start - n / 2;
    default:
      return start + size - n / 2;
  }
}

static Rect
slot_rect (guint slot, const Rect *f, gint w, gint h)
{
  const Side side = slot % N_SIDES;
  const guint shift = slot / N_SIDES % N_SHIFTS;
  const gint away = (gint) (slot / N_SIDES / N_SHIFTS);
  Rect r = { 0, 0, w, h };

  if (side == RIGHT || side == LEFT) {
    r.y = along (f->y, f->h, h, shift);
    r.x = side == RIGHT ? f->x + f->w + away * w : f->x - w - away * w;
    return r;
  }
  r.x = along (f->x, f->w, w, shift);
  switch (side) {
    case ABOVE:
      r.y = f->y - h - away * h;
      break;
    case BELOW:
      r.y = f->y + f->h + away * h;
      break;
    case INSIDE_TOP:
      r.y = f->y + away * h;
      break;
    default:
      r.y = f->y + f->h - h - away * h;
      break;
  }
  return r;
}

static gdouble
slot_cost (guint slot, PlaceSize size)
{
  const Side side = slot % N_SIDES;
  const guint shift = slot / N_SIDES % N_SHIFTS;
  const guint away = slot / N_SIDES / N_SHIFTS;

  return side_costs[size][side] + shift_costs[shift] + AWAY_COST * away;
}

/* What a label would cover of others and of their faces. */
static gdouble
crowd_cost (const Rect *r, const Place *places, guint n, guint self)
{
  gdouble labels = 0, faces = 0;

  for (guint i = 0; i < n; i++) {
    /* those before have their places */
    if (i < self && places[i].size != PLACE_NONE)
      labels += shared_area (r, &places[i].label);
    if (i != self)
      faces += shared_area (r, &places[i].face);
  }
  return (COST_LABELS * labels + COST_FACES * faces) / area (r);
}

/* The best place of a size; returns how crowded it is. */
static gdouble
find_slot (const Place *places, guint n, guint self, PlaceSize size,
    const Place *before, const Frame *frame, Place *out)
{
  const Rect *face = &places[self].face;
  const gint w = places[self].w[size], h = places[self].h[size];
  gdouble best = G_MAXDOUBLE, best_crowd = 0;

  for (guint slot = 0; slot < N_SLOTS; slot++) {
    Rect r = slot_rect (slot, face, w, h);
    gdouble cost = slot_cost (slot, size), crowd;

    r.x = CLAMP (r.x, 0, frame->width - w);
    r.y = CLAMP (r.y, 0, frame->height - h);
    if (before && before->size == size && before->slot == slot)
      cost -= COST_MOVE;
    cost += COST_OWN_FACE * shared_area (&r, face) / area (&r);
    if (cost >= best)
      continue;
    crowd = crowd_cost (&r, places, n, self);
    cost += crowd > 0 ? crowd + COST_TOUCH : 0;
    if (cost >= best)
      continue;
    best = cost;
    best_crowd = crowd;
    out->slot = slot;
    out->label = r;
    out->size = size;
  }
  return best_crowd;
}

static gboolean
fits (const Place *p, PlaceSize size, const Frame *frame)
{
  return p->w[size] > 0 && p->h[size] > 0 && p->w[size] <= frame->width &&
         p->h[size] <= frame->height;
}

void
placement_run (
    Placement *placement, Place *places, guint n, gint width, gint height)
{
  const Frame frame = { width, height };

  for (guint i = 0; i < n; i++)
    places[i].size = PLACE_NONE;
  for (guint i = 0; i < n; i++) {
    Place *p = &places[i];
    const Place *before = placement_recall (placement, &p->face, p->track_id);
    const gdouble limit =
        before && before->size == PLACE_SHORT ? COST_CROWDED / 2 : COST_CROWDED;
    Place full = *p;

    if (fits (p, PLACE_FULL, &frame) &&
        find_slot (places, n, i, PLACE_FULL, before, &frame, &full) < limit)
      *p = full;
    else if (fits (p, PLACE_SHORT, &frame))
      find_slot (places, n, i, PLACE_SHORT, before, &frame, p);
    else if (full.size != PLACE_NONE)
      *p = full;
  }
  placement_reset (placement);
  g_array_append_vals (placement->last, places, n);
}

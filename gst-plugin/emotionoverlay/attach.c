/* SPDX-License-Identifier: MIT */
#include "attach.h"

typedef struct
{
  Piece piece;
  GstVideoOverlayRectangle *rectangle;
} Attached;

static void
attached_clear (gpointer data)
{
  Attached *a = data;

  picture_unref (a->piece.picture);
  gst_video_overlay_rectangle_unref (a->rectangle);
}

static gboolean
is_same (const Piece *a, const Piece *b)
{
  return a->picture == b->picture && a->x == b->x && a->y == b->y;
}

/* The rectangle of the frame before, or a new one. */
static GstVideoOverlayRectangle *
get_rectangle (const Attach *attach, const Piece *p)
{
  for (guint i = 0; attach->last && i < attach->last->len; i++) {
    const Attached *a = &g_array_index (attach->last, Attached, i);

    if (is_same (&a->piece, p))
      return gst_video_overlay_rectangle_ref (a->rectangle);
  }
  return gst_video_overlay_rectangle_new_raw (p->picture->buffer, p->x, p->y,
      (guint) p->picture->width, (guint) p->picture->height,
      GST_VIDEO_OVERLAY_FORMAT_FLAG_PREMULTIPLIED_ALPHA);
}

static gboolean
is_unchanged (const Attach *attach, const GArray *pieces)
{
  if (!attach->last || attach->last->len != pieces->len)
    return FALSE;
  for (guint i = 0; i < pieces->len; i++)
    if (!is_same (&g_array_index (attach->last, Attached, i).piece,
            &g_array_index (pieces, Piece, i)))
      return FALSE;
  return TRUE;
}

static void
update (Attach *attach, const GArray *pieces)
{
  GArray *now = g_array_new (FALSE, FALSE, sizeof (Attached));

  g_array_set_clear_func (now, attached_clear);
  for (guint i = 0; i < pieces->len; i++) {
    const Piece *p = &g_array_index (pieces, Piece, i);
    Attached a = { *p, get_rectangle (attach, p) };

    picture_ref (p->picture);
    g_array_append_val (now, a);
  }
  attach_clear (attach);
  attach->last = now;
  attach->composition = gst_video_overlay_composition_new (NULL);
  for (guint i = 0; i < now->len; i++)
    gst_video_overlay_composition_add_rectangle (
        attach->composition, g_array_index (now, Attached, i).rectangle);
}

void
attach_pieces (Attach *attach, GstBuffer *buffer, const GArray *pieces)
{
  GstVideoOverlayCompositionMeta *meta =
      gst_buffer_get_video_overlay_composition_meta (buffer);
  GstVideoOverlayComposition *all;

  if (pieces->len == 0)
    return;
  if (!is_unchanged (attach, pieces))
    update (attach, pieces);
  if (!meta) {
    gst_buffer_add_video_overlay_composition_meta (buffer, attach->composition);
    return;
  }
  /* sinks heed one only */
  all = gst_video_overlay_composition_copy (meta->overlay);
  for (guint i = 0; i < attach->last->len; i++)
    gst_video_overlay_composition_add_rectangle (
        all, g_array_index (attach->last, Attached, i).rectangle);
  gst_buffer_remove_meta (buffer, (GstMeta *) meta);
  gst_buffer_add_video_overlay_composition_meta (buffer, all);
  gst_video_overlay_composition_unref (all);
}

void
attach_clear (Attach *attach)
{
  g_clear_pointer (&attach->last, g_array_unref);
  g_clear_pointer (&attach->composition, gst_video_overlay_composition_unref);
}

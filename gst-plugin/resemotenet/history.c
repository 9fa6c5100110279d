/* resemotenet: what is known of the faces of earlier frames
 * SPDX-License-Identifier: MIT
 */
#include "history.h"

/* Least overlap of a face with itself in the next frame. Two people's faces
 * rarely overlap as much, a face moves less between frames. */
#define MIN_OVERLAP 0.3

/* How long a face may be away and still be known: trackers give an id back that
 * was gone for a while; without one, somebody else may be in the same place. */
#define MEMORY_BY_ID (2 * GST_SECOND)
#define MEMORY_BY_PLACE (200 * GST_MSECOND)
/* And in frames, at most: bounds the memory that a detector which sees ghosts can
 * take where time stands still. */
#define MAX_UNSEEN 100

typedef struct
{
  gint64 track_id;
  gint region_id; /* 0 unless it lasts */
  RenRect box;
  Result result; /* its age is that at the last frame */
  guint unseen;  /* frames */
  GstClockTime unseen_ns;
  gboolean taken;
} Known;

#define KNOWN(history, i) (&g_array_index ((history)->entries, Known, i))

void
history_init (History *history)
{
  history->entries = g_array_new (FALSE, FALSE, sizeof (Known));
}

void
history_clear (History *history)
{
  g_clear_pointer (&history->entries, g_array_unref);
}

void
history_forget (History *history)
{
  g_array_set_size (history->entries, 0);
}

static void
take (History *history, Face *face, guint i)
{
  Known *known = KNOWN (history, i);

  known->taken = TRUE;
  face->known = (gint) i;
  face->result = known->result;
  face->has_result = TRUE;
}

/* An id that two faces of a frame share says nothing. */
static gboolean
id_is_unique (GArray *faces, const Face *face)
{
  guint n = 0;

  for (guint i = 0; i < faces->len; i++)
    n += g_array_index (faces, Face, i).region_id == face->region_id;
  return n == 1;
}

static void
match_by_id (History *history, GArray *faces, Face *face)
{
  gint region_id = 0;

  if (face->track_id < 0) {
    if (!face_has_lasting_id (face) || !id_is_unique (faces, face))
      return;
    region_id = face->region_id;
  }

  for (guint i = 0; i < history->entries->len; i++) {
    const Known *known = KNOWN (history, i);

    if (!known->taken && known->track_id == face->track_id &&
        (face->track_id >= 0 || known->region_id == region_id)) {
      take (history, face, i);
      return;
    }
  }
}

static void
match_by_overlap (History *history, Face *face)
{
  gdouble best = MIN_OVERLAP;
  gint best_i = -1;

  for (guint i = 0; i < history->entries->len; i++) {
    const Known *known = KNOWN (history, i);
    gdouble overlap = rect_overlap (&known->box, &face->box);

    /* different tracks are different people, however close */
    if (known->taken || overlap < best ||
        (known->track_id >= 0 && face->track_id >= 0))
      continue;
    best = overlap;
    best_i = (gint) i;
  }
  if (best_i >= 0)
    take (history, face, (guint) best_i);
}

static void
grow_older (Known *known, GstClockTime step)
{
  known->taken = FALSE;
  known->unseen++;
  known->unseen_ns += step;
  if (known->result.age < G_MAXUINT)
    known->result.age++;
  known->result.age_ns += MIN (step, G_MAXINT64 - known->result.age_ns);
}

void
history_match (History *history, GArray *faces, GstClockTime step)
{
  for (guint i = 0; i < history->entries->len; i++)
    grow_older (KNOWN (history, i), step);
  for (guint i = 0; i < faces->len; i++)
    match_by_id (history, faces, &g_array_index (faces, Face, i));
  for (guint i = 0; i < faces->len; i++) {
    Face *face = &g_array_index (faces, Face, i);

    if (face->known < 0)
      match_by_overlap (history, face);
  }
}

static gboolean
is_over (const Known *known, guint max_unseen)
{
  const gboolean has_id = known->track_id >= 0 || known->region_id != 0;

  return known->unseen > MAX_UNSEEN ||
         (known->unseen > max_unseen &&
             known->unseen_ns > (has_id ? MEMORY_BY_ID : MEMORY_BY_PLACE));
}

void
history_update (History *history, GArray *faces, guint max_unseen)
{
  for (guint i = 0; i < faces->len; i++) {
    const Face *face = &g_array_index (faces, Face, i);
    Known known = {
      .track_id = face->track_id,
      .region_id = face_has_lasting_id (face) ? face->region_id : 0,
      .box = face->box,
      .result = face->result,
    };

    if (!face->has_result)
      continue;
    if (face->known >= 0)
      *KNOWN (history, face->known) = known;
    else
      g_array_append_val (history->entries, known);
  }

  for (guint i = history->entries->len; i-- > 0;)
    if (is_over (KNOWN (history, i), max_unseen))
      g_array_remove_index_fast (history->entries, i);
}

/* Where the labels of faces go
 * SPDX-License-Identifier: MIT
 *
 * Geometry only. Beside its face, inside the frame, away from other labels and
 * from other faces; where it was in the frame before, unless that has become
 * clearly worse, so that labels do not jump to and fro.
 */
#pragma once

#include <glib.h>

typedef struct
{
  gint x, y, w, h;
} Rect;

/* A label in full, and a smaller one for where there is no room. */
typedef enum
{
  PLACE_FULL,
  PLACE_SHORT,
  PLACE_N_SIZES,
  PLACE_NONE = PLACE_N_SIZES /* does not fit into the frame */
} PlaceSize;

typedef struct
{
  Rect face;       /* and its box, as far as they are inside the frame */
  gint64 track_id; /* -1 = not known */
  gint w[PLACE_N_SIZES], h[PLACE_N_SIZES];
  gint level; /* of the caller, kept from frame to frame; see
                      placement_recall() */

  /* out */
  PlaceSize size;
  guint slot;
  Rect label;
} Place;

typedef struct
{
  GArray *last; /* of Place */
} Placement;

void placement_init (Placement *placement);
void placement_clear (Placement *placement);

/* Forgets the frames before. */
void placement_reset (Placement *placement);

/* The same face in the frame before, or NULL. */
const Place *placement_recall (
    const Placement *placement, const Rect *face, gint64 track_id);

/* Gives each face its label's size and place, and remembers them. Boxes are at
 * most 32767 wide and high. */
void placement_run (
    Placement *placement, Place *places, guint n, gint width, gint height);

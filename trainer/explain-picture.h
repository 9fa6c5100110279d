/* The picture that `explain` draws.
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include "resemotenet.h"

typedef struct
{
  RenModel *model;
  char *file; /* where the face is from, fit to be shown; owned */
  RenPicture picture;
  RenRect crop; /* something of it lies inside of the picture */
  float *maps;  /* [class][REN_CAM_SIZE][REN_CAM_SIZE], 0 to 1; owned */
  float scores[REN_MAX_CLASSES];
  guint answer; /* the class with the highest score */
  guint shown;  /* the first class that has a panel … */
  guint n_shown;
} Explanation;

/* "happy 93 %" */
char *explain_describe (const Explanation *explanation, guint class_id);

/* Whether pictures can be drawn: not where Cairo was missing. */
gboolean explain_picture_check (GError **error);

/* The face, and beside it a panel for each class shown, as PNG; NULL with
 * @error set. */
GString *explain_picture (const Explanation *explanation, GError **error);

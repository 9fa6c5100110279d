/* The label of a face
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include "cache.h"
#include "picture.h"
#include "shown-faces.h"
#include "text.h"

typedef struct
{
  const EmotionFace *face;
  guint32 rgb; /* its colour, see label_color() */
  gint size;   /* of the text, in pixels */
  gdouble stretch;
  gboolean emoji;  /* in place of the label's name, where there is one */
  gboolean track;  /* the number of the track */
  gboolean scores; /* a bar for each class */
  gint max_height; /* pixels; more classes than fit are left out */
} Label;

/* The colour of a face's emotion, 0xRRGGBB; as long as the model's classes are the
 * same, each has its own. */
guint32 label_color (const EmotionFace *face);

/* The emoji of an emotion, or NULL. */
const gchar *label_emoji (const gchar *label);

/* All emojis that there are, for finding out whether fonts have them. */
const gchar *label_all_emojis (void);

/* Returns: (transfer full): the label, as a picture that is the same object as
 * long as it shows the same
 * @cache: of Picture */
Picture *label_picture (Cache *cache, Text *text, const Label *label);

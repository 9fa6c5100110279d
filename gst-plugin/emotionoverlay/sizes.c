/* SPDX-License-Identifier: MIT */
#include "sizes.h"

#include <math.h>

/* Text is as high as this part of the frame; of one that is not 16:9, of a frame
 * of 16:9 with as many pixels. */
#define TEXT_SHARE (1. / 36)
/* What can still be read, and what a frame must have for a line of it. */
#define MIN_TEXT 11
#define MIN_LINES 3

/* Text to the height of a face. */
#define FACE_SHARE 0.2
/* A level stays until another one fits clearly better. */
#define STICKY 1.12

static const gdouble levels[SIZES_N_LEVELS] = { 1, .8, .64, .5 };

void
sizes_init (Sizes *s, gint width, gint height, gint par_n, gint par_d,
    gdouble text_scale)
{
  const gdouble par =
      par_n > 0 && par_d > 0 ? CLAMP ((gdouble) par_n / par_d, .1, 10) : 1;
  const gdouble like_16_9 = sqrt (width * par * height * 9 / 16);
  const gdouble text = like_16_9 * TEXT_SHARE;

  *s = (Sizes){ .width = width, .height = height, .stretch = 1 / par };
  s->line = MAX ((gint) (text / 8 + .5), 2);
  s->edge = MAX ((s->line + 1) / 3, 1);
  s->text = (gint) (MAX (text, MIN_TEXT + 2) * text_scale + .5);
  s->text = CLAMP (s->text, MIN_TEXT, MAX (height / MIN_LINES, MIN_TEXT));
  if (height < MIN_LINES * MIN_TEXT)
    s->text = 0;
}

gint
sizes_level (const Sizes *s, gint face_height, gint before)
{
  const gdouble wanted = face_height * FACE_SHARE / MAX (s->text, 1);
  gint level = 0;

  while (level < SIZES_N_LEVELS - 1 && levels[level] > wanted)
    level++;
  if (before >= 0 && before < SIZES_N_LEVELS &&
      levels[before] < levels[level] * STICKY * 1.25 &&
      wanted < levels[MAX (before - 1, 0)] * STICKY &&
      wanted * STICKY > levels[before])
    return before;
  return level;
}

gint
sizes_text (const Sizes *s, gint level)
{
  return MAX (
      (gint) (s->text * levels[CLAMP (level, 0, SIZES_N_LEVELS - 1)] + .5),
      MIN_TEXT);
}

/* SPDX-License-Identifier: MIT */
#include "people.h"

#include <math.h>
#include <string.h>

#include "jpeg-encode.h"

const gchar *const people_labels[PEOPLE_LABELS] = { "happy", "surprise", "sad",
  "anger", "disgust", "fear", "neutral" };

EmotionFace
people_face (gint64 track_id, guint label, gfloat confidence)
{
  EmotionFace f = { .x = 100 * (gint) (track_id % 100),
    .y = 10,
    .w = 50,
    .h = 60,
    .track_id = track_id,
    .detection_confidence = -1,
    .label = people_labels[label],
    .label_id = (gint) label,
    .confidence = confidence,
    .model_name = "synthetic",
    .n_scores = PEOPLE_LABELS };

  for (guint i = 0; i < PEOPLE_LABELS; i++) {
    f.score_labels[i] = people_labels[i];
    f.scores[i] =
        i == label ? confidence : (1 - confidence) / (PEOPLE_LABELS - 1);
  }
  return f;
}

/* ---- pictures -------------------------------------------------------------- */

#define SIDE 64

/* Whether a pixel is of an eye or the mouth, which is bent by the emotion. */
static gboolean
is_feature (gdouble x, gdouble y, guint label)
{
  static const gdouble bend[PEOPLE_LABELS] = { .25, 0, -.25, -.1, -.15, 0, 0 };
  const gdouble mouth = .35 + bend[label] * (1 - 4 * x * x);

  if (hypot (fabs (x) - .3, y + .2) < .09)
    return TRUE;
  if (label == 1 || label == 5)
    return hypot (x, y - .4) < (label == 1 ? .2 : .12);
  return fabs (x) < .4 && fabs (y - mouth) < .05;
}

static GBytes *
draw_face (guint person, guint label)
{
  static const guint8 skins[][3] = { { 245, 208, 178 }, { 224, 172, 125 },
    { 172, 115, 75 }, { 120, 78, 52 }, { 250, 222, 198 } };
  guint8 pixels[SIDE * SIDE * 3];

  for (guint i = 0; i < SIDE * SIDE; i++) {
    const gdouble x = 2. * (i % SIDE) / SIDE - 1,
                  y = 2. * (i / SIDE) / SIDE - 1;
    guint8 *p = pixels + 3 * i;

    if (hypot (x, y * .85) > .8)
      for (guint k = 0; k < 3; k++)
        p[k] = (guint8) (60 + (person * 37 + k * 53) % 120);
    else if (is_feature (x, y, label))
      memset (p, 40, 3);
    else
      memcpy (p, skins[person % G_N_ELEMENTS (skins)], 3);
  }
  return jpeg_encode (pixels, SIDE, SIDE, SIDE * 3, 80);
}

static void
take_pictures (Timeline *t)
{
  for (guint i = 0; i < t->seen->len; i++) {
    const TimelineSighting *s = &g_array_index (t->seen, TimelineSighting, i);
    TimelinePerson *p = s->person;
    g_autoptr (GBytes) jpeg = NULL;

    if (p == timeline_model (t, p)->others ||
        !moments_want (
            &p->moments, t->now, p->label_since, s->label, s->confidence))
      continue;
    jpeg = draw_face ((guint) p->track_id, s->label);
    moments_add (&p->moments, t->now, s->label, s->confidence, jpeg);
  }
}

/* ---- people ------------------------------------------------------------------ */

typedef struct
{
  gboolean here;
  guint label, habit;
  GstClockTime until, mood_until;
} Actor;

static gdouble
seconds (GRand *random, gdouble mean)
{
  return -mean * log (1 - g_rand_double_range (random, 0, .999));
}

static void
act (Actor *a, GRand *random, GstClockTime now, GstClockTime length,
    guint n_people)
{
  const gdouble total = (gdouble) length / GST_SECOND;

  if (now >= a->until) {
    a->here = !a->here || n_people == 1;
    a->until = now + (GstClockTime) (GST_SECOND *
                                     seconds (random,
                                         a->here ? total / 12 : total / 4));
  }
  if (now >= a->mood_until) {
    static const guint moods[] = { 0, 0, 0, 6, 6, 6, 6, 1, 2, 2, 3, 5, 4 };

    a->label = g_rand_double (random) < .4
                   ? a->habit
                   : moods[g_rand_int_range (random, 0, G_N_ELEMENTS (moods))];
    a->mood_until =
        now + (GstClockTime) (GST_SECOND *
                              (.4 + seconds (random, MIN (total / 8, 9))));
  }
}

void
people_play (
    Timeline *t, guint n_people, GstClockTime length, GstClockTime step)
{
  static const guint habits[] = { 0, 6, 6, 2, 6, 0, 3 };
  g_autoptr (GRand) random = g_rand_new_with_seed (n_people);
  g_autofree Actor *actors = g_new0 (Actor, n_people);
  g_autofree EmotionFace *faces = g_new (EmotionFace, n_people);

  for (guint i = 0; i < n_people; i++) {
    actors[i].habit = actors[i].label = habits[i % G_N_ELEMENTS (habits)];
    if (i > 0)
      actors[i].until = g_rand_double (random) * length * .7;
  }
  for (GstClockTime now = 0; now < length; now += step) {
    guint n = 0;

    for (guint i = 0; i < n_people; i++) {
      act (&actors[i], random, now, length, n_people);
      if (actors[i].here)
        faces[n++] = people_face (i, actors[i].label,
            (gfloat) g_rand_double_range (random, .45, .98));
    }
    timeline_add_faces (t, faces, n, now, step);
    take_pictures (t);
  }
  timeline_finish (t);
}

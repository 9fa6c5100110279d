/* SPDX-License-Identifier: MIT */
#include "moments.h"

/* Pictures of one person are at least so far apart, and what is wanted is looked
 * at again after so long. */
#define FIRST_GAP (GST_SECOND / 2)
#define RETRY (GST_SECOND / 4)
/* An emotion that lasts shorter may be a slip of the classifier. */
#define LASTING (300 * GST_MSECOND)
/* A better picture of the same replaces one up to so many gaps old. */
#define REPLACE_GAPS 4
#define BETTER 0.05f
/* A stretch of one emotion gets another picture after so many gaps. */
#define LONG_GAPS 8

static void
clear_moment (gpointer moment)
{
  g_bytes_unref (((Moment *) moment)->jpeg);
}

void
moments_init (Moments *m)
{
  m->list = g_array_new (FALSE, FALSE, sizeof (Moment));
  g_array_set_clear_func (m->list, clear_moment);
  m->gap = FIRST_GAP;
  m->next_try = 0;
}

void
moments_clear (Moments *m)
{
  g_clear_pointer (&m->list, g_array_unref);
}

static Moment *
nth (const Moments *m, guint i)
{
  return &g_array_index (m->list, Moment, i);
}

static gboolean
replaces (const Moment *last, const Moments *m, GstClockTime time, guint label,
    gfloat confidence)
{
  return last->label == label && confidence > last->confidence + BETTER &&
         time < last->time + REPLACE_GAPS * m->gap;
}

gboolean
moments_want (const Moments *m, GstClockTime time, GstClockTime since,
    guint label, gfloat confidence)
{
  const Moment *last;

  if (m->list->len == 0)
    return TRUE;
  last = nth (m, m->list->len - 1);
  if (time < m->next_try)
    return FALSE;
  if (replaces (last, m, time, label, confidence))
    return TRUE;
  if (label != last->label)
    return time >= last->time + m->gap && time >= since + LASTING;
  return time >= last->time + LONG_GAPS * m->gap;
}

/* What would be lost without it. */
static double
worth (const Moments *m, guint i)
{
  const Moment *before = nth (m, i - 1), *moment = nth (m, i);
  const Moment *after = nth (m, MIN (i + 1, m->list->len - 1));

  return (double) (after->time - before->time) * (moment->confidence + .1) *
         (moment->label == before->label ? .3 : 1);
}

/* The first stays: it shows who comes. */
static void
drop_least (Moments *m)
{
  guint least = 1;

  for (guint i = 2; i < m->list->len; i++)
    if (worth (m, i) < worth (m, least))
      least = i;
  g_array_remove_index (m->list, least);
}

void
moments_add (
    Moments *m, GstClockTime time, guint label, gfloat confidence, GBytes *jpeg)
{
  const Moment moment = { time, label, confidence, g_bytes_ref (jpeg) };
  const guint n = m->list->len;

  if (n > 0 && replaces (nth (m, n - 1), m, time, label, confidence))
    g_array_remove_index (m->list, n - 1);
  g_array_append_val (m->list, moment);
  m->next_try = time + RETRY;
  if (m->list->len > MOMENTS_MAX) {
    drop_least (m);
    /* a long time is not cut into more and more pieces only to drop them */
    m->gap = MAX (m->gap,
        (time - nth (m, 0)->time) / (MOMENTS_MAX * G_GUINT64_CONSTANT (3)));
  }
}

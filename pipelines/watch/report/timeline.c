/* SPDX-License-Identifier: MIT */
#include "timeline.h"

#include <string.h>

#include "rect.h"

/* Two frames so close belong together: who is on the first counts until the
 * second. Of what is further apart, the frame's own duration counts. */
#define MAX_HOLD (3 * GST_SECOND)
#define MAX_DURATION (10 * GST_SECOND)
/* Of a picture, which lasts no time. */
#define LEAST_DURATION (GST_SECOND / 25)
/* Times that go back by less are the jitter of a camera. */
#define MAX_JITTER GST_SECOND
/* Sums of a few of these do not overflow; some 70 years. */
#define MAX_TIME (G_MAXINT64 / 4)

/* Who was not seen for so long does not come back, or only by its track. */
#define GONE (5 * GST_SECOND)
#define MATCH_WITHIN GST_SECOND
/* Overlap as a share of both together. */
#define MATCH_LEAST 0.3

#define LABEL_BYTES 80
#define OTHER_LABELS "other labels"

/* ---- persons --------------------------------------------------------------- */

TimelinePerson *
timeline_person_new (guint model, gint64 track_id)
{
  TimelinePerson *p = g_new0 (TimelinePerson, 1);

  p->model = model;
  p->track_id = track_id;
  p->first = p->last = p->last_file = GST_CLOCK_TIME_NONE;
  p->cells = cells_new ();
  moments_init (&p->moments);
  return p;
}

void
timeline_person_free (TimelinePerson *p)
{
  g_array_unref (p->cells);
  moments_clear (&p->moments);
  g_free (p);
}

static guint
hash_track (gconstpointer person)
{
  const TimelinePerson *p = person;

  return g_int64_hash (&p->track_id) * 31 + p->model;
}

static gboolean
equal_track (gconstpointer a, gconstpointer b)
{
  const TimelinePerson *p = a, *q = b;

  return p->track_id == q->track_id && p->model == q->model;
}

void
timeline_sum (TimelinePerson *into, const TimelinePerson *from)
{
  if (from->n_faces == 0)
    return;
  into->first = into->n_faces ? MIN (into->first, from->first) : from->first;
  into->last = into->n_faces ? MAX (into->last, from->last) : from->last;
  into->n_people += from->n_people;
  into->n_faces += from->n_faces;
  into->ns += from->ns;
  for (guint i = 0; i < TIMELINE_MAX_LABELS; i++)
    into->label_ns[i] += from->label_ns[i];
  cells_merge (into->cells, from->cells);
}

guint
timeline_dominant (const TimelinePerson *p)
{
  guint best = 0;

  for (guint i = 1; i < TIMELINE_MAX_LABELS; i++)
    if (p->label_ns[i] > p->label_ns[best])
      best = i;
  return best;
}

/* ---- models and labels ------------------------------------------------------- */

/* Text from outside, of bounded length. */
static gchar *
copy_text (const gchar *text)
{
  const gchar *end = text + MIN (strlen (text), LABEL_BYTES);

  if (!text[0])
    return g_strdup ("(no name)");
  while (end > text && (*end & 0xc0) == 0x80)
    end--;
  return g_strndup (text, (gsize) (end - text));
}

static void
free_model (gpointer data)
{
  TimelineModel *model = data;

  g_free (model->name);
  g_ptr_array_unref (model->labels);
  timeline_person_free (model->others);
  g_free (model);
}

/* -1 where there are too many. */
static gint
find_model (Timeline *t, const gchar *name)
{
  g_autofree gchar *wanted = name ? copy_text (name) : NULL;
  TimelineModel *model;

  for (guint i = 0; i < t->models->len; i++)
    if (g_strcmp0 (((TimelineModel *) g_ptr_array_index (t->models, i))->name,
            wanted) == 0)
      return (gint) i;
  if (t->models->len == TIMELINE_MAX_MODELS)
    return -1;
  model = g_new0 (TimelineModel, 1);
  model->name = g_steal_pointer (&wanted);
  model->labels = g_ptr_array_new_with_free_func (g_free);
  model->others = timeline_person_new (t->models->len, -1);
  g_ptr_array_add (t->models, model);
  return (gint) t->models->len - 1;
}

static guint
find_label (TimelineModel *model, const gchar *label)
{
  g_autofree gchar *wanted = NULL;

  for (guint i = 0; i < model->labels->len; i++)
    if (g_str_equal (g_ptr_array_index (model->labels, i), label))
      return i;
  wanted = copy_text (label);
  if (!g_str_equal (wanted, label))
    return find_label (model, wanted);
  if (model->labels->len == TIMELINE_MAX_LABELS)
    return TIMELINE_MAX_LABELS - 1;
  g_ptr_array_add (model->labels, model->labels->len == TIMELINE_MAX_LABELS - 1
                                      ? g_strdup (OTHER_LABELS)
                                      : g_steal_pointer (&wanted));
  return model->labels->len - 1;
}

const TimelineModel *
timeline_model (const Timeline *t, const TimelinePerson *person)
{
  return g_ptr_array_index (t->models, person->model);
}

const gchar *
timeline_label (const TimelineModel *model, guint label)
{
  return label < model->labels->len ? g_ptr_array_index (model->labels, label)
                                    : "";
}

/* ---- who it is ------------------------------------------------------------------ */

/* Of those who were there just now and are not found on this frame yet. */
static TimelinePerson *
match (Timeline *t, guint model, const EmotionFace *face)
{
  const RenRect box = { face->x, face->y, face->w, face->h };
  TimelinePerson *best = NULL;
  double most = MATCH_LEAST;

  for (guint i = 0; i < t->persons->len; i++) {
    TimelinePerson *p = g_ptr_array_index (t->persons, i);
    double overlap;

    if (p->track_id >= 0 || p->model != model || p->frame == t->n_frames ||
        p->frame == 0 || p->last + MATCH_WITHIN < t->now)
      continue;
    overlap = rect_overlap (&(RenRect){ p->x, p->y, p->w, p->h }, &box);
    if (overlap < most)
      continue;
    most = overlap;
    best = p;
  }
  return best;
}

static gint
compare_seen (gconstpointer a, gconstpointer b)
{
  const TimelinePerson *p = *(TimelinePerson *const *) a;
  const TimelinePerson *q = *(TimelinePerson *const *) b;

  /* those first seen later go first where all else is equal */
  return p->ns != q->ns ? (p->ns < q->ns ? -1 : 1)
                        : (p->first > q->first ? -1 : p->first < q->first);
}

static void
fold (Timeline *t, TimelinePerson *p)
{
  timeline_sum (timeline_model (t, p)->others, p);
  if (g_hash_table_lookup (t->by_track, p) == p)
    g_hash_table_remove (t->by_track, p);
  g_ptr_array_remove (t->persons, p); /* frees it */
}

/* Whether there is room for one more. */
static gboolean
make_room (Timeline *t)
{
  g_autoptr (GPtrArray) gone = NULL;

  if (t->persons->len < TIMELINE_MAX_PERSONS)
    return TRUE;
  gone = g_ptr_array_new ();
  for (guint i = 0; i < t->persons->len; i++) {
    TimelinePerson *p = g_ptr_array_index (t->persons, i);

    if (p->last + GONE < t->now && p->frame != t->n_frames)
      g_ptr_array_add (gone, p);
  }
  g_ptr_array_sort (gone, compare_seen);
  for (guint i = 0; i < MIN (gone->len, TIMELINE_MAX_PERSONS / 4); i++)
    fold (t, g_ptr_array_index (gone, i));
  return gone->len > 0;
}

static TimelinePerson *
find_person (Timeline *t, guint model, const EmotionFace *face)
{
  const TimelinePerson key = { .model = model, .track_id = face->track_id };
  TimelinePerson *p = face->track_id >= 0
                          ? g_hash_table_lookup (t->by_track, &key)
                          : match (t, model, face);

  if (p)
    return p;
  if (!make_room (t)) {
    p = ((TimelineModel *) g_ptr_array_index (t->models, model))->others;
    if (p->n_faces == 0)
      p->first = p->last = t->now;
    p->n_people = MAX (p->n_people, 1);
    return p;
  }
  p = timeline_person_new (model, MAX (face->track_id, -1));
  p->n_people = 1;
  p->first = p->last = t->now;
  g_ptr_array_add (t->persons, p);
  if (p->track_id >= 0)
    g_hash_table_add (t->by_track, p);
  return p;
}

/* ---- time -------------------------------------------------------------------------- */

static void
halve (Timeline *t)
{
  t->bin_ns *= 2;
  for (guint i = 0; i < t->persons->len; i++)
    cells_halve (((TimelinePerson *) g_ptr_array_index (t->persons, i))->cells);
  for (guint i = 0; i < t->models->len; i++)
    cells_halve (
        ((TimelineModel *) g_ptr_array_index (t->models, i))->others->cells);
}

static void
count_sighting (const Timeline *t, const TimelineSighting *s)
{
  TimelinePerson *p = s->person;
  GstClockTime from = t->now - t->origin;
  const GstClockTime to = t->end - t->origin;

  p->last = MAX (p->last, t->end);
  p->ns += to - from;
  p->label_ns[s->label] += to - from;
  while (from < to) {
    const guint64 bin = from / t->bin_ns;
    const GstClockTime edge = MIN (to, (bin + 1) * t->bin_ns);

    cells_add (p->cells, (guint32) bin, s->label, edge - from);
    from = edge;
  }
}

/* Lets the last frame's faces count until the next frame at @next, or without
 * one. */
static void
settle (Timeline *t, GstClockTime next)
{
  GstClockTime lasts = GST_CLOCK_TIME_IS_VALID (t->duration) && t->duration > 0
                           ? MIN (t->duration, MAX_DURATION)
                       : t->interval ? MIN (t->interval, MAX_HOLD)
                                     : LEAST_DURATION;

  if (!t->pending)
    return;
  t->pending = FALSE;
  if (GST_CLOCK_TIME_IS_VALID (next))
    lasts =
        next - t->now <= MAX_HOLD ? next - t->now : MIN (lasts, next - t->now);
  t->end = t->now + lasts;
  while ((t->end - t->origin) / t->bin_ns >= TIMELINE_MAX_BINS)
    halve (t);
  for (guint i = 0; i < t->seen->len; i++)
    count_sighting (t, &g_array_index (t->seen, TimelineSighting, i));
}

/* Our time of a frame, not before that of the one before. */
static GstClockTime
advance (Timeline *t, GstClockTime stream_time)
{
  const gboolean is_first = t->n_frames == 0;
  gint64 time;

  if (!GST_CLOCK_TIME_IS_VALID (stream_time) || stream_time > MAX_TIME)
    return t->now;
  if (is_first)
    t->origin = t->now = t->end = stream_time;
  time = (gint64) stream_time + t->shift;
  if (!is_first &&
      (t->restarting || time + (gint64) MAX_JITTER < (gint64) t->now)) {
    timeline_restart (t);
    t->shift = (gint64) t->end - (gint64) stream_time;
    time = (gint64) t->end;
    t->n_restarts++;
  }
  t->restarting = FALSE;
  return MIN ((GstClockTime) MAX (time, (gint64) t->now), MAX_TIME);
}

/* ---- the timeline --------------------------------------------------------------------- */

Timeline *
timeline_new (void)
{
  Timeline *t = g_new0 (Timeline, 1);

  t->models = g_ptr_array_new_with_free_func (free_model);
  t->persons =
      g_ptr_array_new_with_free_func ((GDestroyNotify) timeline_person_free);
  t->seen = g_array_new (FALSE, FALSE, sizeof (TimelineSighting));
  t->by_track = g_hash_table_new (hash_track, equal_track);
  t->bin_ns = TIMELINE_FIRST_BIN;
  t->duration = GST_CLOCK_TIME_NONE;
  return t;
}

void
timeline_free (Timeline *t)
{
  g_hash_table_unref (t->by_track);
  g_ptr_array_unref (t->models);
  g_ptr_array_unref (t->persons);
  g_array_unref (t->seen);
  g_free (t);
}

void
timeline_finish (Timeline *t)
{
  settle (t, GST_CLOCK_TIME_NONE);
}

void
timeline_restart (Timeline *t)
{
  timeline_finish (t);
  /* neither track nor place tells who it is from here on */
  g_hash_table_remove_all (t->by_track);
  for (guint i = 0; i < t->persons->len; i++)
    ((TimelinePerson *) g_ptr_array_index (t->persons, i))->frame = 0;
  t->restarting = t->n_frames > 0;
}

static void
add_face (Timeline *t, const EmotionFace *face)
{
  const gint model_index = find_model (t, face->model_name);
  TimelineModel *model;
  TimelineSighting s = { .confidence = face->confidence,
    .x = face->x,
    .y = face->y,
    .w = face->w,
    .h = face->h };
  TimelinePerson *p;

  t->n_faces++;
  if (model_index < 0) {
    t->n_ignored++;
    return;
  }
  model = g_ptr_array_index (t->models, model_index);
  if (model->labels->len == 0) /* all, in the model's order */
    for (guint i = 0; i < face->n_scores; i++)
      find_label (model, face->score_labels[i]);
  s.label = find_label (model, face->label);
  s.person = p = find_person (t, (guint) model_index, face);
  if (p != model->others && p->frame == t->n_frames) {
    t->n_ignored++;
    return;
  }
  if (p->n_faces == 0 || p->label != s.label)
    p->label_since = t->now;
  p->n_faces++;
  p->frame = t->n_frames;
  p->label = s.label;
  p->x = s.x;
  p->y = s.y;
  p->w = s.w;
  p->h = s.h;
  g_array_append_val (t->seen, s);
}

void
timeline_add_faces (Timeline *t, const EmotionFace *faces, guint n_faces,
    GstClockTime stream_time, GstClockTime duration)
{
  const GstClockTime time = advance (t, stream_time);

  settle (t, time);
  if (time > t->now)
    t->interval = time - t->now;
  t->now = t->end = time;
  t->duration = duration;
  t->n_frames++;
  t->pending = TRUE;
  g_array_set_size (t->seen, 0);
  for (guint i = 0; i < n_faces; i++)
    add_face (t, &faces[i]);
}

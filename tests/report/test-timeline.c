/* The timeline: nothing is lost or counted twice, and memory stays bounded
 * SPDX-License-Identifier: MIT
 */
#include "people.h"

#include <string.h>

#define MS GST_MSECOND
#define STEP (100 * MS)

static TimelinePerson *
nth (const Timeline *t, guint i)
{
  g_assert_cmpuint (i, <, t->persons->len);
  return g_ptr_array_index (t->persons, i);
}

static const TimelinePerson *
others (const Timeline *t)
{
  return ((TimelineModel *) g_ptr_array_index (t->models, 0))->others;
}

static void
add_one (Timeline *t, GstClockTime time, gint64 track_id, guint label)
{
  const EmotionFace face = people_face (track_id, label, .8f);

  timeline_add_faces (t, &face, 1, time, STEP);
}

static guint64
sum_cells (const GArray *cells)
{
  guint64 sum = 0;

  for (guint i = 0; i < cells->len; i++) {
    const TimelineCell *c = &g_array_index (cells, TimelineCell, i);
    const TimelineCell *before = i ? c - 1 : NULL;

    g_assert_cmpuint (c->ns, >, 0);
    g_assert_true (!before || before->bin < c->bin ||
                   (before->bin == c->bin && before->label < c->label));
    sum += c->ns;
  }
  return sum;
}

/* Whatever happened: times add up, and lie where the person was seen. */
static guint64
check_person (const Timeline *t, const TimelinePerson *p)
{
  guint64 labels = 0;

  for (guint i = 0; i < TIMELINE_MAX_LABELS; i++)
    labels += p->label_ns[i];
  g_assert_cmpuint (labels, ==, p->ns);
  g_assert_cmpuint (sum_cells (p->cells), ==, p->ns);
  for (guint i = 0; i < p->cells->len; i++) {
    const TimelineCell *c = &g_array_index (p->cells, TimelineCell, i);
    const GstClockTime from = t->origin + c->bin * t->bin_ns;

    g_assert_cmpuint (c->bin, <, TIMELINE_MAX_BINS);
    g_assert_cmpuint (from, <, p->last);
    g_assert_cmpuint (from + t->bin_ns, >, p->first);
  }
  return p->ns;
}

/* Returns the time of all faces. */
static guint64
check (const Timeline *t)
{
  guint64 ns = 0;

  g_assert_cmpuint (t->persons->len, <=, TIMELINE_MAX_PERSONS);
  for (guint i = 0; i < t->persons->len; i++)
    ns += check_person (t, nth (t, i));
  for (guint i = 0; i < t->models->len; i++)
    ns += check_person (
        t, ((TimelineModel *) g_ptr_array_index (t->models, i))->others);
  return ns;
}

/* ---- cells ----------------------------------------------------------------- */

static void
test_cells (void)
{
  g_autoptr (GArray) a = cells_new (), b = cells_new ();
  const TimelineCell *c;

  cells_add (a, 4, 1, 10);
  cells_add (a, 4, 0, 20);
  cells_add (a, 2, 5, 30);
  cells_add (a, 4, 1, 5);
  cells_add (a, 9, 0, 0);
  g_assert_cmpuint (a->len, ==, 3);
  g_assert_cmpuint (sum_cells (a), ==, 65);
  cells_add (b, 3, 5, 100);
  cells_add (b, 4, 1, 100);
  cells_merge (b, a);
  g_assert_cmpuint (b->len, ==, 4);
  g_assert_cmpuint (sum_cells (b), ==, 265);
  cells_halve (b);
  g_assert_cmpuint (b->len, ==, 3);
  g_assert_cmpuint (sum_cells (b), ==, 265);
  c = &g_array_index (b, TimelineCell, 0);
  g_assert_cmpuint (c->bin, ==, 1);
  g_assert_cmpuint (c->label, ==, 5);
  g_assert_cmpuint (c->ns, ==, 130);
}

/* ---- time ------------------------------------------------------------------- */

static void
test_seconds (void)
{
  g_autoptr (Timeline) t = timeline_new ();
  const TimelinePerson *p;

  for (guint i = 0; i < 15; i++)
    add_one (t, 5 * GST_SECOND + i * STEP, 7, i < 10 ? 0 : 2);
  g_assert_cmpuint (nth (t, 0)->ns, ==, 14 * STEP);
  timeline_finish (t);
  timeline_finish (t);
  p = nth (t, 0);
  g_assert_cmpuint (t->persons->len, ==, 1);
  g_assert_cmpint (p->track_id, ==, 7);
  g_assert_cmpuint (p->label_ns[0], ==, 1000 * MS);
  g_assert_cmpuint (p->label_ns[2], ==, 500 * MS);
  g_assert_cmpuint (timeline_dominant (p), ==, 0);
  g_assert_cmpuint (p->first, ==, 5 * GST_SECOND);
  g_assert_cmpuint (p->last, ==, 6500 * MS);
  g_assert_cmpuint (t->end - t->origin, ==, 1500 * MS);
  g_assert_cmpuint (p->n_faces, ==, 15);
  g_assert_cmpstr (
      timeline_label (timeline_model (t, p), 2), ==, people_labels[2]);
  g_assert_cmpuint (check (t), ==, 1500 * MS);
}

/* How long a face counts when the next frame is late, or there is none. */
static void
test_gaps (void)
{
  static const struct
  {
    GstClockTime duration, next, counts;
  } cases[] = {
    { 40 * MS, 2 * GST_SECOND, 2 * GST_SECOND },
    { 40 * MS, 60 * GST_SECOND, 40 * MS },
    { GST_CLOCK_TIME_NONE, 60 * GST_SECOND, 40 * MS },
    { 5 * GST_SECOND, 5 * GST_SECOND, 5 * GST_SECOND },
    { 5 * GST_SECOND, 4 * GST_SECOND, 4 * GST_SECOND },
    { 3600 * GST_SECOND, 3600 * GST_SECOND, 10 * GST_SECOND },
    { 0, GST_CLOCK_TIME_NONE, 40 * MS },
    { 2 * GST_SECOND, GST_CLOCK_TIME_NONE, 2 * GST_SECOND },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (Timeline) t = timeline_new ();
    const EmotionFace face = people_face (1, 0, .8f);

    timeline_add_faces (t, &face, 1, 0, cases[i].duration);
    if (GST_CLOCK_TIME_IS_VALID (cases[i].next))
      timeline_add_faces (t, NULL, 0, cases[i].next, 40 * MS);
    timeline_finish (t);
    g_assert_cmpuint (check (t), ==, cases[i].counts);
  }
}

/* Bins get wider; sums and places stay. */
static void
test_long (void)
{
  g_autoptr (Timeline) t = timeline_new ();
  const guint n = 24 * 3600;

  for (guint i = 0; i < n; i++)
    add_one (t, i * GST_SECOND, i < n / 2 ? 1 : 2, i % 3);
  timeline_finish (t);
  /* the last frame lasts a tenth of a second */
  g_assert_cmpuint (check (t), ==, (n - 1) * GST_SECOND + STEP);
  g_assert_cmpuint (nth (t, 0)->ns, ==, n / 2 * GST_SECOND);
  g_assert_cmpuint (t->bin_ns, ==, TIMELINE_FIRST_BIN << 10);
  for (guint i = 0; i < 3; i++)
    g_assert_cmpuint (nth (t, 0)->label_ns[i], ==, n / 6 * GST_SECOND);
}

static void
test_odd_times (void)
{
  g_autoptr (Timeline) t = timeline_new ();

  timeline_finish (t);
  add_one (t, GST_CLOCK_TIME_NONE, 1, 0);
  add_one (t, 10 * STEP, 1, 0);
  add_one (t, 9 * STEP, 1, 0); /* jitter */
  add_one (t, 11 * STEP, 1, 0);
  add_one (t, GST_CLOCK_TIME_NONE, 1, 0);
  g_assert_cmpuint (t->n_restarts, ==, 0);
  add_one (t, G_MAXINT64, 1, 0);
  add_one (t, G_MAXINT64 / 4, 1, 0); /* some 70 years */
  timeline_finish (t);
  check (t);
  g_assert_cmpuint (t->persons->len, ==, 1);
  g_assert_cmpuint (nth (t, 0)->n_faces, ==, 7);
}

/* The next file's tracks are other people, who come later. */
static void
test_restart (void)
{
  for (guint told = 0; told < 2; told++) {
    g_autoptr (Timeline) t = timeline_new ();

    timeline_restart (t);
    for (guint file = 0; file < 2; file++) {
      if (told)
        timeline_restart (t);
      for (guint i = 0; i < 30; i++)
        add_one (t, i * STEP, i < 15 ? 3 : -1, 0);
    }
    timeline_finish (t);
    g_assert_cmpuint (check (t), ==, 60 * STEP);
    g_assert_cmpuint (t->n_restarts, ==, 1);
    g_assert_cmpuint (t->persons->len, ==, 4);
    for (guint i = 0; i < 4; i++) {
      g_assert_cmpuint (nth (t, i)->first, ==, i * 15 * STEP);
      g_assert_cmpuint (nth (t, i)->ns, ==, 15 * STEP);
    }
  }
}

/* ---- who --------------------------------------------------------------------- */

static void
test_matching (void)
{
  g_autoptr (Timeline) t = timeline_new ();
  EmotionFace faces[2] = { people_face (-1, 0, .8f), people_face (-1, 1, .8f) };

  faces[1].x = 400;
  for (guint i = 0; i < 20; i++) {
    faces[0].x += 5;
    faces[1].x -= 5;
    timeline_add_faces (t, faces, i == 10 ? 1 : 2, i * STEP, STEP);
  }
  timeline_finish (t);
  g_assert_cmpuint (t->persons->len, ==, 2);
  g_assert_cmpuint (nth (t, 0)->label_ns[0], ==, 20 * STEP);
  g_assert_cmpuint (nth (t, 1)->label_ns[1], ==, 19 * STEP);

  /* elsewhere, or after a while, it is somebody else */
  faces[0].x += 200;
  timeline_add_faces (t, faces, 1, 20 * STEP, STEP);
  g_assert_cmpuint (t->persons->len, ==, 3);
  timeline_add_faces (t, faces, 1, 60 * STEP, STEP);
  g_assert_cmpuint (t->persons->len, ==, 4);
  timeline_finish (t);
  check (t);
}

/* One track cannot be in two places. */
static void
test_twice (void)
{
  g_autoptr (Timeline) t = timeline_new ();
  EmotionFace faces[2] = { people_face (5, 0, .8f), people_face (5, 1, .8f) };

  for (guint i = 0; i < 10; i++)
    timeline_add_faces (t, faces, 2, i * STEP, STEP);
  timeline_finish (t);
  g_assert_cmpuint (check (t), ==, 10 * STEP);
  g_assert_cmpuint (t->n_faces, ==, 20);
  g_assert_cmpuint (t->n_ignored, ==, 10);
}

static void
test_models (void)
{
  g_autoptr (Timeline) t = timeline_new ();
  EmotionFace faces[10];

  for (guint i = 0; i < G_N_ELEMENTS (faces); i++) {
    faces[i] = people_face (5, i % 2, .8f);
    faces[i].model_name = i ? people_labels[i % 7] : NULL;
    faces[i].n_scores = 0;
  }
  for (guint i = 0; i < 10; i++)
    timeline_add_faces (t, faces, 2, i * STEP, STEP);
  timeline_finish (t);
  g_assert_cmpuint (t->models->len, ==, 2);
  g_assert_cmpuint (t->persons->len, ==, 2);
  g_assert_cmpuint (check (t), ==, 20 * STEP);
  g_assert_cmpstr (
      timeline_label (timeline_model (t, nth (t, 1)), 0), ==, people_labels[1]);

  for (guint i = 0; i < G_N_ELEMENTS (faces); i++) {
    g_autofree gchar *name = g_strdup_printf ("model %u", i);

    faces[i].model_name = name;
    timeline_add_faces (t, &faces[i], 1, 2 * GST_SECOND, STEP);
  }
  g_assert_cmpuint (t->models->len, ==, TIMELINE_MAX_MODELS);
  g_assert_cmpuint (t->n_ignored, ==, 4);
}

static void
test_labels (void)
{
  g_autoptr (Timeline) t = timeline_new ();
  g_autofree gchar *letters = g_strnfill (1000, 'x');
  g_autofree gchar *wide = g_strdup_printf ("%.79sé", letters);
  EmotionFace face = people_face (1, 0, .8f);
  const TimelineModel *model;
  const TimelinePerson *p;

  face.n_scores = 0;
  for (guint i = 0; i < 100; i++) {
    g_autofree gchar *label = g_strdup_printf ("label %u", i);

    face.label = label;
    timeline_add_faces (t, &face, 1, i * STEP, STEP);
  }
  timeline_finish (t);
  check (t);
  p = nth (t, 0);
  model = timeline_model (t, p);
  g_assert_cmpuint (model->labels->len, ==, TIMELINE_MAX_LABELS);
  g_assert_cmpstr (
      timeline_label (model, TIMELINE_MAX_LABELS - 1), ==, "other labels");
  g_assert_cmpuint (p->label_ns[TIMELINE_MAX_LABELS - 1], ==,
      (100 - TIMELINE_MAX_LABELS + 1) * STEP);

  face.model_name = letters;
  face.label = letters;
  timeline_add_faces (t, &face, 1, 20 * GST_SECOND, STEP);
  face.label = "";
  timeline_add_faces (t, &face, 1, 21 * GST_SECOND, STEP);
  face.label = wide;
  timeline_add_faces (t, &face, 1, 22 * GST_SECOND, STEP);
  g_assert_cmpuint (t->models->len, ==, 2);
  model = g_ptr_array_index (t->models, 1);
  g_assert_cmpuint (strlen (model->name), ==, 80);
  g_assert_cmpuint (strlen (timeline_label (model, 0)), ==, 80);
  g_assert_cmpstr (timeline_label (model, 1), ==, "(no name)");
  g_assert_cmpuint (strlen (timeline_label (model, 2)), ==, 79);
}

/* ---- bounds ------------------------------------------------------------------- */

/* Those who were seen longest are still there, whenever they came. */
static void
test_many_tracks (void)
{
  g_autoptr (Timeline) t = timeline_new ();
  const guint n = 100000;
  guint64 longest = 0, n_cells = 0;
  GstClockTime time = 0;

  for (guint i = 0; i < n; i++) {
    /* each tenthousandth stays for a minute */
    const guint frames = i % 10000 == 5000 ? 600 : 1 + i % 3;

    for (guint j = 0; j < frames; j++, time += STEP)
      add_one (t, time, i, j % PEOPLE_LABELS);
  }
  timeline_finish (t);
  g_assert_cmpuint (check (t), ==, time);
  g_assert_cmpuint (t->persons->len + others (t)->n_people, ==, n);
  g_assert_cmpuint (g_hash_table_size (t->by_track), ==, t->persons->len);
  for (guint i = 0; i < t->persons->len; i++) {
    longest += nth (t, i)->ns == 600 * STEP;
    n_cells += nth (t, i)->cells->len;
  }
  g_assert_cmpuint (longest, ==, 10);
  g_assert_cmpuint (
      others (t)->cells->len, <=, TIMELINE_MAX_BINS * PEOPLE_LABELS);
  g_assert_cmpuint (
      n_cells, <=, TIMELINE_MAX_PERSONS * TIMELINE_MAX_BINS * PEOPLE_LABELS);
}

/* Nobody who is there is given up for those who come. */
static void
test_crowd (void)
{
  g_autoptr (Timeline) t = timeline_new ();
  EmotionFace faces[300];

  for (guint i = 0; i < G_N_ELEMENTS (faces); i++)
    faces[i] = people_face (i, i % PEOPLE_LABELS, .8f);
  for (guint i = 0; i < 100; i++)
    timeline_add_faces (t, faces, G_N_ELEMENTS (faces), i * STEP, STEP);
  timeline_finish (t);
  g_assert_cmpuint (check (t), ==, G_N_ELEMENTS (faces) * 100 * STEP);
  g_assert_cmpuint (t->persons->len, ==, TIMELINE_MAX_PERSONS);
  for (guint i = 0; i < t->persons->len; i++)
    g_assert_cmpuint (nth (t, i)->ns, ==, 100 * STEP);
  g_assert_cmpuint (others (t)->n_people, >=, 1);
}

static void
test_moments (void)
{
  g_autoptr (GBytes) jpeg = g_bytes_new_static ("x", 1);
  Moments m;

  moments_init (&m);
  g_assert_true (moments_want (&m, 0, 0, 1, .5f));
  moments_add (&m, 0, 1, .5f, jpeg);
  g_assert_false (moments_want (&m, STEP, 0, 1, .9f));
  /* a better one in its place */
  g_assert_true (moments_want (&m, 5 * STEP, 0, 1, .9f));
  moments_add (&m, 5 * STEP, 1, .9f, jpeg);
  g_assert_cmpuint (m.list->len, ==, 1);
  g_assert_false (moments_want (&m, 15 * STEP, 0, 1, .9f));
  /* another emotion, once it lasts */
  g_assert_false (moments_want (&m, 15 * STEP, 14 * STEP, 2, .5f));
  g_assert_true (moments_want (&m, 17 * STEP, 14 * STEP, 2, .5f));

  for (guint i = 1; i < 100000; i++) {
    const GstClockTime now = i * STEP, since = now / GST_SECOND * GST_SECOND;
    const guint label = (guint) (since / GST_SECOND % 3);

    if (moments_want (&m, now, since, label, .5f))
      moments_add (&m, now, label, .5f, jpeg);
    g_assert_cmpuint (m.list->len, <=, MOMENTS_MAX);
  }
  g_assert_cmpuint (m.list->len, >=, MOMENTS_MAX / 2);
  for (guint i = 1; i < m.list->len; i++)
    g_assert_cmpuint (g_array_index (m.list, Moment, i - 1).time, <,
        g_array_index (m.list, Moment, i).time);
  /* spread over the time, not all of its beginning or end */
  g_assert_cmpuint (
      g_array_index (m.list, Moment, m.list->len / 2).time, >, 10000 * STEP);
  g_assert_cmpuint (
      g_array_index (m.list, Moment, m.list->len / 2).time, <, 90000 * STEP);
  moments_clear (&m);
}

static void
test_people (void)
{
  g_autoptr (Timeline) t = timeline_new ();

  people_play (t, 12, 60 * GST_SECOND, STEP);
  g_assert_cmpuint (check (t), ==, t->n_faces * STEP);
}

/* From the metadata of a buffer. */
static void
test_buffer (void)
{
  g_autoptr (Timeline) t = timeline_new ();
  g_autoptr (GstBuffer) buffer = gst_buffer_new ();
  g_autoptr (GArray) faces = emotion_faces_new ();
  const gchar *const labels[] = { "glad", "gloomy", NULL };
  const gfloat scores[] = { .3f, .7f };
  g_autoptr (GstEmotionClasses) classes = gst_emotion_classes_new ("m", labels);
  GstEmotionMeta *m =
      gst_buffer_add_emotion_meta (buffer, classes, scores, 2, 1, 2, 30, 40);

  m->track_id = 9;
  emotion_faces_read (faces, buffer);
  timeline_add_faces (
      t, &g_array_index (faces, EmotionFace, 0), faces->len, 0, STEP);
  g_assert_cmpuint (t->seen->len, ==, 1);
  g_assert_cmpint (g_array_index (t->seen, TimelineSighting, 0).h, ==, 40);
  timeline_finish (t);
  g_assert_cmpuint (nth (t, 0)->label_ns[1], ==, STEP);
  g_assert_cmpstr (
      timeline_label (timeline_model (t, nth (t, 0)), 1), ==, "gloomy");
  g_assert_cmpstr (timeline_model (t, nth (t, 0))->name, ==, "m");
}

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/timeline/cells", test_cells);
  g_test_add_func ("/timeline/seconds", test_seconds);
  g_test_add_func ("/timeline/gaps", test_gaps);
  g_test_add_func ("/timeline/long", test_long);
  g_test_add_func ("/timeline/odd-times", test_odd_times);
  g_test_add_func ("/timeline/restart", test_restart);
  g_test_add_func ("/timeline/matching", test_matching);
  g_test_add_func ("/timeline/twice", test_twice);
  g_test_add_func ("/timeline/models", test_models);
  g_test_add_func ("/timeline/labels", test_labels);
  g_test_add_func ("/timeline/many-tracks", test_many_tracks);
  g_test_add_func ("/timeline/crowd", test_crowd);
  g_test_add_func ("/timeline/moments", test_moments);
  g_test_add_func ("/timeline/people", test_people);
  g_test_add_func ("/timeline/buffer", test_buffer);
  return g_test_run ();
}

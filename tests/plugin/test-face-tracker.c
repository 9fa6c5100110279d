/* The insides of faceroi that need no GStreamer: tracker, merging, images
 * SPDX-License-Identifier: MIT
 */
#include "face-finder.h"
#include "face-tracker.h"

#include <math.h>
#include <string.h>

#define MS G_GUINT64_CONSTANT (1000000)
#define FRAME (40 * MS)

static FaceBox
box (gfloat x, gfloat y, gfloat size, gfloat score)
{
  FaceBox b = { .x = x, .y = y, .w = size, .h = size, .score = score };

  return b;
}

/* A search of a frame that found the boxes; returns how many faces are shown. */
static guint
update_with (FaceTracker *tracker, const FaceBox *boxes, guint n,
    const FaceImage *image, FaceJudge judge, gpointer data, guint64 now_ns)
{
  const FaceTrack *tracks[FACE_TRACKER_MAX];
  FaceSearch search = { .boxes = boxes,
    .n_boxes = n,
    .threshold = 0,
    .image = image,
    .scale = 1,
    .judge = judge,
    .judge_data = data };

  face_tracker_update (tracker, &search, now_ns);
  return face_tracker_get (tracker, tracks, FACE_TRACKER_MAX);
}

static guint
update (FaceTracker *tracker, const FaceBox *boxes, guint n, guint64 now_ns)
{
  return update_with (tracker, boxes, n, NULL, NULL, NULL, now_ns);
}

static const FaceTrack *
nth (const FaceTracker *tracker, guint n)
{
  const FaceTrack *tracks[FACE_TRACKER_MAX];

  g_assert_cmpuint (face_tracker_get (tracker, tracks, FACE_TRACKER_MAX), >, n);
  return tracks[n];
}

typedef struct
{
  gfloat verdict;
  guint calls;
} TestJudge;

static gfloat
test_judge (const FaceBox *b, gpointer data)
{
  TestJudge *j = data;

  j->calls++;
  return j->verdict;
}

static void
test_first_sight (void)
{
  FaceTracker tracker;
  FaceBox clear = box (100, 100, 80, 1.6), other = box (100, 100, 80, 0.4);
  FaceBox none = box (100, 100, 80, -0.2);
  TestJudge yes = { 0.7, 0 }, no = { 0.5, 0 };
  guint n, i;

  /* clear: believed at once, unjudged */
  face_tracker_init (&tracker);
  n = update_with (&tracker, &clear, 1, NULL, test_judge, &no, 0);
  g_assert_cmpuint (n, ==, 1);
  g_assert_cmpuint (no.calls, ==, 0);

  /* not so clear: judged, once, and believed at once */
  face_tracker_init (&tracker);
  for (i = 0; i < 30; i++) {
    n = update_with (&tracker, &other, 1, NULL, test_judge, &yes, i * FRAME);
    g_assert_cmpuint (n, ==, 1);
  }
  g_assert_cmpuint (yes.calls, ==, 1);

  /* or not, and judged again after half a second */
  face_tracker_init (&tracker);
  for (i = 0; i < 12; i++) {
    n = update_with (&tracker, &other, 1, NULL, test_judge, &no, i * FRAME);
    g_assert_cmpuint (n, ==, 0);
  }
  g_assert_cmpuint (no.calls, ==, 1);
  for (; i < 14; i++)
    n = update_with (&tracker, &other, 1, NULL, test_judge, &yes, i * FRAME);
  g_assert_cmpuint (n, ==, 1);
  g_assert_cmpuint (yes.calls, ==, 2);
  g_assert_cmpint (nth (&tracker, 0)->id, ==, 1);

  /* what is no longer seen is not kept while it is not believed */
  face_tracker_init (&tracker);
  update_with (&tracker, &other, 1, NULL, test_judge, &no, 0);
  update (&tracker, NULL, 0, FRAME);
  update (&tracker, NULL, 0, 2 * FRAME);
  g_assert_cmpuint (tracker.n_tracks, ==, 0);

  /* below the threshold: never, and not worth judging */
  yes.calls = 0;
  for (i = 3; i < 9; i++)
    update_with (&tracker, &none, 1, NULL, test_judge, &yes, i * FRAME);
  g_assert_cmpuint (tracker.n_tracks, ==, 0);
  g_assert_cmpuint (yes.calls, ==, 0);
}

static void
test_ids (void)
{
  FaceTracker tracker;

  /* two faces walk past each other at a distance, in changing order */
  face_tracker_init (&tracker);
  for (guint i = 0; i < 50; i++) {
    FaceBox boxes[2] = { box (10 + 12 * i, 50, 80, 1),
      box (610 - 12 * i, 180, 100, 1) };
    FaceBox swapped[2] = { boxes[1], boxes[0] };

    g_assert_cmpuint (
        update (&tracker, i % 2 ? swapped : boxes, 2, i * FRAME), ==, 2);
    g_assert_cmpint (nth (&tracker, 0)->id, ==, 2);
    g_assert_cmpint (nth (&tracker, 1)->id, ==, 1);
    /* smoothing must not leave the box behind a face that moves by 15 % of
     * its size a frame */
    g_assert_cmpfloat (fabsf (nth (&tracker, 1)->box.x - boxes[0].x), <, 12);
  }
}

static void
test_steady (void)
{
  FaceTracker tracker;
  gfloat least = G_MAXFLOAT, most = 0;

  /* the detector's grid: a face between two places is seen at either */
  face_tracker_init (&tracker);
  for (guint i = 0; i < 60; i++) {
    FaceBox b = box (i % 2 ? 200 : 206, 100, i % 3 ? 80 : 92, 1);

    update (&tracker, &b, 1, i * FRAME);
    if (i >= 10) {
      least = MIN (least, nth (&tracker, 0)->box.w);
      most = MAX (most, nth (&tracker, 0)->box.w);
    }
  }
  /* of the 12 pixels that come in, less than two thirds may get out */
  g_assert_cmpfloat (most - least, <, 8);
}

static void
test_gaps (void)
{
  FaceTracker tracker;
  FaceBox face = box (100, 100, 80, 1), moved = box (130, 105, 84, 1);
  FaceBox weak = box (100, 100, 80, -0.3);
  guint64 now = 0;

  /* shown over a short gap, hidden after it, and known again */
  face_tracker_init (&tracker);
  update (&tracker, &face, 1, now);
  for (now = FRAME; now <= FACE_TRACKER_BRIDGE_NS; now += FRAME)
    g_assert_cmpuint (update (&tracker, NULL, 0, now), ==, 1);
  g_assert_cmpuint (update (&tracker, NULL, 0, now), ==, 0);
  g_assert_cmpuint (update (&tracker, &moved, 1, now + FRAME), ==, 1);
  g_assert_cmpint (nth (&tracker, 0)->id, ==, 1);

  /* forgotten after a long one; its id is not given again */
  now += FACE_TRACKER_MEMORY_NS + 2 * FRAME;
  update (&tracker, NULL, 0, now);
  update (&tracker, NULL, 0, now + FRAME);
  g_assert_cmpuint (tracker.n_tracks, ==, 0);
  g_assert_cmpuint (update (&tracker, &face, 1, now + 2 * FRAME), ==, 1);
  g_assert_cmpint (nth (&tracker, 0)->id, ==, 2);

  /* a low score keeps it alive, but not for ever */
  now += 2 * FRAME;
  for (guint i = 1; i < 70; i++)
    g_assert_cmpuint (update (&tracker, &weak, 1, now + i * FRAME), ==, 1);
  for (guint i = 70; i < 80; i++)
    update (&tracker, &weak, 1, now + i * FRAME);
  g_assert_cmpuint (tracker.n_tracks, ==, 0);
}

static void
test_carry (void)
{
  FaceTracker tracker;
  const FaceTrack *tracks[1];
  FaceBox face = box (100, 100, 80, 1);

  /* found by the last search: carried for as long as the next takes */
  face_tracker_init (&tracker);
  update (&tracker, &face, 1, 0);
  for (guint i = 1; i < 100; i++)
    face_tracker_carry (&tracker, i * FRAME);
  g_assert_cmpuint (face_tracker_get (&tracker, tracks, 1), ==, 1);

  /* missed by it: over a short gap only */
  update (&tracker, &face, 1, 100 * FRAME);
  update (&tracker, NULL, 0, 101 * FRAME);
  face_tracker_carry (&tracker, 102 * FRAME);
  g_assert_cmpuint (face_tracker_get (&tracker, tracks, 1), ==, 1);
  face_tracker_carry (&tracker, 100 * FRAME + FACE_TRACKER_BRIDGE_NS + 1);
  g_assert_cmpuint (face_tracker_get (&tracker, tracks, 1), ==, 0);
}

static void
test_look (void)
{
  FaceTracker tracker;
  const FaceTrack *tracks[1];
  FaceBox face = box (40, 40, 80, 1);
  FaceImage image = { 0 };
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);

  face_image_set_size (&image, 160, 160);
  for (gint i = 0; i < 160 * 160; i++)
    image.data[i] = 128 + 60 * sin (i % 160 / 9.0) * cos (i / 160 / 13.0);

  /* the picture stays: bridged; it changes: gone at once */
  face_tracker_init (&tracker);
  update_with (&tracker, &face, 1, &image, NULL, NULL, 0);
  for (gint i = 0; i < 160 * 160; i++)
    image.data[i] += g_rand_int_range (rand, -8, 9); /* noise */
  update_with (&tracker, NULL, 0, &image, NULL, NULL, FRAME);
  g_assert_cmpuint (face_tracker_get (&tracker, tracks, 1), ==, 1);
  for (gint i = 0; i < 160 * 160; i++)
    image.data[i] = 128 + 60 * sin (i % 160 / 31.0 + i / 160 / 5.0);
  update_with (&tracker, NULL, 0, &image, NULL, NULL, 2 * FRAME);
  g_assert_cmpuint (face_tracker_get (&tracker, tracks, 1), ==, 0);

  /* flat: nothing to recognise it by */
  face_tracker_init (&tracker);
  memset (image.data, 128, 160 * 160);
  update_with (&tracker, &face, 1, &image, NULL, NULL, 0);
  update_with (&tracker, NULL, 0, &image, NULL, NULL, FRAME);
  g_assert_cmpuint (face_tracker_get (&tracker, tracks, 1), ==, 0);
  face_image_clear (&image);
}

static void
test_reset (void)
{
  FaceTracker tracker;
  FaceBox face = box (100, 100, 80, 1);

  face_tracker_init (&tracker);
  update (&tracker, &face, 1, 1000 * FRAME);
  face_tracker_reset (&tracker);
  g_assert_cmpuint (update (&tracker, &face, 1, 0), ==, 1);
  g_assert_cmpint (nth (&tracker, 0)->id, ==, 2);

  /* time that runs backwards is a reset */
  update (&tracker, &face, 1, 10 * FRAME);
  g_assert_cmpuint (update (&tracker, &face, 1, 5 * FRAME), ==, 1);
  g_assert_cmpint (nth (&tracker, 0)->id, ==, 3);
  face_tracker_carry (&tracker, 0);
  g_assert_cmpuint (tracker.n_tracks, ==, 0);
}

static void
test_crowd (void)
{
  FaceTracker tracker;
  FaceBox boxes[2 * FACE_TRACKER_MAX];
  const FaceTrack *tracks[3];
  g_autoptr (GRand) rand = g_rand_new_with_seed (7);

  for (guint i = 0; i < G_N_ELEMENTS (boxes); i++)
    boxes[i] = box (i % 16 * 100, i / 16 * 100, 50 + i % 7, 1);
  face_tracker_init (&tracker);
  for (guint i = 0; i < 5; i++) {
    g_assert_cmpuint (update (&tracker, boxes, G_N_ELEMENTS (boxes), i * FRAME),
        ==, FACE_TRACKER_MAX);
    g_assert_cmpint (tracker.last_id, ==, FACE_TRACKER_MAX);
  }
  /* the largest */
  g_assert_cmpuint (face_tracker_get (&tracker, tracks, 3), ==, 3);
  for (guint i = 0; i < 3; i++)
    g_assert_cmpfloat_with_epsilon (tracks[i]->box.w, 56, 0.01);

  /* anything goes, nothing breaks */
  for (guint i = 5; i < 300; i++) {
    guint n = g_rand_int_range (rand, 0, G_N_ELEMENTS (boxes) + 1);

    for (guint k = 0; k < n; k++)
      boxes[k] = box (g_rand_double_range (rand, -100, 500),
          g_rand_double_range (rand, -100, 500),
          g_rand_double_range (rand, 10, 200),
          g_rand_double_range (rand, -1, 2));
    update (&tracker, boxes, n, i * FRAME);
    g_assert_cmpuint (tracker.n_tracks, <=, FACE_TRACKER_MAX);
    for (guint a = 0; a < tracker.n_tracks; a++)
      for (guint b = a + 1; b < tracker.n_tracks; b++)
        g_assert_cmpint (tracker.tracks[a].id, !=, tracker.tracks[b].id);
  }
}

static void
test_duplicates (void)
{
  FaceTracker tracker;
  FaceBox both[2] = { box (100, 100, 80, 1), box (180, 100, 80, 1) };
  FaceBox one[2] = { box (100, 100, 80, 1), box (110, 105, 60, 1) };

  /* a part of a face is no second face */
  face_tracker_init (&tracker);
  g_assert_cmpuint (update (&tracker, one, 1, 0), ==, 1);
  g_assert_cmpuint (update (&tracker, one, 2, FRAME), ==, 1);

  /* two tracks that end on one face become one */
  face_tracker_init (&tracker);
  g_assert_cmpuint (update (&tracker, both, 2, 0), ==, 2);
  for (guint i = 1; i < 10; i++) {
    both[1].x = MAX (180 - 10.f * i, 105);
    update (&tracker, both, 2, i * FRAME);
  }
  g_assert_cmpuint (update (&tracker, both, 2, 10 * FRAME), ==, 1);
  g_assert_cmpint (nth (&tracker, 0)->id, ==, 1);
}

static void
test_merge (void)
{
  FaceBox boxes[4] = { box (104, 100, 80, 0.5), box (100, 100, 80, 1.5),
    box (300, 100, 80, 0.7), box (110, 115, 50, 0.9) };

  g_assert_cmpuint (face_boxes_merge (boxes, 0), ==, 0);
  g_assert_cmpuint (face_boxes_merge (boxes, 4), ==, 2);
  g_assert_cmpfloat (boxes[0].score, ==, 1.5f);
  /* the weaker one has weight 0 at a distance of 1 in score */
  g_assert_cmpfloat_with_epsilon (boxes[0].x, 100, 0.01);
  g_assert_cmpfloat (boxes[1].x, ==, 300);
}

static void
test_turn (void)
{
  FaceImage src = { 0 }, dst = { 0 };
  const gdouble cx = 60.5, cy = 40;
  gdouble x, y;

  /* a dot comes back to where it was, at any angle and scale */
  face_image_set_size (&src, 121, 91);
  for (gint degrees = -90; degrees <= 90; degrees += 15) {
    for (gdouble step = 0.5; step <= 1; step += 0.25) {
      gdouble sum = 0, sx = 0, sy = 0;

      memset (src.data, 0, 121 * 91);
      for (gint j = -1; j <= 1; j++)
        for (gint i = -1; i <= 1; i++)
          src.data[(50 + j) * 121 + 70 + i] = 200;
      face_image_set_size (&dst, 111, 131);
      face_image_turn (&src, cx, cy, degrees, step, &dst);
      for (gint j = 0; j < 131; j++) {
        for (gint i = 0; i < 111; i++) {
          sum += dst.data[j * 111 + i];
          sx += i * dst.data[j * 111 + i];
          sy += j * dst.data[j * 111 + i];
        }
      }
      g_assert_cmpfloat (sum, >, 0);
      face_image_turn_back (
          cx, cy, degrees, step, &dst, sx / sum, sy / sum, &x, &y);
      /* sampling a dot of three pixels shifts its centre by some hundredths */
      g_assert_cmpfloat_with_epsilon (x, 70, 0.1);
      g_assert_cmpfloat_with_epsilon (y, 50, 0.1);
    }
  }
  /* up in a picture turned by +30° is up and to the right in the source */
  face_image_turn_back (0, 0, 30, 1, &dst, 55, 0, &x, &y);
  g_assert_cmpfloat_with_epsilon (x, 65 * sin (G_PI / 6), 0.01);
  g_assert_cmpfloat_with_epsilon (y, -65 * cos (G_PI / 6), 0.01);
  face_image_clear (&src);
  face_image_clear (&dst);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/face-tracker/first-sight", test_first_sight);
  g_test_add_func ("/face-tracker/ids", test_ids);
  g_test_add_func ("/face-tracker/steady", test_steady);
  g_test_add_func ("/face-tracker/gaps", test_gaps);
  g_test_add_func ("/face-tracker/carry", test_carry);
  g_test_add_func ("/face-tracker/look", test_look);
  g_test_add_func ("/face-tracker/reset", test_reset);
  g_test_add_func ("/face-tracker/crowd", test_crowd);
  g_test_add_func ("/face-tracker/duplicates", test_duplicates);
  g_test_add_func ("/face-finder/merge", test_merge);
  g_test_add_func ("/face-image/turn", test_turn);
  return g_test_run ();
}

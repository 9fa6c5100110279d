/* Passes that several members share: their results, and who waits for whom
 * SPDX-License-Identifier: MIT
 */
#include "batcher.h"

#include <string.h>

#include "../memory/sanitized.h"

#define N_CLASSES 7
#define N_MEMBERS 16
#if SANITIZED
#define N_ROUNDS 4 /* each takes twenty times as long */
#define N_STAYS 4
#else
#define N_ROUNDS 12
#define N_STAYS 10
#endif
#define BATCH_SIZE 4

/* A window that would show: nothing else takes so long, even on a machine that
 * has much to do. */
#define LONG_US (60 * G_USEC_PER_SEC)
#define NOT_LONG_US (LONG_US / 2)
#define SHORT_US G_USEC_PER_SEC

static RenModel *model;

/* A face that no other member and round has. */
static void
paint_face (guint8 *face, guint member, guint round)
{
  for (guint i = 0; i < REN_FACE_BYTES; i++)
    face[i] = (guint8) (i * (member + 1) / 16 + i / 64 * (round + 3));
}

static BatchMember *
new_member (RenPrecision precision, guint batch_size, guint n_threads)
{
  GError *error = NULL;
  BatchMember *m =
      batch_member_new (model, precision, batch_size, n_threads, TRUE, &error);

  g_assert_no_error (error);
  g_assert_true (batch_member_is_shared (m));
  return m;
}

static BatchMember *
usual_member (void)
{
  return new_member (REN_PRECISION_AUTO, BATCH_SIZE, 1);
}

/* ---- a member on a thread ---------------------------------------------- */

typedef struct
{
  BatchMember *member;
  guint n_faces;
  gint64 window;
  GThread *thread;
  guint8 faces[BATCH_SIZE * REN_FACE_BYTES];
  gfloat logits[BATCH_SIZE * N_CLASSES];
  BatchCounts counts;
} Run;

static void
run (Run *r)
{
  r->counts = (BatchCounts){ 0 };
  batch_member_run (r->member, r->faces, r->n_faces,
      g_get_monotonic_time () + r->window, r->logits, &r->counts);
}

static gpointer
run_main (gpointer data)
{
  run (data);
  return NULL;
}

static void
begin (Run *r, BatchMember *member, guint n_faces, gint64 window)
{
  *r = (Run){ .member = member, .n_faces = n_faces, .window = window };
  r->thread = g_thread_new ("run", run_main, r);
}

static void
end (Run *r, guint faces_in_pass)
{
  g_thread_join (r->thread);
  g_assert_cmpuint (r->counts.n, ==, 1);
  g_assert_cmpuint (r->counts.n_faces, ==, faces_in_pass);
  g_assert_cmpuint (r->counts.waited_us, <, NOT_LONG_US);
}

/* From here on the others wait for it. */
static void
appear (BatchMember *member)
{
  Run r = { .member = member, .n_faces = 1, .window = 0 };

  run (&r);
}

/* Long enough for a thread to come to where it waits. */
static void
let_wait (void)
{
  g_usleep (200 * 1000);
}

static void
begin_and_let_wait (Run *r, BatchMember *member, guint n_faces)
{
  begin (r, member, n_faces, LONG_US);
  let_wait ();
}

/* ---- results ----------------------------------------------------------- */

typedef struct
{
  BatchMember *member;
  guint index;
  GThread *thread;
  BatchCounts counts;
  gfloat logits[N_ROUNDS][2 * N_CLASSES];
} Stream;

/* Some have two faces on some frames. */
static guint
faces_of (guint member, guint round)
{
  return 1 + (member % 3 == 0 && round % 2 == 0);
}

static void
paint_faces (guint8 *faces, guint member, guint round)
{
  paint_face (faces, member, round);
  paint_face (faces + REN_FACE_BYTES, member + N_MEMBERS, round);
}

static gpointer
stream_main (gpointer data)
{
  Stream *s = data;
  guint8 faces[2 * REN_FACE_BYTES];

  for (guint round = 0; round < N_ROUNDS; round++) {
    paint_faces (faces, s->index, round);
    batch_member_run (s->member, faces, faces_of (s->index, round),
        g_get_monotonic_time () + LONG_US, s->logits[round], &s->counts);
  }
  batch_member_leave (s->member);
  return NULL;
}

/* The same as a plan gives that runs a frame's faces by themselves: to the bit
 * in int8; floats are rounded otherwise in passes of less than three faces. */
static void
test_results (gconstpointer precision)
{
  const RenPrecision p = (RenPrecision) GPOINTER_TO_INT (precision);
  const gfloat tolerance = p == REN_PRECISION_INT8 ? 0 : 1e-5f;
  RenPlan *plan = ren_plan_new (model, p, 2, 1, NULL);
  Stream *streams = g_new0 (Stream, N_MEMBERS);
  guint8 faces[2 * REN_FACE_BYTES];
  gfloat expected[2 * N_CLASSES], largest = 0;
  guint64 n_faces = 0, n_passes = 0;

  for (guint i = 0; i < N_MEMBERS; i++) {
    streams[i].index = i;
    streams[i].member = new_member (p, BATCH_SIZE, 1);
    appear (streams[i].member);
  }
  for (guint i = 0; i < N_MEMBERS; i++)
    streams[i].thread = g_thread_new ("stream", stream_main, &streams[i]);
  for (guint i = 0; i < N_MEMBERS; i++)
    g_thread_join (streams[i].thread);

  for (guint i = 0; i < N_MEMBERS; i++) {
    for (guint round = 0; round < N_ROUNDS; round++) {
      const guint n = faces_of (i, round);

      paint_faces (faces, i, round);
      ren_plan_run (plan, faces, n, expected);
      for (guint k = 0; k < n * N_CLASSES; k++) {
        const gfloat got = streams[i].logits[round][k];

        g_assert_cmpfloat (ABS (got - expected[k]), <=,
            tolerance * MAX (1, ABS (expected[k])));
        largest = MAX (largest, ABS (expected[k]));
      }
      n_faces += n;
    }
    g_assert_cmpuint (streams[i].counts.n, ==, N_ROUNDS);
    n_passes += streams[i].counts.n_led;
    batch_member_free (streams[i].member);
  }
  g_assert_cmpfloat (largest, >, .1);
  /* nearly as many as fit: two faces may not fit where three are */
  g_test_message ("%.2f faces a pass", (gdouble) n_faces / (gdouble) n_passes);
  g_assert_cmpuint (n_faces, >, 2 * n_passes);
  g_assert_cmpuint (n_faces, <=, BATCH_SIZE * n_passes);

  g_free (streams);
  ren_plan_unref (plan);
}

/* ---- who waits --------------------------------------------------------- */

static void
test_alone (void)
{
  BatchMember *m = usual_member ();
  Run r;

  for (guint i = 0; i < 3; i++) {
    begin (&r, m, 1, LONG_US);
    end (&r, 1);
    g_assert_cmpuint (r.counts.n_led, ==, 1);
  }
  batch_member_free (m);
}

static void
test_full (void)
{
  BatchMember *silent = usual_member ();
  BatchMember *a = usual_member ();
  BatchMember *b = usual_member ();
  Run first, second;

  appear (silent);
  begin_and_let_wait (&first, a, BATCH_SIZE - 1);
  begin (&second, b, 1, LONG_US);
  end (&first, BATCH_SIZE);
  end (&second, BATCH_SIZE);
  /* the first to wait runs it */
  g_assert_cmpuint (first.counts.n_led, ==, 1);
  g_assert_cmpuint (second.counts.n_led, ==, 0);

  /* faces of a frame stay together: they do not fit, so the first pass is as
   * full as it gets, and the second is due when its window is over */
  appear (silent);
  begin_and_let_wait (&first, a, BATCH_SIZE - 1);
  begin (&second, b, 2, SHORT_US);
  end (&first, BATCH_SIZE - 1);
  end (&second, 2);
  batch_member_free (silent);
  batch_member_free (a);
  batch_member_free (b);
}

/* All that ran faces of late are there: no use in waiting. */
static void
test_all_came (void)
{
  BatchMember *a = usual_member ();
  BatchMember *b = usual_member ();
  Run first, second;

  appear (a);
  appear (b);
  begin_and_let_wait (&first, a, 1);
  begin (&second, b, 1, LONG_US);
  end (&first, 2);
  end (&second, 2);
  batch_member_free (a);
  batch_member_free (b);
}

/* The shortest window of those that wait. */
static void
test_window_ends (void)
{
  BatchMember *silent = usual_member ();
  BatchMember *a = usual_member ();
  BatchMember *b = usual_member ();
  Run first, second;

  appear (silent);
  begin_and_let_wait (&first, a, 1);
  begin (&second, b, 1, SHORT_US);
  end (&first, 2);
  end (&second, 2);
  g_assert_cmpuint (second.counts.waited_us, >=, SHORT_US);
  batch_member_free (silent);
  batch_member_free (a);
  batch_member_free (b);
}

/* One that leaves is not waited for, whether it says so or ends; nor is one
 * that came to nothing for long. */
static void
test_leave (void)
{
  BatchMember *silent = usual_member ();
  BatchMember *a = usual_member ();
  Run r;

  appear (silent);
  begin_and_let_wait (&r, a, 1);
  batch_member_leave (silent);
  end (&r, 1);

  /* it waits itself: its faces are due */
  appear (silent);
  begin_and_let_wait (&r, a, 1);
  batch_member_leave (a);
  end (&r, 1);

  appear (silent);
  g_usleep (2 * G_USEC_PER_SEC);
  begin (&r, a, 1, LONG_US);
  end (&r, 1);

  appear (silent);
  begin_and_let_wait (&r, a, 1);
  batch_member_free (silent);
  end (&r, 1);
  batch_member_free (a);
}

/* ---- who shares -------------------------------------------------------- */

/* Whether two members wait for each other. */
static gboolean
share (BatchMember *a, BatchMember *b)
{
  Run r;

  appear (b);
  begin (&r, a, 1, SHORT_US);
  end (&r, 1);
  batch_member_leave (b);
  return r.counts.waited_us >= SHORT_US;
}

static void
test_kinds (void)
{
  const RenPrecision stored = ren_model_precision (model);
  const RenPrecision other = REN_PRECISION_FP16;
  BatchMember *a = new_member (REN_PRECISION_AUTO, 2, 1);
  BatchMember *like = new_member (stored, 2, 1);
  BatchMember *unlike[] = { new_member (other, 2, 1), new_member (stored, 3, 1),
    new_member (stored, 2, 2),
    batch_member_new (model, stored, 2, 1, FALSE, NULL) };

  g_assert_cmpint (stored, !=, other);
  g_assert_true (share (a, like));
  batch_member_free (like);
  for (guint i = 0; i < G_N_ELEMENTS (unlike); i++) {
    g_assert_false (share (a, unlike[i]));
    g_assert_false (share (unlike[i], a));
    batch_member_free (unlike[i]);
  }
  batch_member_free (a);
}

/* Threads that come and go as they like. */
static gpointer
come_and_go (gpointer data)
{
  GRand *rand = g_rand_new_with_seed (GPOINTER_TO_UINT (data));
  Run r = { 0 };

  for (guint i = 0; i < N_STAYS; i++) {
    r.member = usual_member ();
    for (guint k = 0; k < 5; k++) {
      r.n_faces = (guint) g_rand_int_range (rand, 1, BATCH_SIZE + 1);
      r.window = g_rand_int_range (rand, 0, 3000);
      run (&r);
      g_assert_cmpuint (r.counts.n, ==, 1);
      g_assert_cmpuint (r.counts.n_faces, >=, r.n_faces);
      g_assert_cmpuint (r.counts.n_faces, <=, BATCH_SIZE);
      if (g_rand_boolean (rand))
        batch_member_leave (r.member);
    }
    batch_member_free (r.member);
  }
  g_rand_free (rand);
  return NULL;
}

static void
test_come_and_go (void)
{
  GThread *threads[6];

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("member", come_and_go, GUINT_TO_POINTER (i + 1));
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
}

int
main (int argc, char **argv)
{
  const gchar *path = g_getenv ("REN_INT8_MODEL");
  BatchMember *keepers[2];
  GError *error = NULL;
  gboolean int8;
  int status;

  g_test_init (&argc, &argv, NULL);
  int8 = path && g_file_test (path, G_FILE_TEST_EXISTS);
  model = ren_model_load (int8 ? path : g_getenv ("REN_RANDOM_MODEL"), &error);
  g_assert_no_error (error);
  /* what is prepared of the weights is kept, as long as there is a plan */
  keepers[0] =
      batch_member_new (model, REN_PRECISION_AUTO, 1, 1, FALSE, &error);
  g_assert_no_error (error);
  keepers[1] =
      batch_member_new (model, REN_PRECISION_FP32, 1, 1, FALSE, &error);
  g_assert_no_error (error);

  g_test_add_data_func ("/batcher/results/fp32",
      GINT_TO_POINTER (REN_PRECISION_FP32), test_results);
  if (int8)
    g_test_add_data_func ("/batcher/results/int8",
        GINT_TO_POINTER (REN_PRECISION_INT8), test_results);
  g_test_add_func ("/batcher/alone", test_alone);
  g_test_add_func ("/batcher/full", test_full);
  g_test_add_func ("/batcher/all-came", test_all_came);
  g_test_add_func ("/batcher/window-ends", test_window_ends);
  g_test_add_func ("/batcher/leave", test_leave);
  g_test_add_func ("/batcher/kinds", test_kinds);
  g_test_add_func ("/batcher/come-and-go", test_come_and_go);
  status = g_test_run ();

  batch_member_free (keepers[0]);
  batch_member_free (keepers[1]);
  ren_model_unref (model);
  return status;
}

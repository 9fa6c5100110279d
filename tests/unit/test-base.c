/* Thread pool, whole-or-not-at-all files, network table, softmax.
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <glib/gstdio.h>
#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "file.h"
#include "network.h"
#include "pool.h"
#include "resemotenet.h"

typedef struct
{
  gint runs[1000];
  gint thread_busy[8];
  gint clashes;
} PoolCheck;

static void
pool_task (gpointer data, guint task, guint thread)
{
  PoolCheck *c = data;

  if (g_atomic_int_add (&c->thread_busy[thread], 1) != 0)
    g_atomic_int_inc (&c->clashes);
  g_atomic_int_inc (&c->runs[task]);
  g_atomic_int_add (&c->thread_busy[thread], -1);
}

static void
test_pool (void)
{
  for (guint n = 1; n <= 8; n++) {
    RenPool *pool = ren_pool_new (n, NULL);

    g_assert_cmpuint (ren_pool_n_threads (pool), ==, n);
    for (guint round = 0; round < 300; round++) {
      PoolCheck c = { .clashes = 0 };
      guint n_tasks = round * 7 % 1000;

      ren_pool_run (pool, pool_task, &c, n_tasks);
      for (guint i = 0; i < 1000; i++)
        g_assert_cmpint (c.runs[i], ==, i < n_tasks ? 1 : 0);
      g_assert_cmpint (c.clashes, ==, 0);
    }
    ren_pool_free (pool);
  }
}

static void
slow_task (gpointer data, guint task, guint thread)
{
  g_usleep (task * 50);
  pool_task (data, task, thread);
}

/* Between runs, and within, threads wait long enough to fall asleep. */
static void
test_pool_sleeps (void)
{
  RenPool *pool = ren_pool_new (4, NULL);
  clock_t spent;

  for (guint round = 0; round < 200; round++) {
    PoolCheck c = { .clashes = 0 };

    g_usleep (round % 4 * 40);
    ren_pool_run (pool, slow_task, &c, 7);
    for (guint i = 0; i < 7; i++)
      g_assert_cmpint (c.runs[i], ==, 1);
    g_assert_cmpint (c.clashes, ==, 0);
  }
  spent = clock ();
  g_usleep (300000);
  spent = clock () - spent; /* of all threads */
  g_assert_cmpint (spent, <, CLOCKS_PER_SEC / 50);
  ren_pool_free (pool);
}

static char *
slurp (const char *path)
{
  char *text = NULL;

  g_file_get_contents (path, &text, NULL, NULL);
  return text;
}

static guint
n_files (const char *dir)
{
  g_autoptr (GDir) d = g_dir_open (dir, 0, NULL);
  guint n = 0;

  while (g_dir_read_name (d))
    n++;
  return n;
}

static void
test_output (void)
{
  g_autofree char *dir = g_dir_make_tmp ("ren-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (dir, "file", NULL);
  g_autofree char *nowhere = g_build_filename (dir, "no", "file", NULL);
  g_autoptr (GError) error = NULL;
  struct rlimit before, small = { 0 };
  RenOutput *out = ren_output_open (path, NULL);
  static char block[4096];

  g_assert_true (ren_output_write (out, "0123456789", 10));
  g_assert_true (ren_output_rewrite (out, 2, "ab", 2));
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  g_assert_true (ren_output_commit (out, &error));
  {
    g_autofree char *text = slurp (path);

    g_assert_cmpstr (text, ==, "01ab456789");
  }

  out = ren_output_open (path, NULL);
  ren_output_write (out, "other", 5);
  ren_output_abort (out);

  /* a full disk, as far as the process can tell */
  signal (SIGXFSZ, SIG_IGN);
  getrlimit (RLIMIT_FSIZE, &before);
  small.rlim_cur = 1000;
  small.rlim_max = before.rlim_max;
  setrlimit (RLIMIT_FSIZE, &small);
  out = ren_output_open (path, NULL);
  ren_output_write (out, block, sizeof block);
  g_assert_false (ren_output_commit (out, &error));
  setrlimit (RLIMIT_FSIZE, &before);
  g_assert_error (error, REN_ERROR, REN_ERROR_WRITE);
  g_assert_nonnull (strstr (error->message, path));
  g_clear_error (&error);

  g_assert_null (ren_output_open (nowhere, &error));
  g_assert_error (error, REN_ERROR, REN_ERROR_WRITE);

  /* the earlier file is intact and nothing lies about */
  {
    g_autofree char *text = slurp (path);

    g_assert_cmpstr (text, ==, "01ab456789");
  }
  g_assert_cmpuint (n_files (dir), ==, 1);
  g_unlink (path);
  g_rmdir (dir);
}

static void
test_network (void)
{
  guint64 trainable = 0, live = 0;
  char name[REN_TENSOR_NAME_MAX];

  for (guint id = 0; id < REN_N_LAYERS; id++) {
    guint64 weights = ren_tensor_size (id, REN_PART_WEIGHT, 7);
    guint k = ren_network[id].kernel;

    for (guint part = 0; part <= REN_PART_NORM_BIAS; part++)
      if (ren_layer_has_part (id, part))
        trainable += ren_tensor_size (id, part, 7);
    live += k ? weights / (k * k) *
                    __builtin_popcount (ren_layer_live_taps (&ren_network[id]))
              : weights;
  }
  /* as PyTorch counts the parameters of the published network */
  g_assert_cmpuint (trainable, ==, 80238599);
  /* by hand: 64×27 + 128×576 + … with 4 and 1 of 9 taps in res_block3 */
  g_assert_cmpuint (live, ==, 36163008);
  ren_tensor_name (REN_BLOCK1_SHORTCUT, REN_PART_NORM_VAR, name);
  g_assert_cmpstr (name, ==, "res_block1.shortcut.1.running_var");
}

static void
test_softmax (void)
{
  const float logits[3] = { 1000, 999, -1000 };
  float scores[3];

  g_assert_cmpuint (ren_softmax (logits, 3, 1, scores), ==, 0);
  g_assert_cmpfloat_with_epsilon (scores[0], 1 / (1 + exp (-1)), 1e-6);
  g_assert_cmpfloat_with_epsilon (scores[1], 1 - scores[0], 1e-6);
  g_assert_cmpfloat (scores[2], ==, 0);
  /* a temperature of 2 halves the distance */
  ren_softmax (logits, 3, 2, scores);
  g_assert_cmpfloat_with_epsilon (scores[0], 1 / (1 + exp (-.5)), 1e-6);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/pool", test_pool);
  g_test_add_func ("/pool/sleeps", test_pool_sleeps);
  g_test_add_func ("/output", test_output);
  g_test_add_func ("/network", test_network);
  g_test_add_func ("/softmax", test_softmax);
  return g_test_run ();
}

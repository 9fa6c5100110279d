/* Model files that are written to, cut short and replaced while they are loaded
 * and run: no signal, and the right results or an error.
 * SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "model-files.h"
#include "random-model.h"

typedef struct
{
  char *dir;
  char *good[2]; /* int8, fp16: never touched */
  char *path;    /* the one that changes */
  guint8 *faces; /* two */
  float logits[2][2 * N_CLASSES];
} Files;

/* ---- what happens to a file ------------------------------------------------ */

static void
copy (const char *from, const char *to, gint flags)
{
  g_autofree char *bytes = NULL;
  gsize n;
  int fd;

  g_assert_true (g_file_get_contents (from, &bytes, &n, NULL));
  fd = g_open (to, O_WRONLY | O_CREAT | flags, 0600);
  g_assert_cmpint (fd, >=, 0);
  for (gsize at = 0; at < n;) {
    const gssize done = write (fd, bytes + at, n - at);

    g_assert_cmpint (done, >, 0);
    at += (gsize) done;
  }
  close (fd);
}

/* As `cp` does. */
static void
write_over (const Files *f, const char *from)
{
  copy (from, f->path, O_TRUNC);
}

/* As `mv` does. */
static void
replace (const Files *f, const char *from)
{
  g_autofree char *beside = g_strconcat (f->path, ".new", NULL);

  copy (from, beside, O_TRUNC);
  g_assert_cmpint (g_rename (beside, f->path), ==, 0);
}

static void
cut (const Files *f, guint64 size)
{
  g_assert_cmpint (truncate (f->path, (off_t) size), ==, 0);
}

/* ---- a file that is in use ------------------------------------------------- */

static void
check_run (const Files *f, guint which, RenPlan *plan)
{
  float got[2 * N_CLASSES];

  ren_plan_run (plan, f->faces, 2, got);
  g_assert_cmpmem (got, sizeof got, f->logits[which], sizeof got);
}

/* Plans that are made need the file no more; who needs it says that it is not
 * what it was. */
static void
check_in_use (const Files *f, guint which, gboolean replaced)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *out = g_build_filename (f->dir, "out", NULL);
  g_autoptr (RenModel) model = NULL;
  g_autoptr (RenPlan) plan = NULL, other = NULL, again = NULL;

  replace (f, f->good[which]);
  model = ren_model_load (f->path, &error);
  g_assert_no_error (error);
  plan = ren_plan_new (model, REN_PRECISION_AUTO, 2, 1, &error);
  g_assert_no_error (error);
  check_run (f, which, plan);

  if (replaced)
    replace (f, f->good[!which]);
  else
    cut (f, 0);
  check_run (f, which, plan);
  /* shares the weights of the first */
  again = ren_plan_new (model, REN_PRECISION_AUTO, 1, 2, &error);
  g_assert_no_error (error);
  check_run (f, which, again);

  g_clear_pointer (&plan, ren_plan_unref);
  g_clear_pointer (&again, ren_plan_unref);
  other = ren_plan_new (model, REN_PRECISION_AUTO, 2, 1, &error);
  if (replaced) {
    g_assert_no_error (error);
    check_run (f, which, other);
    g_assert_true (ren_model_verify (model, &error));
    return;
  }
  g_assert_null (other);
  g_assert_error (error, REN_ERROR, REN_ERROR_CORRUPT);
  g_assert_true (g_str_has_prefix (error->message, f->path));
  g_assert_nonnull (strstr (error->message, "shorter"));
  g_clear_error (&error);
  g_assert_false (ren_model_verify (model, &error));
  g_assert_error (error, REN_ERROR, REN_ERROR_CORRUPT);
  g_clear_error (&error);
  g_assert_false (ren_model_save (
      model, out, REN_PRECISION_AUTO, REN_SAVE_TRIMMED, &error));
  g_assert_error (error, REN_ERROR, REN_ERROR_CORRUPT);
  g_clear_error (&error);
  g_assert_false (ren_model_save_onnx (model, out, REN_SAVE_TRIMMED, &error));
  g_assert_error (error, REN_ERROR, REN_ERROR_CORRUPT);
  g_assert_false (g_file_test (out, G_FILE_TEST_EXISTS));
}

static void
test_in_use (gconstpointer data)
{
  for (guint which = 0; which < 2; which++)
    for (guint replaced = 0; replaced < 2; replaced++)
      check_in_use (data, which, replaced == 1);
}

/* Other numbers in the same place, by a writer that takes care of the size. */
static void
test_written_to (gconstpointer data)
{
  const Files *f = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (RenModel) model = NULL;
  const guint64 zero = 0;
  int fd;

  replace (f, f->good[0]);
  model = ren_model_load (f->path, &error);
  g_assert_no_error (error);
  fd = g_open (f->path, O_WRONLY, 0);
  g_assert_cmpint (pwrite (fd, &zero, sizeof zero, 20 << 20), ==, sizeof zero);
  close (fd);
  g_assert_null (ren_plan_new (model, REN_PRECISION_AUTO, 2, 1, &error));
  g_assert_error (error, REN_ERROR, REN_ERROR_CORRUPT);
  g_assert_nonnull (strstr (error->message, "written to"));
}

/* ---- at any moment --------------------------------------------------------- */

typedef struct
{
  const Files *files;
  gint stop;
} Writer;

static gpointer
write_at_random (gpointer data)
{
  Writer *w = data;
  g_autoptr (GRand) rand = g_rand_new_with_seed (11);

  while (!g_atomic_int_get (&w->stop)) {
    const char *from = w->files->good[g_rand_int_range (rand, 0, 2)];

    switch (g_rand_int_range (rand, 0, 4)) {
      case 0:
        write_over (w->files, from);
        break;
      case 1:
        cut (w->files, (guint64) g_rand_int_range (rand, 0, 30 << 20));
        break;
      default: /* or there would hardly ever be a good one */
        replace (w->files, from);
        g_usleep ((gulong) g_rand_int_range (rand, 0, 100000));
    }
  }
  return NULL;
}

/* Which of the two a plan is of is for it to say. */
static void
check_either (const Files *f, RenPlan *plan)
{
  check_run (f, ren_plan_precision (plan) == REN_PRECISION_INT8 ? 0 : 1, plan);
}

static void
test_at_random (gconstpointer data)
{
  const Files *f = data;
  Writer w = { f, 0 };
  const gint64 end = g_get_monotonic_time () +
                     (g_getenv ("REN_LONG") ? 60 : 3) * G_USEC_PER_SEC;
  guint n_good = 0, n_refused = 0;
  GThread *thread;

  replace (f, f->good[0]);
  thread = g_thread_new ("writer", write_at_random, &w);
  while (g_get_monotonic_time () < end || n_good == 0 || n_refused == 0) {
    g_autoptr (GError) error = NULL;
    g_autoptr (RenModel) model = ren_model_load (f->path, &error);
    g_autoptr (RenPlan) plan =
        model ? ren_plan_new (model, REN_PRECISION_AUTO, 2, 1, &error) : NULL;

    if (!plan) {
      g_assert_cmpint (error->domain, ==, REN_ERROR);
      g_assert_cmpint (error->code, ==, REN_ERROR_CORRUPT);
      n_refused++;
      continue;
    }
    for (guint i = 0; i < 3; i++)
      check_either (f, plan);
    n_good++;
  }
  g_atomic_int_set (&w.stop, 1);
  g_thread_join (thread);
  g_test_message ("%u plans, %u refused", n_good, n_refused);
}

/* ---- the files ------------------------------------------------------------- */

static void
files_init (Files *f)
{
  g_autoptr (RenModel) int8 = NULL;
  Fixture fixture;

  f->dir = make_dir ();
  f->path = g_build_filename (f->dir, "m.safetensors", NULL);
  f->good[0] = g_build_filename (f->dir, "int8.safetensors", NULL);
  f->good[1] = g_build_filename (f->dir, "fp16.safetensors", NULL);
  f->faces = random_faces (2);
  fixture_init (&fixture);
  int8 = ren_model_quantize (&fixture.model, f->faces, 2, 2, NULL);
  g_assert_true (ren_model_save (
      int8, f->good[0], REN_PRECISION_INT8, REN_SAVE_DEFAULT, NULL));
  g_assert_true (ren_model_save (
      &fixture.model, f->good[1], REN_PRECISION_FP16, REN_SAVE_TRIMMED, NULL));
  g_clear_pointer (&int8, ren_model_unref);
  fixture_clear (&fixture);
  for (guint i = 0; i < 2; i++) {
    g_autoptr (RenModel) model = ren_model_load (f->good[i], NULL);
    g_autoptr (RenPlan) plan =
        ren_plan_new (model, REN_PRECISION_AUTO, 2, 1, NULL);

    ren_plan_run (plan, f->faces, 2, f->logits[i]);
  }
}

static void
files_clear (Files *f)
{
  remove_dir (f->dir);
  g_free (f->path);
  g_free (f->good[0]);
  g_free (f->good[1]);
  g_free (f->faces);
}

int
main (int argc, char **argv)
{
  Files files;
  int status;

  g_test_init (&argc, &argv, NULL);
  files_init (&files);
  g_test_add_data_func ("/changed/in-use", &files, test_in_use);
  g_test_add_data_func ("/changed/written-to", &files, test_written_to);
  g_test_add_data_func ("/changed/at-random", &files, test_at_random);
  status = g_test_run ();
  files_clear (&files);
  return status;
}

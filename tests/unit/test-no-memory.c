/* Memory that cannot be had: each allocation of the core fails once, in all that
 * is done from loading a model to letting go of it.
 * SPDX-License-Identifier: MIT
 *
 * The program is linked so that what the core calls to allocate comes here
 * (--wrap). Those that return NULL fail when they are told to. GLib's others end
 * the program where they fail, by their contract: here they must be asked for
 * little, which no file decides.
 */
#include <errno.h>
#include <stdlib.h>

#include "model-files.h"
#include "random-model.h"

/* The most that may be asked of what cannot fail: a line, a name, a struct. */
#define MAX_CERTAIN 4096

static guint n_calls;
static guint fails_at; /* 0: none does */
static gsize most_certain;

static gboolean
fails (void)
{
  n_calls++;
  return n_calls == fails_at;
}

static void
note_certain (gsize n_bytes)
{
  most_certain = MAX (most_certain, n_bytes);
}

/* The linker looks for what shared libraries call under these names as well, which
 * then must not be hidden. They call their own all the same. */
#pragma GCC visibility push(default)

/* What may fail. */
int __real_posix_memalign (void **p, size_t alignment, size_t n);
int __wrap_posix_memalign (void **p, size_t alignment, size_t n);
gpointer __real_g_try_malloc (gsize n);
gpointer __wrap_g_try_malloc (gsize n);
gpointer __real_g_try_malloc0 (gsize n);
gpointer __wrap_g_try_malloc0 (gsize n);
GThread *__real_g_thread_try_new (
    const char *name, GThreadFunc func, gpointer data, GError **error);
GThread *__wrap_g_thread_try_new (
    const char *name, GThreadFunc func, gpointer data, GError **error);

int
__wrap_posix_memalign (void **p, size_t alignment, size_t n)
{
  return fails () ? ENOMEM : __real_posix_memalign (p, alignment, n);
}

gpointer
__wrap_g_try_malloc (gsize n)
{
  return fails () ? NULL : __real_g_try_malloc (n);
}

gpointer
__wrap_g_try_malloc0 (gsize n)
{
  return fails () ? NULL : __real_g_try_malloc0 (n);
}

GThread *
__wrap_g_thread_try_new (
    const char *name, GThreadFunc func, gpointer data, GError **error)
{
  if (!fails ())
    return __real_g_thread_try_new (name, func, data, error);
  g_set_error (error, G_THREAD_ERROR, G_THREAD_ERROR_AGAIN, "no thread left");
  return NULL;
}

/* What may not. */
#define CERTAIN(name, parameters, arguments, n_bytes)                          \
  gpointer __real_##name parameters;                                           \
  gpointer __wrap_##name parameters;                                           \
  gpointer __wrap_##name parameters                                            \
  {                                                                            \
    note_certain (n_bytes);                                                    \
    return __real_##name arguments;                                            \
  }

CERTAIN (g_malloc, (gsize n), (n), n)
CERTAIN (g_malloc0, (gsize n), (n), n)
CERTAIN (g_malloc_n, (gsize n, gsize size), (n, size), n *size)
CERTAIN (g_malloc0_n, (gsize n, gsize size), (n, size), n *size)
CERTAIN (g_realloc, (gpointer p, gsize n), (p, n), n)
CERTAIN (g_memdup2, (gconstpointer p, gsize n), (p, n), n)

#pragma GCC visibility pop

/* ---- files ----------------------------------------------------------------- */

static char *dir;

static void
make_floats (const char *path)
{
  const FileSpec spec = { .trimmed = TRUE,
    .metadata = "{\"format\":\"resemotenet\",\"live_taps\":"
                "\"{\\\"res_block3.conv1.weight\\\":[4,5,7,8],"
                "\\\"res_block3.conv2.weight\\\":[4]}\"}" };

  write_model_file (path, &spec);
}

static void
make_int8 (const char *path)
{
  g_autofree guint8 *faces = random_faces (1);
  g_autoptr (RenModel) model = NULL;
  Fixture fixture;

  fixture_init (&fixture);
  model = ren_model_quantize (&fixture.model, faces, 1, 2, NULL);
  g_assert_true (
      ren_model_save (model, path, REN_PRECISION_INT8, REN_SAVE_DEFAULT, NULL));
  g_clear_pointer (&model, ren_model_unref);
  fixture_clear (&fixture);
}

/* By a script, or not at all where there is no Python. */
static void
make_pth (const char *path)
{
  g_autofree char *python = g_find_program_in_path ("python3");
  const char *argv[] = { python, g_getenv ("REN_PICKLES"), path, NULL };
  g_autoptr (GError) error = NULL;
  int status;

  if (!python || !argv[1])
    return;
  g_assert_true (g_spawn_sync (
      NULL, (char **) argv, NULL, 0, NULL, NULL, NULL, NULL, &status, &error));
  g_assert_no_error (error);
  g_assert_cmpint (status, ==, 0);
}

/* ---- each allocation ------------------------------------------------------- */

typedef gpointer (*Make) (gpointer from, GError **error);

static gpointer
load (gpointer path, GError **error)
{
  return ren_model_load (path, error);
}

static gpointer
plan (gpointer model, GError **error)
{
  return ren_plan_new (model, REN_PRECISION_AUTO, 2, 2, error);
}

/* Makes something, after each of its allocations has failed. */
static gpointer
make (Make func, gpointer from, guint at_least, GDestroyNotify free_func)
{
  g_autoptr (GError) error = NULL;
  gpointer made;
  guint n_all;

  n_calls = fails_at = 0;
  most_certain = 0;
  made = func (from, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (most_certain, <=, MAX_CERTAIN);
  n_all = n_calls;
  g_test_message ("%u allocations", n_all);
  g_assert_cmpuint (n_all, >=, at_least);
  free_func (made);

  for (guint n = 1; n <= n_all; n++) {
    n_calls = 0;
    fails_at = n;
    g_assert_null (func (from, &error));
    g_assert_error (error, REN_ERROR, REN_ERROR_NO_MEMORY);
    g_assert_cmpuint (n_calls, ==, n); /* nothing was tried after it */
    g_clear_error (&error);
  }
  /* nothing is remembered of all that */
  fails_at = 0;
  made = func (from, &error);
  g_assert_no_error (error);
  return made;
}

typedef struct
{
  const char *name;
  void (*make) (const char *path);
  guint n_load, n_plan; /* allocations that there are at least */
} Case;

static void
test_case (gconstpointer data)
{
  const Case *c = data;
  g_autofree char *path = g_build_filename (dir, c->name, NULL);
  g_autofree guint8 *faces = random_faces (2);
  float logits[2 * REN_MAX_CLASSES];
  RenModel *model;
  RenPlan *made;

  c->make (path);
  if (!g_file_test (path, G_FILE_TEST_EXISTS)) {
    g_test_skip ("no Python to make the file with");
    return;
  }
  model = make (load, path, c->n_load, (GDestroyNotify) ren_model_unref);
  made = make (plan, model, c->n_plan, (GDestroyNotify) ren_plan_unref);
  n_calls = 0;
  fails_at = 1;
  ren_plan_run (made, faces, 2, logits);
  g_assert_cmpuint (n_calls, ==, 0); /* as promised */
  fails_at = 0;
  ren_plan_unref (made);
  ren_model_unref (model);
}

int
main (int argc, char **argv)
{
  static const Case cases[] = {
    { "fp32.safetensors", make_floats, 6, 200 },
    { "int8.safetensors", make_int8, 6, 200 },
    { "fp16.pth", make_pth, 10, 200 },
  };
  int status;

  g_test_init (&argc, &argv, NULL);
  dir = make_dir ();
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *name = g_strdup_printf ("/no-memory/%s", cases[i].name);

    g_test_add_data_func (name, &cases[i], test_case);
  }
  status = g_test_run ();
  remove_dir (dir);
  return status;
}

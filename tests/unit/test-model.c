/* Models: number formats, labels, sharing. SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "convert.h"
#include "model-files.h"

/* ---- number formats ---- */

static guint32
bits_of (float f)
{
  guint32 u;

  memcpy (&u, &f, 4);
  return u;
}

static float
float_of (guint32 u)
{
  float f;

  memcpy (&f, &u, 4);
  return f;
}

/* By the definition in IEEE 754, in double. */
static double
half_value (guint16 h)
{
  int e = h >> 10 & 31, m = h & 1023;
  double v = e == 0 ? ldexp (m, -24) : ldexp (1024 + m, e - 25);

  return h & 0x8000 ? -v : v;
}

/* All 65536 values there, and back again. */
static void
test_every_half (void)
{
  for (guint i = 0; i < 65536; i++) {
    guint16 h = GUINT16_TO_LE ((guint16) i), back;
    float f;

    ren_to_float (REN_PRECISION_FP16, &h, 1, &f);
    if ((i & 0x7c00) == 0x7c00 && (i & 0x3ff))
      g_assert_true (isnan (f));
    else if ((i & 0x7fff) == 0x7c00)
      g_assert_true (isinf (f) && !!signbit (f) == !!(i >> 15));
    else
      g_assert_cmpfloat (f, ==, half_value (i));
    g_assert_cmpuint (signbit (f) ? 1 : 0, ==, i >> 15);
    g_assert_true (ren_from_float (REN_PRECISION_FP16, &f, 1, &back));
    if (!isnan (f))
      g_assert_cmpuint (GUINT16_FROM_LE (back), ==, i);

    ren_to_float (REN_PRECISION_BF16, &h, 1, &f);
    g_assert_cmpuint (bits_of (f), ==, i << 16);
    ren_from_float (REN_PRECISION_BF16, &f, 1, &back);
    if (!isnan (f))
      g_assert_cmpuint (GUINT16_FROM_LE (back), ==, i);
  }
}

/* Between two neighbours a < b of a format, numbers go to the nearer one, and
 * the one in the middle to the even one. */
static void
check_between (RenPrecision p, guint a, double va, double vb)
{
  double middle = (va + vb) / 2;
  /* the middle and its neighbours are fp32 numbers: both formats have at
   * least two bits less */
  float f[3] = { nextafterf ((float) middle, -INFINITY), (float) middle,
    nextafterf ((float) middle, INFINITY) };
  guint16 r[3];

  g_assert_cmpfloat ((double) f[1], ==, middle);
  ren_from_float (p, f, 3, r);
  g_assert_cmpuint (GUINT16_FROM_LE (r[0]), ==, a);
  g_assert_cmpuint (GUINT16_FROM_LE (r[1]), ==, a + (a & 1));
  g_assert_cmpuint (GUINT16_FROM_LE (r[2]), ==, a + 1);
}

static void
test_rounding (void)
{
  float big[] = { 65519.99f, 65520, -65520, 1e30f };
  guint16 h[4];

  for (guint i = 0; i < 0x7bff; i++)
    check_between (REN_PRECISION_FP16, i, half_value (i), half_value (i + 1));
  for (guint i = 0x80; i < 0x7f7f; i++)
    check_between (
        REN_PRECISION_BF16, i, float_of (i << 16), float_of ((i + 1) << 16));

  g_assert_false (ren_from_float (REN_PRECISION_FP16, big, 4, h));
  g_assert_cmpuint (GUINT16_FROM_LE (h[0]), ==, 0x7bff);
  g_assert_cmpuint (GUINT16_FROM_LE (h[1]), ==, 0x7c00);
  g_assert_cmpuint (GUINT16_FROM_LE (h[2]), ==, 0xfc00);
  g_assert_true (ren_from_float (REN_PRECISION_FP16, big, 1, h));
  big[0] = G_MAXFLOAT;
  g_assert_false (ren_from_float (REN_PRECISION_BF16, big, 1, h));
  /* infinities and what is not a number stay what they are */
  big[0] = INFINITY;
  big[1] = NAN;
  g_assert_true (ren_from_float (REN_PRECISION_FP16, big, 2, h));
  g_assert_cmpuint (GUINT16_FROM_LE (h[0]), ==, 0x7c00);
  g_assert_cmpuint (GUINT16_FROM_LE (h[1]) & 0x7fff, >, 0x7c00);
  big[1] = float_of (0x7f800001); /* nothing of its fraction is kept */
  g_assert_true (ren_from_float (REN_PRECISION_BF16, big, 2, h));
  g_assert_cmpuint (GUINT16_FROM_LE (h[0]), ==, 0x7f80);
  g_assert_cmpuint (GUINT16_FROM_LE (h[1]) & 0x7fff, >, 0x7f80);
}

/* Any length, any address. */
static void
test_unaligned (void)
{
  guint8 bytes[1024], again[1024];
  float out[256];

  for (guint i = 0; i < sizeof bytes; i++)
    bytes[i] = ren_random (1, i) & 0x3f; /* all finite */
  for (RenPrecision p = 0; p <= REN_PRECISION_BF16; p++)
    for (guint at = 0; at < 5; at++)
      for (guint n = 0; n < 200; n += 13) {
        gsize size = ren_precision_size (p);

        memset (again, 0xee, sizeof again);
        ren_to_float (p, bytes + at, n, out);
        g_assert_true (ren_from_float (p, out, n, again + at));
        g_assert_cmpmem (again + at, n * size, bytes + at, n * size);
        g_assert_cmpuint (again[at + n * size], ==, 0xee);
        g_assert_cmpuint (ren_find_not_finite (p, bytes + at, n), ==, n);
      }
}

static void
test_find_not_finite (void)
{
  const float most[] = { G_MAXFLOAT, 65504, float_of (0x7f7f0000) };

  for (RenPrecision p = 0; p <= REN_PRECISION_BF16; p++)
    for (guint at = 0; at < 200; at += 7) {
      float v[200];
      guint8 packed[800];

      for (guint i = 0; i < 200; i++)
        v[i] = most[p];
      v[at] = at % 2 ? -INFINITY : NAN;
      v[199] = NAN;
      ren_from_float (p, v, 200, packed);
      g_assert_cmpuint (ren_find_not_finite (p, packed, 200), ==, at);
    }
}

/* ---- models ---- */

static void
test_kinds (void)
{
  static const struct
  {
    const char *head;
    gsize length;
    gint code;
    const char *says;
  } files[] = {
    { "", 0, REN_ERROR_CORRUPT, "empty" },
    { "{", 1, REN_ERROR_CORRUPT, "cut short" },
    { "PK\3\4", 4, REN_ERROR_CORRUPT, "zip" },
    { "PK\3\4 and then some more that is no archive at all", 48,
        REN_ERROR_CORRUPT, "zip" },
    { "\x80\x02\x8a\x0al\xfc\x9c\x46\xf9 j\xa8P\x19.", 15,
        REN_ERROR_UNSUPPORTED, "torch.save" },
    { "\x80\x04\x95 and so on", 13, REN_ERROR_UNSUPPORTED, "pickle" },
    { "\xfd"
      "7zXZ\0",
        6, REN_ERROR_UNSUPPORTED, "xz" },
    { "\x1f\x8b\x08", 3, REN_ERROR_UNSUPPORTED, "gzip" },
    { "<!DOCTYPE html><html>", 21, REN_ERROR_UNSUPPORTED, "web page" },
    { "version https://git-lfs.github.com/spec/v1", 42, REN_ERROR_UNSUPPORTED,
        "LFS" },
    { "The quick brown fox", 19, REN_ERROR_CORRUPT, "neither" },
  };
  char *dir = make_dir ();
  g_autofree char *path = g_build_filename (dir, "model.pth", NULL);
  g_autofree char *pipe = g_build_filename (dir, "pipe", NULL);
  g_autofree char *none = g_build_filename (dir, "none", NULL);
  const char *others[] = { dir, pipe, none, "", "/dev/null" };

  for (guint i = 0; i < G_N_ELEMENTS (files); i++) {
    g_autoptr (GError) error = NULL;

    write_bytes (path, files[i].head, files[i].length);
    g_assert_null (ren_model_load (path, &error));
    g_assert_error (error, REN_ERROR, files[i].code);
    if (!strstr (error->message, files[i].says) ||
        !strstr (error->message, path))
      g_error ("expected '%s': %s", files[i].says, error->message);
  }
  g_assert_cmpint (mkfifo (pipe, 0600), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (others); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_null (ren_model_load (others[i], &error));
    g_assert_error (error, REN_ERROR, REN_ERROR_OPEN);
  }
  remove_dir (dir);
}

static void
set_time (const char *path)
{
  const struct timespec times[2] = { { 1000, 5 }, { 1000, 5 } };

  g_assert_cmpint (utimensat (AT_FDCWD, path, times, 0), ==, 0);
}

static void
test_shared (void)
{
  char *dir = make_dir ();
  g_autofree char *a = g_build_filename (dir, "a.safetensors", NULL);
  g_autofree char *around = g_build_filename (
      dir, "..", strrchr (dir, '/') + 1, "a.safetensors", NULL);
  g_autofree char *b = g_build_filename (dir, "b.safetensors", NULL);
  g_autofree char *link = g_build_filename (dir, "link", NULL);
  const FileSpec spec = { .dtype = "BF16" };
  const FileSpec eight = { .dtype = "BF16", .n_classes = 8 };
  RenModel *m, *same, *other, *changed;

  write_model_file (a, &spec);
  write_model_file (b, &spec);
  g_assert_cmpint (symlink (a, link), ==, 0);

  m = ren_model_load (a, NULL);
  g_assert_nonnull (m);
  same = ren_model_load (a, NULL);
  g_assert_true (same == m);
  ren_model_unref (same);
  same = ren_model_load (around, NULL);
  g_assert_true (same == m);
  ren_model_unref (same);
  same = ren_model_load (link, NULL);
  g_assert_true (same == m);
  ren_model_unref (same);

  other = ren_model_load (b, NULL);
  g_assert_true (other != m);
  ren_model_unref (other);

  /* a file that was replaced is another model; the first one stays usable */
  g_unlink (a);
  write_model_file (a, &eight);
  changed = ren_model_load (a, NULL);
  g_assert_true (changed != m);
  g_assert_cmpuint (ren_model_n_classes (changed), ==, 8);
  g_assert_cmpuint (ren_model_n_classes (m), ==, 7);
  g_assert_cmpstr (ren_model_label (m, 6), ==, "neutral");
  ren_model_unref (m);
  same = ren_model_load (a, NULL);
  g_assert_true (same == changed);
  ren_model_unref (same);
  ren_model_unref (changed);

  /* even if size and time are the same: what counts then is the inode */
  write_model_file (a, &spec);
  write_model_file (b, &spec);
  set_time (a);
  set_time (b);
  m = ren_model_load (a, NULL);
  g_assert_nonnull (m);
  g_assert_cmpint (g_rename (b, a), ==, 0);
  changed = ren_model_load (a, NULL);
  g_assert_nonnull (changed);
  g_assert_true (changed != m);
  ren_model_unref (changed);
  ren_model_unref (m);

  /* weak: nothing is kept when nobody holds it */
  m = ren_model_load (a, NULL);
  g_assert_nonnull (m);
  ren_model_unref (m);

  /* a failure is not remembered */
  write_bytes (b, "nothing", 7);
  g_assert_null (ren_model_load (b, NULL));
  write_model_file (b, &spec);
  m = ren_model_load (b, NULL);
  g_assert_nonnull (m);
  ren_model_unref (m);
  remove_dir (dir);
}

typedef struct
{
  const char *path;
  gint go;
} Race;

static gpointer
load_in_thread (gpointer data)
{
  Race *race = data;

  while (!g_atomic_int_get (&race->go))
    g_thread_yield ();
  return ren_model_load (race->path, NULL);
}

static void
test_threads (void)
{
  char *dir = make_dir ();
  g_autofree char *path = g_build_filename (dir, "a.safetensors", NULL);
  const FileSpec spec = { .dtype = "BF16" };

  for (guint round = 0; round < 30; round++) {
    Race race = { path, 0 };
    GThread *threads[8];
    RenModel *models[8];
    gboolean good = round % 3 != 2;

    if (good)
      write_model_file (path, &spec);
    else
      write_bytes (path, "nothing", 7);
    for (guint i = 0; i < 8; i++)
      threads[i] = g_thread_new ("load", load_in_thread, &race);
    g_atomic_int_set (&race.go, 1);
    for (guint i = 0; i < 8; i++)
      models[i] = g_thread_join (threads[i]);
    for (guint i = 0; i < 8; i++) {
      g_assert_true (models[i] == models[0]);
      g_assert_true (!!models[i] == good);
    }
    for (guint i = 0; good && i < 8; i++)
      ren_model_unref (models[i]);
  }
  remove_dir (dir);
}

/* Threads that load and drop: a model must never be revived half-way. */
static gpointer
load_and_drop (gpointer data)
{
  for (guint i = 0; i < 100; i++) {
    RenModel *m = ren_model_load (data, NULL);

    g_assert_nonnull (m);
    g_assert_cmpuint (ren_model_n_classes (m), ==, 7);
    ren_model_unref (m);
  }
  return NULL;
}

static void
test_churn (void)
{
  char *dir = make_dir ();
  g_autofree char *path = g_build_filename (dir, "a.safetensors", NULL);
  const FileSpec spec = { .dtype = "BF16" };
  GThread *threads[4];

  write_model_file (path, &spec);
  for (guint i = 0; i < 4; i++)
    threads[i] = g_thread_new ("churn", load_and_drop, path);
  for (guint i = 0; i < 4; i++)
    g_thread_join (threads[i]);
  remove_dir (dir);
}

static void
test_relabel (void)
{
  static const char *const good[] = { "Ärger", "b", "c", "d", "e", "f", "g",
    NULL };
  static const char *const bad[][9] = {
    { NULL },
    { "a", "b", "c", "d", "e", "f", NULL },
    { "a", "b", "c", "d", "e", "f", "g", "h", NULL },
    { "a", "b", "c", "d", "e", "f", "", NULL },
    { "a", "b", "c", "d", "e", "f", "a", NULL },
    { "a", "b", "c", "d", "e", "f", "\xff", NULL },
    { "a", "b", "c", "d", "e", "f", "g\n", NULL },
  };
  char *dir = make_dir ();
  g_autofree char *path = g_build_filename (dir, "a.b.safetensors", NULL);
  const FileSpec spec = { .dtype = "BF16" };
  RenModel *m, *other;
  GError *error = NULL;
  const char **keys;

  write_model_file (path, &spec);
  m = ren_model_load (path, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (ren_model_name (m), ==, "a.b");
  g_assert_cmpstr (ren_model_path (m), ==, path);
  g_assert_true (ren_model_labels_assumed (m));
  g_assert_cmpstr (ren_model_label (m, 0), ==, "happy");
  g_assert_cmpfloat (ren_model_temperature (m), ==, 1);
  g_assert_cmpint (ren_model_precision (m), ==, REN_PRECISION_BF16);
  g_assert_true (ren_model_verify (m, &error));
  keys = ren_model_metadata_keys (m);
  g_assert_null (keys[0]);
  g_free (keys);

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_assert_null (ren_model_relabel (m, bad[i], &error));
    g_assert_error (error, REN_ERROR, REN_ERROR_ARGUMENT);
    g_clear_error (&error);
  }

  other = ren_model_relabel (m, good, &error);
  g_assert_no_error (error);
  g_assert_true (other->tensors == m->tensors);
  g_assert_false (ren_model_labels_assumed (other));
  g_assert_cmpstr (ren_model_label (other, 0), ==, "Ärger");
  g_assert_cmpstr (ren_model_label (m, 0), ==, "happy");
  g_assert_cmpstr (ren_model_metadata (other, "labels"), ==,
      "[\"Ärger\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\"]");
  keys = ren_model_metadata_keys (other);
  g_assert_cmpstr (keys[0], ==, "labels");
  g_assert_null (keys[1]);
  g_free (keys);
  /* the weights live on with the last of them */
  ren_model_unref (m);
  g_assert_cmpuint (ren_model_n_classes (other), ==, 7);
  /* … and whoever loads the file shares them, relabelled or not */
  m = ren_model_load (path, &error);
  g_assert_no_error (error);
  g_assert_true (m->tensors == other->tensors);
  ren_model_unref (m);
  ren_model_unref (other);
  remove_dir (dir);
}

static void
test_annotate (void)
{
  static const char *const bad[][2] = {
    { "", "a" },
    { "\xff", "a" },
    { "accuracy", "\xff" },
    { "labels", "[\"a\"]" },
    { "sha256", NULL },
    { "precision", "fp16" },
    { "temperature", "warm" },
    { "temperature", "" },
    { "temperature", "1.5 K" },
    { "temperature", "nan" },
    { "temperature", "0" },
    { "temperature", "1e9" },
  };
  char *dir = make_dir ();
  g_autofree char *path = g_build_filename (dir, "a.safetensors", NULL);
  g_autofree char *out = g_build_filename (dir, "b.safetensors", NULL);
  const FileSpec spec = { .dtype = "BF16" };
  RenModel *m, *warm, *both, *loaded;
  GError *error = NULL;

  write_model_file (path, &spec);
  m = ren_model_load (path, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_assert_null (ren_model_annotate (m, bad[i][0], bad[i][1], &error));
    g_assert_error (error, REN_ERROR, REN_ERROR_ARGUMENT);
    g_clear_error (&error);
  }

  warm = ren_model_annotate (m, "temperature", "1.75", &error);
  g_assert_no_error (error);
  both = ren_model_annotate (warm, "accuracy", "Größe \"1\"\n", &error);
  g_assert_no_error (error);
  g_assert_true (both->tensors == m->tensors);
  g_assert_cmpfloat (ren_model_temperature (m), ==, 1);
  g_assert_null (ren_model_metadata (warm, "accuracy"));
  g_assert_true (ren_model_labels_assumed (both));
  g_assert_cmpstr (ren_model_label (both, 0), ==, "happy");
  /* the one it was made from need not live */
  ren_model_unref (warm);
  ren_model_unref (m);

  /* all of it is in the file */
  g_assert_true (
      ren_model_save (both, out, REN_PRECISION_BF16, REN_SAVE_TRIMMED, &error));
  ren_model_unref (both);
  loaded = ren_model_load (out, &error);
  g_assert_no_error (error);
  g_assert_cmpfloat (ren_model_temperature (loaded), ==, 1.75f);
  g_assert_cmpstr (ren_model_metadata (loaded, "temperature"), ==, "1.75");
  g_assert_cmpstr (
      ren_model_metadata (loaded, "accuracy"), ==, "Größe \"1\"\n");

  m = ren_model_annotate (loaded, "temperature", NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpfloat (ren_model_temperature (m), ==, 1);
  g_assert_null (ren_model_metadata (m, "temperature"));
  ren_model_unref (m);
  ren_model_unref (loaded);
  remove_dir (dir);
}

/* Mistakes of callers are said by name, and end in NULL. */
static void
test_mistakes (void)
{
#define WARNS(condition, call)                                                 \
  G_STMT_START                                                                 \
  {                                                                            \
    g_test_expect_message (                                                    \
        "Resemotenet", G_LOG_LEVEL_CRITICAL, "*" condition "*");               \
    g_assert_true (!(call));                                                   \
    g_test_assert_expected_messages ();                                        \
  }                                                                            \
  G_STMT_END
  char *dir = make_dir ();
  g_autofree char *path = g_build_filename (dir, "m.safetensors", NULL);
  const FileSpec spec = { .dtype = "BF16" };
  g_autoptr (RenModel) model = NULL;
  RenPrecision precision;

  write_model_file (path, &spec);
  model = ren_model_load (path, NULL);
  g_assert_nonnull (model);

  WARNS ("path != NULL", ren_model_load (NULL, NULL));
  WARNS ("model != NULL", ren_model_verify (NULL, NULL));
  WARNS ("model != NULL", ren_model_relabel (NULL, NULL, NULL));
  WARNS ("labels != NULL", ren_model_relabel (model, NULL, NULL));
  WARNS ("key != NULL", ren_model_annotate (model, NULL, "a", NULL));
  WARNS ("key != NULL", ren_model_metadata (model, NULL));
  WARNS ("class_id <", ren_model_label (model, 7));
  WARNS ("name != NULL", ren_precision_from_name (NULL, &precision));
  WARNS ("path != NULL",
      ren_model_save (model, NULL, REN_PRECISION_AUTO, 0, NULL));
  WARNS ("path != NULL", ren_model_save_onnx (model, NULL, 0, NULL));
  WARNS ("model != NULL", ren_plan_new (NULL, REN_PRECISION_AUTO, 1, 1, NULL));
  WARNS ("faces != NULL", ren_model_quantize (model, NULL, 1, 1, NULL));
#undef WARNS
  remove_dir (dir);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/convert/every-half", test_every_half);
  g_test_add_func ("/convert/rounding", test_rounding);
  g_test_add_func ("/convert/unaligned", test_unaligned);
  g_test_add_func ("/convert/find-not-finite", test_find_not_finite);
  g_test_add_func ("/model/kinds", test_kinds);
  g_test_add_func ("/model/shared", test_shared);
  g_test_add_func ("/model/threads", test_threads);
  g_test_add_func ("/model/threads/churn", test_churn);
  g_test_add_func ("/model/relabel", test_relabel);
  g_test_add_func ("/model/annotate", test_annotate);
  g_test_add_func ("/model/mistakes", test_mistakes);
  return g_test_run ();
}

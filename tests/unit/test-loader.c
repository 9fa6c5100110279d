/* Batches: the same whoever makes them, from wherever in the epoch, from memory
 * or from files, by one process or several. SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app.h"
#include "class-weights.h"
#include "loader.h"

#define N_FACES 50
#define N_CLASSES 3
#define BATCH 8
#define N_BATCHES (N_FACES / BATCH)

/* ---- what the loader stands on, without files ---------------------------- */

static gint n_reads;      /* atomic */
static gint changed = -1; /* a face whose file has changed */

GQuark
app_error_quark (void)
{
  return g_quark_from_static_string ("app-error");
}

void
face_free (gpointer data)
{
  Face *face = data;

  g_free (face->path);
  g_free (face->targets);
  g_free (face);
}

const char *
face_name (const Face *face)
{
  return face->path;
}

/* The number of a face is its grey level; from 200 on it cannot be read. */
gboolean
face_read (const Face *face, RenCropper *cropper, guint8 out[REN_FACE_BYTES],
    GError **error)
{
  const gint number = atoi (face->path);

  g_atomic_int_inc (&n_reads);
  if (number >= 200) {
    g_set_error_literal (error, APP_ERROR, APP_ERROR_PICTURE, "no picture");
    return FALSE;
  }
  memset (out, number, REN_FACE_BYTES);
  if (number == g_atomic_int_get (&changed))
    out[7]++;
  return TRUE;
}

char *
console_name (const char *bytes)
{
  return g_strdup (bytes);
}

void
console_error (const char *format, ...)
{
}

void
console_progress_begin (guint64 total, const char *unit)
{
}

void
console_progress (guint64 done)
{
}

void
console_progress_end (void)
{
}

/* ---- helpers ------------------------------------------------------------- */

static GPtrArray *
make_faces (guint n)
{
  GPtrArray *faces = g_ptr_array_new_with_free_func (face_free);

  for (guint i = 0; i < n; i++) {
    Face *face = g_new0 (Face, 1);

    face->path = g_strdup_printf ("%u", i);
    face->label = (int) (i % N_CLASSES);
    g_ptr_array_add (faces, face);
  }
  return faces;
}

static FaceStore *
make_store (guint64 cache_bytes)
{
  g_autoptr (GError) error = NULL;
  FaceStore *store =
      face_store_new (make_faces (N_FACES), "to test", cache_bytes, 3, &error);

  g_assert_no_error (error);
  return store;
}

static const LoaderOptions plain = {
  .n_classes = N_CLASSES, .batch = BATCH, .n_ranks = 1, .seed = 3
};
static const LoaderOptions busy = { .n_classes = N_CLASSES,
  .batch = BATCH,
  .n_ranks = 1,
  .seed = 3,
  .augment = { .flip = .5f,
      .shift = .1f,
      .brightness = .2f,
      .erase = .5f,
      .erase_area = .2f },
  .mixup = .4 };

/* A digest of the batches [first, end) of an epoch. */
static void
read_batches (
    Loader *loader, guint epoch, guint first, guint end, char *digests[])
{
  loader_start (loader, epoch, first);
  for (guint b = first; b < end; b++) {
    g_autoptr (GError) error = NULL;
    const Batch *batch = loader_next (loader, &error);
    GChecksum *sum = g_checksum_new (G_CHECKSUM_SHA256);

    g_assert_no_error (error);
    g_checksum_update (sum, (const guint8 *) batch->faces,
        batch->n_faces * REN_FACE_BYTES * (gssize) sizeof (float));
    g_checksum_update (sum, (const guint8 *) batch->targets,
        batch->n_faces * N_CLASSES * (gssize) sizeof (float));
    digests[b] = g_strdup (g_checksum_get_string (sum));
    g_checksum_free (sum);
  }
}

static Loader *
make_loader (const FaceStore *store, const LoaderOptions *options)
{
  g_autoptr (GError) error = NULL;
  Loader *loader = loader_new (store, options, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (loader_n_batches (loader), ==, N_BATCHES);
  return loader;
}

/* ---- tests --------------------------------------------------------------- */

static void
test_epoch (void)
{
  g_autoptr (FaceStore) store = make_store (1 << 20);
  g_autoptr (Loader) loader = make_loader (store, &plain);
  guint order[2][N_BATCHES * BATCH], n_different = 0;

  for (guint epoch = 0; epoch < 2; epoch++) {
    gboolean seen[N_FACES] = { 0 };

    loader_start (loader, epoch, 0);
    for (guint b = 0; b < N_BATCHES; b++) {
      const Batch *batch = loader_next (loader, NULL);

      g_assert_cmpuint (batch->n_faces, ==, BATCH);
      for (guint i = 0; i < BATCH; i++) {
        const float *face = batch->faces + i * REN_FACE_BYTES;
        const guint number = (guint) face[0];

        /* whole, once, with its own label */
        g_assert_cmpuint (number, <, N_FACES);
        for (guint p = 0; p < REN_FACE_BYTES; p++)
          g_assert_cmpfloat (face[p], ==, number);
        g_assert_false (seen[number]);
        seen[number] = TRUE;
        for (guint c = 0; c < N_CLASSES; c++)
          g_assert_cmpfloat (
              batch->targets[i * N_CLASSES + c], ==, c == number % N_CLASSES);
        order[epoch][b * BATCH + i] = number;
      }
    }
  }
  for (guint i = 0; i < N_BATCHES * BATCH; i++)
    n_different += order[0][i] != order[1][i];
  g_assert_cmpuint (n_different, >, N_BATCHES * BATCH / 2);
}

static void
test_same (void)
{
  g_autoptr (FaceStore) whole = make_store (1 << 20);
  /* some in memory, most not */
  g_autoptr (FaceStore) streamed = make_store (9 * REN_FACE_BYTES);
  g_autoptr (Loader) a = make_loader (whole, &busy);
  g_autoptr (Loader) b = make_loader (streamed, &busy);
  char *first[N_BATCHES], *second[N_BATCHES], *other[N_BATCHES];
  const gint n_before = g_atomic_int_get (&n_reads);

  read_batches (a, 4, 0, N_BATCHES, first);
  g_assert_cmpint (g_atomic_int_get (&n_reads), ==, n_before);
  read_batches (b, 4, 0, N_BATCHES, second);
  g_assert_cmpint (g_atomic_int_get (&n_reads), >, n_before);
  for (guint i = 0; i < N_BATCHES; i++)
    g_assert_cmpstr (first[i], ==, second[i]);

  read_batches (a, 5, 0, N_BATCHES, other);
  for (guint i = 0; i < N_BATCHES; i++) {
    g_assert_cmpstr (first[i], !=, other[i]);
    g_free (second[i]);
    g_free (other[i]);
  }
  /* from anywhere, also when it is left early */
  for (guint begin = 0; begin < N_BATCHES; begin++) {
    read_batches (b, 9, begin, begin + 1, other);
    g_free (other[begin]);
    read_batches (b, 4, begin, N_BATCHES, second);
    for (guint i = begin; i < N_BATCHES; i++) {
      g_assert_cmpstr (first[i], ==, second[i]);
      g_free (second[i]);
    }
  }
  for (guint i = 0; i < N_BATCHES; i++)
    g_free (first[i]);
}

static void
test_ranks (void)
{
  g_autoptr (FaceStore) store = make_store (1 << 20);
  g_autoptr (Loader) alone = make_loader (store, &busy);
  LoaderOptions options = busy;
  Loader *share[2];

  options.n_ranks = 2;
  for (guint r = 0; r < 2; r++) {
    options.rank = r;
    share[r] = make_loader (store, &options);
    loader_start (share[r], 1, 0);
  }
  loader_start (alone, 1, 0);
  for (guint b = 0; b < N_BATCHES; b++) {
    const Batch *whole = loader_next (alone, NULL);

    for (guint r = 0; r < 2; r++) {
      const Batch *half = loader_next (share[r], NULL);

      g_assert_cmpuint (half->n_faces, ==, BATCH / 2);
      g_assert_true (
          memcmp (half->faces, whole->faces + r * BATCH / 2 * REN_FACE_BYTES,
              BATCH / 2 * REN_FACE_BYTES * sizeof (float)) == 0);
      g_assert_true (
          memcmp (half->targets, whole->targets + r * BATCH / 2 * N_CLASSES,
              BATCH / 2 * N_CLASSES * sizeof (float)) == 0);
    }
  }
  loader_free (share[0]);
  loader_free (share[1]);
}

/* Beta (a, a) has mean 1/2 and variance 1 / (8 a + 4). Faces of one grey level
 * each show what share they got; that of the partner is the rest. */
static void
test_mixup (void)
{
  g_autoptr (FaceStore) store = make_store (1 << 20);
  static const double alphas[] = { .2, 1, 4 };

  for (guint k = 0; k < G_N_ELEMENTS (alphas); k++) {
    LoaderOptions options = plain;
    double sum = 0, squares = 0, variance = 1 / (8 * alphas[k] + 4);
    guint n = 0;

    options.mixup = alphas[k];
    {
      g_autoptr (Loader) loader = make_loader (store, &options);

      for (guint epoch = 0; epoch < 100; epoch++) {
        loader_start (loader, epoch, 0);
        for (guint b = 0; b < N_BATCHES; b++) {
          const Batch *batch = loader_next (loader, NULL);

          for (guint i = 0; i < BATCH; i++) {
            const float *t = batch->targets + i * N_CLASSES;
            float share = 0;

            g_assert_cmpfloat_with_epsilon (t[0] + t[1] + t[2], 1, 1e-6);
            for (guint c = 0; c < N_CLASSES; c++)
              share = MAX (share, t[c]);
            if (share > .999999f)
              continue; /* two of one class say nothing */
            sum += share;
            squares += (share - .5) * (share - .5);
            n++;
          }
        }
      }
    }
    /* shares above 1/2 only, but symmetric around it: variance as it is. Those
     * of nearly 1 are missing, which takes from a small alpha's */
    g_assert_cmpuint (n, >, 1000);
    g_assert_cmpfloat (sum / n, >, .5);
    if (alphas[k] >= 1)
      g_assert_cmpfloat (fabs (squares / n / variance - 1), <, .15);
    else
      g_assert_cmpfloat (squares / n, >, .1);
  }
}

static void
test_changed (void)
{
  g_autoptr (FaceStore) store = make_store (0);
  g_autoptr (Loader) loader = make_loader (store, &plain);
  g_autoptr (GError) error = NULL;

  g_atomic_int_set (&changed, 17);
  for (guint epoch = 0; epoch < 5 && !error; epoch++) {
    loader_start (loader, epoch, 0);
    for (guint b = 0; b < N_BATCHES && !error; b++)
      loader_next (loader, &error);
  }
  g_atomic_int_set (&changed, -1);
  g_assert_error (error, APP_ERROR, APP_ERROR_FAILED);
  g_assert_nonnull (strstr (error->message, "17 has changed"));
}

static void
test_store (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FaceStore) store =
      face_store_new (make_faces (210), "to test", 1 << 20, 4, &error);
  g_autoptr (FaceStore) other = make_store (0);
  g_autoptr (RenCropper) cropper = ren_cropper_new ();
  g_autofree char *before = NULL, *after = NULL;
  guint8 pixels[REN_FACE_BYTES];
  double n_of_class[N_CLASSES];

  g_assert_no_error (error);
  g_assert_cmpuint (store->n_unreadable, ==, 10);
  g_assert_cmpuint (store->faces->len, ==, 200);
  before = face_store_fingerprint (store, N_CLASSES);
  /* the first 50 go */
  g_assert_cmpuint (face_store_drop_twins (store, other), ==, N_FACES);
  g_assert_cmpuint (store->faces->len, ==, 150);
  after = face_store_fingerprint (store, N_CLASSES);
  g_assert_cmpstr (before, !=, after);
  for (guint i = 0; i < 150; i++) {
    g_assert_true (face_store_read (store, i, cropper, pixels, &error));
    g_assert_cmpuint (pixels[0], ==, i + N_FACES);
  }
  face_store_count (store, N_CLASSES, n_of_class);
  for (guint c = 0; c < N_CLASSES; c++)
    g_assert_cmpfloat (n_of_class[c], ==, 50);

  /* more than a quarter: no */
  g_assert_null (face_store_new (make_faces (300), "to test", 0, 1, &error));
  g_assert_error (error, APP_ERROR, APP_ERROR_FAILED);
}

static void
test_few (void)
{
  g_autoptr (FaceStore) store = make_store (0);
  g_autoptr (GError) error = NULL;
  LoaderOptions options = plain;

  options.batch = N_FACES + 1;
  g_assert_null (loader_new (store, &options, &error));
  g_assert_error (error, APP_ERROR, APP_ERROR_FAILED);
}

static void
test_weights (void)
{
  static const double n[N_CLASSES] = { 100, 400, 2000 };
  static const ClassWeighting kinds[] = { WEIGHTS_NONE, WEIGHTS_SQRT,
    WEIGHTS_EFFECTIVE, WEIGHTS_INVERSE };
  float w[N_CLASSES];

  for (guint k = 0; k < G_N_ELEMENTS (kinds); k++) {
    class_weights (kinds[k], n, N_CLASSES, w);
    /* the mean over the faces */
    g_assert_cmpfloat_with_epsilon (
        (w[0] * n[0] + w[1] * n[1] + w[2] * n[2]) / 2500, 1, 1e-5);
    if (kinds[k] == WEIGHTS_NONE)
      g_assert_cmpfloat (w[0], ==, w[2]);
    if (kinds[k] == WEIGHTS_SQRT)
      g_assert_cmpfloat_with_epsilon (w[0] / w[1], 2, 1e-5);
    if (kinds[k] == WEIGHTS_INVERSE)
      g_assert_cmpfloat_with_epsilon (w[0] / w[2], 20, 1e-4);
    /* (1 − .999^400) / (1 − .999^100) */
    if (kinds[k] == WEIGHTS_EFFECTIVE)
      g_assert_cmpfloat_with_epsilon (w[0] / w[1], 3.4646, 1e-3);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/loader/epoch", test_epoch);
  g_test_add_func ("/loader/same", test_same);
  g_test_add_func ("/loader/ranks", test_ranks);
  g_test_add_func ("/loader/mixup", test_mixup);
  g_test_add_func ("/loader/changed", test_changed);
  g_test_add_func ("/loader/store", test_store);
  g_test_add_func ("/loader/few", test_few);
  g_test_add_func ("/loader/weights", test_weights);
  return g_test_run ();
}

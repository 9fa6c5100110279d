/* Random numbers and changed faces: known values, exact identities, ranges,
 * speed. SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "resemotenet.h"

#define N REN_FACE_BYTES
#define SIZE REN_FACE_SIZE

/* A face whose every pixel differs from its neighbours. */
static void
make_face (guint8 *face)
{
  for (guint i = 0; i < N; i++)
    face[i] = (guint8) (ren_random (77, i) >> 56);
}

/* A smooth one, that interpolation reproduces: linear in both directions. */
static void
make_slope (guint8 *face)
{
  for (int y = 0; y < SIZE; y++)
    for (int x = 0; x < SIZE; x++)
      face[y * SIZE + x] = (guint8) (2 * x + y + 40);
}

static void
test_random_known (void)
{
  /* SplitMix64 from state 0, as in its authors' code; a key of 0 scrambles to
   * 0 */
  g_assert_cmphex (ren_random (0, 0), ==, 0xe220a8397b1dcdaf);
  g_assert_cmphex (ren_random (0, 1), ==, 0x6e789e6aa1b965f4);
  g_assert_cmphex (ren_random (0, 2), ==, 0x06c45d188009454f);
}

static void
test_random_keys (void)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_int64_hash, g_int64_equal);
  static guint64 values[3 * 64 * 64];
  guint n = 0;

  for (guint64 key = 0; key < 64; key++)
    for (guint64 i = 0; i < 64; i++) {
      values[n++] = ren_random (key, i);
      values[n++] = ren_random_key (key, i);
      values[n++] = ren_random (ren_random_key (key, i), 0);
    }
  /* neighbouring seeds share nothing */
  for (guint i = 0; i < n; i++)
    g_assert_true (g_hash_table_add (seen, &values[i]));
}

static void
test_random_float (void)
{
  double sum = 0, squares = 0;
  const guint n = 1 << 20;

  for (guint i = 0; i < n; i++) {
    const float x = ren_random_float (5, i);

    g_assert_true (x >= 0 && x < 1);
    sum += x;
    squares += (double) x * x;
  }
  /* mean of n uniform numbers: standard error .289 / sqrt (n) = 2.8e-4 */
  g_assert_cmpfloat (fabs (sum / n - .5), <, 5 * 2.8e-4);
  g_assert_cmpfloat (fabs (squares / n - 1.0 / 3), <, 5 * 2.9e-4);
}

static void
test_off (void)
{
  const RenAugment off = { 0 };
  guint8 face[N];
  float out[N];

  make_face (face);
  for (guint64 key = 0; key < 100; key++) {
    memset (out, 0xff, sizeof out);
    ren_augment_face (&off, face, key, out);
    for (guint i = 0; i < N; i++)
      g_assert_cmpfloat (out[i], ==, face[i]);
  }
}

static void
test_flip (void)
{
  const RenAugment augment = { .flip = .5f };
  const guint n = 10000;
  guint8 face[N];
  float out[N];
  guint n_flipped = 0;

  make_face (face);
  for (guint64 key = 0; key < n; key++) {
    gboolean flipped;

    ren_augment_face (&augment, face, ren_random_key (1, key), out);
    flipped = out[0] != face[0];
    n_flipped += flipped;
    for (int i = 0; key < 50 && i < N; i++)
      g_assert_cmpfloat (out[i], ==,
          face[flipped ? i / SIZE * SIZE + SIZE - 1 - i % SIZE : i]);
  }
  /* five standard deviations of a fair coin */
  g_assert_cmpfloat (fabs (n_flipped - .5 * n), <, 5 * .5 * sqrt (n));
}

/* A slope that is moved, scaled or turned is a slope: read the geometry off it,
 * away from the borders. */
static void
measure (const float *out, float *value, float *across, float *down)
{
  const int c = SIZE / 2;

  *across = (out[c * SIZE + c + 4] - out[c * SIZE + c - 4]) / 8;
  *down = (out[(c + 4) * SIZE + c] - out[(c - 4) * SIZE + c]) / 8;
  *value = out[c * SIZE + c] - (*across + *down) / 2;
}

static void
test_geometry (void)
{
  static const RenAugment shift = { .shift = .1f }, scale = { .scale = .25f },
                          rotate = { .rotate = 30 };
  const float middle = 40 + 3 * (SIZE - 1) / 2.0f;
  float value, across, down, most = 0, largest = 0, smallest = 9, turned = 0;
  guint8 face[N];
  float out[N];

  make_slope (face);
  for (guint64 key = 0; key < 1000; key++) {
    ren_augment_face (&shift, face, key, out);
    measure (out, &value, &across, &down);
    g_assert_cmpfloat_with_epsilon (across, 2, 1e-3);
    g_assert_cmpfloat_with_epsilon (down, 1, 1e-3);
    most = MAX (most, fabsf (value - middle));
    g_assert_cmpfloat (fabsf (value - middle), <, 3 * 6.4f + .01f);

    ren_augment_face (&scale, face, key, out);
    measure (out, &value, &across, &down);
    g_assert_cmpfloat_with_epsilon (value, middle, .02);
    g_assert_cmpfloat_with_epsilon (across, 2 * down, 1e-3);
    largest = MAX (largest, 1 / down);
    smallest = MIN (smallest, 1 / down);

    ren_augment_face (&rotate, face, key, out);
    measure (out, &value, &across, &down);
    g_assert_cmpfloat_with_epsilon (value, middle, .02);
    g_assert_cmpfloat_with_epsilon (
        across * across + down * down, 5, 1e-2); /* length is kept */
    turned = MAX (turned, fabsf (atan2f (down, across) - atan2f (1, 2)));
  }
  g_assert_cmpfloat (most, >, 3 * 6.4f * .85f);
  g_assert_cmpfloat (largest, <, 1.2501f);
  g_assert_cmpfloat (largest, >, 1.23f);
  g_assert_cmpfloat (smallest, >, 1 / 1.2501f);
  g_assert_cmpfloat (smallest, <, 1 / 1.23f);
  g_assert_cmpfloat (turned, <, 30 * (float) G_PI / 180 + 1e-3f);
  g_assert_cmpfloat (turned, >, 29 * (float) G_PI / 180);
}

static void
test_light (void)
{
  const RenAugment brightness = { .brightness = .1f },
                   contrast = { .contrast = .3f };
  guint8 face[N];
  float out[N], most = 0, steepest = 0;

  make_slope (face);
  for (guint64 key = 0; key < 1000; key++) {
    float change;

    ren_augment_face (&brightness, face, key, out);
    change = out[0] - face[0];
    most = MAX (most, fabsf (change));
    for (guint i = 0; i < N; i++)
      g_assert_cmpfloat_with_epsilon (
          out[i], CLAMP (face[i] + change, 0, 255), 1e-3);

    ren_augment_face (&contrast, face, key, out);
    steepest = MAX (steepest, fabsf ((out[1] - out[0]) / 2 - 1));
  }
  g_assert_cmpfloat (most, <=, 25.5f + 1e-3f);
  g_assert_cmpfloat (most, >, 25);
  g_assert_cmpfloat (steepest, <=, .3f + 1e-3f);
  g_assert_cmpfloat (steepest, >, .29f);
}

static void
test_erase (void)
{
  const RenAugment augment = { .erase = 1, .erase_area = .25f };
  guint8 face[N];
  float out[N];
  gboolean row[SIZE] = { 0 }, column[SIZE] = { 0 };
  guint most = 0;

  make_slope (face);
  for (guint64 key = 0; key < 2000; key++) {
    int x0 = SIZE, y0 = SIZE, x1 = -1, y1 = -1;
    guint n = 0;

    ren_augment_face (&augment, face, key, out);
    for (int i = 0; i < N; i++)
      if (out[i] != face[i]) {
        x0 = MIN (x0, i % SIZE), x1 = MAX (x1, i % SIZE);
        y0 = MIN (y0, i / SIZE), y1 = MAX (y1, i / SIZE);
        row[i / SIZE] = column[i % SIZE] = TRUE;
        n++;
      }
    /* one rectangle, whole */
    g_assert_cmpuint (n, ==, (guint) ((x1 - x0 + 1) * (y1 - y0 + 1)));
    g_assert_cmpuint (n, <=, N / 4);
    most = MAX (most, n);
  }
  g_assert_cmpuint (most, >, N / 5);
  /* up to the borders */
  for (int i = 0; i < SIZE; i++)
    g_assert_true (row[i] && column[i]);
}

static void
test_everything (void)
{
  const RenAugment augment = { .5f, .3f, .5f, 90, .5f, .9f, .5f, .5f };
  guint8 face[N];
  float out[N], again[N], other[N];
  const guint n = 2000;
  gint64 start;

  make_face (face);
  for (guint64 key = 0; key < 500; key++) {
    ren_augment_face (&augment, face, key, out);
    ren_augment_face (&augment, face, key, again);
    ren_augment_face (&augment, face, key + 1, other);
    g_assert_cmpmem (out, sizeof out, again, sizeof again);
    g_assert_true (memcmp (out, other, sizeof out) != 0);
    for (guint i = 0; i < N; i++)
      g_assert_true (out[i] >= 0 && out[i] <= 255);
  }

  start = g_get_monotonic_time ();
  for (guint i = 0; i < n; i++)
    ren_augment_face (&augment, face, i, out);
  g_test_message ("%.1f microseconds a face",
      (double) (g_get_monotonic_time () - start) / n);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/random/known", test_random_known);
  g_test_add_func ("/random/keys", test_random_keys);
  g_test_add_func ("/random/float", test_random_float);
  g_test_add_func ("/augment/off", test_off);
  g_test_add_func ("/augment/flip", test_flip);
  g_test_add_func ("/augment/geometry", test_geometry);
  g_test_add_func ("/augment/light", test_light);
  g_test_add_func ("/augment/erase", test_erase);
  g_test_add_func ("/augment/everything", test_everything);
  return g_test_run ();
}

/* Faces out of pictures: the same however samples lie in memory, and on any
 * number of threads. What they are is compared with Pillow elsewhere.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "random-model.h"

enum
{
  WIDTH = 201,
  HEIGHT = 159,
  N_PIXELS = WIDTH * HEIGHT,
};

/* Inside, all, reaching out, a pixel, narrow and wide. */
static const RenRect rects[] = {
  { 20, 30, 100, 90 },
  { 0, 0, WIDTH, HEIGHT },
  { -30, 100, 90, 300 },
  { 200, 158, 1, 1 },
  { 7, 0, 3, 150 },
  { 1, 150, 199, 2 },
  { 63, 21, 64, 64 },
};

static guint8 *
make_noise (gsize n)
{
  guint8 *bytes = g_malloc (n);

  for (gsize i = 0; i < n; i++)
    bytes[i] = (guint8) ren_random (1, i);
  return bytes;
}

static void
assert_same_faces (const RenPicture *a, const RenPicture *b)
{
  g_autoptr (RenCropper) cropper = ren_cropper_new ();

  for (guint i = 0; i < G_N_ELEMENTS (rects); i++) {
    guint8 x[REN_FACE_BYTES], y[REN_FACE_BYTES];

    g_assert_true (ren_cropper_crop (cropper, a, &rects[i], x));
    g_assert_true (ren_cropper_crop (cropper, b, &rects[i], y));
    g_assert_cmpmem (x, sizeof x, y, sizeof y);
  }
}

/* A picture of three planes, and the same with samples side by side: component
 * c of a pixel is at place[c] of its bytes. Nothing lies behind the last one. */
static void
check_packed (const gint place[3], gint pixel_stride)
{
  g_autofree guint8 *noise = make_noise (3 * N_PIXELS);
  const gsize n_bytes = (N_PIXELS - 1) * (gsize) pixel_stride +
                        (gsize) MAX (place[0], MAX (place[1], place[2])) + 1;
  g_autofree guint8 *packed = g_malloc0 (n_bytes);
  RenPicture a, b;

  for (guint c = 0; c < 3; c++)
    for (gsize i = 0; i < N_PIXELS; i++)
      packed[i * (gsize) pixel_stride + (gsize) place[c]] =
          noise[c * N_PIXELS + i];
  ren_picture_init_rgb (&a, noise, noise + N_PIXELS, noise + 2 * N_PIXELS, 1,
      WIDTH, WIDTH, HEIGHT);
  ren_picture_init_rgb (&b, packed + place[0], packed + place[1],
      packed + place[2], pixel_stride, (gssize) pixel_stride * WIDTH, WIDTH,
      HEIGHT);
  assert_same_faces (&a, &b);
}

static void
test_packed (void)
{
  check_packed ((const gint[]){ 0, 1, 2 }, 3);
  check_packed ((const gint[]){ 2, 1, 0 }, 3);
  check_packed ((const gint[]){ 1, 3, 2 }, 4);
  check_packed ((const gint[]){ 0, 9, 15 }, 16);
  check_packed ((const gint[]){ 0, 9, 16 }, 17);
}

/* Chroma by turns, in either order, of a picture whose sides are odd. */
static void
test_chroma (void)
{
  const gint w = (WIDTH + 1) / 2, h = (HEIGHT + 1) / 2;
  g_autofree guint8 *luma = make_noise (N_PIXELS);
  g_autofree guint8 *both = make_noise (2 * (gsize) w * (gsize) h);
  g_autofree guint8 *cb = g_malloc ((gsize) w * (gsize) h);
  g_autofree guint8 *cr = g_malloc ((gsize) w * (gsize) h);
  guint8 *const each[2] = { cb, cr };

  for (guint swapped = 0; swapped < 2; swapped++) {
    RenPicture a = { .width = WIDTH, .height = HEIGHT, .n_planes = 3 }, b;

    a.planes[0] =
        (RenPlane){ .data = luma, .stride_bytes = WIDTH, .pixel_stride = 1 };
    b = a;
    for (guint c = 0; c < 2; c++) {
      for (gint i = 0; i < w * h; i++)
        each[c][i] = both[2 * i + (gint) (c ^ swapped)];
      a.planes[1 + c] = (RenPlane){ .data = each[c],
        .stride_bytes = w,
        .pixel_stride = 1,
        .w_sub = 1,
        .h_sub = 1 };
      b.planes[1 + c] = (RenPlane){ .data = both + (c ^ swapped),
        .stride_bytes = 2 * w,
        .pixel_stride = 2,
        .w_sub = 1,
        .h_sub = 1 };
    }
    ren_picture_set_yuv (&a, TRUE, .2126, .0722);
    ren_picture_set_yuv (&b, TRUE, .2126, .0722);
    g_assert_cmpuint (a.n_planes, ==, 3);
    assert_same_faces (&a, &b);
  }
}

/* Weights beyond what 32 bits hold: black or white, by the sign of the sum. */
static void
test_large_weights (void)
{
  g_autofree guint8 *noise = make_noise (3 * N_PIXELS);
  g_autoptr (RenCropper) cropper = ren_cropper_new ();
  guint8 face[REN_FACE_BYTES];
  RenPicture picture;

  memset (noise, 200, N_PIXELS);
  ren_picture_init_rgb (&picture, noise, noise + N_PIXELS, noise + 2 * N_PIXELS,
      1, WIDTH, WIDTH, HEIGHT);
  picture.planes[1].weight = picture.planes[2].weight = 1;
  for (guint white = 0; white < 2; white++) {
    picture.planes[0].weight = white ? G_MAXINT32 : -G_MAXINT32;
    picture.offset = picture.planes[0].weight;
    g_assert_true (ren_cropper_crop (cropper, &picture, &rects[0], face));
    for (guint i = 0; i < REN_FACE_BYTES; i++)
      g_assert_cmpuint (face[i], ==, white ? 255 : 0);
  }
}

/* Turned and mirrored in place, as by the orientation of a photo: columns of
 * memory are rows, from either end. */
static void
test_turned (void)
{
  g_autofree guint8 *noise = make_noise (3 * N_PIXELS);
  g_autofree guint8 *upright = g_malloc (3 * N_PIXELS);
  const gint strides[][2] = { { 3 * HEIGHT, 3 }, { -3 * HEIGHT, 3 },
    { 3 * HEIGHT, -3 }, { -3 * HEIGHT, -3 }, { -3, 3 * WIDTH },
    { -3, -3 * WIDTH } };

  for (guint t = 0; t < G_N_ELEMENTS (strides); t++) {
    const gint dx = strides[t][0], dy = strides[t][1];
    const guint8 *first =
        noise + MAX (0, -dx * (WIDTH - 1)) + MAX (0, -dy * (HEIGHT - 1));
    RenPicture a, b;

    for (gint y = 0; y < HEIGHT; y++)
      for (gint x = 0; x < WIDTH; x++)
        memcpy (upright + 3 * (y * WIDTH + x), first + y * dy + x * dx, 3);
    ren_picture_init_rgb (
        &a, upright, upright + 1, upright + 2, 3, 3 * WIDTH, WIDTH, HEIGHT);
    ren_picture_init_rgb (
        &b, first, first + 1, first + 2, dx, dy, WIDTH, HEIGHT);
    assert_same_faces (&a, &b);
  }
}

static void
test_threads (void)
{
  enum
  {
    N = 40
  };
  g_autofree guint8 *noise = make_noise (3 * N_PIXELS);
  g_autofree guint8 *faces = g_malloc (N * REN_FACE_BYTES);
  g_autoptr (RenCropper) cropper = ren_cropper_new ();
  g_autoptr (RenCropper) alone = ren_cropper_new ();
  /* none of a plan, more, and fewer again */
  static const guint n_threads[] = { 0, 1, 5, 3 };
  RenPicture picture;
  RenRect many[N];
  gboolean inside[N];
  Fixture f;

  fixture_init (&f);
  ren_picture_init_rgb (
      &picture, noise, noise + 1, noise + 2, 3, 3 * WIDTH, WIDTH, HEIGHT);
  for (guint i = 0; i < N; i++) {
    many[i] = rects[i % G_N_ELEMENTS (rects)];
    many[i].x += i % 5;
    many[i].w += i;
  }
  many[3].x = WIDTH;
  many[N - 1].w = 0;
  for (guint t = 0; t < G_N_ELEMENTS (n_threads); t++) {
    RenPlan *plan = n_threads[t] ? ren_plan_new (&f.model, REN_PRECISION_AUTO,
                                       8, n_threads[t], NULL)
                                 : NULL;

    memset (faces, 0, N * REN_FACE_BYTES);
    ren_cropper_crop_faces (cropper, plan, &picture, many, N, faces, inside);
    for (guint i = 0; i < N; i++) {
      guint8 face[REN_FACE_BYTES] = { 0 };

      g_assert_cmpint (
          inside[i], ==, ren_cropper_crop (alone, &picture, &many[i], face));
      g_assert_cmpmem (
          face, sizeof face, faces + i * REN_FACE_BYTES, REN_FACE_BYTES);
    }
    g_assert_false (inside[3] || inside[N - 1]);
    ren_plan_unref (plan);
  }
  fixture_clear (&f);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cropper/packed", test_packed);
  g_test_add_func ("/cropper/chroma", test_chroma);
  g_test_add_func ("/cropper/large-weights", test_large_weights);
  g_test_add_func ("/cropper/turned", test_turned);
  g_test_add_func ("/cropper/threads", test_threads);
  return g_test_run ();
}

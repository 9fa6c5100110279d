/* Crop, run and softmax in one call: the same as in three, whatever lies outside
 * of the picture and however faces fall into passes. SPDX-License-Identifier: MIT */
#include <string.h>

#include "random-model.h"

enum
{
  WIDTH = 97,
  HEIGHT = 83,
  N_FACES = 7,
};

static Fixture f;
static RenPlan *two; /* of a batch of two */

/* Room behind the last face, which must stay as it is. */
typedef struct
{
  float scores[N_FACES + 1][N_CLASSES];
  guint class_ids[N_FACES + 1];
} Results;

static void
make_rects (RenRect rects[N_FACES], const char *outside)
{
  for (guint i = 0; i < N_FACES; i++)
    rects[i] = outside[i] == 'o'
                   ? (RenRect){ WIDTH + i, 0, 9, 9 }
                   : (RenRect){ (gint64) i - 9, 2 * i, 30 + 3 * i, 40 + i };
}

/* The faces that are inside, side by side through one ren_plan_run(). */
static void
step_by_step (RenPlan *plan, const RenModel *model, const RenPicture *picture,
    const RenRect *rects, Results *r)
{
  g_autoptr (RenCropper) cropper = ren_cropper_new ();
  g_autofree guint8 *faces = g_malloc (N_FACES * REN_FACE_BYTES);
  float logits[N_FACES][N_CLASSES];
  gboolean inside[N_FACES];
  guint n = 0;

  for (guint i = 0; i < N_FACES; i++) {
    inside[i] = ren_cropper_crop (
        cropper, picture, &rects[i], faces + (gsize) n * REN_FACE_BYTES);
    n += inside[i];
  }
  ren_plan_run (plan, faces, n, logits[0]);
  n = 0;
  for (guint i = 0; i < N_FACES; i++) {
    memset (r->scores[i], 0, sizeof r->scores[i]);
    r->class_ids[i] = G_MAXUINT;
    if (inside[i])
      r->class_ids[i] = ren_softmax (
          logits[n++], N_CLASSES, model->temperature, r->scores[i]);
  }
}

static void
test_same (void)
{
  /* none, some, whole passes of them, all */
  static const char *const outside[] = { ".......", ".o.oo..", "oooo...",
    "ooooooo" };
  static const guint batches[] = { 3, 64 };
  g_autofree guint8 *noise = random_faces (WIDTH * HEIGHT / REN_FACE_BYTES + 1);
  g_autoptr (RenCropper) cropper = ren_cropper_new ();
  RenPicture picture;

  f.model.temperature = 1.7f;
  ren_picture_init_gray (&picture, noise, WIDTH, WIDTH, HEIGHT);
  for (guint b = 0; b < G_N_ELEMENTS (batches); b++) {
    RenPlan *plan = ren_plan_new (
        &f.model, REN_PRECISION_AUTO, batches[b], 1 + b % 3, NULL);

    for (guint o = 0; o < G_N_ELEMENTS (outside); o++) {
      RenRect rects[N_FACES];
      Results expected, got;

      memset (&expected, 0x5a, sizeof expected);
      memset (&got, 0x5a, sizeof got);
      make_rects (rects, outside[o]);
      step_by_step (plan, &f.model, &picture, rects, &expected);
      ren_plan_classify (plan, cropper, &picture, rects, N_FACES, got.scores[0],
          got.class_ids);
      g_assert_cmpmem (
          got.scores, sizeof got.scores, expected.scores, sizeof got.scores);
      g_assert_cmpmem (got.class_ids, sizeof got.class_ids, expected.class_ids,
          sizeof got.class_ids);
    }
    ren_plan_unref (plan);
  }
}

/* Red, green and blue of a picture, put where a format has them. */
static void
test_formats (void)
{
  static const struct
  {
    guint bytes, place[3];
  } formats[] = { { 3, { 0, 1, 2 } }, { 3, { 2, 1, 0 } }, { 4, { 0, 1, 2 } },
    { 4, { 2, 1, 0 } } };
  enum
  {
    N_PIXELS = WIDTH * HEIGHT,
    STRIDE = 4 * WIDTH + 5,
    /* the last row ends with its pixels */
    N_BYTES = STRIDE * (HEIGHT - 1) + 4 * WIDTH,
  };
  g_autofree guint8 *noise = random_faces (3 * N_PIXELS / REN_FACE_BYTES + 1);
  g_autofree guint8 *pixels = g_malloc0 (N_BYTES);
  g_autoptr (RenCropper) cropper = ren_cropper_new ();
  float expected[2][N_CLASSES];
  guint class_ids[2];
  /* the corner is the last pixel that may be read */
  const RenRect rects[] = { { 3, 4, 50, 60 },
    { WIDTH - 20, HEIGHT - 20, 20, 20 } };
  RenPicture picture;

  for (guint i = 0; i < 5; i++) {
    const RenPixelFormat format = REN_PIXEL_FORMAT_GRAY8 + i;
    const guint bytes = i == 0 ? 1 : formats[i - 1].bytes;
    g_autoptr (GError) error = NULL;
    g_autofree float *scores = NULL;
    gsize n;

    if (i == 0)
      ren_picture_init_gray (&picture, noise, WIDTH, WIDTH, HEIGHT);
    else
      ren_picture_init_rgb (&picture, noise, noise + N_PIXELS,
          noise + 2 * N_PIXELS, 1, WIDTH, WIDTH, HEIGHT);
    for (gsize p = 0; p < N_PIXELS; p++)
      for (guint c = 0; c < (i == 0 ? 1 : 3); c++)
        pixels[p / WIDTH * STRIDE + p % WIDTH * bytes +
               (i == 0 ? 0 : formats[i - 1].place[c])] =
            noise[c * N_PIXELS + p];
    ren_plan_classify (
        two, cropper, &picture, rects, 2, expected[0], class_ids);
    scores = ren_plan_classify_pixels (two, format, pixels,
        STRIDE * (HEIGHT - 1) + bytes * WIDTH, STRIDE, WIDTH, HEIGHT, rects, 2,
        &n, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (n, ==, 2 * N_CLASSES);
    g_assert_cmpmem (scores, n * sizeof *scores, expected, sizeof expected);
  }
}

static void
test_refusals (void)
{
  static const struct
  {
    gint format;
    gsize n_bytes, stride;
    gint width, height;
    gboolean ok;
  } calls[] = {
    { REN_PIXEL_FORMAT_RGB, 3 * 8 * 6, 3 * 8, 8, 6, TRUE },
    { REN_PIXEL_FORMAT_RGB, 3 * 8 * 6 - 1, 3 * 8, 8, 6, FALSE },
    { REN_PIXEL_FORMAT_RGB, 3 * 8 * 6, 3 * 8 - 1, 8, 6, FALSE },
    { REN_PIXEL_FORMAT_RGB, 3 * 8 * 6, 3 * 8 + 1, 8, 6, FALSE },
    { REN_PIXEL_FORMAT_RGBA, 3 * 8 * 6, 3 * 8, 8, 6, FALSE },
    /* of one row the stride is of no account */
    { REN_PIXEL_FORMAT_RGB, 3 * 8, G_MAXSIZE, 8, 1, TRUE },
    { REN_PIXEL_FORMAT_RGB, 3 * 8 * 2, G_MAXSIZE, 8, 2, FALSE },
    { REN_PIXEL_FORMAT_RGB, 3 * 8 * 6, G_MAXSIZE / 2 + 1, 8, 3, FALSE },
    { REN_PIXEL_FORMAT_GRAY8, 0, 1, 1, 1, FALSE },
    { REN_PIXEL_FORMAT_GRAY8, 1, 1, 0, 1, FALSE },
    { REN_PIXEL_FORMAT_GRAY8, 1, 1, 1, -1, FALSE },
    { REN_PIXEL_FORMAT_GRAY8, G_MAXSIZE, 32768, 32768, 1, FALSE },
    { REN_PIXEL_FORMAT_GRAY8, G_MAXSIZE, 1, 1, G_MAXINT, FALSE },
    { REN_PIXEL_FORMAT_BGRA + 1, 4 * 8 * 6, 4 * 8, 8, 6, FALSE },
    { -1, 4 * 8 * 6, 4 * 8, 8, 6, FALSE },
  };
  const RenRect rect = { 0, 0, 8, 8 };

  for (guint i = 0; i < G_N_ELEMENTS (calls); i++)
    for (guint n_faces = 0; n_faces < 2; n_faces++) {
      /* exactly as large as it says, for sanitizers */
      const gsize size = calls[i].n_bytes == G_MAXSIZE ? 1 : calls[i].n_bytes;
      g_autofree guint8 *pixels = g_malloc0 (size);
      g_autoptr (GError) error = NULL;
      gsize n = 99;
      g_autofree float *scores =
          ren_plan_classify_pixels (two, (RenPixelFormat) calls[i].format,
              pixels, calls[i].n_bytes, calls[i].stride, calls[i].width,
              calls[i].height, &rect, n_faces, &n, &error);

      if (calls[i].ok) {
        g_assert_no_error (error);
        g_assert_nonnull (scores);
        g_assert_cmpuint (n, ==, n_faces * N_CLASSES);
      } else {
        g_assert_error (error, REN_ERROR, REN_ERROR_ARGUMENT);
        g_assert_null (scores);
        g_assert_cmpuint (n, ==, 0);
      }
    }
}

/* Pixels and boxes that are missing, not too few. */
static void
test_missing (void)
{
  const guint8 pixel = 0;
  const RenRect rect = { 0, 0, 1, 1 };

  for (guint i = 0; i < 2; i++) {
    gsize n = 99;

    g_test_expect_message ("Resemotenet", G_LOG_LEVEL_CRITICAL,
        i ? "*rects != NULL*" : "*pixels != NULL*");
    g_assert_null (ren_plan_classify_pixels (two, REN_PIXEL_FORMAT_GRAY8,
        i ? &pixel : NULL, 1, 1, 1, 1, i ? NULL : &rect, 1, &n, NULL));
    g_test_assert_expected_messages ();
    g_assert_cmpuint (n, ==, 0);
  }
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/classify/same", test_same);
  g_test_add_func ("/classify/formats", test_formats);
  g_test_add_func ("/classify/refusals", test_refusals);
  g_test_add_func ("/classify/missing", test_missing);
  fixture_init (&f);
  two = ren_plan_new (&f.model, REN_PRECISION_AUTO, 2, 1, NULL);
  status = g_test_run ();
  ren_plan_unref (two);
  fixture_clear (&f);
  return status;
}

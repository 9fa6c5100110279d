/* What the command line does not show of data sets: soft labels, faces that
 * bring their pixels, splits as they are asked for.
 * SPDX-License-Identifier: MIT */
#include <glib/gstdio.h>
#include <string.h>

#include "app.h"
#include "dataset-fer.h"
#include "dataset.h"
#include "npy.h"

static const char *const seven[] = { "happy", "surprise", "sad", "anger",
  "disgust", "fear", "neutral", NULL };
static const char *const eight[] = { "neutral", "happy", "surprise", "sad",
  "anger", "disgust", "fear", "contempt", NULL };

/* ---- votes --------------------------------------------------------------- */

#define OUT -1

/* Rows: neutral, happiness, surprise, sadness, anger, disgust, fear, contempt,
 * unknown, not a face. Expected: share of each emotion in percent, or OUT. */
static const struct
{
  DatasetVotes rule;
  DatasetSplit split;
  guint votes[N_VOTES];
  int expected[N_VOTED_EMOTIONS];
} vote_checks[] = {
  /* most votes */
  { VOTES_MAJORITY, SPLIT_TRAIN, { 4, 0, 0, 3, 3 }, { 100 } },
  { VOTES_MAJORITY, SPLIT_TRAIN, { 4, 0, 0, 4, 1, 0, 0, 0, 1 }, { OUT } },
  { VOTES_MAJORITY, SPLIT_TRAIN, { 4, 0, 0, 1, 0, 0, 0, 0, 5 }, { OUT } },
  { VOTES_MAJORITY, SPLIT_TRAIN, { 4, 0, 0, 2, 0, 0, 0, 0, 0, 4 }, { OUT } },
  { VOTES_MAJORITY, SPLIT_TRAIN, { 0 }, { OUT } },
  { VOTES_MAJORITY, SPLIT_TRAIN, { 0, 0, 0, 0, 0, 0, 0, 1 },
      { 0, 0, 0, 0, 0, 0, 0, 100 } },
  /* all votes; unknown ones do not count, a tie is no reason */
  { VOTES_SOFT, SPLIT_TRAIN, { 4, 0, 0, 4, 0, 0, 0, 0, 2 }, { 50, 0, 0, 50 } },
  { VOTES_SOFT, SPLIT_TRAIN, { 1, 3, 0, 0, 0, 0, 0, 0, 1, 1 }, { 25, 75 } },
  { VOTES_SOFT, SPLIT_TRAIN, { 2, 2, 0, 0, 0, 0, 0, 0, 0, 6 }, { OUT } },
  /* the paper's, to train: single votes go, then three quarters are enough */
  { VOTES_PAPER, SPLIT_TRAIN, { 8, 1, 1 }, { 100 } },
  { VOTES_PAPER, SPLIT_TRAIN, { 6, 2, 0, 2 }, { 60, 20, 0, 20 } },
  { VOTES_PAPER, SPLIT_TRAIN, { 5, 3, 2 }, { 63, 38 } },
  { VOTES_PAPER, SPLIT_TRAIN, { 4, 4, 2 }, { 50, 50 } },
  { VOTES_PAPER, SPLIT_TRAIN, { 3, 3, 2, 2 }, { OUT } }, /* four of them */
  { VOTES_PAPER, SPLIT_TRAIN, { 0, 0, 0, 3, 0, 0, 0, 0, 7 }, { OUT } },
  { VOTES_PAPER, SPLIT_TRAIN, { 6, 0, 0, 0, 0, 0, 0, 0, 4 }, { 100 } },
  { VOTES_PAPER, SPLIT_TRAIN, { 5, 0, 0, 0, 0, 0, 0, 0, 5 }, { OUT } },
  { VOTES_PAPER, SPLIT_TRAIN, { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 }, { OUT } },
  /* the paper's, to measure: more than half */
  { VOTES_PAPER, SPLIT_TEST, { 6, 2, 0, 2 }, { 100 } },
  { VOTES_PAPER, SPLIT_TEST, { 5, 3, 2 }, { OUT } },
  { VOTES_PAPER, SPLIT_TEST, { 5, 4, 1 }, { 100 } },
  { VOTES_PAPER, SPLIT_VALIDATION, { 3, 0, 0, 0, 0, 0, 0, 0, 7 }, { OUT } },
};

static void
test_votes (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (vote_checks); i++) {
    float shares[N_VOTED_EMOTIONS];
    const char *reason = votes_decide (vote_checks[i].votes,
        vote_checks[i].rule, vote_checks[i].split, shares);

    g_test_message ("row %u: %s", i, reason ? reason : "taken");
    g_assert_cmpint (reason != NULL, ==, vote_checks[i].expected[0] == OUT);
    /* written in whole percent */
    for (guint j = 0; !reason && j < N_VOTED_EMOTIONS; j++)
      g_assert_cmpfloat_with_epsilon (
          shares[j], (float) vote_checks[i].expected[j] / 100, .0051f);
  }
}

/* ---- data sets ----------------------------------------------------------- */

typedef struct
{
  char *folder, *votes, *pixels;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autoptr (GString) pixels = g_string_new ("emotion,pixels,Usage\n");
  static const char *const usage[] = { "Training", "Training", "Training",
    "PublicTest", "PrivateTest" };

  f->folder = g_dir_make_tmp ("dataset-XXXXXX", NULL);
  f->votes = g_build_filename (f->folder, "fer2013new.csv", NULL);
  f->pixels = g_build_filename (f->folder, "fer2013.csv", NULL);
  for (guint i = 0; i < G_N_ELEMENTS (usage); i++) {
    g_string_append_printf (pixels, "%u,", i);
    for (guint j = 0; j < 48 * 48; j++)
      g_string_append_printf (pixels, j ? " %u" : "%u", (j + 7 * i) % 256);
    g_string_append_printf (pixels, ",%s\n", usage[i]);
  }
  g_assert_true (g_file_set_contents (f->pixels, pixels->str, -1, NULL));
  g_assert_true (g_file_set_contents (f->votes,
      "Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,"
      "contempt,unknown,NF\n"
      "Training,fer0000000.png,2,6,0,0,0,0,0,2,0,0\n"
      "Training,,0,0,0,0,0,0,0,0,0,10\n"
      "Training,fer0000002.png,1,0,0,0,0,0,0,9,0,0\n"
      "PublicTest,fer0000003.png,0,0,0,10,0,0,0,0,0,0\n"
      "PrivateTest,fer0000004.png,0,0,0,0,8,0,2,0,0,0\n",
      -1, NULL));
  console_set_quiet (TRUE);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_unlink (f->votes);
  g_unlink (f->pixels);
  g_rmdir (f->folder);
  g_free (f->folder);
  g_free (f->votes);
  g_free (f->pixels);
}

static GPtrArray *
open_set (Fixture *f, const char *const *labels, DatasetVotes votes,
    DatasetSplit split)
{
  const DatasetOptions options = {
    .path = f->folder, .labels = labels, .votes = votes, .split = split
  };
  g_autoptr (GError) error = NULL;
  GPtrArray *faces = dataset_open (&options, &error);

  g_assert_no_error (error);
  return faces;
}

static void
check_targets (
    const GPtrArray *faces, guint i, int label, const float *expected, guint n)
{
  const Face *face = faces->pdata[i];

  g_assert_cmpint (face->label, ==, label);
  for (guint j = 0; j < n; j++)
    g_assert_cmpfloat_with_epsilon (face->targets[j], expected[j], 1e-6f);
}

/* The eighth emotion is left out where the model lacks it, be it all of a
 * picture's label or a part. */
static void
test_soft (Fixture *f, gconstpointer data)
{
  static const float first7[] = { .75f, 0, 0, 0, 0, 0, .25f };
  static const float last7[] = { 0, 0, 0, .8f, 0, .2f, 0 };
  static const float first8[] = { .2f, .6f, 0, 0, 0, 0, 0, .2f };
  g_autoptr (GPtrArray) faces = open_set (f, seven, VOTES_SOFT, SPLIT_ANY);
  g_autoptr (GPtrArray) more = open_set (f, eight, VOTES_SOFT, SPLIT_ANY);
  g_autoptr (GPtrArray) hard = open_set (f, eight, VOTES_MAJORITY, SPLIT_ANY);

  g_assert_cmpuint (faces->len, ==, 3);
  check_targets (faces, 0, 0, first7, 7);
  check_targets (faces, 2, 3, last7, 7);
  g_assert_cmpuint (more->len, ==, 4);
  check_targets (more, 0, 1, first8, 8);
  g_assert_cmpint (((Face *) more->pdata[1])->label, ==, 7);
  g_assert_cmpuint (hard->len, ==, 4);
  g_assert_null (((Face *) hard->pdata[0])->targets);
}

static void
test_splits (Fixture *f, gconstpointer data)
{
  static const guint expected[N_SPLITS] = { 4, 2, 1, 1 };

  for (guint i = 0; i < N_SPLITS; i++) {
    g_autoptr (GPtrArray) faces =
        open_set (f, eight, VOTES_MAJORITY, (DatasetSplit) i);

    g_assert_cmpuint (faces->len, ==, expected[i]);
    for (guint j = 0; i && j < faces->len; j++)
      g_assert_cmpint (((Face *) faces->pdata[j])->split, ==, (int) i);
  }
}

/* Rows of votes and of pixels belong together, and a face that has its pixels
 * goes the way of all others. */
static void
test_pixels (Fixture *f, gconstpointer data)
{
  g_autoptr (GPtrArray) faces = open_set (f, seven, VOTES_MAJORITY, SPLIT_TEST);
  const Face *face = faces->pdata[0];
  g_autoptr (RenCropper) cropper = ren_cropper_new ();
  guint8 grey[REN_FACE_BYTES], expected[REN_FACE_BYTES];
  const RenRect all = { 0, 0, 48, 48 };
  RenPicture picture;
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (face->pixels_width, ==, 48);
  for (guint i = 0; i < 48 * 48; i++)
    g_assert_cmpuint (face->pixels[i], ==, (i + 7 * 4) % 256);
  g_assert_true (face_read (face, cropper, grey, &error));
  g_assert_no_error (error);
  ren_picture_init_gray (&picture, face->pixels, 48, 48, 48);
  g_assert_true (ren_cropper_crop (cropper, &picture, &all, expected));
  g_assert_cmpmem (grey, sizeof grey, expected, sizeof expected);
}

/* ---- numbers in NumPy's files -------------------------------------------- */

static gboolean
read_npy (const char *type, const char *shape, const void *data, gsize n,
    gint64 *number)
{
  g_autofree char *path = NULL;
  g_autofree char *header = g_strdup_printf (
      "{'descr': '%s', 'fortran_order': False, 'shape': %s, }\n", type, shape);
  g_autoptr (GString) bytes = g_string_new (NULL);
  const int fd = g_file_open_tmp ("XXXXXX.npy", &path, NULL);
  gboolean ok;

  g_assert_cmpint (fd, >=, 0);
  g_close (fd, NULL);
  g_string_append_len (bytes, "\x93NUMPY\x01\x00", 8);
  g_string_append_c (bytes, (char) strlen (header));
  g_string_append_c (bytes, 0);
  g_string_append (bytes, header);
  g_string_append_len (bytes, data, (gssize) n);
  g_assert_true (
      g_file_set_contents (path, bytes->str, (gssize) bytes->len, NULL));
  ok = npy_read_number (path, number, NULL);
  g_unlink (path);
  return ok;
}

static void
test_npy (void)
{
  static const struct
  {
    const char *type, *shape, *data;
    gsize n;
    gint64 expected; /* G_MININT64: is refused */
  } checks[] = {
    { "<U1", "()", "7\0\0\0", 4, 7 },
    { "<U2", "()", "1\0\0\0000\0\0\0", 8, 10 },
    { "|S1", "()", "3", 1, 3 },
    { "|S3", "(1,)", "3\0\0", 3, 3 },
    { "<i8", "()", "\xfe\xff\xff\xff\xff\xff\xff\xff", 8, -2 },
    { "<i4", "()", "\x05\0\0\0", 4, 5 },
    { "|i1", "()", "\xff", 1, -1 },
    { "|u1", "()", "\xff", 1, 255 },
    { "<f4", "()", "\0\0\x40\x40", 4, 3 },
    { "<f8", "()", "\0\0\0\0\0\0\x08\x40", 8, 3 },
    { "<f4", "()", "\0\0\x48\x40", 4, G_MININT64 }, /* 3.125 */
    { "<f4", "()", "\0\0\xc0\x7f", 4, G_MININT64 }, /* NaN */
    { "<U1", "()", "7\0\1\0", 4, G_MININT64 },      /* another letter */
    { "<U1", "()", "x\0\0\0", 4, G_MININT64 },
    { "<U1", "()", "7\0\0", 3, G_MININT64 },
    { "<i8", "()", "\x05\0\0\0", 4, G_MININT64 },
    { "<i8", "(2,)", "\x05\0\0\0\0\0\0\0", 8, G_MININT64 },
    { "|O", "()", "\x80\x03K\x05.", 5, G_MININT64 },
    { "<i3", "()", "\x05\0\0", 3, G_MININT64 },
    { "<f2", "()", "\x05\0", 2, G_MININT64 },
    { ">i4", "()", "\0\0\0\x05", 4, G_MININT64 },
    { "<i99999999999999999999", "()", "\x05\0\0\0", 4, G_MININT64 },
    { "<", "()", "", 0, G_MININT64 },
    { "", "()", "", 0, G_MININT64 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (checks); i++) {
    gint64 number = G_MININT64;
    const gboolean ok = read_npy (
        checks[i].type, checks[i].shape, checks[i].data, checks[i].n, &number);

    g_test_message ("row %u: %s", i, checks[i].type);
    g_assert_cmpint (ok, ==, checks[i].expected != G_MININT64);
    if (ok)
      g_assert_cmpint (number, ==, checks[i].expected);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dataset/votes", test_votes);
  g_test_add ("/dataset/soft", Fixture, NULL, set_up, test_soft, tear_down);
  g_test_add ("/dataset/splits", Fixture, NULL, set_up, test_splits, tear_down);
  g_test_add ("/dataset/pixels", Fixture, NULL, set_up, test_pixels, tear_down);
  g_test_add_func ("/dataset/npy", test_npy);
  return g_test_run ();
}

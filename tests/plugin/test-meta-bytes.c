/* Metadata that goes to other processes: it arrives as it was, and bytes of anyone
 * else do no harm
 * SPDX-License-Identifier: MIT
 */
#include "emotion-meta-bytes.h"

#include <math.h>
#include <string.h>

#include "init.h"

static const gchar *const labels[] = { "calm", "ängry", "", NULL };

static GstBuffer *
new_buffer (void)
{
  const gfloat scores[] = { .2f, .7f, .1f };
  g_autoptr (GstEmotionClasses) classes =
      gst_emotion_classes_new ("tiny", labels);
  GstBuffer *buffer = gst_buffer_new ();
  GstEmotionMeta *meta = gst_buffer_add_emotion_meta (
      buffer, classes, scores, 3, -5, G_MININT, 7, G_MAXINT);

  meta->face_id = -2;
  meta->track_id = G_MAXINT64 - 1;
  meta->label_id = GST_EMOTION_LABEL_UNKNOWN;
  meta->age = G_MAXUINT;
  meta->age_ns = G_MAXUINT64 - 2;
  return buffer;
}

static void
assert_equal (const GstEmotionMeta *a, const GstEmotionMeta *b)
{
  g_assert_true (a->meta.info == b->meta.info);
  g_assert_cmpint (a->face_id, ==, b->face_id);
  g_assert_cmpint (a->track_id, ==, b->track_id);
  g_assert_cmpint (a->x, ==, b->x);
  g_assert_cmpint (a->y, ==, b->y);
  g_assert_cmpint (a->w, ==, b->w);
  g_assert_cmpint (a->h, ==, b->h);
  g_assert_cmpint (a->label_id, ==, b->label_id);
  g_assert_cmpfloat (a->confidence, ==, b->confidence);
  g_assert_cmpmem (a->scores, sizeof a->scores, b->scores, sizeof b->scores);
  g_assert_cmpuint (a->n_scores, ==, b->n_scores);
  g_assert_cmpuint (a->age, ==, b->age);
  g_assert_cmpuint (a->age_ns, ==, b->age_ns);
  g_assert_cmpstr (
      gst_emotion_meta_get_model_id (a), ==, gst_emotion_meta_get_model_id (b));
  for (guint i = 0; i < a->n_scores; i++)
    g_assert_cmpstr (gst_emotion_classes_get_label (a->classes, (gint) i), ==,
        gst_emotion_classes_get_label (b->classes, (gint) i));
}

static void
test_round_trip (void)
{
  g_autoptr (GstBuffer) from = new_buffer (), to = gst_buffer_new ();
  GstEmotionMeta *meta = gst_buffer_get_emotion_meta (from, 0);
  g_autofree guint8 *bytes = NULL, *bare_bytes = NULL;
  gsize size;

  bytes = emotion_meta_to_bytes (meta, &size);
  g_assert_nonnull (bytes);
  assert_equal (emotion_meta_from_bytes (to, bytes, size), meta);

  /* no classes: as gst_buffer_add_meta() makes it */
  meta = (GstEmotionMeta *) gst_buffer_add_meta (
      from, GST_EMOTION_META_INFO, NULL);
  bare_bytes = emotion_meta_to_bytes (meta, &size);
  g_assert_nonnull (bare_bytes);
  assert_equal (emotion_meta_from_bytes (to, bare_bytes, size), meta);
  g_assert_cmpuint (gst_buffer_get_n_emotion_meta (to), ==, 2);
}

/* The format is the same on every machine: other versions read it. */
static void
test_format (void)
{
  static const guint8 expected[] = { 0xfe, 0xff, 0xff, 0xff, /* face_id */
    0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f,          /* track_id */
    0xfb, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x80,          /* x, y */
    0x07, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0x7f,          /* w, h */
    0xff, 0xff, 0xff, 0xff, 0x33, 0x33, 0x33, 0x3f, /* label_id, confidence */
    0xff, 0xff, 0xff, 0xff,                         /* age */
    0xfd, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, /* age_ns */
    3, 0xcd, 0xcc, 0x4c, 0x3e, 0x33, 0x33, 0x33, 0x3f, 0xcd, 0xcc, 0xcc, 0x3d,
    4, 0, 't', 'i', 'n', 'y', 4, 0, 'c', 'a', 'l', 'm', 6, 0, 0xc3, 0xa4, 'n',
    'g', 'r', 'y', 0, 0 };
  g_autoptr (GstBuffer) buffer = new_buffer ();
  g_autofree guint8 *bytes = NULL;
  gsize size;

  bytes =
      emotion_meta_to_bytes (gst_buffer_get_emotion_meta (buffer, 0), &size);
  g_assert_cmpint (EMOTION_META_BYTES_VERSION, ==, 0);
  g_assert_cmpmem (bytes, size, expected, sizeof expected);
}

/* bytes end where the heap's block does, for sanitizers */
static gboolean
is_read (const guint8 *bytes, gsize size)
{
  g_autoptr (GstBuffer) buffer = gst_buffer_new ();
  g_autofree guint8 *copy = g_memdup2 (bytes, size);
  const GstEmotionMeta *meta = emotion_meta_from_bytes (buffer, copy, size);

  g_assert_cmpuint (gst_buffer_get_n_emotion_meta (buffer), ==, meta ? 1 : 0);
  if (!meta)
    return FALSE;
  /* whatever is read can be used */
  g_assert_cmpuint (meta->n_scores, <=, GST_EMOTION_MAX_CLASSES);
  g_assert_true (g_utf8_validate (gst_emotion_meta_get_label (meta), -1, NULL));
  for (guint i = 0; i < meta->n_scores; i++) {
    const gchar *label =
        gst_emotion_classes_get_label (meta->classes, (gint) i);

    g_assert_true (gst_emotion_meta_get_score (meta, label) >= 0);
  }
  return TRUE;
}

static void
test_truncated (void)
{
  g_autoptr (GstBuffer) buffer = new_buffer ();
  g_autofree guint8 *bytes = NULL;
  gsize size;

  bytes =
      emotion_meta_to_bytes (gst_buffer_get_emotion_meta (buffer, 0), &size);
  for (gsize n = 0; n < size; n++)
    g_assert_false (is_read (bytes, n));
  g_assert_true (is_read (bytes, size));
  bytes = g_realloc (bytes, size + 1);
  bytes[size] = 0;
  g_assert_false (is_read (bytes, size + 1));
}

/* Some are read, for it is only numbers that are other ones; most are not. */
static void
test_random (void)
{
  const guint rounds = g_getenv ("REN_LONG") ? 2000000 : 50000;
  g_autoptr (GRand) rand = g_rand_new_with_seed (7);
  g_autoptr (GstBuffer) buffer = new_buffer ();
  g_autofree guint8 *bytes = NULL;
  guint n_read = 0;
  gsize size;

  bytes =
      emotion_meta_to_bytes (gst_buffer_get_emotion_meta (buffer, 0), &size);
  for (guint round = 0; round < rounds; round++) {
    g_autofree guint8 *other = g_memdup2 (bytes, size);
    gsize n = size;

    if (round % 4 == 0) {
      n = (gsize) g_rand_int_range (rand, 0, (gint) size);
      for (gsize i = 0; i < n; i++)
        other[i] = (guint8) g_rand_int (rand);
    } else {
      for (guint i = 0; i < round % 4; i++)
        other[g_rand_int_range (rand, 0, (gint) size)] =
            (guint8) g_rand_int (rand);
    }
    n_read += is_read (other, n);
  }
  g_assert_cmpuint (n_read, >, rounds / 20);
  g_assert_cmpuint (n_read, <, rounds * 3 / 4);
}

/* Nine fields out of their range. */
static void
spoil (GstEmotionMeta *meta, guint which)
{
  switch (which) {
    case 0:
      meta->w = -1;
      break;
    case 1:
      meta->h = -1;
      break;
    case 2:
      meta->label_id = 3;
      break;
    case 3:
      meta->label_id = -2;
      break;
    case 4:
      meta->confidence = 1.01f;
      break;
    case 5:
      meta->scores[1] = NAN;
      break;
    case 6:
      meta->scores[2] = -.01f;
      break;
    case 7:
      meta->n_scores = 2;
      break; /* of three classes */
    case 8:
      meta->n_scores = GST_EMOTION_MAX_CLASSES + 1;
      break;
  }
}

/* What is out of range is neither written nor read: of the bytes, the same field. */
static void
test_ranges (void)
{
  /* where the bytes of w, h, label_id, confidence, n_scores and scores are */
  static const struct
  {
    gsize at;
    guint8 bytes[4];
    gsize n;
  } wrong[] = { { 20, { 0xff, 0xff, 0xff, 0xff }, 4 },
    { 24, { 0xff, 0xff, 0xff, 0xff }, 4 }, { 28, { 3, 0, 0, 0 }, 4 },
    { 28, { 0xfe, 0xff, 0xff, 0xff }, 4 },
    { 32, { 0x01, 0x00, 0x80, 0x3f }, 4 }, /* the next after 1 */
    { 32, { 0x00, 0x00, 0xc0, 0x7f }, 4 }, /* NaN */
    { 53, { 0x00, 0x00, 0x80, 0x7f }, 4 }, /* infinity */
    { 53, { 0x01, 0x00, 0x00, 0x80 }, 4 }, /* the last before 0 */
    { 48, { 2 }, 1 }, { 48, { 0 }, 1 }, { 48, { 33 }, 1 }, { 48, { 255 }, 1 },
    { 61, { 0xff, 0xff }, 2 }, /* length of the model's name */
    { 63, { 0xff }, 1 } /* no UTF-8 */, { 63, { 0 }, 1 } };
  g_autoptr (GstBuffer) buffer = new_buffer ();
  g_autofree guint8 *bytes = NULL;
  gsize size;

  bytes =
      emotion_meta_to_bytes (gst_buffer_get_emotion_meta (buffer, 0), &size);
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++) {
    g_autofree guint8 *other = g_memdup2 (bytes, size);

    memcpy (other + wrong[i].at, wrong[i].bytes, wrong[i].n);
    if (is_read (other, size))
      g_error ("wrong bytes %u are read", i);
  }
  for (guint i = 0; i < 9; i++) {
    g_autoptr (GstBuffer) spoilt = new_buffer ();
    GstEmotionMeta *meta = gst_buffer_get_emotion_meta (spoilt, 0);

    spoil (meta, i);
    if (emotion_meta_to_bytes (meta, &size))
      g_error ("what is spoilt by %u is written", i);
  }
}

static void
test_text (void)
{
  g_autofree gchar *longest = g_strnfill (4096, 'x');
  g_autofree gchar *too_long = g_strnfill (4097, 'x');
  const gchar *const names[] = { "good", longest, too_long, "\xff" };
  const gfloat score = 1;

  for (guint i = 0; i < 2 * G_N_ELEMENTS (names); i++) {
    const gchar *const label[] = { i % 2 ? names[i / 2] : "x", NULL };
    g_autoptr (GstEmotionClasses) classes =
        gst_emotion_classes_new (i % 2 ? "x" : names[i / 2], label);
    g_autoptr (GstBuffer) buffer = gst_buffer_new ();
    g_autofree guint8 *bytes = NULL;
    gsize size;

    bytes = emotion_meta_to_bytes (
        gst_buffer_add_emotion_meta (buffer, classes, &score, 1, 0, 0, 1, 1),
        &size);
    g_assert_cmpint (bytes != NULL, ==, i < 4);
    if (bytes)
      g_assert_true (is_read (bytes, size));
  }
}

static void
test_gstreamer (void)
{
#if GST_CHECK_VERSION(1, 24, 0)
  g_autoptr (GstBuffer) from = new_buffer (), to = gst_buffer_new ();
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  GstEmotionMeta *meta = gst_buffer_get_emotion_meta (from, 0);
  guint32 consumed;

  g_assert_true (gst_meta_serialize_simple (&meta->meta, bytes));
  assert_equal ((GstEmotionMeta *) gst_meta_deserialize (
                    to, bytes->data, bytes->len, &consumed),
      meta);
  g_assert_cmpuint (consumed, ==, bytes->len);
  /* of another version nothing is known */
  g_assert_null (meta->meta.info->deserialize_func (meta->meta.info, to,
      bytes->data, bytes->len, EMOTION_META_BYTES_VERSION + 1));
  meta->w = -1;
  g_assert_false (gst_meta_serialize_simple (&meta->meta, bytes));
#else
  g_test_skip ("GStreamer carries metadata to other processes from 1.24 on");
#endif
}

int
main (int argc, char **argv)
{
  test_init_gstreamer (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/meta-bytes/round-trip", test_round_trip);
  g_test_add_func ("/meta-bytes/format", test_format);
  g_test_add_func ("/meta-bytes/truncated", test_truncated);
  g_test_add_func ("/meta-bytes/random", test_random);
  g_test_add_func ("/meta-bytes/ranges", test_ranges);
  g_test_add_func ("/meta-bytes/text", test_text);
  g_test_add_func ("/meta-bytes/gstreamer", test_gstreamer);
  return g_test_run ();
}

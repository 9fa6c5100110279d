/* What emotionoverlay does to pixels, in every format
 * SPDX-License-Identifier: MIT
 */
#include <string.h>
#include <time.h>

#include "guarded.h"
#include "overlay-frames.h"

#define WIDTH 322
/* rows of interlaced chroma come in fours */
#define HEIGHT 244
#define FACE 102, 121, 81, 80
#define FACE_X 102
#define FACE_Y 121
#define FACE_W 81
#define FACE_H 80

/* Text so large that a label has plain colour beside its letters, also where four
 * pixels share chroma. */
#define LARGE "text-scale=4 "

/* The palette's colour of "happy". */
static const gint yellow[] = { 0xf0, 0xe4, 0x42 };

typedef void (*FormatFunc) (const GstVideoInfo *info);

/* Calls a function for each format and kind of video. */
static void
for_each_format (FormatFunc func)
{
  guint n, n_called = 0;
  const GstVideoFormat *formats = gst_video_formats_raw (&n);

  for (guint i = 0; i < n; i++) {
    const GstVideoFormatInfo *f = gst_video_format_get_info (formats[i]);
    GstVideoInfo info;

    /* no colours for it; no packer in GStreamer 1.22 */
    if (GST_VIDEO_FORMAT_INFO_HAS_PALETTE (f) || !f->pack_func)
      continue;
    for (guint interlaced = 0; interlaced < 2; interlaced++) {
      /* sanitizers take their time, and formats are alike */
      if (interlaced && i % 3 && g_getenv ("REN_SANITIZED") &&
          !g_getenv ("REN_LONG"))
        continue;
      gst_video_info_set_interlaced_format (&info, formats[i],
          interlaced ? GST_VIDEO_INTERLACE_MODE_INTERLEAVED
                     : GST_VIDEO_INTERLACE_MODE_PROGRESSIVE,
          WIDTH, HEIGHT);
      g_test_message (
          "%s%s", GST_VIDEO_INFO_NAME (&info), interlaced ? " interlaced" : "");
      func (&info);
      n_called++;
    }
  }
  g_assert_cmpuint (n_called, >, 100);
}

static GstBuffer *
make_frame (const GstVideoInfo *info)
{
  GstVideoInfo progressive = *info;
  GstBuffer *buffer;

  GST_VIDEO_INFO_INTERLACE_MODE (&progressive) =
      GST_VIDEO_INTERLACE_MODE_PROGRESSIVE;
  buffer = test_picture (&progressive);
  if (GST_VIDEO_INFO_IS_INTERLACED (info))
    GST_BUFFER_FLAG_SET (buffer, GST_VIDEO_BUFFER_FLAG_INTERLACED);
  return buffer;
}

/* How many pixels changed inside of a rectangle, and that none did outside. */
static guint
count_changed (
    const Pixels *a, const Pixels *b, gint x0, gint y0, gint x1, gint y1)
{
  guint n = 0;

  for (gint y = 0; y < a->height; y++)
    for (gint x = 0; x < a->width; x++) {
      const gboolean same = memcmp (pixel (a, x, y), pixel (b, x, y), 8) == 0;

      n += !same;
      if (!same && (x < x0 || x >= x1 || y < y0 || y >= y1))
        g_error ("the pixel at %d,%d changed", x, y);
    }
  return n;
}

/* ---- drawing ------------------------------------------------------------- */

static void
check_drawn (const GstVideoInfo *info)
{
  GstHarness *h = overlay_harness (LARGE, info);
  GstBuffer *frame = make_frame (info), *out, *rgb;
  g_auto (Pixels) before = unpack (frame, info);
  g_auto (Pixels) after = { 0 };
  GstVideoInfo rgb_info;
  GstVideoFrame f;
  gint tolerance = GST_VIDEO_FORMAT_INFO_BITS (info->finfo) < 8 ? 12 : 5;
  const guint8 *px;

  add_emotion (frame, 0, FACE);
  out = test_push (h, frame);
  after = unpack (out, info);
  /* the label is above, and not as wide as the frame */
  g_assert_cmpuint (
      count_changed (&before, &after, 88, 40, WIDTH, FACE_Y + FACE_H + 8), >,
      2000);
  /* inside of the box nothing is */
  g_assert_cmpmem (pixel (&after, FACE_X + 40, FACE_Y + 40), 8,
      pixel (&before, FACE_X + 40, FACE_Y + 40), 8);

  rgb = to_rgb (out, info, &rgb_info);
  g_assert_true (gst_video_frame_map (&f, &rgb_info, rgb, GST_MAP_READ));
  px = (guint8 *) GST_VIDEO_FRAME_PLANE_DATA (&f, 0) +
       (FACE_Y - 24) * GST_VIDEO_FRAME_PLANE_STRIDE (&f, 0) + 3 * (FACE_X + 6);
  for (guint c = 0; c < 3; c++) {
    /* grey levels: luma as of BT.601 or of BT.709 */
    const gint want = GST_VIDEO_INFO_IS_GRAY (info) ? 217 : yellow[c];

    if (ABS (px[c] - want) >
        tolerance + (GST_VIDEO_INFO_IS_GRAY (info) ? 6 : 0))
      g_error ("a label is %d,%d,%d", px[0], px[1], px[2]);
  }
  gst_video_frame_unmap (&f);
  gst_buffer_unref (rgb);
  gst_buffer_unref (out);
  gst_harness_teardown (h);
}

static void
test_formats (void)
{
  for_each_format (check_drawn);
}

/* Faces of any size anywhere, in frames of odd sizes. */
static void
test_anywhere (void)
{
  static const gchar *const formats[] = { "NV12", "RGBx", "I420", "YUY2",
    "v210", "AYUV", "YUV9", "P010_10LE", "NV12_4L4" };
  g_autoptr (GRand) r = g_rand_new_with_seed (4);

  for (guint round = 0; round < 60; round++) {
    GstVideoInfo info;
    GstHarness *h;
    GstBuffer *frame;

    gst_video_info_set_format (&info,
        gst_video_format_from_string (formats[round % G_N_ELEMENTS (formats)]),
        g_rand_int_range (r, 1, 200), g_rand_int_range (r, 1, 150));
    h = overlay_harness (
        round % 2 ? "style=full" : "blur-faces=true scores=true", &info);
    frame = guarded_buffer (GST_VIDEO_INFO_SIZE (&info));
    for (guint i = 0; i < 4; i++)
      add_emotion (frame, i, g_rand_int_range (r, -100, 250),
          g_rand_int_range (r, -100, 200), g_rand_int_range (r, 1, 300),
          g_rand_int_range (r, 1, 300));
    add_emotion (frame, 0, -(1 << 24), -(1 << 24), 1 << 24, 1 << 24);
    add_emotion (frame, 0, -5, -5, 1 << 24, 1 << 24);
    gst_buffer_unref (test_push (h, frame));
    gst_harness_teardown (h);
  }
}

/* Frames behind which there is no memory. */
static void
test_guarded (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (guarded_frames); i++)
    for (guint blur = 0; blur < 2; blur++) {
      GstVideoInfo info;
      GstBuffer *frame = guarded_frame (&guarded_frames[i], &info);
      GstHarness *h =
          overlay_harness (blur ? "blur-faces=true" : "style=minimal", &info);

      add_emotion (frame, 0, 0, info.height - 20, info.width, 20);
      gst_buffer_unref (test_push (h, frame));
      gst_harness_teardown (h);
    }
}

/* Labels are text, whatever is in them. */
static void
test_hostile_labels (void)
{
  static const gchar *const labels[] = { "<b>", "%s%n\n", "\xff\xfe", "",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "\xe2\x80\xae"
    "abc",
    NULL };
  g_autoptr (GstEmotionClasses) classes = gst_emotion_classes_new ("m", labels);
  GstVideoInfo info;
  GstHarness *h;

  gst_video_info_set_format (&info, GST_VIDEO_FORMAT_NV12, WIDTH, HEIGHT);
  h = overlay_harness ("style=full", &info);
  for (guint i = 0; i < 6; i++) {
    gfloat scores[6] = { .1f, .1f, .1f, .1f, .1f, .1f };
    GstBuffer *frame = make_frame (&info);

    scores[i] = .5f;
    gst_buffer_add_emotion_meta (frame, classes, scores, 6, FACE);
    gst_buffer_unref (test_push (h, frame));
  }
  gst_harness_teardown (h);
}

/* ---- blurring ------------------------------------------------------------ */

/* How many colours there are. */
static guint
count_colors (const Pixels *p)
{
  g_autoptr (GHashTable) seen =
      g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, NULL);

  for (gint y = FACE_Y; y < FACE_Y + FACE_H; y++)
    for (gint x = FACE_X; x < FACE_X + FACE_W; x++)
      g_hash_table_add (seen, pixel (p, x, y));
  return g_hash_table_size (seen);
}

static void
check_blurred (const GstVideoInfo *info)
{
  GstHarness *h = overlay_harness ("blur-faces=true style=minimal", info);
  GstBuffer *frame = make_frame (info), *out;
  g_autoptr (GstBuffer) shared = gst_buffer_copy (frame);
  g_auto (Pixels) before = unpack (frame, info);
  g_auto (Pixels) after = { 0 }, kept = { 0 };

  /* without an emotion: also these are somebody's face */
  test_add_face (frame, FACE);
  out = test_push (h, frame);
  after = unpack (out, info);
  g_assert_cmpuint (count_changed (&before, &after, FACE_X - 24, FACE_Y - 24,
                        FACE_X + FACE_W + 24, FACE_Y + FACE_H + 24),
      >, FACE_W * FACE_H * 9 / 10);
  /* 6 × 6 squares, of two fields, of luma and chroma that are cut apart, and the
   * box's edges */
  g_assert_cmpuint (count_colors (&after), <=, 90);
  g_assert_cmpuint (count_colors (&before), >, 2 * count_colors (&after));
  /* the memory was somebody else's, too */
  kept = unpack (shared, info);
  count_changed (&before, &kept, 0, 0, 0, 0);
  gst_buffer_unref (out);
  gst_harness_teardown (h);
}

static void
test_blur_formats (void)
{
  for_each_format (check_blurred);
}

/* ---- cost ------------------------------------------------------------------ */

static gint64
cpu_ns (void)
{
  struct timespec t;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &t);
  return t.tv_sec * G_GINT64_CONSTANT (1000000000) + t.tv_nsec;
}

static int
by_value (const void *a, const void *b)
{
  const gint64 x = *(const gint64 *) a, y = *(const gint64 *) b;

  return (x > y) - (x < y);
}

#define COST_ROUNDS 101

/* Median processor time of a frame in 1080p with five faces that move and whose
 * confidence changes, in milliseconds. */
static gdouble
measure (GstVideoFormat format, const gchar *properties)
{
  gint64 ns[COST_ROUNDS];
  GstVideoInfo info;
  GstHarness *h;
  GstBuffer *frame;

  gst_video_info_set_format (&info, format, 1920, 1080);
  h = overlay_harness (properties, &info);
  frame = gst_buffer_new_allocate (NULL, GST_VIDEO_INFO_SIZE (&info), NULL);
  gst_buffer_memset (frame, 0, 90, GST_VIDEO_INFO_SIZE (&info));
  for (gint i = 0; i < COST_ROUNDS; i++) {
    GstMeta *meta;
    gint64 start;

    while ((meta = gst_buffer_get_meta (frame, GST_EMOTION_META_API_TYPE)))
      gst_buffer_remove_meta (frame, meta);
    for (gint f = 0; f < 5; f++) {
      GstEmotionMeta *m = add_emotion (frame, (guint) f, 80 + 370 * f + i % 9,
          200 + f % 2 * 500 - i % 7, 200 + i % 5, 240 + i % 4);

      m->track_id = f;
      m->confidence = (gfloat) (.5 + (i * 13 + f * 7) % 50 / 100.);
      m->scores[f] = m->confidence;
    }
    start = cpu_ns ();
    frame = test_push (h, frame);
    ns[i] = cpu_ns () - start;
  }
  gst_buffer_unref (frame);
  gst_harness_teardown (h);
  qsort (ns, COST_ROUNDS, sizeof *ns, by_value);
  return (gdouble) ns[COST_ROUNDS / 2] / 1e6;
}

/* Processor time and medians, and bounds that are two to ten times what was
 * measured: machines differ, and others tests run at the same time. With scores
 * every bar chart is another one in every frame, which real video does not do. */
static void
test_cost (void)
{
  static const struct
  {
    const gchar *properties;
    gdouble most_ms;
  } kinds[] = { { "", 1.5 }, { "scores=true", 3 }, { "blur-faces=true", 2 } };
  static const GstVideoFormat formats[] = { GST_VIDEO_FORMAT_NV12,
    GST_VIDEO_FORMAT_I420, GST_VIDEO_FORMAT_RGBx, GST_VIDEO_FORMAT_BGRA };

  if (g_getenv ("REN_SANITIZED")) {
    g_test_skip ("sanitizers make it slower");
    return;
  }
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    for (guint f = 0; f < G_N_ELEMENTS (formats); f++) {
      gdouble ms = measure (formats[f], kinds[i].properties);

      g_test_message ("%s %s: %.2f ms", gst_video_format_to_string (formats[f]),
          kinds[i].properties, ms);
      g_assert_cmpfloat (ms, <, kinds[i].most_ms);
    }
}

int
main (int argc, char **argv)
{
  test_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/overlay/formats", test_formats);
  g_test_add_func ("/overlay/anywhere", test_anywhere);
  g_test_add_func ("/overlay/guarded", test_guarded);
  g_test_add_func ("/overlay/hostile-labels", test_hostile_labels);
  g_test_add_func ("/overlay/blur-formats", test_blur_formats);
  g_test_add_func ("/overlay/cost", test_cost);
  return g_test_run ();
}

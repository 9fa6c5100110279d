/* The public metadata API, without the element
 * SPDX-License-Identifier: MIT
 */
#include "harness.h"

#include <string.h>

static const gchar *const labels[] = { "calm", "angry", "bored", NULL };

static GstEmotionClasses *
new_classes (void)
{
  GstEmotionClasses *classes = gst_emotion_classes_new ("tiny", labels);

  g_assert_nonnull (classes);
  return classes;
}

static GstEmotionMeta *
add_meta (GstBuffer *buffer, gint x, gint y, gint w, gint h)
{
  const gfloat scores[] = { .2f, .7f, .1f };
  GstEmotionClasses *classes = new_classes ();
  GstEmotionMeta *meta =
      gst_buffer_add_emotion_meta (buffer, classes, scores, 3, x, y, w, h);

  g_assert_nonnull (meta);
  gst_emotion_classes_unref (classes); /* the metadata holds its own */
  return meta;
}

static void
test_classes (void)
{
  const gchar *too_many[GST_EMOTION_MAX_CLASSES + 2] = { NULL };
  const gchar *none[] = { NULL };
  GstEmotionClasses *classes = new_classes ();

  g_assert_cmpstr (gst_emotion_classes_get_model_id (classes), ==, "tiny");
  g_assert_cmpuint (gst_emotion_classes_get_n_labels (classes), ==, 3);
  g_assert_cmpstr (gst_emotion_classes_get_label (classes, 2), ==, "bored");
  g_assert_cmpstr (gst_emotion_classes_get_label (classes, 3), ==, "unknown");
  g_assert_cmpstr (gst_emotion_classes_get_label (classes, -1), ==, "unknown");
  gst_emotion_classes_unref (classes);

  for (guint i = 0; i <= GST_EMOTION_MAX_CLASSES; i++)
    too_many[i] = "x";
  g_assert_null (gst_emotion_classes_new ("tiny", too_many));
  g_assert_null (gst_emotion_classes_new ("tiny", none));
}

static void
test_fields (void)
{
  GstBuffer *buffer = gst_buffer_new ();
  GstEmotionMeta *meta = add_meta (buffer, 1, 2, 3, 4);
  gpointer state = NULL;
  guint n_scores;

  g_assert_cmpint (meta->label_id, ==, 1);
  g_assert_cmpfloat (meta->confidence, ==, .7f);
  g_assert_cmpint (meta->track_id, ==, -1);
  g_assert_cmpint (meta->face_id, ==, 0);
  g_assert_cmpuint (meta->age, ==, 0);
  g_assert_cmpuint (meta->n_scores, ==, 3);
  g_assert_cmpstr (gst_emotion_meta_get_label (meta), ==, "angry");
  g_assert_cmpstr (gst_emotion_meta_get_model_id (meta), ==, "tiny");
  g_assert_cmpfloat (gst_emotion_meta_get_score (meta, "calm"), ==, .2f);
  g_assert_cmpfloat (gst_emotion_meta_get_score (meta, "happy"), ==, -1);
  meta->label_id = GST_EMOTION_LABEL_UNKNOWN;
  g_assert_cmpstr (gst_emotion_meta_get_label (meta), ==, "unknown");

  g_assert_true (gst_emotion_meta_get_scores (meta, &n_scores) == meta->scores);
  g_assert_cmpuint (n_scores, ==, 3);

  add_meta (buffer, 5, 6, 7, 8);
  g_assert_cmpuint (gst_buffer_get_n_emotion_meta (buffer), ==, 2);
  g_assert_cmpint (gst_buffer_get_emotion_meta (buffer, 0)->x, ==, 1);
  g_assert_cmpint (gst_buffer_get_emotion_meta (buffer, 1)->x, ==, 5);
  g_assert_null (gst_buffer_get_emotion_meta (buffer, 2));
  g_assert_cmpint (gst_buffer_iterate_emotion_meta (buffer, &state)->x, ==, 1);
  g_assert_cmpint (gst_buffer_iterate_emotion_meta (buffer, &state)->x, ==, 5);
  g_assert_null (gst_buffer_iterate_emotion_meta (buffer, &state));
  gst_buffer_unref (buffer);
}

static void
test_labels_are_no_quarks (void)
{
  const gchar *const odd[] = { "label-never-seen-elsewhere", NULL };
  const gfloat score = 1;
  GstEmotionClasses *classes = gst_emotion_classes_new ("m", odd);
  GstBuffer *buffer = gst_buffer_new (), *copy;

  gst_buffer_add_emotion_meta (buffer, classes, &score, 1, 0, 0, 1, 1);
  copy = gst_buffer_copy (buffer);
  g_assert_cmpuint (g_quark_try_string (odd[0]), ==, 0);
  gst_buffer_unref (copy);
  gst_buffer_unref (buffer);
  gst_emotion_classes_unref (classes);
}

static void
test_copy (void)
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, 100, NULL), *copy, *part;
  GstEmotionMeta *meta = add_meta (buffer, -5, 6, 7, 8), *c;

  meta->age = 3;
  meta->track_id = 1234567890123;
  copy = gst_buffer_copy (buffer);
  part = gst_buffer_copy_region (
      buffer, GST_BUFFER_COPY_META | GST_BUFFER_COPY_MEMORY, 10, 20);
  gst_buffer_unref (buffer); /* the copy must not lean on the original */

  c = test_nth_emotion (copy, 0);
  g_assert_nonnull (c);
  g_assert_cmpint (c->x, ==, -5);
  g_assert_cmpint (c->h, ==, 8);
  g_assert_cmpuint (c->age, ==, 3);
  g_assert_cmpint (c->track_id, ==, 1234567890123);
  g_assert_cmpstr (gst_emotion_meta_get_label (c), ==, "angry");
  g_assert_cmpuint (gst_buffer_get_n_emotion_meta (part), ==, 0);
  gst_buffer_unref (copy);
  gst_buffer_unref (part);
}

/* Scales as videoscale does. Returns the new buffer and drops the old. */
static GstBuffer *
scale (GstBuffer *buffer, gint w, gint h, gint new_w, gint new_h)
{
  GstVideoInfo in, out;
  GstVideoMetaTransform transform = { &in, &out };
  GstBuffer *to = gst_buffer_new ();
  GstMeta *meta = (GstMeta *) test_nth_emotion (buffer, 0);

  gst_video_info_set_format (&in, GST_VIDEO_FORMAT_I420, w, h);
  gst_video_info_set_format (&out, GST_VIDEO_FORMAT_I420, new_w, new_h);
  g_assert_true (meta->info->transform_func (to, meta, buffer,
      g_quark_from_static_string ("gst-video-scale"), &transform));
  gst_buffer_unref (buffer);
  return to;
}

#define assert_box(meta, X, Y, W, H)                                           \
  G_STMT_START                                                                 \
  {                                                                            \
    g_assert_cmpint ((meta)->x, ==, X);                                        \
    g_assert_cmpint ((meta)->y, ==, Y);                                        \
    g_assert_cmpint ((meta)->w, ==, W);                                        \
    g_assert_cmpint ((meta)->h, ==, H);                                        \
  }                                                                            \
  G_STMT_END

static void
test_scale (void)
{
  GstBuffer *buffer = gst_buffer_new ();

  add_meta (buffer, 100, 50, 60, 80);
  buffer = scale (buffer, 640, 480, 320, 480);
  assert_box (test_nth_emotion (buffer, 0), 50, 50, 30, 80);
  gst_buffer_unref (buffer);

  /* left of the frame, and smaller than a pixel */
  buffer = gst_buffer_new ();
  add_meta (buffer, -30, -3, 60, 2);
  buffer = scale (buffer, 600, 600, 200, 100);
  assert_box (test_nth_emotion (buffer, 0), -10, 0, 20, 1);
  gst_buffer_unref (buffer);
}

static void
test_scale_does_not_drift (void)
{
  GstBuffer *buffer = gst_buffer_new ();
  GstEmotionMeta *meta;

  add_meta (buffer, 333, 217, 101, 99);
  for (guint i = 0; i < 50; i++) {
    buffer = scale (buffer, 1920, 1080, 640, 363);
    buffer = scale (buffer, 640, 363, 1920, 1080);
  }
  /* one step down and up costs each edge at most half a small pixel, that is
   * 1.5 large ones; fifty must cost no more */
  meta = test_nth_emotion (buffer, 0);
  g_assert_cmpint (ABS (meta->x - 333), <=, 2);
  g_assert_cmpint (ABS (meta->y - 217), <=, 2);
  g_assert_cmpint (ABS (meta->x + meta->w - 434), <=, 2);
  g_assert_cmpint (ABS (meta->y + meta->h - 316), <=, 2);
  gst_buffer_unref (buffer);
}

static void
test_other_transforms (void)
{
  GstBuffer *buffer = gst_buffer_new (), *to = gst_buffer_new ();
  GstMeta *meta = (GstMeta *) add_meta (buffer, 1, 2, 3, 4);

  g_assert_false (meta->info->transform_func (
      to, meta, buffer, g_quark_from_static_string ("some-rotation"), NULL));
  g_assert_cmpuint (gst_buffer_get_n_emotion_meta (to), ==, 0);
  gst_buffer_unref (buffer);
  gst_buffer_unref (to);
}

/* Runs a buffer with one emotion through elements. */
static GstBuffer *
push_through (const gchar *line, const gchar *caps)
{
  GstHarness *h = gst_harness_new_parse (line);
  GstBuffer *buffer = test_rgb_picture (), *out;
  GstCaps *in_caps = test_rgb_caps ();

  add_meta (buffer, 40, 40, 80, 80);
  gst_harness_set_src_caps (h, in_caps);
  if (caps)
    gst_harness_set_sink_caps_str (h, caps);
  out = gst_harness_push_and_pull (h, buffer);
  g_assert_nonnull (out);
  gst_harness_teardown (h);
  return out;
}

static void
test_elements (void)
{
  GstBuffer *out;

  out = push_through ("videoconvert",
      "video/x-raw,format=NV12,width=320,height=240,framerate=25/1");
  assert_box (test_nth_emotion (out, 0), 40, 40, 80, 80);
  gst_buffer_unref (out);

  out = push_through ("videoscale add-borders=false",
      "video/x-raw,format=RGB,width=160,height=120,framerate=25/1");
  assert_box (test_nth_emotion (out, 0), 20, 20, 40, 40);
  gst_buffer_unref (out);

  out = push_through ("queue", NULL);
  assert_box (test_nth_emotion (out, 0), 40, 40, 80, 80);
  gst_buffer_unref (out);

  /* what moves pixels in another way must not keep a box that is wrong */
  out = push_through ("videocrop left=20",
      "video/x-raw,format=RGB,width=300,height=240,framerate=25/1");
  g_assert_cmpuint (gst_buffer_get_n_emotion_meta (out), ==, 0);
  gst_buffer_unref (out);
}

static GstPadProbeReturn
write_probe (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  /* a branch that makes its copy writable, and changes its metadata */
  GstBuffer *buffer = gst_buffer_make_writable (info->data);

  info->data = buffer;
  test_nth_emotion (buffer, 0)->x = 999;
  return GST_PAD_PROBE_OK;
}

static GstFlowReturn
keep (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  GstBuffer **kept = gst_pad_get_element_private (pad);

  gst_buffer_replace (kept, buffer);
  gst_buffer_unref (buffer);
  return GST_FLOW_OK;
}

static void
test_tee (void)
{
  GstElement *tee = gst_element_factory_make ("tee", NULL);
  GstPad *sink = gst_element_get_static_pad (tee, "sink"), *src[2], *end[2];
  GstBuffer *out[2] = { NULL, NULL }, *buffer = test_rgb_picture ();
  GstSegment segment;
  GstCaps *caps = test_rgb_caps ();

  add_meta (buffer, 40, 40, 80, 80);
  for (guint i = 0; i < 2; i++) {
    src[i] = gst_element_request_pad_simple (tee, "src_%u");
    end[i] = gst_pad_new (NULL, GST_PAD_SINK);
    gst_pad_set_element_private (end[i], &out[i]);
    gst_pad_set_chain_function (end[i], keep);
    gst_pad_set_active (end[i], TRUE);
    g_assert_cmpint (gst_pad_link (src[i], end[i]), ==, GST_PAD_LINK_OK);
  }
  gst_pad_add_probe (
      src[0], GST_PAD_PROBE_TYPE_BUFFER, write_probe, NULL, NULL);
  gst_element_set_state (tee, GST_STATE_PLAYING);

  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_pad_send_event (sink, gst_event_new_stream_start ("x"));
  gst_pad_send_event (sink, gst_event_new_caps (caps));
  gst_pad_send_event (sink, gst_event_new_segment (&segment));
  g_assert_cmpint (gst_pad_chain (sink, buffer), ==, GST_FLOW_OK);

  g_assert_cmpint (test_nth_emotion (out[0], 0)->x, ==, 999);
  g_assert_cmpint (test_nth_emotion (out[1], 0)->x, ==, 40);

  gst_element_set_state (tee, GST_STATE_NULL);
  for (guint i = 0; i < 2; i++) {
    gst_buffer_unref (out[i]);
    gst_pad_set_active (end[i], FALSE);
    gst_pad_unlink (src[i], end[i]);
    gst_element_release_request_pad (tee, src[i]);
    gst_object_unref (src[i]);
    gst_object_unref (end[i]);
  }
  gst_caps_unref (caps);
  gst_object_unref (sink);
  gst_object_unref (tee);
}

int
main (int argc, char **argv)
{
  test_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/meta/classes", test_classes);
  g_test_add_func ("/meta/fields", test_fields);
  g_test_add_func ("/meta/labels-are-no-quarks", test_labels_are_no_quarks);
  g_test_add_func ("/meta/copy", test_copy);
  g_test_add_func ("/meta/scale", test_scale);
  g_test_add_func ("/meta/scale-does-not-drift", test_scale_does_not_drift);
  g_test_add_func ("/meta/other-transforms", test_other_transforms);
  g_test_add_func ("/meta/elements", test_elements);
  g_test_add_func ("/meta/tee", test_tee);
  return g_test_run ();
}

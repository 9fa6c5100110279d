/* What DL Streamer's own readers make of our metadata, and we of theirs
 * SPDX-License-Identifier: MIT
 *
 * Compiled by test-dlstreamer.py against the headers of a checkout. It runs one
 * pipeline from the sample picture to a sink named `sink`, may mark faces with
 * their code at an element named `mark`, and compares what their code reads at
 * the sink with GstEmotionMeta:
 *
 *   dlstreamer-reader HOW MARKS PIPELINE
 *
 * HOW: regions (results are the params of regions), analytics (results are the
 * classes that a detection contains) or nothing (their code does not read).
 * MARKS: none, plain (regions without ids, as GStreamer's facedetect leaves
 * them), theirs (regions of their code), classified (these, with an emotion as
 * gvaclassify writes it). Prints what was read; the status is 1 at the first
 * difference.
 */
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "video_frame.h"

#include "gstemotionmeta.h"

/* In the sample picture, 512×512. */
static const struct
{
  int x, y, w, h;
} marked[] = { { 0, 0, 8, 8 }, { 160, 60, 130, 130 }, { 300, 300, 100, 120 } };

static std::string how, marks;
static int n_read;

#define check(condition, ...)                                                  \
  do {                                                                         \
    if (!(condition)) {                                                        \
      fprintf (stderr, "%s:%d: not so: %s: ", __FILE__, __LINE__, #condition); \
      fprintf (stderr, __VA_ARGS__);                                           \
      fprintf (stderr, "\n");                                                  \
      exit (1);                                                                \
    }                                                                          \
  } while (0)

static void
check_text (const std::string &is, const char *expected, const char *what)
{
  check (is == expected, "%s is `%s`, not `%s`", what, is.c_str (), expected);
}

static bool
near (double a, double b)
{
  return std::fabs (a - b) < 1e-6;
}

/* The param as gvaclassify writes it, through GVA::Tensor's accessors. */
static void
check_param (const GVA::Tensor &tensor, const GstEmotionMeta *m)
{
  const std::vector<float> logits = tensor.data<float> ();
  const std::vector<guint> dims = tensor.dims ();

  check (!tensor.is_detection (), "an emotion is no detection");
  check_text (tensor.name (), "emotion", "name");
  check_text (tensor.get_string ("attribute_name"), "emotion", "attribute");
  check_text (tensor.label (), gst_emotion_meta_get_label (m), "label");
  check_text (
      tensor.model_name (), gst_emotion_meta_get_model_id (m), "model_name");
  check_text (tensor.layer_name (), "fc4", "layer_name");
  check_text (tensor.get_string ("type"), "classification_result", "type");
  check (tensor.get_int ("label_id", -2) == m->label_id, "label_id %d, not %d",
      tensor.get_int ("label_id", -2), m->label_id);
  check (near (tensor.confidence (), m->confidence), "confidence %f, not %f",
      tensor.confidence (), m->confidence);
  check (tensor.precision () == GVA::Tensor::Precision::FP32, "precision");
  check (tensor.layout () == GVA::Tensor::Layout::NC, "layout");
  check (dims.size () == 2 && dims[0] == 1 && dims[1] == m->n_scores,
      "%zu dims", dims.size ());
  check (logits.size () == m->n_scores, "%zu values, not %u", logits.size (),
      m->n_scores);
  /* logits rise with the scores, by the same temperature everywhere */
  for (guint i = 2; i < m->n_scores; i++) {
    const double a = std::log (m->scores[i] / m->scores[0]);
    const double b = std::log (m->scores[1] / m->scores[0]);

    check (std::fabs ((logits[i] - logits[0]) * b -
                      (logits[1] - logits[0]) * a) < 1e-3,
        "value %u is %f", i, logits[i]);
  }
}

static void
check_region (GVA::RegionOfInterest &region, const GstEmotionMeta *m,
    const GstVideoInfo *info)
{
  const GVA::Rect<double> part = region.normalized_rect ();
  GstStructure *param =
      gst_video_region_of_interest_meta_get_param (region._meta (), "emotion");
  int n_results = 0;

  check_text (region.label (), "face", "type of the region");
  check (region.label_id () >= 0, "label_id of the region");
  check (region.region_id () != 0 || how == "regions", "id of the region is 0");
  check (m->track_id < 0 || region.object_id () == m->track_id,
      "object_id %d, not %d", region.object_id (), (int) m->track_id);
  check (param != NULL, "no param `emotion`");
  check_param (GVA::Tensor (param), m);

  for (const GVA::Tensor &tensor : region.tensors ()) {
    if (tensor.is_detection ())
      continue;
    n_results++;
    check_text (tensor.label (), gst_emotion_meta_get_label (m), "label");
    check (near (tensor.confidence (), m->confidence), "confidence %f, not %f",
        tensor.confidence (), m->confidence);
    if (how == "regions")
      check_param (tensor, m);
  }
  check (n_results == 1, "%d results", n_results);

  /* what facedetect leaves has no detection param */
  if (marks != "plain") {
    check (region.confidence () > 0 && region.confidence () <= 1,
        "confidence of the region %f", region.confidence ());
    check (std::fabs (part.x * info->width - m->x) < 1 &&
               std::fabs (part.w * info->width - m->w) < 1 &&
               std::fabs (part.y * info->height - m->y) < 1 &&
               std::fabs (part.h * info->height - m->h) < 1,
        "part %f,%f", part.x, part.y);
  }
  printf ("%s %.4f region %d object %d\n", gst_emotion_meta_get_label (m),
      m->confidence, region.region_id (), region.object_id ());
}

static bool
same_box (const GVA::Rect<uint32_t> &rect, const GstEmotionMeta *m)
{
  return (int) rect.x == m->x && (int) rect.y == m->y && (int) rect.w == m->w &&
         (int) rect.h == m->h;
}

static GstPadProbeReturn
compare (GstPad *pad, GstPadProbeInfo *probe, gpointer user_data)
{
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (probe);
  GstCaps *caps = gst_pad_get_current_caps (pad);
  GVA::VideoFrame frame (buffer, caps);
  GstEmotionMeta *m;
  gpointer state = NULL;

  while ((m = gst_buffer_iterate_emotion_meta (buffer, &state))) {
    int n = 0;

    for (GVA::RegionOfInterest &region : frame.regions ())
      if (same_box (region.rect (), m)) {
        check_region (region, m, frame.video_info ());
        n++;
      }
    check (n == 1, "%d regions at %d,%d", n, m->x, m->y);
    n_read++;
  }
  gst_caps_unref (caps);
  return GST_PAD_PROBE_OK;
}

/* An emotion as gvaclassify writes it. */
static void
classify (GVA::RegionOfInterest &region)
{
  GstStructure *s = gst_structure_new ("emotion", "label", G_TYPE_STRING,
      "surprise", "label_id", G_TYPE_INT, 3, "confidence", G_TYPE_DOUBLE, .625,
      "model_name", G_TYPE_STRING, "theirs", "layer_name", G_TYPE_STRING,
      "prob_emotion", "attribute_name", G_TYPE_STRING, "emotion", "type",
      G_TYPE_STRING, "classification_result", NULL);

#ifdef READER_ANALYTICS
  region.add_param (s);
#else
  gst_video_region_of_interest_meta_add_param (region._meta (), s);
#endif
}

static GstPadProbeReturn
mark (GstPad *pad, GstPadProbeInfo *probe, gpointer user_data)
{
  GstBuffer *buffer =
      gst_buffer_make_writable (GST_PAD_PROBE_INFO_BUFFER (probe));
  GstCaps *caps = gst_pad_get_current_caps (pad);
  GVA::VideoFrame frame (buffer, caps);
  int id = 41;

  GST_PAD_PROBE_INFO_DATA (probe) = buffer;
  gst_caps_unref (caps);
  for (const auto &box : marked) {
    if (marks == "plain") {
      gst_buffer_add_video_region_of_interest_meta (
          buffer, "face", box.x, box.y, box.w, box.h);
      continue;
    }
    GVA::RegionOfInterest region =
        frame.add_region (box.x, box.y, box.w, box.h, "face", .875);

    region.set_object_id (id++);
    if (marks == "classified")
      classify (region);
  }
  return GST_PAD_PROBE_OK;
}

static void
add_probe (GstElement *pipeline, const char *name, GstPadProbeCallback probe)
{
  GstElement *element = gst_bin_get_by_name (GST_BIN (pipeline), name);
  GstPad *pad = gst_element_get_static_pad (element, "sink");

  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, probe, NULL, NULL);
  gst_object_unref (pad);
  gst_object_unref (element);
}

int
main (int argc, char **argv)
{
  GError *error = NULL;
  GstElement *pipeline;
  GstMessage *message;

  gst_init (&argc, &argv);
  check (argc == 4, "usage: dlstreamer-reader HOW MARKS PIPELINE");
  how = argv[1];
  marks = argv[2];
  pipeline = gst_parse_launch (argv[3], &error);
  check (pipeline && !error, "%s", error ? error->message : "");
  if (marks != "none")
    add_probe (pipeline, "mark", mark);
  if (how != "nothing")
    add_probe (pipeline, "sink", compare);

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  message = gst_bus_timed_pop_filtered (GST_ELEMENT_BUS (pipeline),
      60 * GST_SECOND, (GstMessageType) (GST_MESSAGE_EOS | GST_MESSAGE_ERROR));
  check (message, "the pipeline did not end");
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR)
    gst_message_parse_error (message, &error, NULL);
  check (!error, "%s", error->message);
  gst_message_unref (message);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pipeline);
  check (n_read > 0 || how == "nothing", "no emotion was read");
  return 0;
}

/* Emotions of faces that a detector of your own has found, drawn into a video
 * SPDX-License-Identifier: MIT
 *
 * Shows both libraries in C++17: the core classifies faces of a frame, and the
 * metadata library tells elements downstream, here emotionoverlay.
 *
 * Build and run:
 *   c++ -std=c++17 -o cplusplus cplusplus.cc $(pkg-config --cflags --libs resemotenet-1.0 gstresemotenet-1.0)
 *   ./cplusplus people.jpg labelled.jpg 177,64,103,103 300,80,95,95
 *
 * Boxes are X,Y,WIDTH,HEIGHT in pixels, and stand for what a detector finds.
 */
#include <gst/gst.h>
#include <gst/resemotenet/gstemotionmeta.h>
#include <resemotenet.h>

#include <array>
#include <cstdio>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

/* What a C library hands out, in the hands of a unique_ptr. */
template <auto release> struct Release
{
  template <typename T> void operator() (T *object) const
  {
    release (object);
  }
};
template <typename T, auto release>
using Handle = std::unique_ptr<T, Release<release>>;

using Model = Handle<RenModel, ren_model_unref>;
using Plan = Handle<RenPlan, ren_plan_unref>;
using Cropper = Handle<RenCropper, ren_cropper_free>;
using Classes = Handle<GstEmotionClasses, gst_emotion_classes_unref>;
using Element = Handle<GstElement, gst_object_unref>;
using Pad = Handle<GstPad, gst_object_unref>;
using Bus = Handle<GstBus, gst_object_unref>;
using Message = Handle<GstMessage, gst_message_unref>;
using Text = Handle<char, g_free>;
using Error = Handle<GError, g_error_free>;

/* Throws what the core, GLib or GStreamer say. The error is a reference because
 * it may be read before the call beside it is made. */
template <typename T>
T *
check (T *result, GError *&error)
{
  if (error) {
    Error owned (std::exchange (error, nullptr));

    throw std::runtime_error (owned->message);
  }
  return result;
}

class Classifier {
public:
  Classifier ()
  {
    GError *error = nullptr;
    Text path (check (ren_model_default_path (&error), error));

    model.reset (check (ren_model_load (path.get (), &error), error));
    plan.reset (check (
        ren_plan_new (model.get (), REN_PRECISION_AUTO, 1, 0, &error), error));
    std::vector<const char *> labels;
    for (guint i = 0; i < ren_model_n_classes (model.get ()); i++)
      labels.push_back (ren_model_label (model.get (), i));
    labels.push_back (nullptr);
    classes.reset (gst_emotion_classes_new (
        ren_model_name (model.get ()), labels.data ()));
  }

  /* Adds the emotion of a face to the frame's metadata; does nothing for a box
   * outside of the frame. */
  void classify (
      GstBuffer *buffer, const RenPicture &picture, const RenRect &box)
  {
    std::array<float, REN_MAX_CLASSES> scores;
    guint best;

    ren_plan_classify (
        plan.get (), cropper.get (), &picture, &box, 1, scores.data (), &best);
    if (best == G_MAXUINT)
      return;
    const GstEmotionMeta *meta = gst_buffer_add_emotion_meta (buffer,
        classes.get (), scores.data (), ren_model_n_classes (model.get ()),
        int (box.x), int (box.y), int (box.w), int (box.h));
    std::printf ("%s %.0f %%\n", gst_emotion_meta_get_label (meta),
        100 * meta->confidence);
  }

private:
  Model model;
  Plan plan;
  Cropper cropper{ ren_cropper_new () };
  Classes classes;
};

struct Detector
{
  Classifier classifier;
  std::vector<RenRect> boxes;
};

/* A frame in RGB is on its way. */
GstPadProbeReturn
on_frame (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  auto *detector = static_cast<Detector *> (data);
  GstBuffer *buffer =
      gst_buffer_make_writable (GST_PAD_PROBE_INFO_BUFFER (info));
  GstCaps *caps = gst_pad_get_current_caps (pad);
  GstVideoInfo video;
  GstVideoFrame frame;

  info->data = buffer;
  gst_video_info_from_caps (&video, caps);
  gst_caps_unref (caps);
  /* without a reference of the map's own, so that metadata can be added */
  const auto flags =
      GstMapFlags (GST_MAP_READ | GST_VIDEO_FRAME_MAP_FLAG_NO_REF);
  if (!gst_video_frame_map (&frame, &video, buffer, flags))
    return GST_PAD_PROBE_OK;

  const auto *rgb =
      static_cast<const guint8 *> (GST_VIDEO_FRAME_PLANE_DATA (&frame, 0));
  RenPicture picture;
  ren_picture_init_rgb (&picture, rgb, rgb + 1, rgb + 2, 3,
      GST_VIDEO_FRAME_PLANE_STRIDE (&frame, 0), GST_VIDEO_FRAME_WIDTH (&frame),
      GST_VIDEO_FRAME_HEIGHT (&frame));
  for (const RenRect &box : detector->boxes)
    detector->classifier.classify (buffer, picture, box);
  gst_video_frame_unmap (&frame);
  return GST_PAD_PROBE_OK;
}

RenRect
parse_box (const std::string &text)
{
  int x, y, w, h;
  char rest;

  if (std::sscanf (text.c_str (), "%d,%d,%d,%d%c", &x, &y, &w, &h, &rest) != 4)
    throw std::runtime_error (text + ": a box is X,Y,WIDTH,HEIGHT");
  return { x, y, w, h };
}

void
run (const std::string &from, const std::string &to, Detector &detector)
{
  GError *error = nullptr;
  Element pipeline (check (
      gst_parse_launch ("filesrc name=from ! decodebin ! videoconvert"
                        " ! video/x-raw,format=RGB ! identity name=detector"
                        " ! emotionoverlay ! videoconvert ! jpegenc"
                        " ! filesink name=to",
          &error),
      error));
  GstBin *bin = GST_BIN (pipeline.get ());
  Element source (gst_bin_get_by_name (bin, "from"));
  Element sink (gst_bin_get_by_name (bin, "to"));
  Element place (gst_bin_get_by_name (bin, "detector"));
  Pad pad (gst_element_get_static_pad (place.get (), "src"));
  Bus bus (gst_element_get_bus (pipeline.get ()));

  g_object_set (source.get (), "location", from.c_str (), nullptr);
  g_object_set (sink.get (), "location", to.c_str (), nullptr);
  gst_pad_add_probe (
      pad.get (), GST_PAD_PROBE_TYPE_BUFFER, on_frame, &detector, nullptr);
  gst_element_set_state (pipeline.get (), GST_STATE_PLAYING);
  Message message (gst_bus_timed_pop_filtered (bus.get (), GST_CLOCK_TIME_NONE,
      GstMessageType (GST_MESSAGE_EOS | GST_MESSAGE_ERROR)));
  gst_element_set_state (pipeline.get (), GST_STATE_NULL);
  if (GST_MESSAGE_TYPE (message.get ()) == GST_MESSAGE_ERROR)
    gst_message_parse_error (message.get (), &error, nullptr);
  check (pipeline.get (), error);
}

} // namespace

int
main (int argc, char **argv)
try {
  gst_init (&argc, &argv);
  if (argc < 4)
    throw std::runtime_error (
        "usage: cplusplus IN OUT.jpg X,Y,WIDTH,HEIGHT ...");
  Detector detector;
  for (int i = 3; i < argc; i++)
    detector.boxes.push_back (parse_box (argv[i]));
  run (argv[1], argv[2], detector);
  return 0;
} catch (const std::exception &error) {
  std::cerr << "cplusplus: " << error.what () << '\n';
  return 1;
}

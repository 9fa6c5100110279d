/* faceroi: dlib's frontal face detector behind a C interface
 * SPDX-License-Identifier: MIT
 *
 * The one C++ file of the project. No exception leaves it.
 */
#include "face-detector.h"

#include <cstring>
#include <exception>
#include <memory>
#include <vector>

#include <dlib/image_processing/frontal_face_detector.h>

using dlib::frontal_face_detector;

struct _FaceDetector
{
  frontal_face_detector detector;
  dlib::array2d<unsigned char> image;
  std::vector<dlib::rect_detection> found;
};

/* Unpacking the filters (base64, LZ77, parsing) takes far longer than copying
 * them. C++ makes the initialisation of a static thread-safe. */
static const frontal_face_detector &
prototype ()
{
  static const frontal_face_detector detector =
      dlib::get_frontal_face_detector ();
  return detector;
}

FaceDetector *
face_detector_new (gchar **message)
{
  try {
    std::unique_ptr<FaceDetector> detector (new FaceDetector ());
    detector->detector = prototype ();
    return detector.release ();
  } catch (const std::exception &e) {
    *message = g_strdup (e.what ());
  } catch (...) {
    *message = g_strdup ("unknown error");
  }
  return nullptr;
}

void
face_detector_free (FaceDetector *detector)
{
  delete detector;
}

guint
face_detector_run (FaceDetector *detector, const FaceImage *image,
    gdouble threshold, FaceBox *boxes, guint max_boxes)
{
  guint n = 0;

  if (MIN (image->width, image->height) < FACE_DETECTOR_SIZE * 3 / 4)
    return 0;
  try {
    detector->image.set_size (image->height, image->width);
    for (gint y = 0; y < image->height; y++)
      std::memcpy (&detector->image[y][0],
          image->data + (gsize) y * image->width, image->width);
    detector->detector (detector->image, detector->found, threshold);

    for (const auto &found : detector->found) {
      if (n == max_boxes)
        break;
      boxes[n].x = found.rect.left ();
      boxes[n].y = found.rect.top ();
      boxes[n].w = found.rect.width ();
      boxes[n].h = found.rect.height ();
      boxes[n].score = (gfloat) found.detection_confidence;
      boxes[n].angle = 0;
      n++;
    }
  } catch (...) {
    return 0; /* out of memory: this frame has no faces, the next one may */
  }
  return n;
}

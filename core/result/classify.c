/* From a picture and boxes to scores: crop, run, softmax.
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "cropper.h"
#include "plan.h"

/* Crops faces from rects[begin] on until a pass is full, and marks those that are
 * not inside of the picture. Returns where the next pass begins; n: faces cropped,
 * side by side. */
static guint
crop_pass (RenPlan *plan, RenCropper *cropper, const RenPicture *picture,
    const RenRect *rects, guint begin, guint n_faces, guint8 *faces,
    guint *class_ids, guint *n)
{
  guint end = begin;

  *n = 0;
  while (end < n_faces && *n < plan->max_batch) {
    const guint n_more = MIN (n_faces - end, plan->max_batch - *n);
    guint8 *more = faces + (gsize) *n * REN_FACE_BYTES;
    gboolean inside[REN_MAX_BATCH];

    ren_cropper_crop_faces (
        cropper, plan, picture, rects + end, n_more, more, inside);
    for (guint i = 0; i < n_more; i++) {
      class_ids[end + i] = inside[i] ? 0 : G_MAXUINT;
      if (inside[i])
        memmove (faces + (gsize) (*n)++ * REN_FACE_BYTES,
            more + (gsize) i * REN_FACE_BYTES, REN_FACE_BYTES);
    }
    end += n_more;
  }
  return end;
}

void
ren_plan_classify (RenPlan *plan, RenCropper *cropper,
    const RenPicture *picture, const RenRect *rects, guint n_faces,
    float *scores, guint *class_ids)
{
  const gsize n_classes = ren_model_n_classes (plan->model);
  const float temperature = ren_model_temperature (plan->model);
  guint8 *faces = ren_cropper_batch (cropper, plan->max_batch);

  for (guint begin = 0, end; begin < n_faces; begin = end) {
    float *logits = scores + begin * n_classes;
    guint n;

    end = crop_pass (
        plan, cropper, picture, rects, begin, n_faces, faces, class_ids, &n);
    ren_plan_run (plan, faces, n, logits);
    /* the last first: a face's scores lie where its logits do, or behind them */
    for (guint i = end; i-- > begin;) {
      float *out = scores + i * n_classes;

      if (class_ids[i] == G_MAXUINT)
        memset (out, 0, n_classes * sizeof *out);
      else
        class_ids[i] = ren_softmax (
            logits + --n * n_classes, (guint) n_classes, temperature, out);
    }
  }
}

/* ---- pixels ------------------------------------------------------------ */

static gboolean
describe (RenPicture *picture, RenPixelFormat format, const guint8 *pixels,
    gsize n_bytes, gsize stride, gint width, gint height, GError **error)
{
  /* bytes of a pixel, and where in it red, green and blue are */
  static const struct
  {
    guint8 bytes, r, g, b;
  } formats[] = {
    [REN_PIXEL_FORMAT_GRAY8] = { 1, 0, 0, 0 },
    [REN_PIXEL_FORMAT_RGB] = { 3, 0, 1, 2 },
    [REN_PIXEL_FORMAT_BGR] = { 3, 2, 1, 0 },
    [REN_PIXEL_FORMAT_RGBA] = { 4, 0, 1, 2 },
    [REN_PIXEL_FORMAT_BGRA] = { 4, 2, 1, 0 },
  };
  gsize row;

  if ((guint) format >= G_N_ELEMENTS (formats)) {
    g_set_error (error, REN_ERROR, REN_ERROR_ARGUMENT, "%d is no pixel format",
        (gint) format);
    return FALSE;
  }
  if (width < 1 || width > REN_MAX_SIDE || height < 1 ||
      height > REN_MAX_SIDE) {
    g_set_error (error, REN_ERROR, REN_ERROR_ARGUMENT,
        "a picture must be 1×1 to %d×%d pixels large, not %d×%d", REN_MAX_SIDE,
        REN_MAX_SIDE, width, height);
    return FALSE;
  }
  row = (gsize) width * formats[format].bytes;
  if (stride < row || n_bytes < row ||
      (height > 1 && stride > (n_bytes - row) / ((gsize) height - 1))) {
    g_set_error (error, REN_ERROR, REN_ERROR_ARGUMENT,
        "%" G_GSIZE_FORMAT " bytes are no picture of %d rows, %" G_GSIZE_FORMAT
        " bytes from one to the next, of %d pixels of %u bytes each",
        n_bytes, height, stride, width, formats[format].bytes);
    return FALSE;
  }
  if (format == REN_PIXEL_FORMAT_GRAY8)
    ren_picture_init_gray (picture, pixels, (gssize) stride, width, height);
  else
    ren_picture_init_rgb (picture, pixels + formats[format].r,
        pixels + formats[format].g, pixels + formats[format].b,
        formats[format].bytes, (gssize) stride, width, height);
  return TRUE;
}

float *
ren_plan_classify_pixels (RenPlan *plan, RenPixelFormat format,
    const guint8 *pixels, gsize n_bytes, gsize stride, gint width, gint height,
    const RenRect *rects, guint n_faces, gsize *n_scores, GError **error)
{
  g_autoptr (RenCropper) cropper = NULL;
  g_autofree guint *class_ids = NULL;
  g_autofree float *scores = NULL;
  RenPicture picture;
  gsize n;

  g_return_val_if_fail (plan != NULL && n_scores != NULL, NULL);
  *n_scores = 0;
  g_return_val_if_fail (pixels != NULL || n_bytes == 0, NULL);
  g_return_val_if_fail (rects != NULL || n_faces == 0, NULL);

  if (!describe (
          &picture, format, pixels, n_bytes, stride, width, height, error))
    return NULL;
  n = (gsize) n_faces * ren_model_n_classes (plan->model);
  /* one more: of no faces it is no error */
  scores = g_try_new (float, n + 1);
  class_ids = g_try_new (guint, (gsize) n_faces + 1);
  if (!scores || !class_ids) {
    g_set_error (error, REN_ERROR, REN_ERROR_NO_MEMORY,
        "no memory for the scores of %u faces", n_faces);
    return NULL;
  }
  cropper = ren_cropper_new ();
  ren_plan_classify (
      plan, cropper, &picture, rects, n_faces, scores, class_ids);
  *n_scores = n;
  return g_steal_pointer (&scores);
}

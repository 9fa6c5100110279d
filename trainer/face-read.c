/* From a face of a list to what the network reads.
 * SPDX-License-Identifier: MIT
 */
#include "app.h"
#include "faces.h"

gboolean
face_open (const Face *face, Image *image, RenPicture *picture, GError **error)
{
  if (face->pixels) {
    *image = (Image){ 0 };
    ren_picture_init_gray (picture, face->pixels, face->pixels_width,
        face->pixels_width, face->pixels_height);
    return TRUE;
  }
  if (!image_load (face->path, image, error))
    return FALSE;
  image_picture (image, picture);
  return TRUE;
}

gboolean
face_crop (const Face *face, const RenPicture *picture, RenCropper *cropper,
    guint8 out[REN_FACE_BYTES], GError **error)
{
  const RenRect all = { 0, 0, picture->width, picture->height };
  const RenRect *rect = face->crop.w ? &face->crop : &all;

  if (ren_cropper_crop (cropper, picture, rect, out))
    return TRUE;
  g_set_error (error, APP_ERROR, APP_ERROR_PICTURE,
      "the crop %" G_GINT64_FORMAT ",%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT
      ",%" G_GINT64_FORMAT " lies outside of its %d x %d pixels",
      rect->x, rect->y, rect->w, rect->h, picture->width, picture->height);
  return FALSE;
}

gboolean
face_read (const Face *face, RenCropper *cropper, guint8 out[REN_FACE_BYTES],
    GError **error)
{
  g_auto (Image) image = { 0 };
  RenPicture picture;

  return face_open (face, &image, &picture, error) &&
         face_crop (face, &picture, cropper, out, error);
}

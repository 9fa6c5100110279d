/* How grey is made of a picture's components. SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "resemotenet.h"

#define FIXED(x) ((gint32) lround ((x) *65536))

void
ren_picture_init_gray (RenPicture *picture, const guint8 *data,
    gssize stride_bytes, gint width, gint height)
{
  memset (picture, 0, sizeof *picture);
  picture->width = width;
  picture->height = height;
  picture->n_planes = 1;
  picture->planes[0] = (RenPlane){ .data = data,
    .stride_bytes = stride_bytes,
    .pixel_stride = 1,
    .weight = 65536 };
}

void
ren_picture_init_rgb (RenPicture *picture, const guint8 *r, const guint8 *g,
    const guint8 *b, gint pixel_stride, gssize stride_bytes, gint width,
    gint height)
{
  const guint8 *const data[3] = { r, g, b };
  /* Pillow's weights of ITU-R 601 luma, in 1/65536 */
  static const gint32 weight[3] = { 19595, 38470, 7471 };

  memset (picture, 0, sizeof *picture);
  picture->width = width;
  picture->height = height;
  picture->n_planes = 3;
  for (guint i = 0; i < 3; i++)
    picture->planes[i] = (RenPlane){ .data = data[i],
      .stride_bytes = stride_bytes,
      .pixel_stride = pixel_stride,
      .weight = weight[i] };
}

void
ren_picture_set_yuv (
    RenPicture *picture, gboolean limited_range, double kr, double kb)
{
  const double luma = limited_range ? 255.0 / 219 : 1;
  const double chroma = limited_range ? 255.0 / 224 : 1;
  const double kg = 1 - kr - kb;
  /* R = Y + 2 (1 - kr) Cr, B = Y + 2 (1 - kb) Cb, and G from Y = kr R + kg G +
   * kb B (ITU-R BT.709 and its siblings); grey is .299 R + .587 G + .114 B,
   * in which Y's weight is 1 */
  const double cr = 2 * (1 - kr) * (.299 - .587 * kr / kg) * chroma;
  const double cb = 2 * (1 - kb) * (.114 - .587 * kb / kg) * chroma;
  double offset = limited_range ? -16 * luma : 0;

  picture->planes[0].weight = FIXED (luma);
  /* BT.601: both are 0 but for rounding */
  if (picture->n_planes == 3 && (fabs (cr) > 1e-3 || fabs (cb) > 1e-3)) {
    picture->planes[1].weight = FIXED (cb);
    picture->planes[2].weight = FIXED (cr);
    offset -= 128 * (cb + cr);
  } else {
    picture->n_planes = 1;
  }
  picture->offset = FIXED (offset);
}

/* faceroi: the grey picture that faces are looked for in
 * SPDX-License-Identifier: MIT
 */
#include "face-image.h"

#include <math.h>

void
face_image_set_size (FaceImage *image, gint width, gint height)
{
  gsize need;

  g_return_if_fail (width >= 1 && width <= 16384);
  g_return_if_fail (height >= 1 && height <= 16384);

  need = (gsize) width * height;
  if (need > image->allocated) {
    g_free (image->data);
    image->data = g_malloc (need);
    image->allocated = need;
  }
  image->width = width;
  image->height = height;
}

void
face_image_clear (FaceImage *image)
{
  g_clear_pointer (&image->data, g_free);
  image->allocated = 0;
  image->width = image->height = 0;
}

void
face_image_halve (const FaceImage *src, FaceImage *dst)
{
  face_image_set_size (dst, MAX (src->width / 2, 1), MAX (src->height / 2, 1));
  for (gint y = 0; y < dst->height; y++) {
    const guint8 *a = src->data + (gsize) (2 * y) * src->width;
    const guint8 *b = 2 * y + 1 < src->height ? a + src->width : a;
    guint8 *out = dst->data + (gsize) y * dst->width;
    gint right = src->width > 1 ? 1 : 0;

    for (gint x = 0; x < dst->width; x++) {
      guint sum = a[2 * x] + a[2 * x + right] + b[2 * x] + b[2 * x + right];
      out[x] = (sum + 2) >> 2;
    }
  }
}

/* One bilinear sample in 16.16 fixed point, border continued outwards. */
static inline guint8
sample (const FaceImage *src, gint64 fx, gint64 fy)
{
  gint x = CLAMP (fx >> 16, 0, src->width - 1);
  gint y = CLAMP (fy >> 16, 0, src->height - 1);
  gint x1 = fx < 0 ? x : MIN (x + 1, src->width - 1);
  gint y1 = fy < 0 ? y : MIN (y + 1, src->height - 1);
  guint wx = (fx >> 8) & 0xff, wy = (fy >> 8) & 0xff;
  const guint8 *a = src->data + (gsize) y * src->width;
  const guint8 *b = src->data + (gsize) y1 * src->width;
  guint top = a[x] * (256 - wx) + a[x1] * wx;
  guint bottom = b[x] * (256 - wx) + b[x1] * wx;

  return (top * (256 - wy) + bottom * wy + 32768) >> 16;
}

void
face_image_turn (const FaceImage *src, gdouble cx, gdouble cy, gdouble degrees,
    gdouble step, FaceImage *dst)
{
  gdouble c = cos (degrees * G_PI / 180) * step;
  gdouble s = sin (degrees * G_PI / 180) * step;
  gint64 dx = llround (c * 65536), dy = llround (s * 65536);

  for (gint y = 0; y < dst->height; y++) {
    gdouble u = -0.5 * (dst->width - 1), v = y - 0.5 * (dst->height - 1);
    gint64 fx = llround ((cx + c * u - s * v) * 65536);
    gint64 fy = llround ((cy + s * u + c * v) * 65536);
    guint8 *out = dst->data + (gsize) y * dst->width;

    for (gint x = 0; x < dst->width; x++, fx += dx, fy += dy)
      out[x] = sample (src, fx, fy);
  }
}

void
face_image_turn_back (gdouble cx, gdouble cy, gdouble degrees, gdouble step,
    const FaceImage *dst, gdouble x, gdouble y, gdouble *src_x, gdouble *src_y)
{
  gdouble c = cos (degrees * G_PI / 180) * step;
  gdouble s = sin (degrees * G_PI / 180) * step;
  gdouble u = x - 0.5 * (dst->width - 1), v = y - 0.5 * (dst->height - 1);

  *src_x = cx + c * u - s * v;
  *src_y = cy + s * u + c * v;
}

void
face_image_look (
    const FaceImage *image, gdouble scale, const FaceBox *box, FaceLook *look)
{
  const gint n = FACE_LOOK_SIZE;
  gdouble sum = 0, square = 0;

  look->valid = FALSE;
  if (image->width < 1 || !(box->w > 0) || !(box->h > 0))
    return;

  /* Four samples a cell and axis: a cell of a large face spans many pixels,
   * and a single one of them would jump with every grain of noise. */
  for (gint j = 0; j < n; j++) {
    for (gint i = 0; i < n; i++) {
      guint cell = 0;

      for (gint k = 0; k < 16; k++) {
        gdouble fx = box->x + box->w * (i + (k % 4 + 0.5) / 4) / n;
        gdouble fy = box->y + box->h * (j + (k / 4 + 0.5) / 4) / n;

        fx = CLAMP (fx * scale - 0.5, -1e6, 1e6);
        fy = CLAMP (fy * scale - 0.5, -1e6, 1e6);
        cell += sample (image, llround (fx * 65536), llround (fy * 65536));
      }
      look->v[j * n + i] = cell / 16.0f;
      sum += cell / 16.0;
    }
  }
  for (gint i = 0; i < n * n; i++) {
    look->v[i] -= sum / (n * n);
    square += look->v[i] * look->v[i];
  }
  /* Below one grey level of deviation there is nothing but noise to compare. */
  if (square < n * n)
    return;
  for (gint i = 0; i < n * n; i++)
    look->v[i] /= sqrt (square);
  look->valid = TRUE;
}

gfloat
face_look_likeness (const FaceLook *a, const FaceLook *b)
{
  gfloat dot = 0;

  if (!a->valid || !b->valid)
    return 0;
  for (gint i = 0; i < FACE_LOOK_SIZE * FACE_LOOK_SIZE; i++)
    dot += a->v[i] * b->v[i];
  return MAX (dot, 0);
}

static gfloat
intersection (const FaceBox *a, const FaceBox *b)
{
  gfloat w = MIN (a->x + a->w, b->x + b->w) - MAX (a->x, b->x);
  gfloat h = MIN (a->y + a->h, b->y + b->h) - MAX (a->y, b->y);

  return w > 0 && h > 0 ? w * h : 0;
}

gfloat
face_box_overlap (const FaceBox *a, const FaceBox *b)
{
  gfloat both = intersection (a, b);
  gfloat either = a->w * a->h + b->w * b->h - both;

  return either > 0 ? both / either : 0;
}

gfloat
face_box_containment (const FaceBox *a, const FaceBox *b)
{
  gfloat smaller = MIN (a->w * a->h, b->w * b->h);

  return smaller > 0 ? intersection (a, b) / smaller : 0;
}

/* SPDX-License-Identifier: MIT */
#include "heat-map.h"

#include <math.h>

/* matplotlib's viridis at every eighth: lightness rises evenly, so that it is
 * read right by people of every colour vision, and in print without colours. */
static const guint32 viridis[] = { 0x440154, 0x472d7b, 0x3b528b, 0x2c728e,
  0x21918c, 0x28ae80, 0x5ec962, 0xaddc30, 0xfde725 };

/* The face is seen everywhere, best where nothing counts. */
#define LEAST_ALPHA 0.2
#define MOST_ALPHA 0.7

guint32
heat_map_color (float value, double *alpha)
{
  const guint last = G_N_ELEMENTS (viridis) - 1;
  /* NaN becomes 0 */
  const float place = value > 0 ? MIN (value, 1) * (float) last : 0;
  const guint i = MIN ((guint) place, last - 1);
  const float t = place - (float) i;
  guint32 color = 0;

  *alpha =
      LEAST_ALPHA + (MOST_ALPHA - LEAST_ALPHA) * (double) place / (double) last;
  for (guint shift = 0; shift <= 16; shift += 8) {
    const float low = (float) (viridis[i] >> shift & 0xff);
    const float high = (float) (viridis[i + 1] >> shift & 0xff);

    color |= (guint32) (low + t * (high - low) + 0.5f) << shift;
  }
  return color;
}

/* Cairo's rows begin at multiples of 4 bytes. */
static guint32 *
pixel_row (cairo_surface_t *surface, gint64 y)
{
  guint8 *data = cairo_image_surface_get_data (surface);

  return (
      guint32 *) (void *) (data + y * cairo_image_surface_get_stride (surface));
}

/* ---- the face ------------------------------------------------------------ */

static gboolean
clip (const RenPicture *picture, const RenRect *rect, RenRect *inside)
{
  /* positions of a crop are at most 2^31, see faces_parse_crop() */
  inside->x = CLAMP (rect->x, 0, picture->width);
  inside->y = CLAMP (rect->y, 0, picture->height);
  inside->w = CLAMP (rect->x + rect->w, 0, picture->width) - inside->x;
  inside->h = CLAMP (rect->y + rect->h, 0, picture->height) - inside->y;
  return inside->w > 0 && inside->h > 0;
}

/* Mean of one component over pixels [x, x + w) × [y, y + h), rounded. */
static guint
mean (const RenPlane *plane, gint64 x, gint64 y, gint64 w, gint64 h)
{
  guint64 sum = 0;

  for (gint64 row = y; row < y + h; row++) {
    const guint8 *sample =
        plane->data + row * plane->stride_bytes + x * plane->pixel_stride;

    for (gint64 i = 0; i < w; i++, sample += plane->pixel_stride)
      sum += *sample;
  }
  return (guint) ((sum + (guint64) (w * h) / 2) / (guint64) (w * h));
}

/* 0xRRGGBB of the pixels in a rectangle. */
static guint32
mean_color (const RenPicture *picture, const RenRect *rect, gboolean grey)
{
  guint component[3] = { 0 };
  gint64 level = picture->offset + 32768;

  for (guint i = 0; i < picture->n_planes; i++) {
    component[i] =
        mean (&picture->planes[i], rect->x, rect->y, rect->w, rect->h);
    level += (gint64) picture->planes[i].weight * component[i];
  }
  if (grey || picture->n_planes < 3)
    return (guint32) CLAMP (level >> 16, 0, 255) * 0x010101u;
  return component[0] << 16 | component[1] << 8 | component[2];
}

cairo_surface_t *
heat_map_face (const RenPicture *picture, const RenRect *rect, guint max_side,
    gboolean grey)
{
  cairo_surface_t *surface;
  RenRect inside;
  gint64 w, h, longer;

  if (!clip (picture, rect, &inside))
    return NULL;
  longer = MAX (inside.w, inside.h);
  w = longer > max_side ? MAX (inside.w * max_side / longer, 1) : inside.w;
  h = longer > max_side ? MAX (inside.h * max_side / longer, 1) : inside.h;

  surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, (int) w, (int) h);
  if (cairo_surface_status (surface) != CAIRO_STATUS_SUCCESS)
    return surface;
  for (gint64 y = 0; y < h; y++) {
    guint32 *row = pixel_row (surface, y);

    for (gint64 x = 0; x < w; x++) {
      RenRect part = { inside.x + x * inside.w / w, inside.y + y * inside.h / h,
        0, 0 };

      part.w = inside.x + (x + 1) * inside.w / w - part.x;
      part.h = inside.y + (y + 1) * inside.h / h - part.y;
      row[x] = mean_color (picture, &part, grey);
    }
  }
  cairo_surface_mark_dirty (surface);
  return surface;
}

/* ---- the map ------------------------------------------------------------- */

/* Between the middles of cells, as OpenCV's resize does it. */
static float
interpolate (const float *map, float x, float y)
{
  const float last = REN_CAM_SIZE - 1;
  const float cx = CLAMP (x - 0.5f, 0, last), cy = CLAMP (y - 0.5f, 0, last);
  const guint x0 = MIN ((guint) cx, REN_CAM_SIZE - 2);
  const guint y0 = MIN ((guint) cy, REN_CAM_SIZE - 2);
  const float tx = cx - (float) x0, ty = cy - (float) y0;
  const float *cell = map + y0 * REN_CAM_SIZE + x0;
  const float top = cell[0] + tx * (cell[1] - cell[0]);
  const float bottom =
      cell[REN_CAM_SIZE] + tx * (cell[REN_CAM_SIZE + 1] - cell[REN_CAM_SIZE]);

  return top + ty * (bottom - top);
}

/* As Cairo has it: alpha, and colours that are multiplied by it already. */
static guint32
premultiplied (guint32 color, double alpha)
{
  guint32 pixel = (guint32) (255 * alpha + .5) << 24;

  for (guint shift = 0; shift <= 16; shift += 8)
    pixel |= (guint32) ((color >> shift & 0xff) * alpha + .5) << shift;
  return pixel;
}

cairo_surface_t *
heat_map_colors (const float *map, gint width, gint height)
{
  cairo_surface_t *surface =
      cairo_image_surface_create (CAIRO_FORMAT_ARGB32, width, height);

  if (cairo_surface_status (surface) != CAIRO_STATUS_SUCCESS)
    return surface;
  for (gint y = 0; y < height; y++) {
    guint32 *row = pixel_row (surface, y);

    for (gint x = 0; x < width; x++) {
      const float value =
          interpolate (map, ((float) x + 0.5f) * REN_CAM_SIZE / (float) width,
              ((float) y + 0.5f) * REN_CAM_SIZE / (float) height);
      double alpha;
      const guint32 color = heat_map_color (value, &alpha);

      row[x] = premultiplied (color, alpha);
    }
  }
  cairo_surface_mark_dirty (surface);
  return surface;
}

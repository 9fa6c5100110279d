/* From a face to another that could have been it.
 * SPDX-License-Identifier: MIT
 */
#include <math.h>
#include <string.h>

#include "resemotenet.h"

#define SIZE REN_FACE_SIZE

/* Which number of the face's sequence is for what. Noise comes last: it takes
 * one for each pixel. */
enum
{
  DRAW_FLIP,
  DRAW_SHIFT_X,
  DRAW_SHIFT_Y,
  DRAW_SCALE,
  DRAW_ROTATE,
  DRAW_BRIGHTNESS,
  DRAW_CONTRAST,
  DRAW_ERASE,
  DRAW_ERASE_AREA,
  DRAW_ERASE_SHAPE,
  DRAW_ERASE_X,
  DRAW_ERASE_Y,
  DRAW_NOISE,
};

/* From −range to range. */
static float
draw (guint64 key, guint which, float range)
{
  return range * (2 * ren_random_float (key, which) - 1);
}

/* ---- where a pixel comes from -------------------------------------------- */

/* Column and row in the source of an output pixel: linear in its own. */
typedef struct
{
  float x, y;             /* of output pixel 0, 0 */
  float dx_dcol, dx_drow; /* what a step in the output moves in the source */
  float dy_dcol, dy_drow;
} Warp;

static void
warp_draw (const RenAugment *augment, guint64 key, gboolean flip, Warp *warp)
{
  const float centre = (SIZE - 1) / 2.0f;
  const float right = draw (key, DRAW_SHIFT_X, augment->shift * SIZE);
  const float down = draw (key, DRAW_SHIFT_Y, augment->shift * SIZE);
  /* as likely ×1.1 as ÷1.1 */
  const float scale =
      expf (draw (key, DRAW_SCALE, 1) * logf (1 + augment->scale));
  const float angle =
      draw (key, DRAW_ROTATE, augment->rotate * (float) G_PI / 180);
  const float mirror = flip ? -1 : 1;

  warp->dx_dcol = mirror * cosf (angle) / scale;
  warp->dx_drow = mirror * sinf (angle) / scale;
  warp->dy_dcol = -sinf (angle) / scale;
  warp->dy_drow = cosf (angle) / scale;
  warp->x = centre - warp->dx_dcol * (centre + right) -
            warp->dx_drow * (centre + down);
  warp->y = centre - warp->dy_dcol * (centre + right) -
            warp->dy_drow * (centre + down);
}

/* Position in a row or column as the samples on both sides of it; beyond the
 * border, the outermost sample goes on. */
static inline int
split (float position, float *fraction)
{
  const float inside = CLAMP (position, 0, SIZE - 1);
  const int first = MIN ((int) inside, SIZE - 2);

  *fraction = inside - (float) first;
  return first;
}

static void
warp_run (const Warp *warp, const guint8 *face, float *out)
{
  for (int row = 0; row < SIZE; row++) {
    const float x0 = warp->x + warp->dx_drow * (float) row;
    const float y0 = warp->y + warp->dy_drow * (float) row;

    for (int col = 0; col < SIZE; col++) {
      float u, v;
      const int x = split (x0 + warp->dx_dcol * (float) col, &u);
      const int y = split (y0 + warp->dy_dcol * (float) col, &v);
      const guint8 *p = face + y * SIZE + x;
      const float above = p[0] + u * (float) (p[1] - p[0]);
      const float below = p[SIZE] + u * (float) (p[SIZE + 1] - p[SIZE]);

      *out++ = above + v * (below - above);
    }
  }
}

/* Exact, and the usual case where only mirroring is asked for. */
static void
copy (const guint8 *face, gboolean flip, float *out)
{
  for (int row = 0; row < SIZE; row++, face += SIZE, out += SIZE)
    for (int col = 0; col < SIZE; col++)
      out[col] = face[flip ? SIZE - 1 - col : col];
}

/* ---- what becomes of it -------------------------------------------------- */

static void
change_light (const RenAugment *augment, guint64 key, float *out)
{
  const float gain = 1 + draw (key, DRAW_CONTRAST, augment->contrast);
  const float lift = draw (key, DRAW_BRIGHTNESS, augment->brightness * 255);
  float mean = 0, offset;

  for (int i = 0; i < REN_FACE_BYTES; i++)
    mean += out[i];
  mean /= REN_FACE_BYTES;
  /* contrast leaves the mean where it is */
  offset = lift + mean * (1 - gain);
  for (int i = 0; i < REN_FACE_BYTES; i++) {
    const float grey = gain * out[i] + offset;

    out[i] = CLAMP (grey, 0, 255);
  }
}

/* Zhong et al. 2020, "Random Erasing Data Augmentation": a rectangle of noise,
 * from 2 % of the face up, three times as wide as high to three times as high
 * as wide. */
static void
erase (const RenAugment *augment, guint64 key, float *out)
{
  const float least = MIN (.02f, augment->erase_area);
  const float area =
      REN_FACE_BYTES * (least + (augment->erase_area - least) *
                                    ren_random_float (key, DRAW_ERASE_AREA));
  const float shape = expf (draw (key, DRAW_ERASE_SHAPE, logf (3)));
  const int w = CLAMP ((int) sqrtf (area * shape), 1, SIZE);
  const int h = CLAMP ((int) sqrtf (area / shape), 1, SIZE);
  const int x =
      (int) (ren_random_float (key, DRAW_ERASE_X) * (float) (SIZE + 1 - w));
  const int y =
      (int) (ren_random_float (key, DRAW_ERASE_Y) * (float) (SIZE + 1 - h));

  for (int row = y; row < y + h; row++)
    for (int col = x; col < x + w; col++)
      out[row * SIZE + col] =
          255 *
          ren_random_float (key, DRAW_NOISE + (guint64) (row * SIZE + col));
}

void
ren_augment_face (
    const RenAugment *augment, const guint8 *face, guint64 key, float *out)
{
  const gboolean flip = ren_random_float (key, DRAW_FLIP) < augment->flip;

  if (augment->shift > 0 || augment->scale > 0 || augment->rotate > 0) {
    Warp warp;

    warp_draw (augment, key, flip, &warp);
    warp_run (&warp, face, out);
  } else {
    copy (face, flip, out);
  }
  if (augment->brightness > 0 || augment->contrast > 0)
    change_light (augment, key, out);
  if (ren_random_float (key, DRAW_ERASE) < augment->erase &&
      augment->erase_area > 0)
    erase (augment, key, out);
}

/* Colours of a heat map, and the face below. SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "heat-map.h"

static guint
channel (guint32 color, guint shift)
{
  return color >> shift & 0xff;
}

static guint32
pixel (cairo_surface_t *surface, gint x, gint y)
{
  guint32 value;

  memcpy (&value,
      cairo_image_surface_get_data (surface) +
          (gssize) y * cairo_image_surface_get_stride (surface) + 4 * x,
      sizeof value);
  return value;
}

/* ---- colours ---- */

static void
test_scale (void)
{
  double alpha, last_alpha = 0, last_luma = 0;

  g_assert_cmphex (heat_map_color (0, &alpha), ==, 0x440154);
  g_assert_cmphex (heat_map_color (1, &alpha), ==, 0xfde725);
  g_assert_cmphex (heat_map_color (.5f, &alpha), ==, 0x21918c);
  /* values that no map has */
  g_assert_cmphex (heat_map_color (-1, &alpha), ==, 0x440154);
  g_assert_cmphex (heat_map_color (7, &alpha), ==, 0xfde725);
  g_assert_cmphex (heat_map_color (NAN, &alpha), ==, 0x440154);

  /* lighter and denser all the way, which is what tells values apart without
   * colours */
  for (guint i = 0; i <= 100; i++) {
    const guint32 c = heat_map_color ((float) i / 100, &alpha);
    const double luma =
        .299 * channel (c, 16) + .587 * channel (c, 8) + .114 * channel (c, 0);

    g_assert_cmpfloat (luma, >, last_luma);
    g_assert_cmpfloat (alpha, >, last_alpha);
    g_assert_cmpfloat (alpha, <, 1);
    last_luma = luma;
    last_alpha = alpha;
  }
}

/* A map of a picture's size: each pixel is the colour of its cell, which Cairo
 * wants multiplied by alpha. */
static void
test_cells (void)
{
  float map[REN_CAM_SIZE * REN_CAM_SIZE];
  cairo_surface_t *surface;

  for (guint i = 0; i < G_N_ELEMENTS (map); i++)
    map[i] = (float) (i * 37 % 101) / 100;
  surface = heat_map_colors (map, REN_CAM_SIZE, REN_CAM_SIZE);
  g_assert_cmpint (cairo_surface_status (surface), ==, CAIRO_STATUS_SUCCESS);
  for (guint i = 0; i < G_N_ELEMENTS (map); i++) {
    const guint32 got = pixel (surface, i % REN_CAM_SIZE, i / REN_CAM_SIZE);
    double alpha;
    const guint32 color = heat_map_color (map[i], &alpha);

    /* a step of rounding: the last cells are interpolated from their
     * neighbours, too */
    g_assert_cmpint (
        ABS ((gint) channel (got, 24) - (gint) (255 * alpha + .5)), <=, 1);
    for (guint shift = 0; shift <= 16; shift += 8) {
      const gint expected = (gint) (channel (color, shift) * alpha + .5);

      g_assert_cmpint (ABS ((gint) channel (got, shift) - expected), <=, 1);
    }
  }
  cairo_surface_destroy (surface);
}

/* Three times as large: the middle of a cell is its colour, the border to the
 * next lies between. */
static void
test_between (void)
{
  float map[REN_CAM_SIZE * REN_CAM_SIZE] = { 0 };
  cairo_surface_t *surface;
  guint32 middle, beside, away;

  map[3 * REN_CAM_SIZE + 9] = 1;
  surface = heat_map_colors (map, 3 * REN_CAM_SIZE, 3 * REN_CAM_SIZE);
  middle = pixel (surface, 9 * 3 + 1, 3 * 3 + 1);
  beside = pixel (surface, 9 * 3 + 2, 3 * 3 + 1);
  away = pixel (surface, 9 * 3 + 4, 3 * 3 + 1);
  g_assert_cmpuint (channel (middle, 24), >, channel (beside, 24));
  g_assert_cmpuint (channel (beside, 24), >, channel (away, 24));
  g_assert_cmphex (away, ==, pixel (surface, 0, 0));
  /* alike on all sides */
  g_assert_cmphex (beside, ==, pixel (surface, 9 * 3, 3 * 3 + 1));
  g_assert_cmphex (beside, ==, pixel (surface, 9 * 3 + 1, 3 * 3));
  g_assert_cmphex (beside, ==, pixel (surface, 9 * 3 + 1, 3 * 3 + 2));
  cairo_surface_destroy (surface);
}

/* ---- the face ---- */

static void
test_face (void)
{
  /* 4 × 2 pixels, RGB */
  static const guint8 rgb[] = { 10, 0, 0, 20, 0, 0, 0, 30, 0, 0, 41, 0, /**/
    10, 0, 0, 20, 0, 0, 0, 30, 0, 0, 40, 0 };
  RenPicture picture;
  RenRect rect = { 0, 0, 4, 2 };
  cairo_surface_t *surface;

  ren_picture_init_rgb (&picture, rgb, rgb + 1, rgb + 2, 3, 12, 4, 2);
  surface = heat_map_face (&picture, &rect, 4, FALSE);
  g_assert_cmpint (cairo_image_surface_get_width (surface), ==, 4);
  g_assert_cmpint (cairo_image_surface_get_height (surface), ==, 2);
  g_assert_cmphex (pixel (surface, 3, 0) & 0xffffff, ==, 41 << 8);
  cairo_surface_destroy (surface);

  /* shrunk: the mean of 2 × 2 pixels, 35.25 rounded */
  surface = heat_map_face (&picture, &rect, 2, FALSE);
  g_assert_cmpint (cairo_image_surface_get_width (surface), ==, 2);
  g_assert_cmpint (cairo_image_surface_get_height (surface), ==, 1);
  g_assert_cmphex (pixel (surface, 0, 0) & 0xffffff, ==, 15 << 16);
  g_assert_cmphex (pixel (surface, 1, 0) & 0xffffff, ==, 35 << 8);
  cairo_surface_destroy (surface);

  /* as grey as the network has it: (38470 × 40 + 32768) >> 16 */
  rect = (RenRect){ 3, 1, 100, 100 };
  surface = heat_map_face (&picture, &rect, 320, TRUE);
  g_assert_cmpint (cairo_image_surface_get_width (surface), ==, 1);
  g_assert_cmphex (pixel (surface, 0, 0) & 0xffffff, ==, 23 * 0x010101);
  cairo_surface_destroy (surface);

  rect = (RenRect){ 4, 0, 1, 1 };
  g_assert_null (heat_map_face (&picture, &rect, 320, FALSE));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/heat-map/scale", test_scale);
  g_test_add_func ("/heat-map/cells", test_cells);
  g_test_add_func ("/heat-map/between", test_between);
  g_test_add_func ("/heat-map/face", test_face);
  return g_test_run ();
}

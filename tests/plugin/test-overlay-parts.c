/* emotionoverlay's parts: where labels go, text, what is kept
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "cache.h"
#include "placement.h"
#include "sizes.h"
#include "text.h"

#define MAX_FACES 40

static guint
n_rounds (guint usual)
{
  return g_getenv ("REN_LONG") ? 50 * usual : usual;
}

static gint
pick (GRand *r, gint from, gint to)
{
  return from >= to ? from : g_rand_int_range (r, from, to);
}

static gint
area (const Rect *r)
{
  return r->w * r->h;
}

static gint
shared_area (const Rect *a, const Rect *b)
{
  const gint w = MIN (a->x + a->w, b->x + b->w) - MAX (a->x, b->x);
  const gint h = MIN (a->y + a->h, b->y + b->h) - MAX (a->y, b->y);

  return w > 0 && h > 0 ? w * h : 0;
}

static Place
make_place (gint x, gint y, gint w, gint h)
{
  return (Place){
    .face = { x, y, w, h }, .track_id = -1, .w = { 0, 90 }, .h = { 0, 20 }
  };
}

/* ---- placement ----------------------------------------------------------- */

/* Whatever the faces, labels are inside the frame, of a size they have. */
static void
test_inside (void)
{
  g_autoptr (GRand) r = g_rand_new_with_seed (1);
  Placement placement;

  placement_init (&placement);
  for (guint round = 0; round < n_rounds (300); round++) {
    const gint width = pick (r, 1, 2000), height = pick (r, 1, 1200);
    const guint n = (guint) pick (r, 1, round % 10 ? 8 : MAX_FACES + 1);
    Place places[MAX_FACES];

    for (guint i = 0; i < n; i++) {
      const gint x = pick (r, 0, width), y = pick (r, 0, height);

      places[i] = make_place (
          x, y, pick (r, 1, width - x + 1), pick (r, 1, height - y + 1));
      for (guint k = 0; k < PLACE_N_SIZES; k++) {
        places[i].w[k] = pick (r, 0, 400);
        places[i].h[k] = pick (r, 0, 200);
      }
    }
    placement_run (&placement, places, n, width, height);
    for (guint i = 0; i < n; i++) {
      const Place *p = &places[i];
      gboolean could = FALSE;

      for (guint k = 0; k < PLACE_N_SIZES; k++)
        could |=
            p->w[k] > 0 && p->h[k] > 0 && p->w[k] <= width && p->h[k] <= height;
      g_assert_cmpint (p->size != PLACE_NONE, ==, could);
      if (!could)
        continue;
      g_assert_cmpint (p->label.w, ==, p->w[p->size]);
      g_assert_cmpint (p->label.h, ==, p->h[p->size]);
      g_assert_cmpint (p->label.x, >=, 0);
      g_assert_cmpint (p->label.y, >=, 0);
      g_assert_cmpint (p->label.x + p->label.w, <=, width);
      g_assert_cmpint (p->label.y + p->label.h, <=, height);
    }
  }
  placement_clear (&placement);
}

/* Faces with room around them: no label covers another one or another face; of
 * its own at most a strip, where the frame ends. */
static void
test_apart (void)
{
  g_autoptr (GRand) r = g_rand_new_with_seed (2);
  Placement placement;

  placement_init (&placement);
  for (guint round = 0; round < n_rounds (200); round++) {
    Place places[20];

    placement_reset (&placement);
    for (gint i = 0; i < 20; i++) {
      places[i] = make_place (i % 5 * 220 + pick (r, 0, 60),
          i / 5 * 160 + pick (r, 0, 30), pick (r, 20, 100), pick (r, 20, 80));
      places[i].w[PLACE_SHORT] = pick (r, 40, 110);
    }
    placement_run (&placement, places, 20, 1100, 640);
    for (guint i = 0; i < 20; i++)
      for (guint j = 0; j < 20; j++) {
        const gint shared = shared_area (&places[i].label, &places[j].face);

        g_assert_cmpint (shared, <=, i == j ? area (&places[i].label) / 4 : 0);
        g_assert_true (
            i == j || shared_area (&places[i].label, &places[j].label) == 0);
      }
  }
  placement_clear (&placement);
}

/* Boxes that tremble do not make labels jump from one side to another; one that
 * meets the border does. */
static void
test_stable (void)
{
  g_autoptr (GRand) r = g_rand_new_with_seed (3);
  Placement placement;
  guint slots[6];

  placement_init (&placement);
  for (guint frame = 0; frame < 200; frame++) {
    Place places[6];

    for (gint i = 0; i < 6; i++) {
      places[i] = make_place (60 + i * 95 + pick (r, -3, 4),
          100 + i % 2 * 30 + pick (r, -3, 4), 80 + pick (r, -3, 4), 90);
      /* with bars, which have no room; nor do they come and go */
      places[i].w[PLACE_FULL] = 180;
      places[i].h[PLACE_FULL] = 140;
    }
    placement_run (&placement, places, 6, 720, 260);
    for (guint i = 0; i < 6; i++) {
      g_assert_true (frame == 0 || places[i].slot == slots[i]);
      slots[i] = places[i].slot;
    }
  }

  placement_reset (&placement);
  for (gint y = 100; y >= 0; y -= 4) {
    Place place = make_place (200, y, 80, 90);

    placement_run (&placement, &place, 1, 720, 260);
    g_assert_cmpint (place.label.y, ==, y >= 20 ? y - 20 : place.label.y);
    g_assert_false (y < 8 && shared_area (&place.label, &place.face) > 0);
  }
  placement_clear (&placement);
}

/* A track is the same face wherever it is, and another track never is. */
static void
test_recall (void)
{
  Placement placement;
  Place places[2] = { make_place (0, 0, 50, 50), make_place (100, 0, 50, 50) };
  const Rect near = { 3, 0, 50, 50 }, far = { 500, 200, 50, 50 };

  placement_init (&placement);
  places[0].track_id = 7;
  places[0].level = 1;
  places[1].level = 2;
  placement_run (&placement, places, 2, 640, 480);
  g_assert_cmpint (placement_recall (&placement, &far, 7)->level, ==, 1);
  g_assert_null (placement_recall (&placement, &near, 8));
  g_assert_null (placement_recall (&placement, &far, -1));
  g_assert_cmpint (placement_recall (&placement, &near, -1)->level, ==, 1);
  placement_clear (&placement);
}

/* ---- sizes --------------------------------------------------------------- */

static void
test_sizes (void)
{
  static const gint heights[] = { 480, 720, 1080, 2160 };
  Sizes sizes, other;
  gint last = 0, level;

  for (guint i = 0; i < G_N_ELEMENTS (heights); i++) {
    sizes_init (&sizes, heights[i] * 16 / 9, heights[i], 1, 1, 1);
    g_assert_cmpint (sizes.text, >=, 13);
    g_assert_cmpint (sizes.text, >=, heights[i] / 37);
    g_assert_cmpint (sizes.text, >=, last);
    last = sizes.text;
  }
  /* standing upright it is the same */
  sizes_init (&other, 2160, 3840, 1, 1, 1);
  g_assert_cmpint (other.text, ==, last);
  sizes_init (&other, 720, 576, 16, 11, 1);
  g_assert_cmpfloat_with_epsilon (other.stretch, 11. / 16, 1e-9);
  sizes_init (&other, 40, 30, 1, 1, 1);
  g_assert_cmpint (other.text, ==, 0);

  /* a face that grows and shrinks a little keeps its level */
  sizes_init (&sizes, 1920, 1080, 1, 1, 1);
  g_assert_cmpint (sizes_level (&sizes, 400, -1), ==, 0);
  g_assert_cmpint (sizes_level (&sizes, 10, -1), ==, SIZES_N_LEVELS - 1);
  g_assert_cmpint (sizes_level (&sizes, 400, SIZES_N_LEVELS - 1), ==, 0);
  g_assert_cmpint (sizes_level (&sizes, 10, 0), ==, SIZES_N_LEVELS - 1);
  for (gint h = 20; h < 300; h++) {
    level = sizes_level (&sizes, h, -1);
    g_assert_cmpint (sizes_level (&sizes, h + h / 40, level), ==, level);
    g_assert_cmpint (sizes_level (&sizes, h - h / 40, level), ==, level);
    g_assert_cmpint (sizes_level (&sizes, h, level), ==, level);
  }
}

/* ---- text ---------------------------------------------------------------- */

static void
check_clean (const gchar *label, const gchar *expected)
{
  g_autofree gchar *clean = text_clean (label);

  g_assert_cmpstr (clean, ==, expected);
}

static void
test_clean (void)
{
  g_autofree gchar *endless = g_strnfill (1 << 20, 'a');

  check_clean ("happy", "happy");
  check_clean (" <b>&amp;</b> ", "<b>&amp;</b>");
  check_clean ("幸せ", "幸せ");
  check_clean ("a\nb\tc\x7f", "a\xef\xbf\xbd"
                              "b\xef\xbf\xbd"
                              "c\xef\xbf\xbd");
  /* turns what follows around */
  check_clean ("a\xe2\x80\xae"
               "b",
      "a\xef\xbf\xbd"
      "b");
  check_clean ("\xff", "\xef\xbf\xbd");
  check_clean ("", "?");
  check_clean ("  ", "?");
  check_clean (endless, "aaaaaaaaaaaaaaaaaaaaaaaa…");
}

static gint
ink (cairo_surface_t *s)
{
  gint n = 0;

  for (gint y = 0; y < cairo_image_surface_get_height (s); y++)
    for (gint x = 0; x < cairo_image_surface_get_width (s); x++)
      n += cairo_image_surface_get_data (
               s)[y * cairo_image_surface_get_stride (s) + 4 * x + 3] > 127;
  return n;
}

/* Text can be seen, has its size, and is the same object when it is asked for
 * again. */
static void
test_text (void)
{
  static const gchar *const words[] = { "happy", "<i>", "مرحبا", "幸せ", "שמח",
    "Z̸̡̛͇̦̘͖a̷l̶g̵o̴" };
  Text *t = text_new ("Sans Bold");

  if (!text_has_fonts (t)) {
    text_free (t);
    g_test_skip ("no fonts are installed");
    return;
  }
  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    for (gint size = 8; size < 80; size += 13) {
      cairo_surface_t *s = text_get (t, words[i], size, 1, 0xffffff);
      cairo_surface_t *again = text_get (t, words[i], size, 1, 0xffffff);
      cairo_surface_t *wide = text_get (t, words[i], size, 2, 0xffffff);

      g_assert_true (s == again);
      g_assert_cmpint (ink (s), >, size / 4);
      g_assert_cmpint (
          cairo_image_surface_get_height (s), ==, text_line_height (t, size));
      g_assert_cmpint (cairo_image_surface_get_width (s), <=, 12 * size);
      g_assert_cmpint (ABS (cairo_image_surface_get_width (wide) -
                            2 * cairo_image_surface_get_width (s)),
          <=, 1);
      cairo_surface_destroy (s);
      cairo_surface_destroy (again);
      cairo_surface_destroy (wide);
    }
  text_free (t);
}

/* ---- cache ----------------------------------------------------------------- */

static guint n_freed;

static void
count_free (gpointer value)
{
  n_freed++;
  g_free (value);
}

static void
test_cache (void)
{
  Cache *cache = cache_new (100, count_free);

  for (guint i = 0; i < 1000; i++) {
    g_autofree gchar *key = g_strdup_printf ("%u", i);

    cache_put (cache, key, g_strdup (key), 10);
    g_assert_cmpuint (cache_get_bytes (cache), <=, 100);
    g_assert_cmpstr (cache_get (cache, key), ==, key);
    /* what is asked for stays */
    g_assert_cmpstr (cache_get (cache, "0"), ==, "0");
  }
  g_assert_cmpuint (n_freed, ==, 990);
  g_assert_null (cache_get (cache, "500"));
  cache_put (cache, "large", g_strdup (""), 1000);
  g_assert_nonnull (cache_get (cache, "large"));
  cache_free (cache);
  g_assert_cmpuint (n_freed, ==, 1001);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/overlay/placement/inside", test_inside);
  g_test_add_func ("/overlay/placement/apart", test_apart);
  g_test_add_func ("/overlay/placement/stable", test_stable);
  g_test_add_func ("/overlay/placement/recall", test_recall);
  g_test_add_func ("/overlay/sizes", test_sizes);
  g_test_add_func ("/overlay/clean", test_clean);
  g_test_add_func ("/overlay/text", test_text);
  g_test_add_func ("/overlay/cache", test_cache);
  return g_test_run ();
}

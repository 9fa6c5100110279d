/* Writes a picture of what emotionoverlay draws: overlay-picture SCENE OUT.ppm [CHANGE]
 * SPDX-License-Identifier: MIT
 *
 * For comparing it with golden pictures, and for the documentation. A change
 * makes a picture that is not to be taken for the golden one.
 */
#include <cairo.h>
#include <stdio.h>

#include "overlay-frames.h"

#define FONT "font=\"DejaVu Sans Bold\" "

typedef struct
{
  gint x, y, w, h;
  guint emotion;
} Head;

typedef struct
{
  const gchar *name, *format, *properties;
  gint width, height;
  guint n_heads; /* 0 = a crowd */
  Head heads[9];
} PictureScene;

static const PictureScene scenes[] = {
  { "label", "I420", "", 480, 270, 3,
      { { 40, 60, 90, 110, 0 }, { 190, 90, 80, 100, 3 },
          { 340, 40, 100, 120, 4 } } },
  { "full", "RGBx", "style=full", 640, 360, 2,
      { { 60, 100, 130, 150, 2 }, { 420, 60, 110, 130, 1 } } },
  { "border", "NV12", "scores=true", 641, 361, 8,
      { { -40, -40, 80, 80, 0 }, { 280, -40, 80, 80, 1 },
          { 600, -40, 80, 80, 2 }, { -40, 140, 80, 80, 3 },
          { 600, 140, 80, 80, 4 }, { -40, 320, 80, 80, 5 },
          { 280, 320, 80, 80, 6 }, { 600, 320, 80, 80, 0 } } },
  { "blur", "YUY2", "blur-faces=true style=minimal", 480, 270, 2,
      { { 60, 60, 110, 130, 0 }, { 300, -30, 120, 140, 2 } } },
  { "crowd", "I420", "", 960, 540, 0, { { 0 } } },
};

/* 40 heads in rows, of several sizes. */
static guint
make_crowd (const PictureScene *scene, Head *heads)
{
  for (guint i = 0; i < 40; i++) {
    const gint cell_w = scene->width / 8, cell_h = scene->height / 5;
    const gint h = 42 + (gint) (i * 7 % 5) * 8, w = h * 4 / 5;

    heads[i] = (Head){ (gint) (i % 8) * cell_w + (gint) (i * 11 % 7) * 6 + 8,
      (gint) (i / 8) * cell_h + (gint) (i * 5 % 4) * 7 + 8, w, h, i * 3 % 7 };
  }
  return 40;
}

static void
draw_head (cairo_t *cr, const Head *head)
{
  static const gdouble features[][4] = { { -.4, -.2, .16, .1 },
    { .4, -.2, .16, .1 }, { 0, .5, .4, .12 } };

  cairo_save (cr);
  cairo_translate (cr, head->x + head->w / 2., head->y + head->h / 2.);
  cairo_scale (cr, head->w / 2., head->h / 2.);
  cairo_set_source_rgb (cr, .82, .64, .52);
  cairo_arc (cr, 0, 0, 1, 0, 2 * G_PI);
  cairo_fill (cr);
  cairo_set_source_rgb (cr, .25, .15, .12);
  for (guint i = 0; i < G_N_ELEMENTS (features); i++) {
    cairo_save (cr);
    cairo_translate (cr, features[i][0], features[i][1]);
    cairo_scale (cr, features[i][2], features[i][3]);
    cairo_arc (cr, 0, 0, 1, 0, 2 * G_PI);
    cairo_restore (cr);
    cairo_fill (cr);
  }
  cairo_restore (cr);
}

/* Heads before a ground that is neither dark nor bright. */
static GstBuffer *
paint (
    const PictureScene *scene, const Head *heads, guint n, GstVideoInfo *info)
{
  GstBuffer *rgb, *out;
  GstVideoInfo rgb_info;
  GstVideoFrame from, to;
  GstVideoConverter *converter;
  cairo_surface_t *surface;
  cairo_t *cr;
  cairo_pattern_t *ground =
      cairo_pattern_create_linear (0, 0, scene->width, scene->height);

  gst_video_info_set_format (
      &rgb_info, GST_VIDEO_FORMAT_BGRx, scene->width, scene->height);
  gst_video_info_set_format (info, gst_video_format_from_string (scene->format),
      scene->width, scene->height);
  rgb = gst_buffer_new_allocate (NULL, GST_VIDEO_INFO_SIZE (&rgb_info), NULL);
  out = gst_buffer_new_allocate (NULL, GST_VIDEO_INFO_SIZE (info), NULL);
  g_assert_true (
      gst_video_frame_map (&from, &rgb_info, rgb, GST_MAP_READWRITE));
  surface = cairo_image_surface_create_for_data (
      GST_VIDEO_FRAME_PLANE_DATA (&from, 0), CAIRO_FORMAT_RGB24, scene->width,
      scene->height, GST_VIDEO_FRAME_PLANE_STRIDE (&from, 0));
  cr = cairo_create (surface);
  cairo_pattern_add_color_stop_rgb (ground, 0, .2, .25, .33);
  cairo_pattern_add_color_stop_rgb (ground, 1, .68, .66, .6);
  cairo_set_source (cr, ground);
  cairo_paint (cr);
  for (guint i = 0; i < n; i++)
    draw_head (cr, &heads[i]);
  cairo_destroy (cr);
  cairo_pattern_destroy (ground);
  cairo_surface_finish (surface);
  cairo_surface_destroy (surface);

  g_assert_true (gst_video_frame_map (&to, info, out, GST_MAP_WRITE));
  converter = gst_video_converter_new (&rgb_info, info, NULL);
  gst_video_converter_frame (converter, &from, &to);
  gst_video_converter_free (converter);
  gst_video_frame_unmap (&to);
  gst_video_frame_unmap (&from);
  gst_buffer_unref (rgb);
  return out;
}

static void
save (GstBuffer *buffer, const GstVideoInfo *info, const gchar *path)
{
  GstVideoInfo rgb_info;
  g_autoptr (GstBuffer) rgb = to_rgb (buffer, info, &rgb_info);
  GstVideoFrame frame;
  FILE *file = fopen (path, "wb");

  if (!file)
    g_error ("%s cannot be written", path);
  fprintf (file, "P6 %d %d 255\n", GST_VIDEO_INFO_WIDTH (info),
      GST_VIDEO_INFO_HEIGHT (info));
  g_assert_true (gst_video_frame_map (&frame, &rgb_info, rgb, GST_MAP_READ));
  for (gint y = 0; y < GST_VIDEO_INFO_HEIGHT (info); y++)
    fwrite ((guint8 *) GST_VIDEO_FRAME_PLANE_DATA (&frame, 0) +
                y * GST_VIDEO_FRAME_PLANE_STRIDE (&frame, 0),
        3, (gsize) GST_VIDEO_INFO_WIDTH (info), file);
  gst_video_frame_unmap (&frame);
  if (fclose (file) != 0)
    g_error ("%s cannot be written", path);
}

int
main (int argc, char **argv)
{
  const gchar *change = argc > 3 ? argv[3] : "";
  const PictureScene *scene = NULL;
  Head crowd[40];
  const Head *heads = crowd;
  g_autofree gchar *properties = NULL;
  GstVideoInfo info;
  GstHarness *h;
  GstBuffer *frame;
  guint n;

  test_init (&argc, &argv);
  for (guint i = 0; i < G_N_ELEMENTS (scenes) && argc > 2; i++)
    if (g_str_equal (argv[1], scenes[i].name))
      scene = &scenes[i];
  if (!scene) {
    g_printerr ("usage: overlay-picture label|full|border|blur|crowd OUT.ppm "
                "[moved|other|bare|small]\n");
    return 2;
  }
  n = scene->n_heads;
  if (n)
    heads = scene->heads;
  else
    n = make_crowd (scene, crowd);

  frame = paint (scene, heads, n, &info);
  properties = g_strconcat (FONT, scene->properties,
      g_str_equal (change, "bare")    ? " style=minimal"
      : g_str_equal (change, "small") ? " text-scale=.85"
                                      : "",
      NULL);
  h = overlay_harness (properties, &info);
  for (guint i = 0; i < n; i++) {
    const gint moved = i == 0 && g_str_equal (change, "moved") ? 3 : 0;
    const guint other = i == 0 && g_str_equal (change, "other");

    add_emotion (frame, (heads[i].emotion + other) % 7, heads[i].x + moved,
        heads[i].y, heads[i].w, heads[i].h)
        ->track_id = i + 1;
  }
  frame = test_push (h, frame);
  save (frame, &info, argv[2]);
  gst_buffer_unref (frame);
  gst_harness_teardown (h);
  return 0;
}

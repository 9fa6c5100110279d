/* Emotions of faces in a picture, without GStreamer
 * SPDX-License-Identifier: MIT
 *
 * Shows the core library: a model, a plan, and what they make of pixels. Where
 * the faces are, a detector of your own says.
 *
 * Build and run (gdk-pixbuf reads the picture; any pixels in memory will do):
 *   cc -o core core.c $(pkg-config --cflags --libs resemotenet-1.0 gdk-pixbuf-2.0)
 *   ./core people.jpg 177,64,103,103 300,80,95,95
 *   ./core face.png
 *
 * Boxes are X,Y,WIDTH,HEIGHT in pixels; without any, the picture is a face.
 */
#include <gdk-pixbuf/gdk-pixbuf.h>
#include <resemotenet.h>
#include <stdio.h>

/* The one that is installed, or that RESEMOTENET_MODEL names. */
static RenModel *
load_model (GError **error)
{
  g_autofree char *path = ren_model_default_path (error);

  return path ? ren_model_load (path, error) : NULL;
}

static void
print_emotion (const RenModel *model, const float *scores, guint best)
{
  printf ("%s %.0f %%:", ren_model_label (model, best), 100 * scores[best]);
  for (guint i = 0; i < ren_model_n_classes (model); i++)
    printf (" %s %.2f", ren_model_label (model, i), scores[i]);
  printf ("\n");
}

/* All faces of a picture at once: they share passes over the weights. */
static void
print_emotions (const RenModel *model, RenPlan *plan, const RenPicture *picture,
    const RenRect *boxes, guint n_faces)
{
  const guint n_classes = ren_model_n_classes (model);
  g_autoptr (RenCropper) cropper = ren_cropper_new ();
  g_autofree float *scores = g_new (float, (gsize) n_faces *n_classes);
  g_autofree guint *best = g_new (guint, n_faces);

  ren_plan_classify (plan, cropper, picture, boxes, n_faces, scores, best);
  for (guint i = 0; i < n_faces; i++)
    if (best[i] == G_MAXUINT)
      printf ("outside of the picture\n");
    else
      print_emotion (model, scores + (gsize) i * n_classes, best[i]);
}

static gboolean
parse_box (const char *text, RenRect *box)
{
  int x, y, w, h;
  char rest;

  if (sscanf (text, "%d,%d,%d,%d%c", &x, &y, &w, &h, &rest) != 4)
    return FALSE;
  *box = (RenRect){ x, y, w, h };
  return TRUE;
}

static int
fail (const char *what, const char *why)
{
  fprintf (stderr, "core: %s: %s\n", what, why);
  return 1;
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;

  if (argc < 2)
    return fail ("usage", "core PICTURE [X,Y,WIDTH,HEIGHT ...]");

  g_autoptr (GdkPixbuf) pixbuf = gdk_pixbuf_new_from_file (argv[1], &error);
  if (!pixbuf)
    return fail (argv[1], error->message);
  const guint8 *rgb = gdk_pixbuf_read_pixels (pixbuf);
  RenPicture picture;
  ren_picture_init_rgb (&picture, rgb, rgb + 1, rgb + 2,
      gdk_pixbuf_get_n_channels (pixbuf), gdk_pixbuf_get_rowstride (pixbuf),
      gdk_pixbuf_get_width (pixbuf), gdk_pixbuf_get_height (pixbuf));

  const guint n_faces = argc > 2 ? (guint) argc - 2 : 1;
  g_autofree RenRect *boxes = g_new (RenRect, n_faces);
  boxes[0] = (RenRect){ 0, 0, picture.width, picture.height };
  for (int i = 2; i < argc; i++)
    if (!parse_box (argv[i], &boxes[i - 2]))
      return fail (argv[i], "a box is X,Y,WIDTH,HEIGHT");

  /* once for all pictures: this is what takes its time */
  g_autoptr (RenModel) model = load_model (&error);
  if (!model)
    return fail ("model", error->message);
  g_autoptr (RenPlan) plan =
      ren_plan_new (model, REN_PRECISION_AUTO, 16, 0, &error);
  if (!plan)
    return fail (ren_model_path (model), error->message);
  print_emotions (model, plan, &picture, boxes, n_faces);
  return 0;
}

/* faceroi: the grey picture that faces are looked for in
 * SPDX-License-Identifier: MIT
 *
 * Plain 8-bit grey images and the few operations the search needs: turned and
 * scaled cut-outs, and a thumbnail to tell whether a place still looks the
 * same. No GStreamer in here.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* An image that owns its pixels; all zero is an empty image. */
typedef struct
{
  guint8 *data; /* [height][width] */
  gint width;
  gint height;
  gsize allocated; /* bytes; only ever grows */
} FaceImage;

/* A face, or what looks like one: an upright square-ish box and how it was
 * found. Units are those of the image or frame at hand. */
typedef struct
{
  gfloat x, y, w, h; /* top left corner and size */
  gfloat score;      /* of the detector: 0 = its own decision threshold */
  gfloat angle;      /* degrees the head leans to the viewer's right, roughly */
} FaceBox;

/* Side of the thumbnail that face_image_look() makes. */
#define FACE_LOOK_SIZE 12

typedef struct
{
  gfloat v[FACE_LOOK_SIZE * FACE_LOOK_SIZE]; /* zero mean, unit length */
  gboolean valid;                            /* FALSE: nothing to see, flat */
} FaceLook;

/* Sets the size; the pixels are undefined after. Width and height are 1 to
 * 16384. */
void face_image_set_size (FaceImage *image, gint width, gint height);

/* Frees the pixels and makes the image empty. */
void face_image_clear (FaceImage *image);

/* Writes the source at half its size, each pixel the mean of four. */
void face_image_halve (const FaceImage *src, FaceImage *dst);

/* Fills `dst` (whose size is set) with what lies around (cx, cy) of `src`,
 * turned by `degrees`: a head that leans by so much stands upright in `dst`.
 * `step` is source pixels per pixel. Beyond the border, the border continues. */
void face_image_turn (const FaceImage *src, gdouble cx, gdouble cy,
    gdouble degrees, gdouble step, FaceImage *dst);

/* Where a point of such a `dst` lies in the source. */
void face_image_turn_back (gdouble cx, gdouble cy, gdouble degrees,
    gdouble step, const FaceImage *dst, gdouble x, gdouble y, gdouble *src_x,
    gdouble *src_y);

/* Makes a thumbnail of a box given in units of `scale` image pixels. */
void face_image_look (
    const FaceImage *image, gdouble scale, const FaceBox *box, FaceLook *look);

/* How much two thumbnails are alike: 1 = the same, 0 = nothing in common. */
gfloat face_look_likeness (const FaceLook *a, const FaceLook *b);

/* Intersection over union, 0 to 1. */
gfloat face_box_overlap (const FaceBox *a, const FaceBox *b);

/* Intersection over the smaller of the two, 0 to 1. */
gfloat face_box_containment (const FaceBox *a, const FaceBox *b);

G_END_DECLS

/* Small pictures that are laid over frames
 * SPDX-License-Identifier: MIT
 */
#pragma once

#include <gst/video/video.h>

/* How colours of a format are made of red, green and blue. */
typedef struct
{
  gboolean is_rgb; /* as they are */
  gint32 m[3][4];  /* of R, G, B and alpha, in 1/65536 */
} PictureColors;

/* Reference counted; not changed any more once it is shown. */
typedef struct
{
  gint ref_count;
  gint width, height;
  gint stride;       /* bytes */
  guint8 *data;      /* ARGB, premultiplied, as Cairo has it; owned by buffer */
  GstBuffer *buffer; /* with its GstVideoMeta, for attaching */
  guint32 *colors;   /* A C0 C1 C2, premultiplied, or NULL */
  PictureColors made_with;
} Picture;

/* Returns: (transfer full): a transparent picture; sizes are from 1 to 32767 */
Picture *picture_new (gint width, gint height);
Picture *picture_ref (Picture *picture);
void picture_unref (Picture *picture);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Picture, picture_unref)

/* What it takes of memory. */
gsize picture_bytes (const Picture *picture);

/* The colours of frames with these caps. */
void picture_colors_init (PictureColors *colors, const GstVideoInfo *info);

/* Its pixels in these colours, row by row: alpha and the three components, from
 * the highest byte on, each component at most as high as alpha.
 * Returns: (transfer none): valid until it is called with other colours */
const guint32 *picture_get_colors (
    Picture *picture, const PictureColors *colors);

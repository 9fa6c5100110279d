/* Pictures from files: JPEG and PNG, upright.
 * SPDX-License-Identifier: MIT
 *
 * Pixels are what Pillow's `Image.open (f).convert ('RGB')` gives, which is how
 * the network's authors read theirs: alpha is dropped, not blended; a palette is
 * looked up; CMYK is turned into RGB by Pillow's formula. Two things differ:
 * 16-bit grey keeps its upper byte (Pillow clips it to white), and the picture
 * is turned upright as its Exif data say.
 */
#pragma once

#include "resemotenet.h"

/* Most pixels of a picture, so that a small file cannot ask for all memory:
 * 400 MB of RGB. */
#define IMAGE_MAX_PIXELS (G_GUINT64_CONSTANT (1) << 27)

/* Most bytes of a file. */
#define IMAGE_MAX_BYTES (G_GUINT64_CONSTANT (1) << 28)

typedef struct
{
  guint8 *pixels;     /* [height][width][n_channels] as stored; owned */
  gint width, height; /* as stored, before it is turned upright */
  guint n_channels;   /* 1 = grey, 3 = RGB */
  guint orientation;  /* 1 to 8, see exif.h */
} Image;

/* Reads a picture; what it is, is told from its content. On error nothing is
 * to be freed, and the message says what is wrong, without the file's name. */
gboolean image_load (const char *path, Image *image, GError **error);

/* Frees the pixels. */
void image_clear (Image *image);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Image, image_clear)

/* Describes the upright picture; borrows the pixels. */
void image_picture (const Image *image, RenPicture *picture);

/* For the decoders: checks the size and allocates the pixels. */
gboolean image_allocate (Image *image, guint64 width, guint64 height,
    guint n_channels, GError **error);

/* The decoders. */
gboolean image_decode_jpeg (
    const guint8 *data, gsize n_bytes, Image *image, GError **error);
gboolean image_decode_png (
    const guint8 *data, gsize n_bytes, Image *image, GError **error);

/* PNG pictures, by libpng.
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>
#include <string.h>

#include <png.h>

#include "app.h"
#include "exif.h"
#include "image.h"

/* More than rows of libpng's widest picture take. */
#define MAX_ROW_BYTES (16u << 20)

typedef struct
{
  png_structp png;
  png_infop info;
  const guint8 *data;
  gsize n_bytes, position;
  png_bytep *rows; /* [height], into the image's pixels */
  gboolean pixels_done;
  char message[128];
  GError *error; /* set instead of the message for our own errors */
} Decoder;

static void
on_error (png_structp png, png_const_charp message)
{
  Decoder *decoder = png_get_error_ptr (png);

  g_strlcpy (decoder->message, message, sizeof decoder->message);
  png_longjmp (png, 1);
}

static void
on_warning (png_structp png, png_const_charp message)
{
  /* of side data, such as an odd colour profile: no pixels are lost */
}

/* A chunk may say that it is longer than its file; libpng, which would believe it,
 * goes on without what there is no memory for. */
static png_voidp
allocate (png_structp png, png_alloc_size_t n)
{
  const Decoder *decoder = png_get_mem_ptr (png);

  return n <= decoder->n_bytes + MAX_ROW_BYTES ? malloc (n) : NULL;
}

static void
release (png_structp png, png_voidp data)
{
  free (data);
}

static void
read_data (png_structp png, png_bytep out, size_t n)
{
  Decoder *decoder = png_get_io_ptr (png);

  if (n > decoder->n_bytes - decoder->position)
    png_error (png, "the file ends too early");
  memcpy (out, decoder->data + decoder->position, n);
  decoder->position += n;
}

/* Anything to 8-bit grey or RGB, as Pillow's convert ('RGB') would. */
static void
set_transforms (png_structp png, png_infop info)
{
  const guint type = png_get_color_type (png, info);

  if (type == PNG_COLOR_TYPE_PALETTE)
    png_set_palette_to_rgb (png);
  if (type == PNG_COLOR_TYPE_GRAY && png_get_bit_depth (png, info) < 8)
    png_set_expand_gray_1_2_4_to_8 (png);
  png_set_strip_16 (png);
  /* alpha, and what a palette's transparency has become, is dropped */
  png_set_strip_alpha (png);
  png_set_interlace_handling (png);
  png_read_update_info (png, info);
}

static guint
find_orientation (png_structp png, png_infop info)
{
#ifdef PNG_eXIf_SUPPORTED
  png_uint_32 n = 0;
  png_bytep exif = NULL;

  if (png_get_eXIf_1 (png, info, &n, &exif) && exif)
    return exif_orientation (exif, n);
#endif
  return 1;
}

/* All that may end in on_error(); see image-jpeg.c about local variables. */
static gboolean
decode (Decoder *decoder, Image *image)
{
  png_structp png = decoder->png;

  if (setjmp (png_jmpbuf (png)))
    /* what comes after the pixels may be damaged */
    return decoder->pixels_done;

  png_set_read_fn (png, decoder, read_data);
  png_read_info (png, decoder->info);
  set_transforms (png, decoder->info);
  if (!image_allocate (image, png_get_image_width (png, decoder->info),
          png_get_image_height (png, decoder->info),
          png_get_channels (png, decoder->info), &decoder->error))
    return FALSE;
  if ((image->n_channels != 1 && image->n_channels != 3) ||
      png_get_rowbytes (png, decoder->info) !=
          (gsize) image->width * image->n_channels)
    png_error (png, "its pixels have an unknown layout");

  decoder->rows = g_new (png_bytep, image->height);
  for (gint y = 0; y < image->height; y++)
    decoder->rows[y] =
        image->pixels + (gsize) y * (gsize) image->width * image->n_channels;
  png_read_image (png, decoder->rows);
  decoder->pixels_done = TRUE;
  image->orientation = find_orientation (png, decoder->info);
  /* Exif data may come last */
  png_read_end (png, decoder->info);
  image->orientation = find_orientation (png, decoder->info);
  return TRUE;
}

gboolean
image_decode_png (
    const guint8 *data, gsize n_bytes, Image *image, GError **error)
{
  g_autofree Decoder *decoder = g_new0 (Decoder, 1);
  gboolean ok = FALSE;

  decoder->data = data;
  decoder->n_bytes = n_bytes;
  decoder->png = png_create_read_struct_2 (PNG_LIBPNG_VER_STRING, decoder,
      on_error, on_warning, decoder, allocate, release);
  if (decoder->png)
    decoder->info = png_create_info_struct (decoder->png);
  if (decoder->info)
    ok = decode (decoder, image);
  else
    g_strlcpy (decoder->message, "not enough memory", sizeof decoder->message);

  if (!ok && decoder->error)
    g_propagate_error (error, decoder->error);
  else if (!ok)
    g_set_error (error, APP_ERROR, APP_ERROR_PICTURE,
        "damaged or incomplete PNG: %s", decoder->message);
  png_destroy_read_struct (&decoder->png, &decoder->info, NULL);
  g_free (decoder->rows);
  return ok;
}
